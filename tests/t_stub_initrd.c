/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd used under EFI without a decision: stub/efi/efi_initrd.c, with stand-ins around it.
 * t_stub_initrd_pe.c includes this for kernels that are applications. */
#include "test.h"

#include "../stub/console.h"
#include "../stub/efi/efi_services.h"
#include "../stub/params.h"

/* The image: a command line with a file, and an initrd */
#define PACKED_LINE "quiet initrd=\\old.img"
#define PACKED_LINE_AT 0u
#define PACKED_INITRD_AT 64u
#define PACKED_INITRD_SIZE 4u
static const unsigned char image[128] = PACKED_LINE;

static const struct bzb_range named = { 0x1000, 0x10 }, offered = { 0x2000, 0x20 };
static const struct bzb_range inside = { 1, PACKED_INITRD_SIZE }; /* at any address */
static const struct bzb_range none = { 0, 0 };

enum offer { NO_OFFER, OFFER, EMPTY_OFFER, NOT_FOUND_OFFER };

static const struct row {
	const char *name;
	const char *cmdline; /* the loader's; NULL: the packed one is used */
	bool packed;	     /* an initrd */
	enum offer offer;    /* the loader's */
	struct bzb_range from;
	bool said;
} rows[] = {
	{ "both packed", NULL, true, NO_OFFER, inside, true },
	{ "both packed, the loader offers one", NULL, true, OFFER, offered, false },
	{ "a line packed, no initrd", NULL, false, NO_OFFER, named, false },
	{ "the loader's line with a file", "initrd=\\new.img", true, NO_OFFER, named, false },
	{ "the loader's line without a file", "quiet", true, NO_OFFER, inside, false },
	{ "the same text from the loader", PACKED_LINE, true, NO_OFFER, named, false },
	{ "an offer of no bytes", "quiet", true, EMPTY_OFFER, inside, false },
	{ "an offer without an initrd", "initrd=\\new.img", true, NOT_FOUND_OFFER, inside, false },
	{ "nothing", "quiet", false, NO_OFFER, none, false },
};

static const struct row *row;
static unsigned int said;

/* --- stand-ins ------------------------------------------------------------ */

void boot_say(struct boot *boot, const char *what)
{
	(void)boot;
	CHECK(strstr(what, "initrd="));
	said++;
}

enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what)
{
	(void)boot;
	(void)what;
	return error;
}

enum stub_error efi_load_named_initrds(struct boot *boot, struct bzb_range *ret)
{
	size_t position = 0;
	struct text path;

	if (options_next_initrd(boot->cmdline, &position, &path))
		*ret = named;
	return STUB_OK;
}

EFI_STATUS efi_allocate_initrd(struct boot *boot, uint64_t size, EFI_PHYSICAL_ADDRESS *addr)
{
	(void)boot;
	CHECK_EQ(offered.size, size);
	*addr = offered.addr;
	return EFI_SUCCESS;
}

bool efi_is_decided(const struct boot *boot, unsigned int flag)
{
	(void)boot;
	(void)flag;
	return false;
}

void efi_measure(struct efi *efi, enum efi_measured what, struct bzb_span data)
{
	(void)efi;
	(void)what;
	(void)data;
}

void *efi_keep(struct efi *efi, EFI_MEMORY_TYPE type, uint64_t size)
{
	(void)efi;
	(void)type;
	(void)size;
	return NULL;
}

bool efi_install_table(struct efi *efi, EFI_GUID *guid, void *table)
{
	(void)efi;
	(void)guid;
	(void)table;
	return false;
}

static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *self, EFI_DEVICE_PATH *path,
				   BOOLEAN policy, UINTN *size, VOID *to)
{
	(void)self;
	(void)path;
	(void)policy;
	if (row->offer == NOT_FOUND_OFFER)
		return EFI_NOT_FOUND;
	*size = row->offer == EMPTY_OFFER ? 0 : (UINTN)offered.size;
	return to || !*size ? EFI_SUCCESS : EFI_BUFFER_TOO_SMALL;
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
	static EFI_LOAD_FILE_PROTOCOL protocol = { load_file };

	(void)handle;
	(void)guid;
	*ret = &protocol;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	(void)guid;
	(void)path;
	*ret = &said;
	return row->offer != NO_OFFER ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/* --- the test --------------------------------------------------------------- */

static void check_row(void)
{
	EFI_BOOT_SERVICES services = { .LocateDevicePath = locate_path,
				       .HandleProtocol = handle_protocol };
	struct efi efi = { .bs = &services };
	struct bzb_boot_params params = { 0 };
	struct boot boot = {
		.efi = &efi,
		.params = &params,
		.load = {
			.image = { image, sizeof(image) },
			.manifest = {
				.cmdline_offset = PACKED_LINE_AT,
				.cmdline_size = sizeof(PACKED_LINE) - 1,
				.initrd_offset = PACKED_INITRD_AT,
				.initrd_size = row->packed ? PACKED_INITRD_SIZE : 0,
			},
		},
	};
	struct bzb_range from = row->from;
	struct bzb_memory_range is;

	boot.cmdline = row->cmdline ? row->cmdline : packed_cmdline(&boot);
	if (from.addr == inside.addr)
		from.addr = (uintptr_t)image + PACKED_INITRD_AT;
	else if (KERNEL_IS_APPLICATION) /* loads it itself */
		from = none;
	said = 0;
	CHECK_EQ(STUB_OK, efi_set_initrd(&boot));
	is = bzb_boot_params_initrd(&params);
	CHECK_EQ(from.size, is.size);
	CHECK_EQ(from.addr, is.addr);
	CHECK_EQ(row->said, said);
}

static void counts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		test_state.subject = row->name;
		check_row();
	}
}

static const struct test tests[] = {
	{ "the loader's initrd counts, then the packed one, also for initrd= that is packed",
	  counts },
};

int main(void)
{
	return RUN_TESTS(tests);
}
