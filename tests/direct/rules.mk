# SPDX-License-Identifier: BSD-2-Clause
# The boot loader of the tests that enter an image directly; included by the top Makefile.

DIRECT_LOADER := $(BUILD)/tests/direct/loader.elf
DIRECT_OBJS := $(patsubst %,$(BUILD)/tests/direct/%.o,entry main options e820 params launch \
	hypervisor console mem)

# It also runs on a 486, to test the image's message there.
DIRECT_CFLAGS := -m32 -march=i486 -Os -ffreestanding -fno-pic -mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables

$(BUILD)/tests/direct/%.o: tests/direct/%.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(DIRECT_CFLAGS) -c $< -o $@

$(BUILD)/tests/direct/%.o: tests/direct/%.S | requirements
	$(call say,AS)
	$(Q)$(target_compile) -m32 -c $< -o $@

# A loop that copies bytes must not become a call of the function that contains it.
$(BUILD)/tests/direct/mem.o: DIRECT_CFLAGS += -fno-builtin

$(DIRECT_LOADER): tests/direct/direct.lds $(DIRECT_OBJS)
	$(call say,LD)
	$(Q)$(TARGET_LD) -m elf_i386 -static -z noexecstack --build-id=none --fatal-warnings \
		-T $^ -o $@
