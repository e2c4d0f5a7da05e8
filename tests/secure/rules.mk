# SPDX-License-Identifier: BSD-2-Clause
# The EFI application of the tests of Secure Boot, with gnu-efi's library; included by the top
# Makefile.

TRY_PROGRAM := $(BUILD)/tests/secure/try.efi

TRY_CFLAGS := -O2 -ffreestanding -fPIC -fshort-wchar -mno-red-zone -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -DGNU_EFI_USE_MS_ABI \
	-isystem /usr/include/efi -isystem /usr/include/efi/x86_64

$(BUILD)/tests/secure/%.o: tests/secure/%.c | packages
	$(call say,CC)
	$(Q)$(CC) $(COMMON) $(TRY_CFLAGS) -c $< -o $@

$(TRY_PROGRAM): $(BUILD)/tests/secure/try.o
	$(call say,LD)
	$(Q)$(LD) -shared -Bsymbolic -znocombreloc -znoexecstack --no-warn-rwx-segments \
		--no-undefined -T /usr/lib/elf_x86_64_efi.lds /usr/lib/crt0-efi-x86_64.o $< \
		-L/usr/lib -lefi -lgnuefi -o $@.so
	$(Q)$(OBJCOPY) --target=efi-app-x86_64 $(addprefix -j ,.text .sdata .data .dynamic .rodata \
		.rel .rela .rel.* .rela.* .reloc) $@.so $@
