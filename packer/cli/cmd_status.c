/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "install/survey.h"
#include "io/json.h"
#include "io/lap.h"
#include "command.h"
#include "command_line.h"
#include "configure.h"
#include "install_options.h"

struct options {
	struct install_options install;
	bool json;
};

static const struct command_option option_rows[] = {
	/* clang-format off */
	{ "json", 0, NULL, GROUP_OUTPUT, "print JSON", OPTION_FLAG(struct options, json) },
	INSTALL_ESP_OPTION(struct options, install),
	INSTALL_TOKEN_OPTION(struct options, install),
	INSTALL_SYSTEM_OPTIONS(struct options, install),
	INSTALL_EFIVARS_OPTION(struct options, install),
	/* clang-format on */
};

static const char *const examples[] = {
	"bzboot status",
	"bzboot status --json",
	NULL,
};

const struct command_line line_status = {
	.name = "status",
	.usage = "[--json] [OPTION]...",
	.text = "Prints what 'bzboot install' has put on the EFI system partition, whether the firmware "
		"would start it, and whether there is room for the next update.\n\n"
		"The exit status is 1 if something needs attention: an image is missing, was changed, "
		"or is older than its kernel, its initrd or its command line; the firmware refuses it; "
		"or the partition is too full. Messages say what to do.",
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static const char *const secure_boot_words[] = {
	[SECURE_BOOT_UNKNOWN] = "unknown",
	[SECURE_BOOT_OFF] = "off",
	[SECURE_BOOT_SETUP] = "setup",
	[SECURE_BOOT_ON] = "on",
};

static const char *const secure_boot_phrases[] = {
	[SECURE_BOOT_UNKNOWN] = "not known: there are no variables of UEFI firmware",
	[SECURE_BOOT_OFF] = "Secure Boot is off",
	[SECURE_BOOT_SETUP] = "Secure Boot is off, and the firmware in setup mode",
	[SECURE_BOOT_ON] = "Secure Boot is on",
};

/* It is printed as text or as JSON. */
struct report {
	const struct install_place *place;
	const struct firmware *firmware;
	const struct survey *survey;
};

/* --- as text ---------------------------------------------------------------------------- */

static void print_text(const char *label, const char *text)
{
	printf("  %-9s %s\n", label, text);
}

static void print_size(const char *label, uint64_t size)
{
	printf("  %-9s %.1f MiB\n", label, (double)size / (1024 * 1024));
}

static void print_time(const char *label, int64_t seconds)
{
	const time_t time = (time_t)seconds;
	char text[32];
	struct tm tm;

	if (gmtime_r(&time, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		print_text(label, text);
}

static void print_place(const struct report *report)
{
	puts("system");
	print_text("firmware", secure_boot_phrases[trust_secure_boot(report->firmware)]);
	print_text("ESP", report->place->esp);
	print_size("size", report->survey->space.room.size);
	print_size("free", report->survey->space.room.free);
	print_size("needed", report->survey->space.needed);
}

static const char *firmware_verb(enum trust_answer answer)
{
	if (answer == TRUST_UNKNOWN)
		return "not known";
	return trust_refuses(answer) ? "refuses it" : "starts it";
}

static void print_image(const struct survey_image *image)
{
	const struct install_name *name = &image->name;

	print_text(name->is_previous ? "previous" : "image", image->path);
	print_size("size", image->size);
	if (name->is_counted)
		printf("  %-9s %u left, %u done\n", "tries", name->left, name->done);
	print_text("signer", image->signer ? image->signer : "none");
	if (image->time)
		print_time("signed", image->time);
	if (image->is_judged)
		printf("  %-9s %s: %s\n", "firmware", firmware_verb(image->trust),
		       trust_phrase(image->trust));
}

static const char *kernel_of(const struct install_record *record)
{
	for (size_t i = 0; i < record->sources.count; i++)
		if (record->sources.files[i].kind == RECORD_KERNEL)
			return record->sources.files[i].path;
	return NULL;
}

static void print_version(const struct survey_version *version)
{
	const struct install_record *record = &version->record;
	const char *kernel = kernel_of(record);

	printf("\n%s%s\n", record->version, version->is_running ? ", running" : "");
	if (kernel)
		print_text("kernel", kernel);
	print_time("installed", record->time);
	for (size_t i = 0; i < version->changed.count; i++)
		print_text("changed", version->changed.names[i]);
	for (size_t i = 0; i < version->image_count; i++)
		print_image(&version->images[i]);
}

static void print_others(const struct survey *survey)
{
	for (size_t i = 0; i < survey->kernels.count; i++)
		printf("\n%s\n  %-9s none\n", survey->kernels.names[i], "image");
	if (survey->stranger_count)
		puts("\nfiles that no record has");
	for (size_t i = 0; i < survey->stranger_count; i++)
		printf("  %s, %.1f MiB\n", survey->strangers[i].path,
		       (double)survey->strangers[i].size / (1024 * 1024));
}

static void print_report(const struct report *report)
{
	print_place(report);
	for (size_t i = 0; i < report->survey->version_count; i++)
		print_version(&report->survey->versions[i]);
	print_others(report->survey);
}

/* --- as JSON ---------------------------------------------------------------------------- */

static json_t *optional_text(const char *text)
{
	return text ? json_name(text) : json_null();
}

static json_t *names_to_json(const struct name_list *names)
{
	json_t *json = json_array();

	for (size_t i = 0; i < names->count; i++)
		json_add(json, json_name(names->names[i]));
	return json;
}

static json_t *faults_to_json(const struct survey_faults *faults)
{
	json_t *all = json_array();

	for (size_t i = 0; i < faults->count; i++) {
		json_t *json = json_object();

		json_put(json, "subject", json_name(faults->faults[i].subject));
		json_put(json, "text", json_name(faults->faults[i].why.text));
		json_add(all, json);
	}
	return all;
}

static json_t *esp_to_json(const struct report *report)
{
	const struct survey *survey = report->survey;
	json_t *json = json_object();

	json_put(json, "path", json_name(report->place->esp));
	json_put(json, "size", json_number(survey->space.room.size));
	json_put(json, "free", json_number(survey->space.room.free));
	json_put(json, "needed", json_number(survey->space.needed));
	json_put(json, "enough", json_boolean(survey->space.is_enough));
	return json;
}

static json_t *image_to_json(const struct survey_image *image)
{
	const struct install_name *name = &image->name;
	json_t *json = json_object();

	json_put(json, "path", json_name(image->path));
	json_put(json, "previous", json_boolean(name->is_previous));
	json_put(json, "tries_left", name->is_counted ? json_number(name->left) : json_null());
	json_put(json, "tries_done", name->is_counted ? json_number(name->done) : json_null());
	json_put(json, "size", json_number(image->size));
	json_put(json, "recorded", json_boolean(image->is_recorded));
	json_put(json, "signer", optional_text(image->signer));
	json_put(json, "signed", image->time ? json_integer(image->time) : json_null());
	json_put(json, "firmware",
		 image->is_judged ? json_string(trust_word(image->trust)) : json_null());
	return json;
}

static json_t *version_to_json(const struct survey_version *version)
{
	const struct install_record *record = &version->record;
	json_t *json = json_object(), *images = json_array();

	for (size_t i = 0; i < version->image_count; i++)
		json_add(images, image_to_json(&version->images[i]));
	json_put(json, "version", json_name(record->version));
	json_put(json, "running", json_boolean(version->is_running));
	json_put(json, "layout", json_string(install_layout_name(record->layout)));
	json_put(json, "kernel", optional_text(kernel_of(record)));
	json_put(json, "installed", json_integer(record->time));
	json_put(json, "changed", names_to_json(&version->changed));
	json_put(json, "images", images);
	json_put(json, "faults", faults_to_json(&version->faults));
	return json;
}

static json_t *strangers_to_json(const struct survey *survey)
{
	json_t *all = json_array();

	for (size_t i = 0; i < survey->stranger_count; i++) {
		json_t *json = json_object();

		json_put(json, "path", json_name(survey->strangers[i].path));
		json_put(json, "size", json_number(survey->strangers[i].size));
		json_add(all, json);
	}
	return all;
}

static void print_json(const struct report *report)
{
	const struct survey *survey = report->survey;
	json_t *json = json_object(), *versions = json_array();

	for (size_t i = 0; i < survey->version_count; i++)
		json_add(versions, version_to_json(&survey->versions[i]));
	json_put(json, "secure_boot",
		 json_string(secure_boot_words[trust_secure_boot(report->firmware)]));
	json_put(json, "esp", esp_to_json(report));
	json_put(json, "versions", versions);
	json_put(json, "kernels", names_to_json(&survey->kernels));
	json_put(json, "unrecorded", strangers_to_json(survey));
	json_put(json, "faults", faults_to_json(&survey->faults));
	json_print(json);
	json_decref(json);
}

/* --- the command ------------------------------------------------------------------------ */

/* returns: -1 if there are any */
static int print_faults(const struct survey_faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		diag(faults->faults[i].subject, &faults->faults[i].why);
	return faults->count ? -1 : 0;
}

static int print_all_faults(const struct survey *survey)
{
	int err = print_faults(&survey->faults);

	for (size_t i = 0; i < survey->version_count; i++)
		err |= print_faults(&survey->versions[i].faults);
	return err;
}

static int report_all(const struct options *options, const struct settings *settings,
		      const struct install_place *place, const struct firmware *firmware)
{
	struct pack_options pack = { .contents.is_uki = true };
	struct survey_wishes wishes = { .place = place, .firmware = firmware };
	struct survey survey = { 0 };
	const struct report report = { place, firmware, &survey };
	int err = pack_configure(settings, &pack) ? -1 : 0;

	wishes.cmdline = pack.contents.cmdline;
	wishes.cmdline_file = pack.contents.cmdline_file;
	wishes.no_initrd = settings_is_on(settings, "no-initrd", false);
	if (!err) {
		err = survey_take(&wishes, &survey);
		lap("look at what is installed");
		if (options->json)
			print_json(&report);
		else
			print_report(&report);
		err |= print_all_faults(&survey);
	}
	survey_free(&survey);
	pack_options_free(&pack);
	return err;
}

static int status_of(const struct options *options, const struct settings *settings)
{
	struct firmware *firmware = NULL;
	struct install_place place = { 0 };
	int err = install_place_find(&options->install.wishes, &place);

	if (!err)
		err = install_firmware(&options->install, &firmware);
	lap("read the variables");
	if (!err)
		err = report_all(options, settings, &place, firmware);
	trust_free(firmware);
	install_place_free(&place);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(struct options *options, const bool *given)
{
	struct settings settings = { 0 };
	int status =
		install_options_read(&options->install, &line_status, given, options, &settings);

	if (!status)
		status = status_of(options, &settings);
	settings_free(&settings);
	return status;
}

int cmd_status(int argc, char **argv)
{
	bool given[COMMAND_ROWS_MAX];
	struct options options = { 0 };
	const char *name;
	int status = command_line_parse_given(&line_status, argc, argv, &options, given, &name);

	return name ? run(&options, given) : status;
}
