/* SPDX-License-Identifier: BSD-2-Clause */
#include "info_chapters.h"

#include <bzboot/bzimage.h>

#include "io/json.h"

/* The setup header under the names of boot.rst. */
#define NUMBER(field) { #field, offsetof(struct bzb_setup_header, field),                         \
			sizeof(((struct bzb_setup_header *)0)->field), json_number }
#define ADDRESS(field) { #field, offsetof(struct bzb_setup_header, field),                        \
			 sizeof(((struct bzb_setup_header *)0)->field), json_address }

static const struct setup_field {
	const char *name;
	size_t offset, size;
	json_t *(*value)(uint64_t value);
} setup_fields[] = {
	/* clang-format off */
	NUMBER(setup_sects),	  NUMBER(root_flags),	     NUMBER(syssize),
	NUMBER(ram_size),	  NUMBER(vid_mode),	     NUMBER(root_dev),
	NUMBER(boot_flag),	  NUMBER(jump),		     NUMBER(header),
	NUMBER(version),	  ADDRESS(realmode_swtch),   ADDRESS(start_sys_seg),
	NUMBER(kernel_version),	  NUMBER(type_of_loader),    NUMBER(loadflags),
	NUMBER(setup_move_size),  ADDRESS(code32_start),     ADDRESS(ramdisk_image),
	NUMBER(ramdisk_size),	  ADDRESS(bootsect_kludge),  NUMBER(heap_end_ptr),
	NUMBER(ext_loader_ver),	  NUMBER(ext_loader_type),   ADDRESS(cmd_line_ptr),
	ADDRESS(initrd_addr_max), NUMBER(kernel_alignment),  NUMBER(relocatable_kernel),
	NUMBER(min_alignment),	  NUMBER(xloadflags),	     NUMBER(cmdline_size),
	NUMBER(hardware_subarch), ADDRESS(hardware_subarch_data), NUMBER(payload_offset),
	NUMBER(payload_length),	  ADDRESS(setup_data),	     ADDRESS(pref_address),
	NUMBER(init_size),	  NUMBER(handover_offset),   NUMBER(kernel_info_offset),
	/* clang-format on */
};

void info_add_bzimage(struct info *info)
{
	struct bzb_bzimage bzimage;
	json_t *object;

	if (bzb_bzimage_parse(info->file, &bzimage)) {
		info_fault(info);
		return;
	}
	object = json_object();
	json_put(object, "version_string", json_text(bzimage.kernel_version));
	json_put(object, "protocol",
		 json_sprintf("%u.%02u", bzimage.version >> 8, bzimage.version & 0xffu));
	json_put(object, "setup_size", json_number(bzimage.setup_size));
	json_put(object, "setup_type_max", json_number(bzimage.setup_type_max));
	for (size_t i = 0; i < BZB_ARRAY_SIZE(setup_fields); i++) {
		const struct setup_field *field = &setup_fields[i];
		const unsigned char *bytes = (const unsigned char *)&bzimage.header + field->offset;

		json_put(object, field->name, field->value(bzb_get_number(bytes, field->size)));
	}
	json_put(info->tree, "bzimage", object);
}
