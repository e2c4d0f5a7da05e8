# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing; included by the top Makefile. tests/f_*.c are libFuzzer's targets, which takes clang.
#
#   make fuzz FUZZ_SECONDS=600   each target for so long; what was found is kept in $(BUILD)/fuzz

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS := $(COMMON) $(CPPFLAGS) -D_GNU_SOURCE -O1 -g $(FUZZ_SANITIZE) -fsanitize=fuzzer-no-link

FUZZ_PROGRAMS := $(patsubst tests/%.c,$(BUILD)/fuzz/%,$(wildcard tests/f_*.c))
FUZZ_SEEDS := $(BUILD)/fuzz/seeds/made
FUZZ_PACKER := $(patsubst %.c,%.o,$(wildcard packer/relocs*.c)) \
	$(patsubst %,packer/%.o,alignment elf_symbols code module_signature normalise blob diag)

$(BUILD)/fuzz/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -c $< -o $@

$(BUILD)/fuzz/f_packer_relocs: $(addprefix $(BUILD)/fuzz/,$(FUZZ_PACKER))

$(BUILD)/fuzz/f_decoders: $(addprefix $(BUILD)/fuzz/,$(DECODERS))
$(BUILD)/fuzz/f_decoders: FUZZ_LIBS := -lzstd -llzma -lz -llz4

$(BUILD)/fuzz/f_%: $(BUILD)/fuzz/tests/f_%.o $(addprefix $(BUILD)/fuzz/,$(FORMATS))
	$(call say,LD)
	$(Q)$(FUZZ_CC) $(FUZZ_SANITIZE) -fsanitize=fuzzer $(LDFLAGS) $^ $(FUZZ_LIBS) -o $@

# --- what fuzzing starts from -------------------------------------------------

$(BUILD)/tests/fuzz_seeds: $(addprefix $(BUILD)/host/,tests/fuzz_seeds.o tests/images.o $(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

# Kernels, each by what links it.
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

# Streams of 20 * 512 bytes, each behind the byte that f_decoders.c wants: 6 * 20 + codec, octal.
FUZZ_STREAMS := 170:zstd,-qc 171:xz,-c@--check=crc32@--x86@--lzma2=dict=64KiB \
	172:xz,-c@--format=lzma@--lzma1=dict=64KiB 173:gzip,-nc 174:lz4,-lqc 175:cat,

$(FUZZ_SEEDS): $(BUILD)/tests/fuzz_seeds $(FUZZ_KERNELS:%=$(BUILD)/fuzz/%.seed)
	$(call say,SEEDS)
	$(Q)$(BUILD)/tests/fuzz_seeds $(@D)
	$(Q)cp $(filter %.seed,$^) $(@D)/packer_relocs
	$(Q)mkdir -p $(@D)/decoders
	$(Q)head -c 10240 $(MAKEFILE_LIST) | head -c 10240 >$(@D)/plain
	$(Q)set -e; for stream in $(FUZZ_STREAMS); do \
		command=$${stream#*:}; \
		{ printf "\\$${stream%%:*}"; \
		  $${command%%,*} $$(echo "$${command#*,}" | tr @ ' ') <$(@D)/plain; } \
			>$(@D)/decoders/$${stream%%:*}; \
	done
	$(Q)touch $@

.PHONY: fuzz
fuzz: $(FUZZ_PROGRAMS) $(FUZZ_SEEDS) | requirements
	FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_CORPUS=$(BUILD)/fuzz/corpus tests/fuzz.t
