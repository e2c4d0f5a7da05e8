/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/x509.h>

#include "check/checks.h"
#include "install/boot_loader.h"
#include "install/lock.h"
#include "install/menu_entry.h"
#include "install/put.h"
#include "install/room.h"
#include "io/fileio.h"
#include "io/lap.h"
#include "io/text.h"
#include "command.h"
#include "command_line.h"
#include "configure.h"
#include "install_options.h"
#include "install_plan.h"

/* The exit status by which a plugin of kernel-install is the last one */
#define SKIP_PLUGINS 77

struct options {
	struct install_options install;
	const char *version; /* empty: all */
	struct names files;  /* the kernel, then initrds */
};

static const struct command_option option_rows[] = {
	/* clang-format off */
	{ "layout", 0, "LAYOUT", GROUP_INSTALL,
	  "uki: unified kernel images; bls: kernels with entries of the boot loader; none: nothing",
	  .value = &value_layout, .otherwise = "uki if bzboot.conf has a Key=",
	  .take = install_take_layout, .offset = offsetof(struct options, install.layout) },
	INSTALL_ESP_OPTION(struct options, install),
	INSTALL_TOKEN_OPTION(struct options, install),
	{ "tries", 0, "N", GROUP_INSTALL, "let a new image fail to boot N times",
	  .otherwise = "that of /etc/kernel/tries; 0: no limit",
	  .take = install_take_tries, .offset = offsetof(struct options, install.wishes.tries) },
	{ "drop-previous", 0, NULL, GROUP_INSTALL,
	  "do not keep the image that the new one replaces",
	  OPTION_FLAG(struct options, install.drop_previous) },
	{ "no-sign-loader", 0, NULL, GROUP_INSTALL, "do not sign systemd-boot with the key, too",
	  OPTION_FLAG(struct options, install.no_sign_loader) },
	INSTALL_HOOK_OPTIONS(struct options, install),
	INSTALL_SYSTEM_OPTIONS(struct options, install),
	INSTALL_EFIVARS_OPTION(struct options, install),
	/* clang-format on */
};

static const char *const examples[] = {
	"bzboot install",
	"bzboot install 6.12.117+deb12-amd64",
	NULL,
};

const struct command_line line_install = {
	.name = "install",
	.usage = "[VERSION [KERNEL [INITRD]...]] [OPTION]...",
	.text = "Packs kernels of this system as bzboot.conf(5) says, signs them, checks them, and "
		"puts them on the EFI system partition. The image that was there before stays "
		"beside the new one. Whatever fails, what was bootable stays so.\n\n"
		"Without VERSION, it does so with each kernel in /boot, or in /usr/lib/modules. "
		"Without KERNEL and INITRD, it takes those of VERSION. The command line is in "
		"/etc/kernel/cmdline.",
	.operand = "version",
	.operand_value = &value_file,
	.operand_optional = true,
	.others = offsetof(struct options, files),
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* One run: what is the same for all versions. */
struct run {
	const struct options *options;
	const struct settings *settings;
	struct install_place place;
	enum install_layout layout;
	struct firmware *firmware; /* that is to start the images */
};

/* One version: each step adds to it. */
struct job {
	const struct run *run;
	const char *version;
	struct install_place place; /* of the run, with the token of the record if there is one */
	struct install_plan plan;
	struct install_record record;
	struct blob image;
	char *path; /* of the file that boot loaders show, relative to the ESP */
	char *full; /* the same, with the ESP */
	struct put_file *files;
	size_t file_count;
	bool is_done; /* there is nothing to do */
};

/* --- the steps ---------------------------------------------------------------------------- */

static int check_version(struct job *job)
{
	struct why why;

	if (!install_version_check(job->version, &why))
		return 0;
	return diag_fail(job->version, &why);
}

/* Another layout has other files. */
static int check_layout(const struct job *job)
{
	const struct install_record *record = &job->record;
	struct why why;

	if (record->layout == job->run->layout)
		return 0;
	explain(&why,
		"is installed with layout %s: 'bzboot remove %.60s' first, or set Layout=%s in "
		"[Install] of bzboot.conf",
		install_layout_name(record->layout), job->version,
		install_layout_name(record->layout));
	return diag_fail(job->version, &why);
}

/* An installed version keeps its names: the machine may have got its ID only afterwards. */
static void keep_token(struct job *job)
{
	const char *token = job->record.token;
	struct why why;

	if (!strcmp(token, job->place.token))
		return;
	explain(&why,
		"warning: keeps the entry token '%.40s': 'bzboot remove %.60s' first to give it "
		"another one",
		token, job->version);
	diag_note(job->version, &why);
	job->place.token = job->record.token;
}

/* A broken record is replaced. */
static int read_record(struct job *job)
{
	if (record_read(&job->place, job->version, &job->record) > 0) {
		keep_token(job);
		return check_layout(job);
	}
	job->record = (struct install_record){
		.version = text_make("%s", job->version),
		.token = text_make("%s", job->place.token),
		.layout = job->run->layout,
	};
	return 0;
}

static int make_plan(struct job *job)
{
	const struct run *run = job->run;
	int err = install_plan_make(&job->place, run->layout, run->settings, job->version,
				    &run->options->files, &job->plan);

	job->path = install_name_path(&job->place, run->layout, job->version, false);
	job->full = install_esp_path(&job->place, job->path);
	job->plan.pack.output = job->full;
	lap("find the sources");
	return err;
}

static int prepare(struct job *job)
{
	int err = put_prepare(&job->place, &job->record);

	lap("look at the ESP");
	return err;
}

/* An entry is of no use without the kernel and the initrds that it names. */
static bool is_whole(const struct job *job)
{
	const struct record_files *files = &job->record.files;
	const struct sources *sources = &job->plan.sources;
	bool has_image = false;

	for (size_t i = 0; i < files->count; i++)
		has_image |= files->files[i].kind == RECORD_IMAGE && !files->files[i].is_previous;
	for (size_t i = 1; job->run->layout == LAYOUT_BLS && i < sources->count; i++)
		if (!record_find(files, sources->files[i].sha256))
			return false;
	return has_image;
}

static int skip_current(struct job *job)
{
	if (!job->record.inputs || strcmp(job->record.inputs, job->plan.inputs) ||
	    !record_is_current(&job->record) || !is_whole(job))
		return 0;
	job->is_done = true;
	if (!diag_is_quiet())
		printf("%s: is up to date\n", job->full);
	return record_write(&job->place, &job->record);
}

static int check_room(struct job *job)
{
	const struct sources *sources = &job->plan.sources;
	uint64_t needed = ROOM_MARGIN;

	for (size_t i = 0; i < sources->count; i++)
		needed += sources->files[i].size;
	return room_check(&job->place, &job->record, needed);
}

static int make_image(struct job *job)
{
	return pack_make(&job->plan.pack, &job->image);
}

/* The signer of the image; the last signature is the new one. */
static const X509 *signer_of(const struct signatures *signatures)
{
	return signatures->count ? signatures->entries[signatures->count - 1].signature.signer :
				   NULL;
}

static int report(const struct job *job, const struct checking *checking)
{
	int err = 0;

	for (size_t i = 0; i < checking->count; i++) {
		const struct finding *finding = &checking->findings[i];
		struct why why;

		if (finding->severity != SEVERITY_ERROR)
			continue;
		explain(&why, "%s: %.180s", finding->check->name, finding->what.text);
		err = diag_fail(job->full, &why);
	}
	return err;
}

/* The firmware and systemd-boot must take it. */
static int check_image(struct job *job)
{
	const struct names none = { 0 };
	const struct checks_wanted wanted = { &none, &none,
					      CONSUMER(FIRMWARE) | CONSUMER(SD_BOOT) };
	struct input input = { .bytes = blob_copy(blob_span(&job->image)),
			       .file_size = job->image.size };
	struct subject subject;
	struct checking checking;
	int err;

	subject_parse(&input, &subject);
	checks_run(&subject, &checking);
	checks_add_kinds(&checking, wanted.asked);
	checks_keep(&checking, &wanted);
	err = report(job, &checking);
	record_set_certificate(&job->record, signer_of(&subject.signatures));
	checks_free(&checking);
	subject_free(&subject);
	lap("check the image");
	return err;
}

/* A signature alone is not enough: the firmware has to trust it. */
static int ask_firmware(struct job *job)
{
	struct why why;

	if (trust_check(job->run->firmware, blob_span(&job->image), &why))
		return diag_fail(job->full, &why);
	lap("ask the lists of the firmware");
	return 0;
}

/* Takes over @path and @bytes. */
static void add_file(struct job *job, char *path, enum record_kind kind, struct blob bytes)
{
	const size_t size = (job->file_count + 1) * sizeof(*job->files);

	job->files = realloc(job->files, size);
	if (!job->files)
		diag_no_memory(size);
	job->files[job->file_count++] = (struct put_file){ path, kind, bytes };
}

/* TOKEN/VERSION/NAME-DIGEST: other bytes have another name, so that an entry stays right until
 * another one replaces it. */
static void add_named(struct job *job, const char *name, enum record_kind kind, struct blob bytes)
{
	char digest[RECORD_DIGEST_SIZE];

	record_digest(blob_span(&bytes), digest);
	add_file(job, text_make("%s/%s/%s-%.8s", job->place.token, job->version, name, digest),
		 kind, bytes);
}

static int add_initrds(struct job *job)
{
	const struct sources *sources = &job->plan.sources;

	for (size_t i = 1; i < sources->count; i++) {
		const char *path = sources->files[i].path;
		struct blob bytes;
		struct why why;

		if (file_read(path, &bytes, &why))
			return diag_fail(path, &why);
		add_named(job, file_base_name(path), RECORD_INITRD, bytes);
	}
	return 0;
}

static int add_entry(struct job *job)
{
	const struct install_plan *plan = &job->plan;
	struct record_files files = { 0 };
	const struct menu_entry entry = {
		.version = job->version,
		.cmdline = plan->cmdline,
		.os_release = plan->os_release ? plan->os_release + 1 : NULL,
		.title = plan->pack.contents.uki.title,
		.files = &files,
	};
	struct blob text;
	int err;

	for (size_t i = 0; i < job->file_count; i++)
		record_add(&files, &(struct record_file){ .path = job->files[i].path });
	err = menu_entry_make(&job->place, &entry, &text);
	record_files_free(&files);
	if (!err)
		add_file(job, text_make("%s", job->path), RECORD_ENTRY, text);
	return err;
}

/* Boot loaders show the last one. */
static int add_files(struct job *job)
{
	const struct blob image = job->image;

	job->image = (struct blob){ 0 };
	if (job->run->layout == LAYOUT_UKI) {
		add_file(job, text_make("%s", job->path), RECORD_IMAGE, image);
		return 0;
	}
	add_named(job, "linux", RECORD_IMAGE, image);
	return add_initrds(job) || add_entry(job) ? -1 : 0;
}

static int64_t now(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	return epoch ? strtoll(epoch, NULL, 10) : time(NULL);
}

static int fill_record(struct job *job)
{
	const struct sources *sources = &job->plan.sources;
	struct install_record *record = &job->record;

	free(record->cmdline);
	free(record->inputs);
	record->cmdline = text_make("%s", job->plan.cmdline);
	record->inputs = text_make("%s", job->plan.inputs);
	record->time = now();
	record_files_free(&record->sources);
	for (size_t i = 0; i < sources->count; i++) {
		const struct source_file *source = &sources->files[i];
		struct record_file file = {
			.path = source->name,
			.kind = source->kind,
			.size = source->size,
		};

		memcpy(file.sha256, source->sha256, sizeof(file.sha256));
		record_add(&record->sources, &file);
	}
	return 0;
}

static int put(struct job *job)
{
	const struct put put = {
		.place = &job->place,
		.record = &job->record,
		.files = job->files,
		.count = job->file_count,
		.drop_previous = job->run->options->install.drop_previous,
	};
	int err = put_files(&put);

	lap("put it on the ESP");
	return err;
}

static int tell(struct job *job)
{
	size_t size = 0;

	for (size_t i = 0; i < job->file_count; i++)
		size += job->files[i].bytes.size;
	if (!diag_is_quiet())
		printf("%s: %zu bytes, %s\n", job->full, size,
		       job->record.certificate_sha256 ? "signed" : "not signed");
	return 0;
}

static int (*const steps[])(struct job *job) = {
	/* clang-format off */
	check_version, read_record, make_plan, prepare, skip_current, check_room, make_image,
	check_image, ask_firmware, add_files, fill_record, put, tell,
	/* clang-format on */
};

static void free_job(struct job *job)
{
	for (size_t i = 0; i < job->file_count; i++) {
		free(job->files[i].path);
		blob_free(&job->files[i].bytes);
	}
	free(job->files);
	free(job->path);
	free(job->full);
	blob_free(&job->image);
	record_free(&job->record);
	install_plan_free(&job->plan);
}

static int install_version(const struct run *run, const char *version)
{
	struct job job = { .run = run, .version = version, .place = run->place };
	struct why why;
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(steps) && !err && !job.is_done; i++)
		err = steps[i](&job);
	free_job(&job);
	if (!err)
		return EXIT_SUCCESS;
	explain(&why,
		"is not installed; an image of it that was there still is. Correct this, then run "
		"'bzboot install %.60s'",
		version);
	diag(version, &why);
	return EXIT_FAILURE;
}

/* --- one run ------------------------------------------------------------------------------ */

static int install_all(const struct run *run)
{
	struct name_list versions;
	int status = sources_versions(&run->place, &versions) ? EXIT_FAILURE : EXIT_SUCCESS;
	struct why why;

	for (size_t i = 0; i < versions.count; i++)
		if (install_version(run, versions.names[i]))
			status = EXIT_FAILURE;
	if (!versions.count && !status) {
		explain(&why, "there is no kernel in %s/boot or /usr/lib/modules", run->place.root);
		diag(*run->place.root ? run->place.root : "/", &why);
		status = EXIT_FAILURE;
	}
	name_list_free(&versions);
	return status;
}

/* An unsigned image would not boot. */
static int check_secure_boot(struct run *run)
{
	struct why why;

	if (install_firmware(&run->options->install, &run->firmware))
		return -1;
	lap("read the variables");
	if (trust_secure_boot(run->firmware) != SECURE_BOOT_ON ||
	    settings_find(run->settings, "key"))
		return 0;
	explain(&why,
		"Secure Boot is on, and bzboot.conf has no Key= and Cert=: 'bzboot keys init' "
		"makes them");
	return diag_fail(install_efivars(&run->options->install), &why);
}

static int refuse_none(const struct install_options *options)
{
	struct why why;

	if (options->hook)
		return EXIT_SUCCESS;
	explain(&why, "there is no layout: set Layout=uki in [Install] of bzboot.conf, or Key= and "
		      "Cert= in [Signing]");
	diag(options->source.root ? options->source.root : "/", &why);
	return EXIT_FAILURE;
}

static int sign_loader(const struct run *run)
{
	struct pack_options pack = { 0 };
	int status = pack_configure(run->settings, &pack);

	if (!status && pack.sign.key && boot_loader_sign(&run->place, &pack.sign))
		status = EXIT_FAILURE;
	pack_options_free(&pack);
	lap("sign the boot loader");
	return status;
}

static int run_install(struct run *run)
{
	const char *version = run->options->version;
	int status;

	if (check_secure_boot(run))
		return EXIT_FAILURE;
	status = *version ? install_version(run, version) : install_all(run);
	/* It starts the images that are there, also if there is no new one. */
	if (!run->options->install.no_sign_loader && sign_loader(run))
		status = EXIT_FAILURE;
	return status;
}

static int install(struct options *options, const bool *given, struct settings *settings)
{
	struct run run = { .options = options, .settings = settings };
	int status =
		install_options_read(&options->install, &line_install, given, options, settings);

	lap("read the configuration");
	if (status)
		return status;
	run.layout = install_layout_of(&options->install, settings);
	if (run.layout == LAYOUT_NONE)
		return refuse_none(&options->install);
	if (install_place_find(&options->install.wishes, &run.place) || install_lock(&run.place))
		status = EXIT_FAILURE;
	else
		status = run_install(&run);
	trust_free(run.firmware);
	install_place_free(&run.place);
	return status;
}

int install_configure(const struct settings *settings)
{
	const bool given[COMMAND_ROWS_MAX] = { false };
	struct options options = { 0 };

	return settings_apply(settings, &line_install, given, &options);
}

/* kernel-install skips the plugins that follow: they would write over the image. A failure that is
 * only a warning is no reason for them to do so. */
static int status_of_hook(const struct options *options, const struct settings *settings,
			  int status)
{
	const char *hook = options->install.hook;

	if (status || !hook || strcmp(hook, "kernel-install") ||
	    install_layout_of(&options->install, settings) == LAYOUT_NONE)
		return status;
	return SKIP_PLUGINS;
}

int cmd_install(int argc, char **argv)
{
	struct options options = { 0 };
	struct settings settings = { 0 };
	bool given[COMMAND_ROWS_MAX];
	int status = command_line_parse_given(&line_install, argc, argv, &options, given,
					      &options.version);

	if (options.version) {
		status = install_status(&options.install, install(&options, given, &settings));
		status = status_of_hook(&options, &settings, status);
	}
	names_free(&options.files);
	settings_free(&settings);
	return status;
}
