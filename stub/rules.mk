# SPDX-License-Identifier: BSD-2-Clause
# The stubs, four for each codec; included by the top Makefile. CODEC-uki.elf is for unified kernel
# images; CODEC-shuffle.elf and CODEC-uki-shuffle.elf shuffle the kernel's functions.

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
STUB_FIXED := $(patsubst %.c,%.o,$(wildcard stub/fixed/*.c))
STUB_SHUFFLE := $(patsubst %.c,%.o,$(wildcard stub/shuffle/*.c))

# A loop that copies bytes must not become a call of the function that contains it.
$(BUILD)/target/stub/mem.o: target_CFLAGS += -O2 -fno-builtin \
	$(if $(findstring clang,$(TARGET_CC)),,-fno-tree-loop-distribute-patterns)
# These read all of the payload, all of its relocations, and all of the code.
$(patsubst %,$(BUILD)/target/formats/%.o,checksum relocs chacha shuffle shuffle_draw \
	shuffle_ordered): target_CFLAGS += -O2

$(BUILD)/stub/stub.lds: stub/x86/stub.lds stub/x86/addresses.h | requirements
	$(call say,LDS)
	$(Q)$(TARGET_CC) -E -P -xc $< -o $@

include stub/x86/setup/rules.mk

# $(call entry_rule,SHUFFLES): the entries entry-CODEC-SHUFFLES.o
define entry_rule
$(CODEC_STUBS:%=$(BUILD)/stub/entry-%-$1.o): $(BUILD)/stub/entry-%-$1.o: stub/x86/entry.S \
		$(SETUP16) | requirements
	$$(call say,AS)
	$$(Q)$$(target_compile) -DSTUB_CODEC=$$($$*_CODEC) -DSTUB_SHUFFLES=$1 \
		-DSETUP16_BIN='"$(SETUP16)"' -c $$< -o $$@
endef

$(eval $(call entry_rule,0))
$(eval $(call entry_rule,1))

define link_stub
	$(call say,LD)
	$(Q)$(TARGET_LD) $(STUB_LDFLAGS) $($*_AWAY:%=--defsym=%=linked_away) \
		--defsym=stub_decoder=bzb_decoder_$* \
		-T $(filter-out $(addprefix $(BUILD)/target/,$(DECODERS)),$^) \
		$(BUILD)/target/decoders/$($*_DECODER).o \
		$(call target_lib,$($*_LIB)) -Map=$@.map -o $@.debug
	$(Q)$(TARGET_OBJCOPY) --strip-all $@.debug $@
endef

# $(call stub_rules,KIND,OBJECTS,SHUFFLES): the stubs CODEC[KIND].elf
define stub_rules
$(CODEC_STUBS:%=$(BUILD)/stub/%$1.elf): $(BUILD)/stub/%$1.elf: $(BUILD)/stub/stub.lds \
		$(BUILD)/stub/entry-%-$3.o $(addprefix $(BUILD)/target/,$(DECODERS) $(STUB) $2 $(FORMATS))
	$$(link_stub)
endef

$(eval $(call stub_rules,,$(STUB_PLAIN) $(STUB_FIXED),0))
$(eval $(call stub_rules,-uki,$(STUB_UKI) $(STUB_FIXED),0))
$(eval $(call stub_rules,-shuffle,$(STUB_PLAIN) $(STUB_SHUFFLE),1))
$(eval $(call stub_rules,-uki-shuffle,$(STUB_UKI) $(STUB_SHUFFLE),1))

include stub/pe/rules.mk

# The files of all stubs, with the folder of each machine. Only x86-64 has kernels that it shuffles.
stub_folder = $(if $(filter-out x86-64,$1),$1/)
stub_kinds = plain uki $(if $(filter x86-64,$1),shuffle uki-shuffle)
STUB_FILES := $(foreach machine,$(STUBS),$(foreach codec,$(CODEC_STUBS),\
	$(foreach kind,$(call stub_kinds,$(machine)),\
	$(BUILD)/stub/$(call stub_folder,$(machine))$(codec)$(patsubst -plain,,-$(kind)).elf)))
