/* SPDX-License-Identifier: BSD-2-Clause */
#include "install_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bzboot/bzboot.h>

#include "io/text.h"
#include "configure.h"

/* --- sources ------------------------------------------------------------------------------ */

/* The configured initrds come first; for layout bls, which has them beside the kernel, the
 * microcode before them. */
static void collect_initrds(const struct install_plan *plan, struct names *to)
{
	const struct contents_options *contents = &plan->pack.contents;

	for (size_t i = 0; plan->layout == LAYOUT_BLS && i < contents->microcodes.count; i++)
		names_add(to, contents->microcodes.names[i]);
	for (size_t i = 0; i < contents->initrds.count; i++)
		names_add(to, contents->initrds.names[i]);
}

static int find_sources(struct install_plan *plan, const struct settings *settings,
			const struct names *files)
{
	struct sources_wishes wishes = {
		.version = plan->version,
		.files = *files,
		.no_initrd = settings_is_on(settings, "no-initrd", false) ||
			     settings_is_on(settings, "no-default-initrd", false),
	};
	int err;

	collect_initrds(plan, &wishes.more_initrds);
	err = sources_find(plan->place, &wishes, &plan->sources);
	names_free(&wishes.more_initrds);
	return err;
}

static void tell_idle(const struct setting *setting, const char *from)
{
	struct why why;

	explain(&why, "warning: %s is not used, because %s has the command line",
		setting->key->name, from);
	diag_note_at(setting->path, setting->line, &why);
}

static void tell_running(const struct install_plan *plan, const char *from)
{
	struct why why;

	explain(&why,
		"warning: %.60s gets the command line of the running system: write it to "
		"/etc/kernel/cmdline",
		plan->version);
	diag_note(from, &why);
}

static int find_cmdline(struct install_plan *plan, const struct settings *settings)
{
	const struct contents_options *contents = &plan->pack.contents;
	const struct setting *setting = settings_find(settings, "cmdline");
	const char *from = NULL;

	if (!setting)
		setting = settings_find(settings, "default-cmdline");
	if (sources_cmdline(plan->place, contents->cmdline, contents->cmdline_file, &plan->cmdline,
			    &from))
		return -1;
	if (from && setting)
		tell_idle(setting, from);
	else if (from && !strcmp(from, SOURCES_RUNNING_CMDLINE))
		tell_running(plan, from);
	return 0;
}

static void find_os_release(struct install_plan *plan)
{
	static const char *const names[] = { "/etc/os-release", "/usr/lib/os-release" };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names) && !plan->os_release; i++) {
		plan->os_release = text_make("@%s%s", plan->place->root, names[i]);
		if (!access(plan->os_release + 1, R_OK))
			return;
		free(plan->os_release);
		plan->os_release = NULL;
	}
}

/* --- the options of pack ------------------------------------------------------------------ */

static void complete_unified(struct install_plan *plan)
{
	struct contents_options *contents = &plan->pack.contents;
	const bool replaceable = contents->defaults & BZB_MANIFEST_CMDLINE_DECIDED;

	contents->cmdline = plan->cmdline;
	contents->cmdline_file = NULL;
	if (!replaceable)
		contents->decided |= BZB_MANIFEST_CMDLINE_DECIDED;
	if (!(contents->defaults & BZB_MANIFEST_INITRD_DECIDED))
		contents->decided |= BZB_MANIFEST_INITRD_DECIDED;
	names_free(&contents->initrds);
	for (size_t i = 1; i < plan->sources.count; i++)
		names_add(&contents->initrds, plan->sources.files[i].path);
	if (!contents->uki.os_release)
		contents->uki.os_release = plan->os_release;
}

/* The boot loader gives command line and initrd. */
static void complete_plain(struct install_plan *plan)
{
	struct contents_options *contents = &plan->pack.contents;

	contents->cmdline = contents->cmdline_file = NULL;
	contents->decided = contents->defaults = 0;
	names_free(&contents->initrds);
	names_free(&contents->microcodes);
}

/* --- the digest of all inputs ------------------------------------------------------------- */

static int add_file(FILE *to, const char *what, const char *path)
{
	char digest[RECORD_DIGEST_SIZE];
	struct why why;

	if (record_digest_file(path, digest, NULL, &why))
		return diag_fail(path, &why);
	fprintf(to, "%s %s\n", what, digest);
	return 0;
}

/* Files of secrets are not among them, and a key has its certificate. */
static bool is_public(const struct config_key *key)
{
	return strcmp(key->section, "Signing") || !strcmp(key->name, "Cert") ||
	       !strcmp(key->name, "Chain");
}

static int add_setting(FILE *to, const struct setting *setting)
{
	const char *file = settings_file(setting);

	if (!strcmp(setting->key->section, "Install") || !setting->key->line)
		return 0;
	fprintf(to, "%s %s\n", setting->key->name, setting->value);
	return file && is_public(setting->key) && !access(file, F_OK) ?
		       add_file(to, setting->key->name, file) :
		       0;
}

static int write_inputs(const struct install_plan *plan, const struct settings *settings, FILE *to)
{
	int err = 0;

	fprintf(to, "bzboot %s\nlayout %s\ncmdline %s\n", BZBOOT_VERSION,
		install_layout_name(plan->layout), plan->cmdline);
	for (size_t i = 0; i < plan->sources.count; i++)
		fprintf(to, "file %s\n", plan->sources.files[i].sha256);
	if (plan->os_release)
		err = add_file(to, "os-release", plan->os_release + 1);
	for (size_t i = 0; i < settings->count && !err; i++)
		err = add_setting(to, &settings->settings[i]);
	return err;
}

static int digest_inputs(struct install_plan *plan, const struct settings *settings)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int err;

	if (!to)
		diag_no_memory(BUFSIZ);
	err = write_inputs(plan, settings, to);
	if (fclose(to))
		diag_no_memory(size);
	record_digest((struct bzb_span){ (const unsigned char *)text, size }, plan->inputs);
	free(text);
	return err;
}

/* --- all of it ---------------------------------------------------------------------------- */

int install_plan_make(const struct install_place *place, enum install_layout layout,
		      const struct settings *settings, const char *version,
		      const struct names *files, struct install_plan *ret)
{
	*ret = (struct install_plan){
		.place = place,
		.layout = layout,
		.version = version,
		.pack.contents.is_uki = layout == LAYOUT_UKI,
	};
	if (pack_configure(settings, &ret->pack) || find_sources(ret, settings, files) ||
	    find_cmdline(ret, settings))
		return -1;
	find_os_release(ret);
	if (layout == LAYOUT_UKI)
		complete_unified(ret);
	else
		complete_plain(ret);
	ret->pack.kernel = ret->sources.files[0].path;
	return digest_inputs(ret, settings);
}

void install_plan_free(struct install_plan *plan)
{
	pack_options_free(&plan->pack);
	sources_free(&plan->sources);
	free(plan->cmdline);
	free(plan->os_release);
	*plan = (struct install_plan){ 0 };
}
