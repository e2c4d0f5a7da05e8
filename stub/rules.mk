# SPDX-License-Identifier: BSD-2-Clause
# The stubs, two for each codec; included by the top Makefile. CODEC-uki.elf is for unified kernel
# images.

stub_CFLAGS := -Istub

# No red zone: the firmware's interrupts use our stack.
target_CFLAGS := -Oz -g1 -ffreestanding -fno-stack-protector -mno-red-zone -fPIE \
	-fvisibility=hidden -fno-asynchronous-unwind-tables \
	-fcf-protection=none -ffunction-sections -fdata-sections $(EFI_CFLAGS)
STUB_LDFLAGS := -pie --no-dynamic-linker -z text -z norelro -z noexecstack \
	-z pack-relative-relocs -z max-page-size=4096 --gc-sections --sort-section=alignment \
	--spare-dynamic-tags=0 --build-id=none --fatal-warnings

STUB := $(patsubst %.c,%.o,$(wildcard stub/*.c stub/efi/*.c stub/loader/*.c stub/x86/*.c)) \
	$(patsubst %,stub/x86/%.o,jump switch processor) $(NO_MALLOC)
STUB_PLAIN := $(patsubst %.c,%.o,$(wildcard stub/plain/*.c))
STUB_UKI := $(patsubst %.c,%.o,$(wildcard stub/uki/*.c))

# A loop that copies bytes must not become a call of the function that contains it.
$(BUILD)/target/stub/x86/mem.o: target_CFLAGS += -O2 -fno-builtin \
	$(if $(findstring clang,$(TARGET_CC)),,-fno-tree-loop-distribute-patterns)
# These read all of the payload, and all of its relocations.
$(patsubst %,$(BUILD)/target/formats/%.o,checksum relocs): target_CFLAGS += -O2

$(BUILD)/stub/stub.lds: stub/x86/stub.lds stub/x86/addresses.h | requirements
	$(call say,LDS)
	$(Q)$(TARGET_CC) -E -P -xc $< -o $@

include stub/x86/setup/rules.mk

$(BUILD)/stub/entry-%.o: stub/x86/entry.S $(SETUP16) | requirements
	$(call say,AS)
	$(Q)$(target_compile) -DSTUB_CODEC=$($*_CODEC) \
		-DSETUP16_BIN='"$(SETUP16)"' -c $< -o $@

define link_stub
	$(call say,LD)
	$(Q)$(TARGET_LD) $(STUB_LDFLAGS) $($*_AWAY:%=--defsym=%=linked_away) \
		--defsym=stub_decoder=bzb_decoder_$* \
		-T $(filter-out $(addprefix $(BUILD)/target/,$(DECODERS)),$^) \
		$(BUILD)/target/decoders/$($*_DECODER).o \
		$(call target_lib,$($*_LIB)) -Map=$@.map -o $@.debug
	$(Q)$(TARGET_OBJCOPY) --strip-all $@.debug $@
endef

$(STUBS:%=$(BUILD)/stub/%.elf): $(BUILD)/stub/%.elf: $(BUILD)/stub/stub.lds \
		$(BUILD)/stub/entry-%.o \
		$(addprefix $(BUILD)/target/,$(DECODERS) $(STUB) $(STUB_PLAIN) $(FORMATS))
	$(link_stub)

$(STUBS:%=$(BUILD)/stub/%-uki.elf): $(BUILD)/stub/%-uki.elf: $(BUILD)/stub/stub.lds \
		$(BUILD)/stub/entry-%.o \
		$(addprefix $(BUILD)/target/,$(DECODERS) $(STUB) $(STUB_UKI) $(FORMATS))
	$(link_stub)
