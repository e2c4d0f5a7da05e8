# SPDX-License-Identifier: BSD-2-Clause
# The 16-bit setup code; included by the top Makefile. $(SETUP16) is a flat binary that runs at
# offset 0x26c of an image.

SETUP16 := $(BUILD)/stub/setup16.bin
SETUP16_OBJS := $(patsubst %,$(BUILD)/%.o,\
	$(basename $(wildcard stub/x86/setup/*.S stub/x86/setup/*.c)))

# One segment for code, data and stack, so a pointer is an offset in it. A BIOS call may change any
# memory: globals are not cached across it because bios_call() is external.
SETUP16_CFLAGS := -m16 -march=i386 -Os -ffreestanding -fno-pic -mregparm=3 \
	$(if $(findstring clang,$(TARGET_CC)),-mstack-alignment=4,-mpreferred-stack-boundary=2) \
	-fomit-frame-pointer -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables

$(BUILD)/stub/x86/setup/%.o: stub/x86/setup/%.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(SETUP16_CFLAGS) -c $< -o $@

$(BUILD)/stub/x86/setup/%.o: stub/x86/setup/%.S | requirements
	$(call say,AS)
	$(Q)$(target_compile) -m32 -c $< -o $@

$(BUILD)/stub/x86/setup/setup.lds: stub/x86/setup/setup.lds stub/x86/addresses.h | requirements
	$(call say,LDS)
	$(Q)$(TARGET_CC) -E -P -xc $< -o $@

$(SETUP16:.bin=.elf): $(SETUP16)

$(SETUP16): $(BUILD)/stub/x86/setup/setup.lds $(SETUP16_OBJS)
	$(call say,LD)
	$(Q)$(TARGET_LD) -m elf_i386 --build-id=none --no-warn-rwx-segments \
		--fatal-warnings -T $^ -o $(@:.bin=.elf)
	$(Q)$(TARGET_OBJCOPY) -O binary -j .start -j .setup $(@:.bin=.elf) $@
