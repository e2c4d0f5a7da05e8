/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask_trust EFIVARS IMAGE...: print for each image whether the firmware would start it, with the
 * variables in the folder EFIVARS: "ANSWER SECUREBOOT STATUS", the last one of trust_check().
 */
#include <stdio.h>

#include "install/trust.h"
#include "io/fileio.h"

static int ask(const struct firmware *firmware, const char *path)
{
	enum trust_answer answer;
	struct blob image;
	struct why why;
	int err;

	if (file_read(path, &image, &why))
		return diag_fail(path, &why);
	err = trust_ask(firmware, blob_span(&image), &answer, &why);
	if (err)
		diag(path, &why);
	else
		printf("%s %d %d\n", trust_word(answer), trust_secure_boot(firmware),
		       trust_check(firmware, blob_span(&image), &why));
	blob_free(&image);
	return err;
}

int main(int argc, char **argv)
{
	struct firmware *firmware;
	struct why why;
	int err = 0;

	if (argc < 3)
		return EXIT_USAGE;
	if (trust_read(argv[1], &firmware, &why)) {
		diag(argv[1], &why);
		return 1;
	}
	for (int i = 2; i < argc; i++)
		err |= ask(firmware, argv[i]);
	trust_free(firmware);
	return err ? 1 : 0;
}
