/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the loader's, else .cmdline; then what addons and others append. */
#include "console.h"
#include "efi/utf16.h"
#include "uki_boot.h"
#include "uki_text.h"

static enum stub_error no_memory(struct boot *boot)
{
	return boot_fail(boot, STUB_NO_MEMORY, "no memory for the command line");
}

/* --- UTF-16, which is measured ------------------------------------------------ */

/* @ret: with its NUL; without data if @text is not UTF-8 */
static enum stub_error to_utf16(struct boot *boot, struct bzb_span text, struct bzb_span *ret)
{
	const size_t space = text.size + 3; /* enough for utf8_to_utf16() */
	uint16_t *units = efi_keep(boot->efi, EfiLoaderData, space * sizeof(*units));
	size_t count = 0;

	if (!units)
		return no_memory(boot);
	*ret = (struct bzb_span){ NULL, 0 };
	if (!utf8_to_utf16(text, units, space))
		return STUB_OK;
	while (units[count++])
		;
	*ret = (struct bzb_span){ (const unsigned char *)units, count * sizeof(*units) };
	return STUB_OK;
}

/* @ret: empty if the arguments are not a text. */
static enum stub_error to_utf8(struct boot *boot, struct bzb_span arguments, struct bzb_span *ret)
{
	const size_t space = arguments.size / 2 * 3 + 1; /* 3 bytes for a unit at most */
	char *text = efi_keep(boot->efi, EfiLoaderData, space);
	bool cut;

	if (!text)
		return no_memory(boot);
	utf16_to_utf8(arguments, text, space, &cut);
	*ret = uki_clean((unsigned char *)text, space);
	return STUB_OK;
}

/* --- the line ------------------------------------------------------------------- */

/* @text: is copied */
static enum stub_error add(struct boot *boot, struct bzb_span text)
{
	struct bzb_span *line = &boot->efi->uki->cmdline;
	const size_t begin = line->size + !!line->size;
	unsigned char *to = efi_keep(boot->efi, EfiLoaderData, begin + text.size + 1);

	if (!to)
		return no_memory(boot);
	memcpy(to, line->data, line->size);
	if (begin)
		to[line->size] = ' ';
	memcpy(to + begin, text.data, text.size);
	*line = (struct bzb_span){ to, begin + text.size };
	return STUB_OK;
}

/* @ret: as uki_clean() leaves it */
static enum stub_error copy_clean(struct boot *boot, struct bzb_span text, struct bzb_span *ret)
{
	unsigned char *to = efi_keep(boot->efi, EfiLoaderData, text.size);

	if (!to)
		return no_memory(boot);
	memcpy(to, text.data, text.size);
	*ret = uki_clean(to, text.size);
	return STUB_OK;
}

static enum stub_error measure_and_add(struct boot *boot, struct bzb_span text)
{
	struct bzb_span measured = { NULL, 0 };
	enum stub_error error = to_utf16(boot, text, &measured);

	if (error)
		return error;
	if (!measured.data) {
		boot_say(boot, "an addition to the command line is not UTF-8: it is ignored");
		return STUB_OK;
	}
	uki_measure(boot, UKI_OF_PARAMETERS, (const CHAR16 *)measured.data, measured);
	return add(boot, text);
}

enum stub_error uki_append(struct boot *boot, struct bzb_span text)
{
	struct bzb_span clean = { NULL, 0 };
	enum stub_error error = text.size ? copy_clean(boot, text, &clean) : STUB_OK;

	return error || !clean.size ? error : measure_and_add(boot, clean);
}

/* As systemd-stub decides, and as pack has promised. */
static bool is_locked(const struct boot *boot, struct bzb_span own)
{
	return efi_is_decided(boot, BZB_MANIFEST_CMDLINE_DECIDED) ||
	       ((own.size || guest_is_confidential(&boot->guest)) &&
		efi_secure_boot_is_on(boot->efi));
}

static bool same_text(struct bzb_span a, struct bzb_span b)
{
	return a.size == b.size && !memcmp(a.data, b.data, a.size);
}

static enum stub_error choose(struct boot *boot, struct bzb_span given, struct bzb_span own)
{
	struct uki *uki = boot->efi->uki;

	if (given.size && !is_locked(boot, uki_section(uki, BZB_UKI_CMDLINE))) {
		/* systemd-boot before 255 passes .cmdline itself. */
		uki->is_own_cmdline = same_text(given, own);
		return measure_and_add(boot, given);
	}
	if (given.size)
		boot_say(boot,
			 "Secure Boot: the image's command line counts, the loader's is ignored");
	uki->is_own_cmdline = true; /* in PCR 11 */
	return add(boot, own);
}

enum stub_error uki_choose_cmdline(struct boot *boot)
{
	const struct uki *uki = boot->efi->uki;
	struct bzb_span given = { NULL, 0 }, own = { NULL, 0 };
	enum stub_error error = to_utf8(boot, uki->arguments, &given);

	if (!error)
		error = copy_clean(boot, uki_section(uki, BZB_UKI_CMDLINE), &own);
	return error ? error : choose(boot, given, own);
}

/* Linux has no more than BZB_CMDLINE_MAX. */
static void cut(struct boot *boot, struct bzb_span *line)
{
	unsigned char *text = (unsigned char *)(uintptr_t)line->data;

	line->size = uki_cut(*line, BZB_CMDLINE_MAX);
	text[line->size] = 0;
	boot_say(boot, "the command line is longer than 2047 bytes and was cut: shorten it");
}

/* The event is that of Linux's stub, which gets the line from systemd-stub. */
enum stub_error uki_finish_cmdline(struct boot *boot)
{
	struct bzb_span *line = &boot->efi->uki->cmdline;
	struct bzb_span measured = { NULL, 0 };
	enum stub_error error = to_utf16(boot, *line, &measured);

	if (error)
		return error;
	if (line->size && measured.data && !KERNEL_IS_APPLICATION)
		efi_measure(boot->efi, STUB_MEASURED_LOAD_OPTIONS, measured);
	if (line->size > BZB_CMDLINE_MAX && !KERNEL_IS_APPLICATION)
		cut(boot, line);
	boot->cmdline = (const char *)line->data;
	return STUB_OK;
}
