# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing; included by the top Makefile. tests/f_*.c are targets of libFuzzer, which needs clang.
#
#   make fuzz FUZZ_SECONDS=600   run each target this long; see tests/fuzz_all.sh

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS = $(COMMON) $(ALL_MACHINES) $(folder_CFLAGS) $(object_CFLAGS) $(CPPFLAGS) -D_GNU_SOURCE -O1 -g $(FUZZ_SANITIZE) \
	-fsanitize=fuzzer-no-link

FUZZ_ALL := $(patsubst tests/f_%.c,%,$(wildcard tests/f_*.c))
FUZZ_PROGRAMS := $(FUZZ_ALL:%=$(BUILD)/fuzz/f_%)
FUZZ_SEEDS := $(BUILD)/fuzz/seeds/made

# Target -> its objects beside all of formats/, and its libraries
FUZZ_PACKER := $(patsubst %.c,%.o,$(filter-out $(addprefix packer/cli/,main.c cmd_%.c config_keys.c \
	install_%.c settings.c),$(wildcard packer/*/*.c packer/*/*/*.c)))
packer_relocs_PARTS := $(patsubst %.c,%.o,$(wildcard packer/kernel/relocs*.c)) \
	$(patsubst %,packer/kernel/%.o,alignment debug_section elf_symbols code kept normalise payload_sections) \
	$(patsubst %,packer/%.o,input/module_signature io/alloc io/blob io/diag)
decoders_PARTS := $(DECODERS)
decoders_LIBS := -lzstd -llzma -lz -llz4
bitmap_PARTS := stub/uki/bitmap.o
options_PARTS := stub/options.o
utf16_PARTS := stub/efi/utf16.o stub/efi/load_options.o stub/pe/pe_text.o
stub_memory_PARTS := stub/loader/loader_memory.o stub/options.o
initrd_PARTS := stub/efi/efi_files.o stub/options.o stub/efi/utf16.o
certificates_PARTS := $(patsubst %,packer/%.o,sign/keys sign/openssl \
	$(addprefix io/,alloc attributes blob diag fileio names))
certificates_LIBS := -lcrypto
pack_PARTS := $(FUZZ_PACKER) $(DECODERS)
pack_LIBS := $(PACKER_LIBS)
edit_PARTS := $(pack_PARTS)
edit_LIBS := $(pack_LIBS)
measure_PARTS := $(pack_PARTS)
measure_LIBS := $(pack_LIBS)
check_PARTS := $(pack_PARTS)
check_LIBS := $(pack_LIBS)
info_PARTS := $(pack_PARTS)
info_LIBS := $(pack_LIBS)

$(BUILD)/fuzz/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -c $< -o $@

define fuzz_program
$(BUILD)/fuzz/f_$1: $(addprefix $(BUILD)/fuzz/,tests/f_$1.o $($1_PARTS) $(FORMATS))
	$$(call say,LD)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_SANITIZE) -fsanitize=fuzzer $$(LDFLAGS) $$^ $($1_LIBS) -o $$@
endef

$(foreach target,$(FUZZ_ALL),$(eval $(call fuzz_program,$(target))))

# The packer contains the stubs.
$(BUILD)/fuzz/f_pack $(BUILD)/fuzz/f_check $(BUILD)/fuzz/f_info $(BUILD)/fuzz/f_edit \
	$(BUILD)/fuzz/f_measure: $(BUILD)/stubs.o

$(patsubst %,$(BUILD)/fuzz/%.o,tests/f_initrd stub/efi/efi_files): object_CFLAGS := $(EFI_CFLAGS)

# --- seeds --------------------------------------------------------------------

$(BUILD)/tests/fuzz_seeds: $(addprefix $(BUILD)/host/,tests/fuzz_seeds.o tests/images.o $(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

$(BUILD)/tests/fuzz_certificates: $(BUILD)/host/tests/fuzz_certificates.o
	$(call say,LD)
	$(Q)$(host_link) $^ -lcrypto -o $@

# Kernels, and the linker of each
seed_exec_LD := $(TARGET_LD) --no-warn-rwx-segments --emit-relocs
seed_exec-lld_LD := ld.lld --emit-relocs
seed_pie_LD := $(TARGET_LD) --no-warn-rwx-segments -pie --no-dynamic-linker
seed_pie-relr_LD := $(TARGET_LD) --no-warn-rwx-segments -pie --no-dynamic-linker -z pack-relative-relocs
seed_pie-lld_LD := ld.lld -pie --no-dynamic-linker
seed_pie-relr-lld_LD := ld.lld -pie --no-dynamic-linker --pack-dyn-relocs=relr
FUZZ_KERNELS := exec exec-lld pie pie-relr pie-lld pie-relr-lld

$(BUILD)/fuzz/%.seed: tests/fuzz_seed.S tests/fuzz_seed.lds | requirements
	$(call say,LD)
	$(Q)$(TARGET_CC) -c $(if $(findstring pie,$*),-DPIE) $< -o $@.o
	$(Q)$(seed_$*_LD) -z noexecstack -z max-page-size=8 -z norelro --build-id=none \
		-T tests/fuzz_seed.lds $@.o -o $@

# Programs for the other machines that this build has stubs, and so compilers, for
FUZZ_MACHINES := $(filter-out x86-64,$(STUBS))

$(BUILD)/fuzz/program-%.seed: tests/reloc/machine.c tests/reloc/machine.lds | requirements
	$(call say,LD)
	$(Q)clang$($*_TOOLS) --target=$($*_TRIPLE) -O1 -ffreestanding -fPIE -c $< -o $@.o
	$(Q)ld.lld$($*_TOOLS) -pie --no-dynamic-linker --pack-dyn-relocs=relr -z max-page-size=4096 \
		-z norelro --build-id=none -T tests/reloc/machine.lds $@.o -o $@

# Streams of 20 * 512 bytes, each after the first byte of f_decoders.c's inputs: 6 * 20 + codec,
# octal; and a kernel compressed the same way, for f_info.c.
FUZZ_STREAMS := 170:zstd,-qc 171:xz,-c@--check=crc32@--x86@--lzma2=dict=64KiB \
	172:xz,-c@--format=lzma@--lzma1=dict=64KiB 173:gzip,-nc 174:lz4,-lqc 175:cat,

$(FUZZ_SEEDS): $(BUILD)/tests/fuzz_seeds $(BUILD)/tests/fuzz_certificates \
		$(FUZZ_KERNELS:%=$(BUILD)/fuzz/%.seed) \
		$(FUZZ_MACHINES:%=$(BUILD)/fuzz/program-%.seed) $(BUILD)/bzboot
	$(call say,SEEDS)
	$(Q)$(BUILD)/tests/fuzz_seeds $(@D)
	$(Q)cp $(filter %.seed,$^) $(@D)/packer_relocs
	$(Q)cp $(FUZZ_KERNELS:%=$(BUILD)/fuzz/%.seed) $(@D)/pack
	$(Q)cp $(filter %.seed,$^) $(@D)/load_foreign
	$(Q)mkdir -p $(@D)/decoders $(@D)/certificates $(@D)/check $(@D)/info $(@D)/edit $(@D)/measure
	$(Q)$(BUILD)/bzboot pack $(BUILD)/fuzz/exec.seed -o $(@D)/edit/plain --level 1 \
		--cmdline quiet >/dev/null
	$(Q)$(BUILD)/bzboot pack $(BUILD)/fuzz/exec.seed -o $(@D)/edit/uki --level 1 --uki \
		--os-release ID=x --profile ID=x --pcrsig '{}' >/dev/null
	$(Q)cp $(@D)/edit/* $(@D)/measure
	$(Q)$(BUILD)/tests/fuzz_certificates $(@D)/certificates
	$(Q)head -c 10240 $(MAKEFILE_LIST) | head -c 10240 >$(@D)/plain
	$(Q)set -e; for stream in $(FUZZ_STREAMS); do \
		command=$${stream#*:}; \
		{ printf "\\$${stream%%:*}"; \
		  $${command%%,*} $$(echo "$${command#*,}" | tr @ ' ') <$(@D)/plain; } \
			>$(@D)/decoders/$${stream%%:*}; \
		$${command%%,*} $$(echo "$${command#*,}" | tr @ ' ') <$(BUILD)/fuzz/exec.seed \
			>$(@D)/info/compressed.$${stream%%:*}; \
	done
	$(Q)cp $(@D)/edit/* $(@D)/info/* $(@D)/check
	$(Q)touch $@

.PHONY: fuzz
fuzz: $(FUZZ_PROGRAMS) $(FUZZ_SEEDS) | requirements
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_TARGETS='$(FUZZ_TARGETS)' tests/fuzz_all.sh
