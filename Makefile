# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot. The targets a person types:
#
#   make              build/bzboot, with the stubs in it
#   make boot         pack a kernel and boot it under QEMU/OVMF (KERNEL=file)
#   make check        the tests, in 15 minutes; make check-all adds the rest
#   make bench        measure against the distribution's own image
#   make install      DESTDIR= PREFIX=/usr/local
#   make clean
#
# Missing Debian packages are installed by tools/packages.sh (NO_PACKAGES=1
# leaves that to you). BUILD= names the output folder, CC=clang another compiler.

BUILD ?= build
PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
LD ?= ld
OBJCOPY ?= objcopy
CFLAGS ?= -O2 -g

WARNINGS := -Wall -Wextra
COMMON := -std=gnu17 $(WARNINGS) -Iinclude -MMD -MP
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all boot check check-all bench install clean packages test-packages test-programs

all: $(BUILD)/bzboot

# --- packages ---------------------------------------------------------------

packages:
	$(if $(NO_PACKAGES),,@tools/packages.sh build)

test-packages: packages
	$(if $(NO_PACKAGES),,@tools/packages.sh test)

# --- formats/, the freestanding library --------------------------------------

FORMATS := $(patsubst formats/%.c,%,$(wildcard formats/*.c))

$(BUILD)/formats/%.o: formats/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wconversion $(CFLAGS) -c $< -o $@

$(BUILD)/asan/formats/%.o: formats/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wconversion $(CFLAGS) $(SANITIZE) -c $< -o $@

# --- stub/, one per codec ----------------------------------------------------

# The decoder's library, and what has to be defined away to keep parts of it
# out: libzstd.a drags in 100 KB of decoders for formats older than 0.8.
STUBS := zstd
zstd_CODEC := 5
zstd_LIB := libzstd.a
ZSTD_LEGACY := $(foreach v,v05 v06 v07,$(foreach f,createDCtx freeDCtx \
	decompressInitDictionary decompressContinue,ZBUFF$v_$f) \
	$(foreach f,createDCtx freeDCtx decompress_usingDict decompressDCtx \
	findFrameSizeInfoLegacy getFrameParams,ZSTD$v_$f))
zstd_LDFLAGS := $(ZSTD_LEGACY:%=--defsym=%=linked_away)

# No red zone: the firmware's interrupts use our stack. No CPU features that
# the firmware may not have switched on. Tables of pointers are relocated by the
# stub itself, so only R_X86_64_RELATIVE may be left.
STUB_CFLAGS := -Os -g1 -ffreestanding -fno-stack-protector -mno-red-zone -fPIE \
	-fvisibility=hidden -fshort-wchar -fno-asynchronous-unwind-tables \
	-fcf-protection=none -ffunction-sections -fdata-sections \
	-DGNU_EFI_USE_MS_ABI -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
STUB_LDFLAGS := -pie --no-dynamic-linker -z text -z norelro -z noexecstack \
	-z max-page-size=4096 --gc-sections --build-id=none --fatal-warnings

STUB_C := $(filter-out decode_%,$(patsubst stub/%.c,%,$(wildcard stub/*.c)))
STUB_OBJS := $(STUB_C:%=$(BUILD)/stub/%.o) $(BUILD)/stub/jump.o \
	$(FORMATS:%=$(BUILD)/stub/formats/%.o)

$(BUILD)/stub/%.o: stub/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(STUB_CFLAGS) -c $< -o $@

# A loop that copies bytes must not become a call of the function it is in.
$(BUILD)/stub/mem.o: STUB_CFLAGS += -O2 -fno-builtin \
	$(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)

$(BUILD)/stub/formats/%.o: formats/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wconversion $(STUB_CFLAGS) -c $< -o $@

$(BUILD)/stub/%.o: stub/%.S | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -c $< -o $@

$(BUILD)/stub/%.lds: stub/%.lds stub/layout.h | packages
	@mkdir -p $(@D)
	$(CC) -E -P -xc -Istub $< -o $@

$(BUILD)/stub/setup16.bin: $(BUILD)/stub/setup16.lds stub/setup16.S
	$(CC) -m32 -c stub/setup16.S -o $(@:.bin=.o)
	$(LD) -m elf_i386 -T $< $(@:.bin=.o) -o $(@:.bin=.elf)
	$(OBJCOPY) -O binary -j .setup $(@:.bin=.elf) $@

$(BUILD)/stub/entry-%.o: stub/entry.S $(BUILD)/stub/setup16.bin | packages
	$(CC) $(COMMON) -DSTUB_CODEC=$($*_CODEC) \
		-DSETUP16_BIN='"$(BUILD)/stub/setup16.bin"' -c $< -o $@

$(BUILD)/stub/%.elf: $(BUILD)/stub/stub.lds $(BUILD)/stub/entry-%.o \
		$(BUILD)/stub/decode_%.o $(STUB_OBJS)
	$(LD) $(STUB_LDFLAGS) $($*_LDFLAGS) -T $^ \
		$(shell $(CC) -print-file-name=$($*_LIB)) -o $@.debug
	$(OBJCOPY) --strip-all $@.debug $@

# --- packer/, the program ----------------------------------------------------

PACKER := $(patsubst packer/%.c,%,$(wildcard packer/*.c))
PACKER_LIBS := -lzstd -llzma -lz -llz4 -ljansson
PACKER_CFLAGS := -D_GNU_SOURCE
STUB_PATHS := -DSTUB_ZSTD='"$(BUILD)/stub/zstd.elf"'

$(BUILD)/packer/%.o: packer/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(PACKER_CFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/asan/packer/%.o: packer/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(PACKER_CFLAGS) $(CFLAGS) $(SANITIZE) -c $< -o $@

$(BUILD)/packer/stubs-data.o: packer/stubs.S $(STUBS:%=$(BUILD)/stub/%.elf)
	@mkdir -p $(@D)
	$(CC) $(STUB_PATHS) -c $< -o $@

$(BUILD)/bzboot: $(PACKER:%=$(BUILD)/packer/%.o) $(BUILD)/packer/stubs-data.o \
		$(FORMATS:%=$(BUILD)/formats/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(PACKER_LIBS) -o $@

$(BUILD)/asan/bzboot: $(PACKER:%=$(BUILD)/asan/packer/%.o) \
		$(BUILD)/packer/stubs-data.o $(FORMATS:%=$(BUILD)/asan/formats/%.o)
	$(CC) $(CFLAGS) $(SANITIZE) $^ $(PACKER_LIBS) -o $@

# --- tests -------------------------------------------------------------------

# tests/t_*.c: each with all of formats/, and those parts of the stub that are
# no different on the host; once plain and once under the sanitizers.
UNITS := $(patsubst tests/%.c,%,$(wildcard tests/t_*.c))
STUB_ON_HOST := memory utf16 load decode_zstd

$(BUILD)/tests/%.o: tests/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Istub $(CFLAGS) -c $< -o $@

$(BUILD)/tests/%.o: tests/%.S | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -c $< -o $@

$(BUILD)/asan/tests/%.o: tests/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Istub $(CFLAGS) $(SANITIZE) -c $< -o $@

$(BUILD)/tests/stub/%.o: stub/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(CFLAGS) -c $< -o $@

$(BUILD)/asan/tests/stub/%.o: stub/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(CFLAGS) $(SANITIZE) -c $< -o $@

$(BUILD)/tests/t_%: $(BUILD)/tests/t_%.o $(BUILD)/tests/images.o \
		$(STUB_ON_HOST:%=$(BUILD)/tests/stub/%.o) $(FORMATS:%=$(BUILD)/formats/%.o)
	$(CC) $(CFLAGS) $^ -lzstd -o $@

$(BUILD)/asan/tests/t_%: $(BUILD)/asan/tests/t_%.o $(BUILD)/tests/images.o \
		$(STUB_ON_HOST:%=$(BUILD)/asan/tests/stub/%.o) \
		$(FORMATS:%=$(BUILD)/asan/formats/%.o)
	$(CC) $(CFLAGS) $(SANITIZE) $^ -lzstd -o $@

include tests/kernel/rules.mk

# Every test prints TAP; prove counts and closes with the sum. Boots run two at
# a time, because that is what the smallest machine has cores for.
JOBS ?= 2
PROVE := prove -j$(JOBS) --exec ''
UNIT_TESTS := $(UNITS:%=$(BUILD)/tests/%) $(UNITS:%=$(BUILD)/asan/tests/%)
export BUILD BZBOOT := $(BUILD)/bzboot

test-programs: all $(BUILD)/asan/bzboot $(UNIT_TESTS) $(TEST_KERNEL) | test-packages

check: test-programs
	$(PROVE) $(UNIT_TESTS) tests/symbols.t $(wildcard tests/cli_*.t tests/boot_core_*.t)

check-all: test-programs
	$(PROVE) $(wildcard tests/boot_all_*.t tests/all_*.t)

boot: all | test-packages
	ovmf/boot.sh $(KERNEL)

install: all
	install -D -m 755 $(BUILD)/bzboot $(DESTDIR)$(PREFIX)/bin/bzboot

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
