/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_contents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/bzboot.h>
#include <jansson.h>

#include "input/identify.h"
#include "input/os_release.h"
#include "input/pe_section.h"
#include "io/fileio.h"

static struct blob copy_text(const char *text)
{
	return blob_copy((struct bzb_span){ (const unsigned char *)text, strlen(text) });
}

/* @argument: a text, or "@FILE"; @ret_culprit: the file */
static int read_argument(const char *argument, struct blob *ret, const char **ret_culprit,
			 struct why *why)
{
	if (*argument == '@') {
		*ret_culprit = argument + 1;
		return file_read(argument + 1, ret, why);
	}
	*ret = copy_text(argument);
	return 0;
}

/* For a message about an argument that may be meant as a file */
static const char *hint(const char *argument)
{
	return *argument == '@' ? "" : " (@FILE reads a file)";
}

static int read_file(const char *path, struct blob *ret, const char **ret_culprit, struct why *why)
{
	*ret_culprit = path;
	return file_read(path, ret, why);
}

/* --- .osrel -------------------------------------------------------------------------- */

static bool has_one_of(struct bzb_span text, const char *const *names)
{
	while (text.size) {
		struct bzb_span line = os_release_next(&text);

		for (size_t i = 0; names[i]; i++)
			if (os_release_assigns(line, names[i]))
				return true;
	}
	return false;
}

/* sd-boot: without a title and a key to sort by, there is no entry in its menu. */
static int check_os_release(const char *argument, struct bzb_span text, struct why *why)
{
	static const char *const titles[] = { "PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL };
	static const char *const keys[] = { "IMAGE_ID", "ID", NULL };

	if (memchr(text.data, '\0', text.size))
		return explain(why, "not a text: it has a NUL character");
	if (!has_one_of(text, titles) || !has_one_of(text, keys))
		return explain(why,
			       "not an os-release, which has lines like ID=debian and "
			       "PRETTY_NAME=\"Debian\"%s",
			       hint(argument));
	return 0;
}

/* os-release(5): in double quotes, these characters need a backslash. */
static void print_quoted(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		if (strchr("\"\\$`", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

struct blob uki_with_title(struct bzb_span text, const char *title)
{
	char *made = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&made, &size);
	struct blob ret;

	if (!to)
		diag_no_memory(text.size);
	fputs("PRETTY_NAME=", to);
	print_quoted(to, title);
	fputc('\n', to);
	while (text.size) {
		struct bzb_span line = os_release_next(&text);

		if (!os_release_assigns(line, "PRETTY_NAME"))
			fprintf(to, "%.*s\n", (int)line.size, (const char *)line.data);
	}
	if (fclose(to))
		diag_no_memory(size);
	ret = copy_text(made);
	free(made);
	return ret;
}

static int make_os_release(const struct uki_options *options, struct blob *ret,
			   const char **ret_culprit, struct why *why)
{
	struct blob text;

	if (!options->os_release)
		return 0;
	*ret_culprit = "--os-release";
	if (read_argument(options->os_release, &text, ret_culprit, why))
		return -1;
	if (check_os_release(options->os_release, blob_span(&text), why)) {
		blob_free(&text);
		return -1;
	}
	if (!options->title) {
		*ret = text;
		return 0;
	}
	*ret = uki_with_title(blob_span(&text), options->title);
	blob_free(&text);
	return 0;
}

/* --- the others -------------------------------------------------------------------- */

static void trim_end(struct blob *text)
{
	while (text->size &&
	       (text->data[text->size - 1] == '\n' || text->data[text->size - 1] == ' '))
		blob_resize(text, text->size - 1);
}

static int make_uname(const char *argument, const char *version, struct blob *ret,
		      const char **ret_culprit, struct why *why)
{
	*ret_culprit = "--uname";
	if (argument) {
		if (read_argument(argument, ret, ret_culprit, why))
			return -1;
		trim_end(ret);
		return 0;
	}
	if (version) {
		*ret = copy_text(version);
		blob_resize(ret, strcspn(version, " "));
	}
	return 0;
}

static int make_device_tree(const char *path, struct blob *ret, const char **ret_culprit,
			    struct why *why)
{
	struct bzb_span tree;
	int err;

	if (!path)
		return 0;
	if (read_file(path, ret, ret_culprit, why))
		return -1;
	err = bzb_device_tree_parse(blob_span(ret), &tree);
	if (err == -BZB_ERR_BADMAGIC)
		return explain_identity(why, blob_span(ret), "a device tree (DTB)");
	return err ? explain(why, "device tree: %s", bzb_strerror(err)) : 0;
}

/* A BMP file: "BM", and its size. systemd-stub shows no other. */
static int make_splash(const char *path, struct blob *ret, const char **ret_culprit,
		       struct why *why)
{
	if (!path)
		return 0;
	if (read_file(path, ret, ret_culprit, why))
		return -1;
	if (ret->size >= 6 && !memcmp(ret->data, "BM", 2) && bzb_get32(ret->data + 2) == ret->size)
		return 0;
	return explain(why, "not a BMP file, or with other bytes after it");
}

static int make_pcrpkey(const char *path, struct blob *ret, const char **ret_culprit,
			struct why *why)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----";
	const size_t size = sizeof(begin) - 1;

	if (!path)
		return 0;
	if (read_file(path, ret, ret_culprit, why))
		return -1;
	if (ret->size > size && !memcmp(ret->data, begin, size))
		return 0;
	return explain(why, "not a public key in PEM form ('%s')", begin);
}

/* JSON: an object with a list of signatures for each bank of PCRs. */
static int make_pcrsig(const char *argument, struct blob *ret, const char **ret_culprit,
		       struct why *why)
{
	json_error_t error;
	json_t *tree;

	*ret_culprit = "--pcrsig";
	if (!argument)
		return 0;
	if (read_argument(argument, ret, ret_culprit, why))
		return -1;
	tree = json_loadb((const char *)ret->data, ret->size, 0, &error);
	json_decref(tree);
	return tree ? 0 :
		      explain(why, "not PCR signatures in JSON: %.150s%s", error.text,
			      hint(argument));
}

/* The names that have options or meanings of their own */
static const char *const reserved[] = {
	".text",  ".data",   ".setup",	".reloc",   ".linux",	".osrel",   ".cmdline",
	".uname", ".splash", ".ucode",	".initrd",  ".sbat",	".dtb",	    ".dtbauto",
	".hwids", ".efifw",  ".pcrsig", ".pcrpkey", ".profile", ".sdmagic",
};

static int check_name(const struct uki *uki, const char *name, size_t size, struct why *why)
{
	if (size < 2 || size > 8 || *name != '.')
		return explain(why, "the name of a section has a dot and 1 to 7 characters");
	for (size_t i = 0; i < size; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return explain(why, "the name of the section is not printable ASCII");
	for (size_t i = 0; i < BZB_ARRAY_SIZE(reserved); i++)
		if (strlen(reserved[i]) == size && !memcmp(reserved[i], name, size))
			return explain(why, "section %s has an option or a meaning of its own",
				       reserved[i]);
	for (size_t i = 0; i < uki->other_count; i++)
		if (strlen(uki->others[i].name) == size && !memcmp(uki->others[i].name, name, size))
			return explain(why, "section %s is given twice", uki->others[i].name);
	return 0;
}

/* One more section of a list. */
static void add_one(struct uki_section **list, size_t *count, const struct uki_section *section)
{
	const size_t size = (*count + 1) * sizeof(*section);

	*list = realloc(*list, size);
	if (!*list)
		diag_no_memory(size);
	(*list)[(*count)++] = *section;
}

/* @argument: "NAME:TEXT" or "NAME:@FILE" */
static int add_section(struct uki *uki, const char *argument, const char **ret_culprit,
		       struct why *why)
{
	const size_t size = strcspn(argument, ":");
	struct uki_section section = { 0 };

	*ret_culprit = argument;
	if (!argument[size])
		return explain(why, "not NAME:TEXT or NAME:@FILE");
	if (check_name(uki, argument, size, why))
		return -1;
	memcpy(section.name, argument, size);
	section.is_text = argument[size + 1] != '@';
	if (read_argument(argument + size + 1, &section.bytes, ret_culprit, why))
		return -1;
	add_one(&uki->others, &uki->other_count, &section);
	return 0;
}

static int add_sections(struct uki *uki, const struct names *names, const char **ret_culprit,
			struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < names->count && !err; i++)
		err = add_section(uki, names->names[i], ret_culprit, why);
	return err;
}

/* --- profiles ---------------------------------------------------------------------- */

static int make_profile(const char *argument, struct blob *ret, const char **ret_culprit,
			struct why *why)
{
	static const char *const names[] = { "ID", "TITLE", NULL };

	*ret_culprit = "--profile";
	if (!argument)
		return 0;
	if (read_argument(argument, ret, ret_culprit, why))
		return -1;
	if (memchr(ret->data, '\0', ret->size) || !has_one_of(blob_span(ret), names))
		return explain(why,
			       "not a profile, which has lines like ID=debug and TITLE=\"Debug\"%s",
			       hint(argument));
	return 0;
}

/* Whether the section of a joined file goes into the image; -1: it cannot. */
static int is_joined(const char *name, struct why *why)
{
	static const char *const refused[] = { ".linux", ".dtbauto", ".hwids", ".efifw" };
	static const char *const joined[] = { ".profile", ".osrel", ".cmdline", ".dtb",
					      ".initrd",  ".ucode", ".splash",	".uname",
					      ".pcrpkey", ".pcrsig" };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(refused); i++)
		if (!strcmp(name, refused[i]))
			return explain(why, "a profile with a section %s is not supported", name);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(joined); i++)
		if (!strcmp(name, joined[i]))
			return 1;
	return 0;
}

/* Each file begins with .profile, as ukify writes it. */
static int check_order(bool is_first, bool is_profile, struct why *why)
{
	if (is_first && !is_profile)
		return explain(why, "does not begin with a section .profile, which 'bzboot addon "
				    "--profile TEXT' makes");
	if (!is_first && is_profile)
		return explain(why, "has more than one section .profile");
	return 0;
}

static int join_sections(struct uki *uki, const struct bzb_pe *pe, struct why *why)
{
	const size_t first = uki->joined_count;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);
		const int take = is_joined(section.name, why);
		struct uki_section joined = { 0 };
		struct bzb_span bytes;

		if (take < 0)
			return -1;
		if (!take)
			continue;
		if (check_order(uki->joined_count == first, !strcmp(section.name, ".profile"), why))
			return -1;
		if (pe_section_bytes(pe->file, &section, &bytes))
			return explain(why, "section %s is truncated", section.name);
		memcpy(joined.name, section.name, sizeof(joined.name));
		joined.bytes = blob_copy(bytes);
		add_one(&uki->joined, &uki->joined_count, &joined);
	}
	return uki->joined_count > first ? 0 : check_order(true, false, why);
}

static int join(struct uki *uki, const char *path, const char **ret_culprit, struct why *why)
{
	struct blob file;
	struct bzb_pe pe;
	int err;

	if (read_file(path, &file, ret_culprit, why))
		return -1;
	err = bzb_pe_parse(blob_span(&file), &pe) ?
		      explain_identity(why, blob_span(&file), "a PE image with a profile") :
		      join_sections(uki, &pe, why);
	blob_free(&file);
	return err;
}

static int join_all(struct uki *uki, const struct names *files, const char **ret_culprit,
		    struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < files->count && !err; i++)
		err = join(uki, files->names[i], ret_culprit, why);
	return err;
}

bool uki_is_given(const struct uki_options *options)
{
	return options->os_release || options->title || options->device_tree || options->uname ||
	       options->splash || options->pcrpkey || options->pcrsig || options->profile ||
	       options->sections.count || options->joined.count;
}

int uki_make(const struct uki_options *options, const char *version, struct uki *ret,
	     const char **ret_culprit, struct why *why)
{
	struct uki uki = { 0 };

	if (version)
		uki.magic = copy_text("#### LoaderInfo: bzboot " BZBOOT_VERSION " ####");
	if (make_os_release(options, &uki.os_release, ret_culprit, why) ||
	    make_uname(options->uname, version, &uki.uname, ret_culprit, why) ||
	    make_device_tree(options->device_tree, &uki.device_tree, ret_culprit, why) ||
	    make_splash(options->splash, &uki.splash, ret_culprit, why) ||
	    make_pcrpkey(options->pcrpkey, &uki.pcrpkey, ret_culprit, why) ||
	    make_pcrsig(options->pcrsig, &uki.pcrsig, ret_culprit, why) ||
	    make_profile(options->profile, &uki.profile, ret_culprit, why) ||
	    add_sections(&uki, &options->sections, ret_culprit, why) ||
	    join_all(&uki, &options->joined, ret_culprit, why)) {
		uki_free(&uki);
		return -1;
	}
	*ret = uki;
	return 0;
}

static bool has_other(const struct uki *uki, const char *name)
{
	for (size_t i = 0; i < uki->other_count; i++)
		if (!strcmp(uki->others[i].name, name))
			return true;
	return false;
}

/* Replaces what uki_make() made of no option. */
static void keep_blob(struct blob *to, const void *option, struct blob *bytes)
{
	if (option)
		return;
	blob_free(to);
	*to = *bytes;
	*bytes = (struct blob){ 0 };
}

static void keep_os_release(struct uki *uki, const struct uki_options *options, struct blob *bytes)
{
	struct blob titled;

	keep_blob(&uki->os_release, options->os_release, bytes);
	if (options->os_release || !options->title)
		return;
	titled = uki_with_title(blob_span(&uki->os_release), options->title);
	blob_free(&uki->os_release);
	uki->os_release = titled;
}

void uki_keep(struct uki *uki, const struct uki_options *options, const char *name,
	      struct blob *bytes)
{
	struct uki_section other = { 0 };

	if (!strcmp(name, ".osrel")) {
		keep_os_release(uki, options, bytes);
	} else if (!strcmp(name, ".uname")) {
		keep_blob(&uki->uname, options->uname, bytes);
	} else if (!strcmp(name, ".dtb")) {
		keep_blob(&uki->device_tree, options->device_tree, bytes);
	} else if (!strcmp(name, ".splash")) {
		keep_blob(&uki->splash, options->splash, bytes);
	} else if (!strcmp(name, ".pcrpkey")) {
		keep_blob(&uki->pcrpkey, options->pcrpkey, bytes);
	} else if (!has_other(uki, name)) {
		snprintf(other.name, sizeof(other.name), "%s", name);
		other.is_text = !memchr(bytes->data, '\0', bytes->size);
		keep_blob(&other.bytes, NULL, bytes);
		add_one(&uki->others, &uki->other_count, &other);
	}
}

int uki_check_machine(const struct uki *uki, enum bzb_machine machine, const char **ret_culprit,
		      struct why *why)
{
	const char *culprit = uki->device_tree.size ? "--devicetree" : NULL;

	for (size_t i = 0; i < uki->joined_count && !culprit; i++)
		if (!strcmp(uki->joined[i].name, ".dtb"))
			culprit = "--join-profile";
	if (!culprit || machine != BZB_MACHINE_X86_64)
		return 0;
	*ret_culprit = culprit;
	return explain(why, "kernels for x86-64 take no device tree from a loader: leave it out");
}

struct bzb_span uki_sbat(void)
{
	static const char text[] =
		"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
		"uki,1,UKI,uki,1,https://uapi-group.org/specifications/specs/"
		"unified_kernel_image/\n";

	return (struct bzb_span){ (const unsigned char *)text, sizeof(text) - 1 };
}

void uki_free(struct uki *uki)
{
	blob_free(&uki->os_release);
	blob_free(&uki->uname);
	blob_free(&uki->device_tree);
	blob_free(&uki->splash);
	blob_free(&uki->pcrpkey);
	blob_free(&uki->pcrsig);
	blob_free(&uki->profile);
	blob_free(&uki->magic);
	for (size_t i = 0; i < uki->other_count; i++)
		blob_free(&uki->others[i].bytes);
	for (size_t i = 0; i < uki->joined_count; i++)
		blob_free(&uki->joined[i].bytes);
	free(uki->others);
	free(uki->joined);
	*uki = (struct uki){ 0 };
}
