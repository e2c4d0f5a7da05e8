/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts in a unified kernel image or an addon */
#include <string.h>

#include <bzboot/bzboot.h>

#include "input/os_release.h"
#include "input/uki_parts.h"
#include "kernel/application.h"
#include "families.h"

/* Offsets of fields in a section header */
#define VIRTUAL_SIZE offsetof(struct bzb_pe_section_header, virtual_size)
#define SIZE_OF_RAW_DATA offsetof(struct bzb_pe_section_header, size_of_raw_data)

/* Bytes that a text may have for a reader, or SizeOfRawData may be */
static const struct limit {
	uint32_t most;
	bool is_raw;
	unsigned int names;
	enum consumer reader;
	const char *title;
} limits[] = {
	/* systemd's kernel-image.c */
	{ 16u << 10, false,
	  UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_CMDLINE) | UKI_NAME(BZB_UKI_UNAME),
	  KERNEL_INSTALL, "bootctl kernel-inspect" },
	/* GRUB's blsuki.c */
	{ 20480, true, UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_CMDLINE), GRUB_UKI, "GRUB 2.14" },
	/* systemd's bootspec.c */
	{ 4u << 20, false, UKI_TEXTS & ~(UKI_NAME(BZB_UKI_PCRSIG) | UKI_NAME(BZB_UKI_PCRPKEY)),
	  KERNEL_INSTALL, "bootctl list" },
};

static struct uki_walk walk_texts(const struct checking *checking, unsigned int names)
{
	return UKI_WALK(&checking->subject->pe, names);
}

static struct where size_of(const struct uki_part *part)
{
	return FIELD_AT("VirtualSize", part->section.virtual_size, part->header + VIRTUAL_SIZE);
}

static struct where raw_size_of(const struct uki_part *part)
{
	return FIELD_AT("SizeOfRawData", part->section.raw_size, part->header + SIZE_OF_RAW_DATA);
}

/* --- bytes ----------------------------------------------------------------------------- */

/* returns: the bytes without the NULs at their end */
static size_t used(struct bzb_span bytes)
{
	while (bytes.size && !bytes.data[bytes.size - 1])
		bytes.size--;
	return bytes.size;
}

/* Those that refuse a section with NULs: bootctl reads a few of a unified kernel image as
 * strings. */
static consumer_set refusing(const struct checking *checking, const struct uki_part *part)
{
	const unsigned int shown = UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_CMDLINE) |
				   UKI_NAME(BZB_UKI_UNAME);

	return (checking->subject->kinds & BZB_IS_UKI) && (UKI_NAME(part->name) & shown) ?
		       checking->check->breaks :
		       0;
}

static bool has_embedded_nul(const struct uki_part *part)
{
	return uki_text(part).size < used(part->bytes);
}

static void check_embedded_nul(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_TEXTS);
	struct uki_part part;

	while (uki_walk_next(&walk, &part))
		if (has_embedded_nul(&part))
			found_for(checking, refusing(checking, &part),
				  AT(part.section.raw_offset + uki_text(&part).size),
				  "%s has a NUL within its text", uki_label(&part).text);
}

static void check_text_size(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_TEXTS);
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		const size_t size = uki_text(&part).size;

		if (part.section.virtual_size > part.section.raw_size)
			found_for(checking, 0, size_of(&part),
				  "%s is larger than its bytes in the file (%u)",
				  uki_label(&part).text, part.section.raw_size);
		else if (size < part.bytes.size && !has_embedded_nul(&part))
			found_for(checking, refusing(checking, &part), size_of(&part),
				  "%s counts the NULs after its text of %zu bytes",
				  uki_label(&part).text, size);
	}
}

static void check_text_end(struct checking *checking)
{
	struct uki_walk walk =
		walk_texts(checking, UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_CMDLINE));
	struct uki_part part;
	struct bzb_span raw;

	while (uki_walk_next(&walk, &part)) {
		if (!part.section.virtual_size || !part.section.raw_size ||
		    bzb_slice(checking->subject->file, part.section.raw_offset,
			      part.section.raw_size, &raw))
			continue;
		if (!memchr(raw.data, '\0', raw.size))
			found(checking, raw_size_of(&part),
			      "%s has no NUL after its text, within its bytes in the file",
			      uki_label(&part).text);
	}
}

static bool is_beyond(const struct limit *limit, const struct uki_part *part)
{
	const struct bzb_pe_section *section = &part->section;

	return (limit->names & UKI_NAME(part->name)) &&
	       (limit->is_raw ? section->raw_size : section->virtual_size) > limit->most;
}

static void check_text_length(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_TEXTS);
	struct uki_part part;

	while (uki_walk_next(&walk, &part))
		for (size_t i = 0; i < BZB_ARRAY_SIZE(limits); i++)
			if (is_beyond(&limits[i], &part))
				found_for(checking, CONSUMER(limits[i].reader),
					  limits[i].is_raw ? raw_size_of(&part) : size_of(&part),
					  "%s is larger than %u bytes, the limit of %s",
					  uki_label(&part).text, limits[i].most, limits[i].title);
}

/* --- os-release ------------------------------------------------------------------------ */

static bool has_one_of(struct bzb_span text, const char *const names[])
{
	bool has = false;

	for (size_t i = 0; names[i] && !has; i++) {
		struct blob value = os_release_value(text, names[i]);

		has = value.size;
		blob_free(&value);
	}
	return has;
}

static void require_one_of(struct checking *checking, const char *const names[], const char *text)
{
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_OSREL));
	struct uki_part part;

	while (uki_walk_next(&walk, &part))
		if (part.section.virtual_size && !has_one_of(uki_text(&part), names))
			found(checking, AT(part.section.raw_offset), "%s has no %s",
			      uki_label(&part).text, text);
}

static void check_osrel(struct checking *checking)
{
	static const char *const names[] = { "PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL };

	require_one_of(checking, names, "PRETTY_NAME, IMAGE_ID, NAME or ID");
}

static void check_osrel_title(struct checking *checking)
{
	static const char *const names[] = { "PRETTY_NAME", NULL };

	require_one_of(checking, names, "PRETTY_NAME");
}

static void check_osrel_id(struct checking *checking)
{
	static const char *const names[] = { "IMAGE_ID", "ID", NULL };

	require_one_of(checking, names, "IMAGE_ID or ID");
}

/* A comment, an empty line, or NAME=VALUE with both quotes or none */
static bool is_assignment(struct bzb_span line)
{
	static const char name[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
	size_t at = 0;
	unsigned char quote;

	while (line.size && (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\t' ||
			     line.data[line.size - 1] == '\r'))
		line.size--;
	if (!line.size || line.data[0] == '#')
		return true;
	while (at < line.size && memchr(name, line.data[at], sizeof(name) - 1))
		at++;
	if (!at || at == line.size || line.data[at++] != '=')
		return false;
	quote = at < line.size ? line.data[at] : 0;
	return (quote != '"' && quote != '\'') ||
	       (line.size - at > 1 && line.data[line.size - 1] == quote);
}

static void check_lines(struct checking *checking)
{
	struct uki_walk walk =
		walk_texts(checking, UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_PROFILE));
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		struct bzb_span text = uki_text(&part);

		while (text.size) {
			const struct bzb_span line = os_release_next(&text);

			if (!is_assignment(line))
				found(checking,
				      AT((uint64_t)(line.data - checking->subject->file.data)),
				      "%s has a line that is not NAME=VALUE",
				      uki_label(&part).text);
		}
	}
}

/* --- the command line ------------------------------------------------------------------- */

/* Control characters, without those at the end */
static void check_cmdline_control(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_CMDLINE));
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		struct bzb_span text = uki_text(&part);

		while (text.size && text.data[text.size - 1] <= ' ')
			text.size--;
		for (size_t i = 0; i < text.size; i++)
			if (text.data[i] < ' ' || text.data[i] == 0x7f) {
				found(checking, AT(part.section.raw_offset + i),
				      "%s has the control character 0x%02x", uki_label(&part).text,
				      text.data[i]);
				break;
			}
	}
}

static void check_cmdline_end(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_CMDLINE));
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		const struct bzb_span text = uki_text(&part);

		if (text.size && text.data[text.size - 1] <= ' ')
			found(checking, AT(part.section.raw_offset + text.size - 1),
			      "%s ends with %s", uki_label(&part).text,
			      text.data[text.size - 1] == '\n' ? "a newline" : "a blank");
	}
}

static void check_cmdline_script(struct checking *checking)
{
	static const char special[] = "$;{}\"'\\|&<>#";
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_CMDLINE));
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		const struct bzb_span text = uki_text(&part);
		size_t at = 0;

		while (at < text.size && !memchr(special, text.data[at], sizeof(special) - 1))
			at++;
		if (at < text.size)
			found(checking, AT(part.section.raw_offset + at),
			      "%s has the character %c, which is syntax in GRUB's scripts",
			      uki_label(&part).text, text.data[at]);
	}
}

/* --- the kernel ------------------------------------------------------------------------ */

/* The setup header of the image itself, or of the kernel in .linux */
static bool find_bzimage(const struct subject *subject, struct bzb_bzimage *ret)
{
	struct uki_part linux_part;

	if (subject->parts & PART_BZIMAGE) {
		*ret = subject->bzimage;
		return true;
	}
	return uki_part_find(&subject->pe, BZB_UKI_LINUX, &linux_part) &&
	       !bzb_bzimage_parse(linux_part.bytes, ret);
}

static void check_cmdline_length(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_CMDLINE));
	uint32_t most = BZB_CMDLINE_MAX;
	struct bzb_bzimage bzimage;
	enum bzb_machine machine;
	struct uki_part part;

	if (!bzb_machine_of_pe(checking->subject->machine, &machine) &&
	    application_cmdline_size(machine))
		most = application_cmdline_size(machine);
	if (find_bzimage(checking->subject, &bzimage) && bzimage.version >= 0x0206)
		most = bzb_ld32(bzimage.header.cmdline_size);
	while (uki_walk_next(&walk, &part))
		if (uki_text(&part).size > most)
			found(checking, size_of(&part), "%s has %zu bytes, and the kernel takes %u",
			      uki_label(&part).text, uki_text(&part).size, most);
}

static void check_uname_text(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_UNAME));
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		const struct bzb_span text = uki_text(&part);

		for (size_t i = 0; i < text.size; i++)
			if (text.data[i] <= ' ' || text.data[i] >= 0x7f) {
				found(checking, AT(part.section.raw_offset + i), "%s has %s",
				      uki_label(&part).text,
				      text.data[i] == '\n' ? "a newline" :
							     "a character that no release has");
				break;
			}
	}
}

/* The first word of the version is the release. */
static struct bzb_span release_of(const struct bzb_bzimage *bzimage)
{
	struct bzb_span release = bzimage->kernel_version;
	const unsigned char *end = memchr(release.data, ' ', release.size);

	if (end)
		release.size = (size_t)(end - release.data);
	return release;
}

/* Bytes of a text in a message */
static int shown(struct bzb_span text)
{
	return text.size < 60 ? (int)text.size : 60;
}

static void check_uname(struct checking *checking)
{
	struct uki_walk walk = walk_texts(checking, UKI_NAME(BZB_UKI_UNAME));
	struct bzb_bzimage bzimage;
	struct bzb_span release;
	struct uki_part part;

	if (!find_bzimage(checking->subject, &bzimage) || !bzimage.kernel_version.size)
		return;
	release = release_of(&bzimage);
	while (uki_walk_next(&walk, &part)) {
		const struct bzb_span text = uki_text(&part);

		if (!text.size || bytes_are_same(text, release))
			continue;
		found(checking, AT(part.section.raw_offset), "%s is %.*s, and the kernel is %.*s",
		      uki_label(&part).text, shown(text), text.data, shown(release), release.data);
	}
}

const struct check uki_text_checks[] = {
	{
		.name = "uki-embedded-nul",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.breaks = CONSUMER(KERNEL_INSTALL),
		.run = check_embedded_nul,
		.why = "A section that is text has a NUL in its middle. Stubs stop there, and "
		       "measure all of it. bootctl, of each version that was tried (252, 257, "
		       "262), leaves the image out of its list if .osrel or .cmdline has a NUL.",
	},
	{
		.name = "uki-text-size",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.breaks = CONSUMER(KERNEL_INSTALL),
		.run = check_text_size,
		.why = "VirtualSize of a section that is text must be the bytes of the text: NULs "
		       "after it do not count. bootctl of systemd 252, Debian 12, leaves such an "
		       "image out of its list. If VirtualSize is larger than SizeOfRawData, "
		       "bootctl reads bytes of the next section, systemd-boot and ukify do not. "
		       "All bytes of VirtualSize are measured into PCR 11.",
	},
	{
		.name = "uki-text-end",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_text_end,
		.why = "GRUB 2.14 reads SizeOfRawData bytes of .osrel and .cmdline, not "
		       "VirtualSize, and takes them for a string without adding a NUL. If the "
		       "padding in the file does not have one, the text goes on in other memory: "
		       "the kernel may get random bytes after its command line.",
	},
	{
		.name = "uki-text-length",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.breaks = CONSUMER(KERNEL_INSTALL) | CONSUMER(GRUB_UKI),
		.run = check_text_length,
		.why = "Readers take texts up to a limit. For 'bootctl kernel-inspect', and so for "
		       "kernel-install, it is 16 KiB: 262 aborts if .osrel is longer, 257 ignores "
		       "the section. For GRUB 2.14 it is 20480 bytes with the padding in the file, "
		       "for 'bootctl list' 4 MiB.",
	},
	{
		.name = "uki-osrel",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.breaks = CONSUMER(SD_BOOT) | CONSUMER(KERNEL_INSTALL),
		.run = check_osrel,
		.why = "Boot menus take the title of an image from .osrel: PRETTY_NAME, else "
		       "IMAGE_ID, NAME or ID. systemd-boot and bootctl leave out an image without "
		       "any of them.",
	},
	{
		.name = "uki-osrel-title",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.after = "uki-osrel",
		.run = check_osrel_title,
		.why = ".osrel has no PRETTY_NAME, the title of the image in menus. systemd-boot "
		       "shows IMAGE_ID, NAME or ID in its place, GRUB 2.14 an entry without a "
		       "title.",
	},
	{
		.name = "uki-osrel-id",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_UKI,
		.after = "uki-osrel",
		.run = check_osrel_id,
		.why = "systemd-boot and bootctl sort images by IMAGE_ID or ID of .osrel, then by "
		       "version. An image without them comes after all others, also if it is the "
		       "newest.",
	},
	{
		.name = "uki-lines",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_lines,
		.why = "os-release(5) and .profile have lines of the form NAME=VALUE, with quotes "
		       "at both ends of a value or at none, and comments with '#'. After a quote "
		       "that is not closed, bootctl reads the next lines as a part of the value: "
		       "the image has another title there than in the menu of systemd-boot, which "
		       "ignores the line.",
	},
	{
		.name = "uki-cmdline-control",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.breaks = CONSUMER(GRUB_UKI),
		.run = check_cmdline_control,
		.why = "The command line has a newline, a tab or another control character between "
		       "its parameters. systemd-stub turns it into a blank, but measures the "
		       "section as it is. GRUB 2.14 puts the text into a script of its own: after "
		       "a newline it runs the rest as a command.",
	},
	{
		.name = "uki-cmdline-end",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.run = check_cmdline_end,
		.why = "The command line ends with a newline or a blank, usually that of the text "
		       "file it was made of. Stubs remove it before the kernel gets it. It is a "
		       "part of PCR 11, so that the same command line without it gives another "
		       "value.",
	},
	{
		.name = "uki-cmdline-script",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_UKI,
		.run = check_cmdline_script,
		.why = "GRUB 2.14 writes 'chainloader FILE CMDLINE' as a line of a script and runs "
		       "it. There, $ begins a variable, ; ends the command, quotes and backslashes "
		       "are removed, # begins a comment. The kernel gets another command line from "
		       "GRUB than from other loaders; with Secure Boot on, that of the image "
		       "counts.",
	},
	{
		.name = "uki-cmdline-length",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_cmdline_length,
		.why = "A kernel takes some bytes of its command line, and ignores the rest "
		       "without a message: on x86-64 cmdline_size, which is 2047 of Linux; on "
		       "arm64 2047, on riscv64 1023, on loong64 4095 (COMMAND_LINE_SIZE without "
		       "its NUL).",
	},
	{
		.name = "uki-uname-text",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.run = check_uname_text,
		.why = ".uname is the release of the kernel as 'uname -r' has it, without a "
		       "newline. Stubs compare it with that of an addon byte by byte, and bootctl "
		       "uses it in names of files.",
	},
	{
		.name = "uki-uname",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.after = "uki-uname-text",
		.run = check_uname,
		.why = ".uname differs from the release in the kernel's setup header. Addons for "
		       "this kernel are not used, and tools remove or keep the wrong modules.",
	},
	{ 0 },
};
