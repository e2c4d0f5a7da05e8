# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot. The targets a person types:
#
#   make              build/bzboot, with the stubs in it
#   make boot         pack a kernel and boot it under QEMU/OVMF (KERNEL=file)
#   make check        the tests, in 15 minutes; make check-all runs the rest
#   make bench        measure against the distribution's own image
#   make install      DESTDIR= PREFIX=/usr/local
#   make clean
#
# Missing Debian packages are installed by tools/packages.sh (NO_PACKAGES=1
# leaves that to you). BUILD= names the output folder, CC=clang another compiler,
# V=1 shows the commands.

BUILD ?= build
PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
LD ?= ld
OBJCOPY ?= objcopy
CFLAGS ?= -O2 -g

COMMON := -std=gnu17 -Wall -Wextra -Iinclude -MMD -MP
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all

Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-5s %s\n' $1 $@; )mkdir -p $(@D)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all boot check check-all check-kaslr bench install clean packages test-packages \
	linux-packages bench-packages test-programs

all: $(BUILD)/bzboot

# --- packages ---------------------------------------------------------------

packages:
	$(if $(NO_PACKAGES),,@tools/packages.sh build)

test-packages: packages
	$(if $(NO_PACKAGES),,@tools/packages.sh test)

linux-packages: test-packages
	$(if $(NO_PACKAGES),,@tools/packages.sh linux)

bench-packages: test-packages
	$(if $(NO_PACKAGES),,@tools/packages.sh bench)

# --- objects -----------------------------------------------------------------

# One source, up to three objects: for the host, for the host under the
# sanitizers, for the target. What a folder wants beside the rest:
formats_CFLAGS := -Wconversion
packer_CFLAGS := -D_GNU_SOURCE
folder_CFLAGS = $($(firstword $(subst /, ,$<))_CFLAGS)

$(BUILD)/host/%.o: %.c | packages
	$(call say,CC)
	$(Q)$(CC) $(COMMON) $(folder_CFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/asan/%.o: %.c | packages
	$(call say,CC)
	$(Q)$(CC) $(COMMON) $(folder_CFLAGS) $(CFLAGS) $(SANITIZE) -c $< -o $@

$(BUILD)/target/%.o: %.c | packages
	$(call say,CC)
	$(Q)$(CC) $(COMMON) $(folder_CFLAGS) $(TARGET_CFLAGS) -c $< -o $@

$(BUILD)/host/%.o $(BUILD)/target/%.o: %.S | packages
	$(call say,AS)
	$(Q)$(CC) $(COMMON) -c $< -o $@

FORMATS := $(patsubst %.c,%.o,$(wildcard formats/*.c))

# --- stub/, one per codec ----------------------------------------------------

# Per codec: its number (enum bzb_codec), the decoder's library, and what has to be
# defined away to keep parts of that out: libzstd.a drags in 100 KB of decoders
# for formats older than 0.8.
STUBS := zstd
zstd_CODEC := 5
zstd_LIB := libzstd.a
ZSTD_LEGACY := $(foreach v,v05 v06 v07,$(foreach f,createDCtx freeDCtx \
	decompressInitDictionary decompressContinue,ZBUFF$v_$f) \
	$(foreach f,createDCtx freeDCtx decompress_usingDict decompressDCtx \
	findFrameSizeInfoLegacy getFrameParams,ZSTD$v_$f))
zstd_LDFLAGS := $(ZSTD_LEGACY:%=--defsym=%=linked_away)

# No red zone: the firmware's interrupts use our stack.
TARGET_CFLAGS := -Os -g1 -ffreestanding -fno-stack-protector -mno-red-zone -fPIE \
	-fvisibility=hidden -fshort-wchar -fno-asynchronous-unwind-tables \
	-fcf-protection=none -ffunction-sections -fdata-sections \
	-DGNU_EFI_USE_MS_ABI -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
STUB_LDFLAGS := -pie --no-dynamic-linker -z text -z norelro -z noexecstack \
	-z max-page-size=4096 --gc-sections --build-id=none --fatal-warnings

STUB := $(patsubst %.c,%.o,$(filter-out stub/decode_%,$(wildcard stub/*.c))) \
	stub/jump.o

# A loop that copies bytes must not become a call of the function it is in.
$(BUILD)/target/stub/mem.o: TARGET_CFLAGS += -O2 -fno-builtin \
	$(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)

$(BUILD)/stub/%.lds: stub/%.lds stub/layout.h | packages
	$(call say,LDS)
	$(Q)$(CC) -E -P -xc -Istub $< -o $@

$(BUILD)/stub/setup16.o: stub/setup16.S | packages
	$(call say,AS)
	$(Q)$(CC) -m32 -c $< -o $@

$(BUILD)/stub/setup16.bin: $(BUILD)/stub/setup16.lds $(BUILD)/stub/setup16.o
	$(call say,LD)
	$(Q)$(LD) -m elf_i386 -T $^ -o $(@:.bin=.elf)
	$(Q)$(OBJCOPY) -O binary -j .setup $(@:.bin=.elf) $@

$(BUILD)/stub/entry-%.o: stub/entry.S $(BUILD)/stub/setup16.bin | packages
	$(call say,AS)
	$(Q)$(CC) $(COMMON) -DSTUB_CODEC=$($*_CODEC) \
		-DSETUP16_BIN='"$(BUILD)/stub/setup16.bin"' -c $< -o $@

$(BUILD)/stub/%.elf: $(BUILD)/stub/stub.lds $(BUILD)/stub/entry-%.o \
		$(BUILD)/target/stub/decode_%.o $(addprefix $(BUILD)/target/,$(STUB) $(FORMATS))
	$(call say,LD)
	$(Q)$(LD) $(STUB_LDFLAGS) $($*_LDFLAGS) -T $^ \
		$$($(CC) -print-file-name=$($*_LIB)) -o $@.debug
	$(Q)$(OBJCOPY) --strip-all $@.debug $@

# --- packer/, the program ----------------------------------------------------

PACKER := $(patsubst %.c,%.o,$(wildcard packer/*.c))
PACKER_LIBS := -lzstd -llzma -lz -llz4 -ljansson

$(BUILD)/stubs.o: packer/stubs.S $(STUBS:%=$(BUILD)/stub/%.elf)
	$(call say,AS)
	$(Q)$(CC) -DSTUB_ZSTD='"$(BUILD)/stub/zstd.elf"' -c $< -o $@

$(BUILD)/bzboot: $(addprefix $(BUILD)/host/,$(PACKER) $(FORMATS)) $(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(PACKER_LIBS) -o $@

$(BUILD)/asan/bzboot: $(addprefix $(BUILD)/asan/,$(PACKER) $(FORMATS)) $(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $^ $(PACKER_LIBS) -o $@

# --- tests -------------------------------------------------------------------

# tests/t_*.c: each with all of formats/, and those parts of the stub that are no
# different on the host; once plain, once under the sanitizers.
UNITS := $(patsubst tests/%.c,%,$(wildcard tests/t_*.c))
UNIT_PARTS := $(FORMATS) $(patsubst %,stub/%.o,memory options utf16 load decode_zstd)

$(BUILD)/tests/t_%: $(BUILD)/host/tests/t_%.o $(BUILD)/host/tests/images.o \
		$(addprefix $(BUILD)/host/,$(UNIT_PARTS))
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $^ -lzstd -o $@

$(BUILD)/asan/tests/t_%: $(BUILD)/asan/tests/t_%.o $(BUILD)/host/tests/images.o \
		$(addprefix $(BUILD)/asan/,$(UNIT_PARTS))
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $^ -lzstd -o $@

include tests/kernel/rules.mk
include tests/reloc/rules.mk
include tests/fuzz.mk

# Every test prints TAP; prove counts and closes with the sum. Two at a time,
# because that is what the smallest machine has cores for.
JOBS ?= 2
PROVE := prove -j$(JOBS) --exec ''
UNIT_TESTS := $(UNITS:%=$(BUILD)/tests/%) $(UNITS:%=$(BUILD)/asan/tests/%)
export BUILD
export BZBOOT := $(BUILD)/bzboot

test-programs: all $(BUILD)/asan/bzboot $(UNIT_TESTS) $(TEST_KERNEL) $(RELOC_PROGRAMS) \
		$(RELOC_KERNELS) $(FUZZ_PROGRAMS) $(FUZZ_SEEDS) | test-packages

check: test-programs
	BZBOOT=$(BUILD)/asan/bzboot $(PROVE) $(UNIT_TESTS) tests/symbols.t tests/fuzz.t \
		$(wildcard tests/cli_*.t)
	$(PROVE) $(wildcard tests/boot_core_*.t)

check-all: test-programs
	$(PROVE) tests/boot_all_cpus.t tests/boot_all_memory.t

# Kernels built here, 15 minutes the first time, and many boots of Debian's.
check-kaslr: test-programs | linux-packages
	$(PROVE) tests/all_oracle.t tests/boot_all_relocs.t tests/boot_all_kaslr.t tests/boot_all_linux.t

boot: all | test-packages
	@ovmf/boot.sh $(KERNEL)

bench: all | bench-packages
	tools/bench.sh >$(BUILD)/benchmarks.md
	mv $(BUILD)/benchmarks.md docs/benchmarks.md

install: all
	install -D -m 755 $(BUILD)/bzboot $(DESTDIR)$(PREFIX)/bin/bzboot
	install -D -m 644 docs/bzboot.1 $(DESTDIR)$(PREFIX)/share/man/man1/bzboot.1

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
