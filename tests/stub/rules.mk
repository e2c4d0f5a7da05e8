# SPDX-License-Identifier: BSD-2-Clause
# Stubs with decoders of tests/stub; included by the top Makefile.

TEST_STUBS := $(patsubst %,$(BUILD)/tests/stub/%.elf,overrun missing)

$(BUILD)/tests/stub/%.elf: $(BUILD)/stub/stub.lds $(BUILD)/stub/entry-none-0.o \
		$(addprefix $(BUILD)/target/,tests/stub/decoders.o $(STUB) $(STUB_PLAIN) $(STUB_FIXED) $(FORMATS))
	$(call say,LD)
	$(Q)$(TARGET_LD) $(STUB_LDFLAGS) --defsym=stub_decoder=decoder_$* -T $^ -o $@.debug
	$(Q)$(TARGET_OBJCOPY) --strip-all $@.debug $@
