/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any image: every check that may run does, findings are for rows of the table, with a text, and a
 * consumer refuses the file only if a finding says so.
 */
#include "fuzz.h"

#include "../packer/check/check_report.h"
#include "../packer/payload/payload_decompress.h"
#include "../packer/payload/payload_find.h"

/* The limit for a decompressed stream of the input */
#define DECOMPRESSED_SIZE ((size_t)1 << 20)

static bool is_small(struct bzb_span file)
{
	struct bzb_payload payload;
	struct why why;

	return payload_find(file, bzb_probe(file), &payload, &why) ||
	       (payload.size <= DECOMPRESSED_SIZE &&
		decompress_workspace(payload.codec, payload.stream) <= DECOMPRESSED_SIZE);
}

static void check_findings(const struct checking *checking)
{
	for (size_t i = 0; i < checking->count; i++) {
		const struct finding *finding = &checking->findings[i];

		PROMISE(check_by_name(finding->check->name) == finding->check);
		PROMISE(*finding->what.text);
		for (enum consumer which = 0; which < CONSUMER_COUNT; which++)
			if (finding->breaks & CONSUMER(which))
				PROMISE(checks_verdict(checking, which) == VERDICT_REFUSES);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bzb_span file = { data, size };
	struct input input = { .file_size = size };
	struct checking checking;
	struct subject subject;

	if (!is_small(file))
		return 0;
	input.bytes = blob_copy(file);
	subject_parse(&input, &subject);
	checks_run(&subject, &checking);
	check_findings(&checking);
	json_decref(report_json("file", &checking, 0));
	checks_free(&checking);
	subject_free(&subject);
	return 0;
}
