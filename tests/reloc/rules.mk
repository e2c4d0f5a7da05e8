# SPDX-License-Identifier: BSD-2-Clause
# Programs and kernels for the tests of relocation; included by the top Makefile.

# --- programs that move Debian's kernels on the host --------------------------

RELOC_PROGRAMS := $(BUILD)/tests/reloc_oracle $(BUILD)/tests/reloc_apply \
	$(BUILD)/tests/reloc_dynamic $(BUILD)/tests/reloc_elf $(BUILD)/tests/load_same

$(BUILD)/tests/reloc_oracle: $(BUILD)/host/tests/reloc_oracle.o
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

$(BUILD)/tests/reloc_apply $(BUILD)/tests/reloc_dynamic: \
$(BUILD)/tests/%: $(BUILD)/asan/tests/%.o $(addprefix $(BUILD)/asan/,$(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ -o $@

$(BUILD)/tests/reloc_elf: $(addprefix $(BUILD)/asan/,tests/reloc_elf.o $(FORMATS) decoders/none.o)
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ -o $@

$(BUILD)/tests/load_same: $(addprefix $(BUILD)/asan/,tests/load_same.o $(FORMATS) $(DECODERS))
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ $(UNIT_LIBS) -o $@

# --- kernels that check whether they were moved correctly ---------------------

# The linker of a kernel, and its address if that is not 16 MiB.
RELOC_KERNEL_NAMES := pie-rela pie-rela-lld pie-relr pie-relr-lld exec exec-lld exec-many \
	exec-elsewhere exec-lld-elsewhere
RELOC_KERNELS := $(RELOC_KERNEL_NAMES:%=$(BUILD)/tests/reloc/%.elf)

reloc_at = $(or $($1_AT),0x1000000)
reloc_DEFINES = $(if $(findstring pie,$*),-DPIE) $(if $(findstring many,$*),-DWITH_MANY)
reloc_COMMON := -z max-page-size=0x1000 -z noexecstack --build-id=none --fatal-warnings

pie-rela_LD := $(TARGET_LD) -pie --no-dynamic-linker
pie-rela-lld_LD := ld.lld -pie --no-dynamic-linker
pie-rela-lld_AT := 0
pie-relr_LD := $(TARGET_LD) -pie --no-dynamic-linker -z pack-relative-relocs
pie-relr_AT := 0x1110000
pie-relr-lld_LD := ld.lld -pie --no-dynamic-linker --pack-dyn-relocs=relr
pie-relr-lld_AT := 0x2a00000
exec_LD := $(TARGET_LD) -static --emit-relocs
exec-lld_LD := ld.lld -static --emit-relocs
exec-lld_AT := 0x2b00000
exec-elsewhere_LD := $(exec_LD)
exec-elsewhere_AT := 0x30600000
exec-lld-elsewhere_LD := $(exec-lld_LD)
exec-lld-elsewhere_AT := 0x30600000
exec-many_LD := $(TARGET_LD) -static --emit-relocs

$(BUILD)/tests/reloc/%-main.o: tests/reloc/main.c tests/reloc/rules.mk | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(TEST_KERNEL_CFLAGS) $(reloc_DEFINES) -c $< -o $@

$(BUILD)/tests/reloc/%-fields.o: tests/reloc/fields.S tests/reloc/rules.mk | requirements
	$(call say,AS)
	$(Q)$(target_compile) $(reloc_DEFINES) -c $< -o $@

$(BUILD)/tests/reloc/%.lds: tests/reloc/reloc.lds.S tests/reloc/fields.h tests/reloc/rules.mk \
		| requirements
	$(call say,LDS)
	$(Q)$(TARGET_CC) -E -P $(reloc_DEFINES) -DLINK_ADDRESS=$(call reloc_at,$*) \
		-DCONSTANT_INSIDE='$(call reloc_at,$(subst -elsewhere,,$*)) + 0x800' $< -o $@

$(BUILD)/tests/reloc/%.elf: $(BUILD)/tests/reloc/%.lds $(BUILD)/tests/reloc/%-main.o \
		$(BUILD)/tests/reloc/%-fields.o $(BUILD)/tests/kernel/console.o
	$(call say,LD)
	$(Q)$($*_LD) $(reloc_COMMON) -T $^ -o $@
