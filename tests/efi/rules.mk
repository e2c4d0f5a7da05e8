# SPDX-License-Identifier: BSD-2-Clause
# The EFI application for tests with a faulty firmware; included by the top Makefile.

EFI_DRIVER := $(BUILD)/tests/efi/driver.efi
EFI_DRIVER_OBJS := $(patsubst tests/efi/%.c,$(BUILD)/tests/efi/%.o,$(wildcard tests/efi/*.c))

# clang and lld make PE directly; for that target EFI's calling convention is the default.
EFI_DRIVER_CFLAGS := --target=x86_64-unknown-windows -Os -ffreestanding -fno-stack-protector \
	-mno-red-zone -mgeneral-regs-only -mno-stack-arg-probe $(EFI_CFLAGS)

$(BUILD)/tests/efi/%.o: tests/efi/%.c | requirements
	$(call say,CC)
	$(Q)clang $(COMMON) $(EFI_DRIVER_CFLAGS) -c $< -o $@

# A loop that copies bytes must not become a call of the function that contains it.
$(BUILD)/tests/efi/console.o: EFI_DRIVER_CFLAGS += -fno-builtin

$(EFI_DRIVER): $(EFI_DRIVER_OBJS)
	$(call say,LD)
	$(Q)lld-link -subsystem:efi_application -entry:efi_main -nodefaultlib -timestamp:0 \
		-out:$@ $^
