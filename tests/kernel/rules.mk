# SPDX-License-Identifier: BSD-2-Clause
# The test kernel; included by the top Makefile.

TEST_KERNEL := $(BUILD)/tests/kernel/testkernel.elf
TEST_KERNEL_OBJS := $(patsubst %,$(BUILD)/tests/kernel/%.o,entry main memory given paging \
	firmware \
	console)

# It runs at any address, and before SSE is enabled.
TEST_KERNEL_CFLAGS := -O2 -ffreestanding -fPIE -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables

$(BUILD)/tests/kernel/%.o: tests/kernel/%.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(TEST_KERNEL_CFLAGS) -c $< -o $@

$(BUILD)/tests/kernel/%.o: tests/kernel/%.S | requirements
	$(call say,AS)
	$(Q)$(target_compile) -c $< -o $@

$(BUILD)/tests/kernel/%.lds: tests/kernel/%.lds.S tests/kernel/layout.h | requirements
	$(call say,LDS)
	$(Q)$(TARGET_CC) -E -P $< -o $@

# The same, of which bzboot shuffle moves the functions.
TEST_KERNEL_RELOCS := $(BUILD)/tests/kernel/testkernel-relocs.elf
$(TEST_KERNEL_RELOCS): TEST_KERNEL_LDFLAGS := --emit-relocs

# An absolute relocation, or a slot in a GOT, would be right only at the link address.
$(TEST_KERNEL) $(TEST_KERNEL_RELOCS): $(TEST_KERNEL_OBJS) $(BUILD)/tests/kernel/testkernel.lds
	$(call say,LD)
	$(Q)! readelf -rW $(TEST_KERNEL_OBJS) | grep -E 'R_X86_64_(64|32|32S|GOT[A-Z]*) '
	$(Q)$(TARGET_LD) -static -z max-page-size=0x200000 -z noexecstack --build-id=none \
		$(TEST_KERNEL_LDFLAGS) -T $(BUILD)/tests/kernel/testkernel.lds $(TEST_KERNEL_OBJS) -o $@
