/* SPDX-License-Identifier: BSD-2-Clause */
#include "option_values.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/uki.h>

#define URIS "pkcs11: handle: file:"

const struct option_value value_file = { .files = "*" };
const struct option_value value_folder = { .kind = VALUE_FOLDER };
const struct option_value value_variable = { .kind = VALUE_VARIABLE };
const struct option_value value_text = { .kind = VALUE_AT, .files = "*" };

const struct option_value value_kernel = {
	.files = "vmlinux* vmlinuz* bzImage* linux* kernel* *.efi *.elf",
};
const struct option_value value_image = { .files = "*.efi *.EFI vmlinuz* bzImage*" };
const struct option_value value_initrd = { .files = "initrd* initramfs* *.img *.cpio *.cpio.*" };
const struct option_value value_microcode = { .files = "*ucode* *microcode* *.cpio *.img" };
const struct option_value value_sbat = { .files = "*.csv *sbat*" };
const struct option_value value_device_tree = { .files = "*.dtb" };
const struct option_value value_splash = { .files = "*.bmp *.BMP" };
const struct option_value value_pem = { .files = "*.pem *.pub" };
const struct option_value value_json = { .files = "*.json *.pcrsig" };
const struct option_value value_config = { .files = "*.conf *.ini" };

const struct option_value value_key = { .files = "*.key *.pem *.der *.p12 *.pfx", .words = URIS };
const struct option_value value_public_key = { .files = "*.pub *.pem *.der", .words = URIS };
const struct option_value value_cert = {
	.files = "*.pem *.crt *.cer *.der *.p7b *.p12 *.pfx",
	.words = URIS,
};

static const char *section_name(size_t index)
{
	return index < BZB_UKI_NAMES ? bzb_uki_section_name((enum bzb_uki_name)index) : NULL;
}

const struct option_value value_section_name = { .word = section_name };
const struct option_value value_section = { .kind = VALUE_AT, .files = "*", .word = section_name };

struct joining {
	const char *between, *last;
	char *to;
	size_t size, used, left; /* words that are not in the text yet */
};

static void join_word(struct joining *joining, const char *word, size_t length)
{
	const char *before = joining->left > 1 ? joining->between : joining->last;

	joining->left--;
	if (joining->used < joining->size)
		joining->used += (size_t)snprintf(joining->to + joining->used,
						  joining->size - joining->used, "%s%.*s",
						  joining->used ? before : "", (int)length, word);
}

/* @joining: NULL: only count. returns: the number of words */
static size_t each_word(const struct option_value *value, struct joining *joining)
{
	const char *at = value->words ? value->words : "", *word;
	size_t count = 0, length;

	for (; *at; at += length + (at[length] == ' '), count++) {
		length = strcspn(at, " ");
		if (joining)
			join_word(joining, at, length);
	}
	for (size_t i = 0; value->word && (word = value->word(i)); i++, count++)
		if (joining)
			join_word(joining, word, strlen(word));
	return count;
}

char *option_value_join(const struct option_value *value, const char *between, const char *last,
			char *to, size_t size)
{
	struct joining joining = { between, last, to, size, 0, each_word(value, NULL) };

	*to = '\0';
	each_word(value, &joining);
	return to;
}
