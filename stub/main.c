/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps from an image in memory to a running kernel. */
#include "console.h"
#include "cpu.h"
#include "efi_boot.h"
#include "kaslr.h"
#include "load.h"

static enum stub_error find_payload(struct boot *boot)
{
	struct bzb_span image;

	if (bzb_manifest_parse(boot->manifest_bytes, &boot->manifest))
		return boot_fail(boot, STUB_CORRUPT,
				 "this stub is in no image: use bzboot pack");
	image = (struct bzb_span){ boot->image, boot->manifest.image_size };
	if (bzb_slice(image, boot->manifest.payload_offset, boot->manifest.payload_size,
		      &boot->stream))
		return boot_fail(boot, STUB_CORRUPT,
				 "the payload is not inside the image: install the image again");
	return STUB_OK;
}

static enum stub_error decompress(struct boot *boot)
{
	struct cpu_state firmware;
	int err;

	cpu_enter_decoder(&firmware);
	err = load_kernel(&boot->manifest, boot->stream, boot->memory, &boot->kernel);
	cpu_leave_decoder(&firmware);
	if (err)
		return boot_fail(boot, STUB_CORRUPT,
				 "the payload is corrupt: install the image again");
	return STUB_OK;
}

enum stub_error stub_main(struct boot *boot)
{
	enum stub_error error;

	if ((error = find_payload(boot)) || (error = efi_read_cmdline(boot)))
		return error;
	boot->options = options_parse(boot->cmdline);
	kaslr_decide(boot);
	if ((error = efi_choose_memory(boot)) || (error = decompress(boot)) ||
	    (error = kaslr_move(boot)) || (error = efi_finish_and_leave(boot)))
		return error;
	jump_to_kernel((uint64_t)(uintptr_t)boot->memory + boot->kernel.entry_offset,
		       boot->params);
}
