# SPDX-License-Identifier: BSD-2-Clause
# The EFI application of the tests of Secure Boot, with gnu-efi's library; included by the top
# Makefile.

TRY_PROGRAM := $(BUILD)/tests/secure/try.efi

TRY_CFLAGS := -O2 -ffreestanding -fPIC -mno-red-zone -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables $(EFI_CFLAGS)

# The first of these folders that has it.
TRY_CRT0 = $$(ls $(EFI_LIBDIR:%=%/crt0-efi-x86_64.o) 2>/dev/null | head -n 1)

$(BUILD)/tests/secure/%.o: tests/secure/%.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(TRY_CFLAGS) -c $< -o $@

$(TRY_PROGRAM): $(BUILD)/tests/secure/try.o
	$(call say,LD)
	$(Q)crt0=$(TRY_CRT0); folder=$${crt0%/*}; \
	$(TARGET_LD) -shared -Bsymbolic -znocombreloc -znoexecstack --no-warn-rwx-segments \
		--no-undefined -T $$folder/elf_x86_64_efi.lds $$crt0 $< \
		-L$$folder -lefi -lgnuefi -o $@.so
	$(Q)$(TARGET_OBJCOPY) --target=efi-app-x86_64 $(addprefix -j ,.text .sdata .data .dynamic \
		.rodata .rel .rela .rel.* .rela.* .reloc) $@.so $@
