# SPDX-License-Identifier: BSD-2-Clause
# Kernels for tests/cli_shuffle.t; included by the top Makefile. A shuffled kernel is the same source,
# linked in another order: no shuffler of ours has made it.

SHUFFLE_PROGRAM := $(BUILD)/tests/shuffle/tables
SHUFFLE_KERNEL_NAMES := original shuffled original-pcrel shuffled-pcrel \
	original-handlers shuffled-handlers misaligned crossed separated \
	swapped detached parted names names-pcrel
SHUFFLE_KERNELS := $(SHUFFLE_KERNEL_NAMES:%=$(BUILD)/tests/shuffle/%.elf)

# The order of functions, and a defect of it (functions.S)
shuffled_DEFINES := -DFACTOR=37 -DLAST_TWIN=1130
original-pcrel_DEFINES := -DPCREL
shuffled-pcrel_DEFINES := $(shuffled_DEFINES) -DPCREL
original-handlers_DEFINES := -DHANDLERS
shuffled-handlers_DEFINES := $(shuffled_DEFINES) -DHANDLERS
misaligned_DEFINES := $(shuffled_DEFINES) -DMISALIGNED
crossed_DEFINES := $(shuffled_DEFINES) -DCROSSED
separated_DEFINES := $(shuffled_DEFINES) -DSEPARATED
swapped_DEFINES := $(shuffled_DEFINES) -DFIRST_TWIN=1131
detached_DEFINES := $(shuffled_DEFINES) -DDETACHED
parted_DEFINES := $(shuffled_DEFINES) -DPARTED

# For tests/cli_shuffle_symbols.t: kernels that bzboot shuffle takes, with kallsyms and without ORC.
names-pcrel_DEFINES := -DPCREL
names_LDS := $(BUILD)/tests/shuffle/names.lds
names-pcrel_LDS := $(names_LDS)
$(names_LDS): tests/shuffle/shuffle.lds tests/shuffle/rules.mk | requirements
	$(Q)mkdir -p $(@D)
	$(Q)sed -e '/^\t\.orc_unwind/,/:data$$/d' -e '/(\.head\.text)/{n;d}' \
		-e 's/(\.init\.text) }/(.init.text) . += 16; }/' \
		-e 's/(\.comment/(.orc_unwind_ip .orc_unwind .comment/' $< >$@

$(SHUFFLE_PROGRAM): $(BUILD)/asan/tests/shuffle/tables.o $(addprefix $(BUILD)/asan/,$(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ -o $@

SHUFFLE_SOURCES := tests/shuffle/functions.S tests/shuffle/rules.mk
$(BUILD)/tests/shuffle/%-1.o: $(SHUFFLE_SOURCES) | requirements
	$(call say,AS)
	$(Q)$(target_compile) $($*_DEFINES) -DPART=1 -c $< -o $@

$(BUILD)/tests/shuffle/%-2.o: $(SHUFFLE_SOURCES) | requirements
	$(call say,AS)
	$(Q)$(target_compile) $($*_DEFINES) -DPART=2 -c $< -o $@

$(BUILD)/tests/shuffle/%.elf: tests/shuffle/shuffle.lds $(BUILD)/tests/shuffle/%-1.o \
		$(BUILD)/tests/shuffle/%-2.o $(names_LDS) $(SHUFFLE_PROGRAM)
	$(call say,LD)
	$(Q)$(TARGET_LD) -static --emit-relocs $(reloc_COMMON) \
		-T $(or $($*_LDS),$<) $(filter %.o,$^) -o $@
	$(Q)$(SHUFFLE_PROGRAM) $@ finish
