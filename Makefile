# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot. The targets a person types:
#
#   make              build/bzboot, with the stubs in it
#   make boot         pack a kernel and boot it under QEMU/OVMF (KERNEL=file)
#   make check        the tests, in 15 minutes; make check-all runs the rest
#   make check-kernels all kernels, old and new, by the ways most systems start them
#   make check-matrix all boot loaders times all kernels (CODECS=all: times all codecs)
#   make analyze      clang's and gcc's static analysers over all of it; wants clang
#   make coverage     which lines of formats/ and decoders/ the quick tests reach; wants clang
#   make fuzz         fuzz every parser, FUZZ_SECONDS=600 each (200 minutes); wants clang;
#                     FUZZ_TARGETS="elf pe" those only (tests/f_*.c)
#   make bench        measure against the distribution's own images, in an hour;
#                     BENCH="sizes time" parts of it (tools/bench)
#   make deps         install the Debian packages that building takes;
#                     GROUPS="build test" those of other groups (tools/packages.sh)
#   make install      DESTDIR= PREFIX=/usr/local; make uninstall undoes it
#   make clean
#
# Those that boot, test or measure install what they need, too (NO_PACKAGES=1 leaves
# that to you); plain make installs nothing. BUILD= names the output folder, V=1 shows
# the commands.
#
# CC, CPPFLAGS, CFLAGS and LDFLAGS are for what runs here. What runs on the machine that
# is booted, always x86-64, is made by TARGET_CC, TARGET_LD and so on, see below.

BUILD ?= build
PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
LD ?= ld
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g

# --- compilers -----------------------------------------------------------------

# Where CC is one for x86-64 it makes the target's code too.
HOST_IS_TARGET := $(filter x86_64%,$(or $(shell $(CC) -dumpmachine 2>/dev/null),$(shell uname -m)))
TARGET_PREFIX := x86_64-linux-gnu-
target_tool = $(if $(HOST_IS_TARGET),$1,$(TARGET_PREFIX)$2)

TARGET_CC ?= $(call target_tool,$(CC),gcc)
TARGET_LD ?= $(call target_tool,$(LD),ld)
TARGET_AR ?= $(call target_tool,$(AR),ar)
TARGET_OBJCOPY ?= $(call target_tool,$(OBJCOPY),objcopy)

# The folder of the decoders' libraries for the target, if TARGET_CC does not know it, and -I for
# their headers.
TARGET_LIBDIR ?=
TARGET_CPPFLAGS ?=

# Where gnu-efi may be; what is not there does no harm.
ifndef EFI_INCLUDE
EFI_INCLUDE := $(patsubst -I%,%,$(shell $(PKG_CONFIG) --cflags-only-I gnu-efi 2>/dev/null)) \
	/usr/include/efi /usr/local/include/efi
endif
ifndef EFI_LIBDIR
EFI_LIBDIR := $(shell $(PKG_CONFIG) --variable=libdir gnu-efi 2>/dev/null) \
	/usr/lib /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib64/gnuefi /usr/lib/gnuefi /usr/local/lib
endif

# WERROR=-Werror makes every warning an error.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion $(WERROR)
COMMON := -std=gnu17 $(WARNINGS) -Iinclude -MMD -MP
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
EFI_CFLAGS := -fshort-wchar -DGNU_EFI_USE_MS_ABI \
	$(foreach folder,$(EFI_INCLUDE),-isystem $(folder) -isystem $(folder)/x86_64)

Q := $(if $(V),,@)
say = @$(if $(V),,printf '  %-5s %s\n' $1 $@; )mkdir -p $(@D)

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all boot check check-all check-kernels check-matrix bench install uninstall clean deps \
	requirements plain-programs test-programs

all: $(BUILD)/bzboot

# --- packages ---------------------------------------------------------------

# What installs packages, and which groups of them: before anything is built. Nothing else does.
deps_GROUPS := build
boot_GROUPS := build boot
check_GROUPS := build test boot loaders
check-all_GROUPS := $(check_GROUPS) linux systems
check-kernels_GROUPS := $(check_GROUPS) linux
check-matrix_GROUPS := $(check_GROUPS) linux
analyze_GROUPS := build test
fuzz_GROUPS := build test
coverage_GROUPS := build test coverage
bench_GROUPS := build test boot bench
GROUPS := $(sort $(foreach goal,$(MAKECMDGOALS),$($(goal)_GROUPS)))

deps:
	$(if $(NO_PACKAGES),,@tools/packages.sh $(GROUPS))

# One line says what is missing.
requirements: | $(if $(GROUPS),deps)
	@CC='$(CC)' HOST_FLAGS='$(CPPFLAGS) $(CFLAGS)' \
		TARGET_CC='$(TARGET_CC)' TARGET_FLAGS='$(TARGET_CPPFLAGS) $(EFI_CFLAGS)' \
		TARGET_TOOLS='$(TARGET_LD) $(TARGET_AR) $(TARGET_OBJCOPY)' \
		TARGET_LIBDIR='$(TARGET_LIBDIR)' \
		tools/requirements.sh

# --- objects -----------------------------------------------------------------

# One source, up to four objects: for the host, for the host under the sanitizers, for that in
# 32 bits, for the target. What a folder wants beside the rest, and what one object wants:
packer_CFLAGS := -D_GNU_SOURCE
folder_CFLAGS = $($(firstword $(subst /, ,$<))_CFLAGS)
object_CFLAGS :=

host_compile = $(CC) $(COMMON) $(folder_CFLAGS) $(object_CFLAGS) $(CPPFLAGS) $(CFLAGS)
host_link = $(CC) $(CFLAGS) $(LDFLAGS)
target_compile = $(TARGET_CC) $(COMMON) $(TARGET_CPPFLAGS)

# A library for the target: its path.
target_lib = $(if $1,$(or $(TARGET_LIBDIR:%=%/$1),$$($(TARGET_CC) -print-file-name=$1)))

$(BUILD)/host/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(host_compile) -c $< -o $@

$(BUILD)/asan/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(host_compile) $(SANITIZE) -c $< -o $@

$(BUILD)/m32/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(host_compile) $(SANITIZE) -m32 -c $< -o $@

$(BUILD)/target/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(folder_CFLAGS) $(target_CFLAGS) -c $< -o $@

$(BUILD)/host/%.o: %.S | requirements
	$(call say,AS)
	$(Q)$(host_compile) -c $< -o $@

$(BUILD)/target/%.o: %.S | requirements
	$(call say,AS)
	$(Q)$(target_compile) -c $< -o $@

$(BUILD)/m32/%.o: %.S | requirements
	$(call say,AS)
	$(Q)$(host_compile) -m32 -c $< -o $@

FORMATS := $(patsubst %.c,%.o,$(wildcard formats/*.c))

# --- stub/, one per codec ----------------------------------------------------

# Per codec: its number (enum bzb_codec), the source in decoders/, the library that
# is on top of, and what has to be defined away to keep parts of that out: libzstd.a
# drags in 100 KB of decoders for formats older than 0.8, dictionaries and messages, liblzma.a filters and
# checks that our streams do not have, libz.a its way to malloc().
STUBS := zstd xz lzma gzip lz4 none
zstd_CODEC := 5
zstd_DECODER := zstd
zstd_LIB := libzstd.a
zstd_AWAY := $(foreach v,v05 v06 v07,$(foreach f,createDCtx freeDCtx \
	decompressInitDictionary decompressContinue,ZBUFF$v_$f) \
	$(foreach f,createDCtx freeDCtx decompress_usingDict decompressDCtx \
	findFrameSizeInfoLegacy getFrameParams,ZSTD$v_$f)) ERR_getErrorString \
	ZSTD_XXH64 $(foreach f,reset update digest,ZSTD_XXH64_$f) \
	$(foreach f,copyDDictParameters createDDict createDDict_advanced freeDDict \
	DDict_dictContent DDict_dictSize getDictID_fromDDict sizeof_DDict,ZSTD_$f)
xz_CODEC := 3
xz_DECODER := lzma
xz_LIB := liblzma.a
xz_AWAY := lzma_crc64 $(foreach f,init update finish,lzma_sha256_$f) \
	$(foreach f,coder_memusage decoder_init props_decode,lzma_delta_$f) \
	$(foreach f,arm armthumb arm64 ia64 powerpc riscv sparc,lzma_simple_$f_decoder_init)
lzma_CODEC := 2
lzma_DECODER := lzma
lzma_LIB := liblzma.a
gzip_CODEC := 1
gzip_DECODER := gzip
gzip_LIB := libz.a
gzip_AWAY := zcalloc zcfree
lz4_CODEC := 4
lz4_DECODER := lz4
lz4_LIB := liblz4.a
none_CODEC := 0
none_DECODER := none

# No red zone: the firmware's interrupts use our stack.
target_CFLAGS := -Oz -g1 -ffreestanding -fno-stack-protector -mno-red-zone -fPIE \
	-fvisibility=hidden -fno-asynchronous-unwind-tables \
	-fcf-protection=none -ffunction-sections -fdata-sections $(EFI_CFLAGS)
STUB_LDFLAGS := -pie --no-dynamic-linker -z text -z norelro -z noexecstack \
	-z pack-relative-relocs -z max-page-size=4096 --gc-sections --build-id=none --fatal-warnings

STUB := $(patsubst %.c,%.o,$(wildcard stub/*.c)) stub/jump.o stub/switch.o stub/processor.o

# A loop that copies bytes must not become a call of the function it is in.
$(BUILD)/target/stub/mem.o: target_CFLAGS += -O2 -fno-builtin \
	$(if $(findstring clang,$(TARGET_CC)),,-fno-tree-loop-distribute-patterns)
# What goes over all of the payload, or of the kernel's code.
$(BUILD)/target/decoders/%.o $(patsubst %,$(BUILD)/target/formats/%.o,candidates checksum relocs): \
	target_CFLAGS += -O2

$(BUILD)/stub/%.lds: stub/%.lds stub/layout.h | requirements
	$(call say,LDS)
	$(Q)$(TARGET_CC) -E -P -xc -Istub $< -o $@

include stub/setup/rules.mk

$(BUILD)/stub/entry-%.o: stub/entry.S $(SETUP16) | requirements
	$(call say,AS)
	$(Q)$(target_compile) -DSTUB_CODEC=$($*_CODEC) \
		-DSETUP16_BIN='"$(SETUP16)"' -c $< -o $@

DECODERS := $(patsubst %.c,%.o,$(wildcard decoders/*.c))

$(BUILD)/stub/%.elf: $(BUILD)/stub/stub.lds $(BUILD)/stub/entry-%.o \
		$(addprefix $(BUILD)/target/,$(DECODERS) $(STUB) $(FORMATS))
	$(call say,LD)
	$(Q)$(TARGET_LD) $(STUB_LDFLAGS) $($*_AWAY:%=--defsym=%=linked_away) \
		--defsym=stub_decoder=bzb_decoder_$* \
		-T $(filter-out $(addprefix $(BUILD)/target/,$(DECODERS)),$^) \
		$(BUILD)/target/decoders/$($*_DECODER).o \
		$(call target_lib,$($*_LIB)) -o $@.debug
	$(Q)$(TARGET_OBJCOPY) --strip-all $@.debug $@

# --- packer/, the program ----------------------------------------------------

PACKER := $(patsubst %.c,%.o,$(wildcard packer/*.c))
PACKER_LIBS := -lzstd -llzma -lz -llz4 -ljansson -lcrypto

$(BUILD)/stubs.o: packer/stubs.S $(STUBS:%=$(BUILD)/stub/%.elf)
	$(call say,AS)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wa,-I,$(BUILD)/stub -c $< -o $@

# Images that are packed again, and those just made, are read with the stubs' decoders.
$(BUILD)/bzboot: $(addprefix $(BUILD)/host/,$(DECODERS))
$(BUILD)/asan/bzboot: $(addprefix $(BUILD)/asan/,$(DECODERS))

$(BUILD)/bzboot: $(addprefix $(BUILD)/host/,$(PACKER) $(FORMATS)) $(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(host_link) $^ $(PACKER_LIBS) -o $@

$(BUILD)/asan/bzboot: $(addprefix $(BUILD)/asan/,$(PACKER) $(FORMATS)) $(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ $(PACKER_LIBS) -o $@

# --- tests -------------------------------------------------------------------

# tests/t_*.c: each with all of formats/, and those parts of the stub that are no
# different on the host; once plain, once under the sanitizers. Those that need
# neither the stub nor a library also run in 32 bits, like a loader that is so.
UNITS := $(patsubst tests/%.c,%,$(wildcard tests/t_*.c))
UNIT_PARTS := $(FORMATS) $(DECODERS) $(patsubst %,stub/%.o,guest loader_guest loader_memory \
	load_options paging options utf16)
UNIT_LIBS := -lzstd -llzma -lz -llz4
UNITS32 := $(if $(HOST_IS_TARGET),$(filter-out t_decoders t_packer_% t_stub_% t_embed_%,$(UNITS)))
UNIT32_PARTS := $(FORMATS) decoders/none.o

$(BUILD)/tests/t_%: $(BUILD)/host/tests/t_%.o $(BUILD)/host/tests/images.o \
		$(addprefix $(BUILD)/host/,$(UNIT_PARTS))
	$(call say,LD)
	$(Q)$(host_link) $^ $(UNIT_LIBS) -o $@

$(BUILD)/asan/tests/t_%: $(BUILD)/asan/tests/t_%.o $(BUILD)/host/tests/images.o \
		$(addprefix $(BUILD)/asan/,$(UNIT_PARTS))
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ $(UNIT_LIBS) -o $@

$(BUILD)/m32/tests/t_%: $(BUILD)/m32/tests/t_%.o $(BUILD)/m32/tests/images.o \
		$(addprefix $(BUILD)/m32/,$(UNIT32_PARTS))
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) -m32 $^ -o $@

# Those that want EFI's declarations, and parts of the stub that no other test can link.
$(BUILD)/tests/t_stub_processors: $(BUILD)/host/stub/efi_processors.o
$(BUILD)/asan/tests/t_stub_processors: $(BUILD)/asan/stub/efi_processors.o
INITRD_PARTS := stub/efi_initrd.o stub/params.o
$(BUILD)/tests/t_stub_initrd: $(addprefix $(BUILD)/host/,$(INITRD_PARTS))
$(BUILD)/asan/tests/t_stub_initrd: $(addprefix $(BUILD)/asan/,$(INITRD_PARTS))
$(foreach d,host asan,$(patsubst %,$(BUILD)/$d/%.o,tests/t_stub_processors stub/efi_processors \
	tests/t_stub_initrd stub/efi_initrd)): object_CFLAGS := $(EFI_CFLAGS)

# Those with a part of the packer.
MATCHES_PARTS := $(patsubst %,packer/%.o,blob diag matches)
$(BUILD)/tests/t_packer_matches: $(addprefix $(BUILD)/host/,$(MATCHES_PARTS))
$(BUILD)/asan/tests/t_packer_matches: $(addprefix $(BUILD)/asan/,$(MATCHES_PARTS))
SEGMENT_PARTS := $(patsubst %,packer/%.o,blob compress_lzma compress_zstd decompress diag matches \
	segments threads)
$(BUILD)/tests/t_packer_segments: $(addprefix $(BUILD)/host/,$(SEGMENT_PARTS))
$(BUILD)/asan/tests/t_packer_segments: $(addprefix $(BUILD)/asan/,$(SEGMENT_PARTS))

# Makes what tests/cli_hostile.t takes.
HOSTILE := $(BUILD)/tests/hostile
$(HOSTILE): $(BUILD)/host/tests/hostile.o $(addprefix $(BUILD)/host/,$(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

include tests/kernel/rules.mk
include tests/direct/rules.mk
include tests/embed/rules.mk
include tests/efi/rules.mk
include tests/reloc/rules.mk
include tests/secure/rules.mk
include tests/stub/rules.mk
include tests/fuzz.mk
include tests/coverage.mk
include tests/analyze.mk

# Every test prints TAP; prove counts and closes with the sum. Two at a time,
# because that is what the smallest machine has cores for.
JOBS ?= 2
PROVE := prove -j$(JOBS) --exec tests/timed.sh
MATRIX := tests/timed.sh tests/boot_matrix.t --jobs $(JOBS)
CODECS ?= turn
UNIT_TESTS := $(UNITS:%=$(BUILD)/tests/%) $(UNITS:%=$(BUILD)/asan/tests/%) \
	$(UNITS32:%=$(BUILD)/m32/tests/%)
export BUILD
export BZBOOT := $(BUILD)/bzboot

# What tests/all_debian13.t takes.
plain-programs: all $(UNITS:%=$(BUILD)/tests/%) $(RELOC_PROGRAMS) $(RELOC_KERNELS) $(HOSTILE)

test-programs: plain-programs $(BUILD)/asan/bzboot $(UNIT_TESTS) $(TEST_KERNEL) $(DIRECT_LOADER) \
		$(EMBED_LOADERS) $(EFI_DRIVER) $(TRY_PROGRAM) $(TEST_STUBS) \
		$(FUZZ_PROGRAMS) $(FUZZ_SEEDS)

check: test-programs | requirements
	BZBOOT=$(BUILD)/asan/bzboot $(PROVE) $(UNIT_TESTS) tests/symbols.t tests/returns.t tests/fuzz.t \
		$(wildcard tests/cli_*.t)
	$(PROVE) $(wildcard tests/boot_core_*.t)
	$(MATRIX) --cells core
	@tests/timed.sh

# Builds three kernels the first time, which takes 15 minutes.
check-all: test-programs | requirements
	$(PROVE) $(wildcard tests/all_*.t tests/boot_all_*.t)
	$(MATRIX) --cells pairwise
	@tests/timed.sh

# Before a release. The first takes an hour, the second three.
check-kernels: test-programs | requirements
	$(MATRIX) --loaders kernels --kernels supported

check-matrix: test-programs | requirements
	$(PROVE) tests/all_oracle.t tests/boot_all_linux.t :: --all
	$(MATRIX) --loaders all --kernels all --codecs $(CODECS)

boot: all | requirements
	@ovmf/boot.sh $(KERNEL)

bench: all | requirements
	tools/bench.sh $(BENCH)

# The library for boot loaders is what the stub is linked with: freestanding.
$(BUILD)/libbzboot.a: $(addprefix $(BUILD)/target/,$(FORMATS))
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(TARGET_AR) rcsD $@ $^

# What is installed: a file, and the folder below PREFIX that it goes to; then the folders that are
# ours alone.
INSTALLED := $(BUILD)/bzboot:bin docs/bzboot.1:share/man/man1 $(BUILD)/libbzboot.a:lib \
	bzboot.pc:lib/pkgconfig \
	$(patsubst %,%:include/bzboot,$(wildcard include/bzboot/*.h)) \
	$(patsubst %,%:share/bzboot/decoders,$(wildcard decoders/*)) \
	tools/bzimage.mk:share/bzboot ovmf/keys.sh:share/bzboot/ovmf ovmf/run.sh:share/bzboot/ovmf \
	README.md:share/doc/bzboot LICENSE:share/doc/bzboot \
	$(patsubst %,%:share/doc/bzboot/docs,$(wildcard docs/*.md docs/*.svg))
OWN_FOLDERS := share/bzboot/decoders share/bzboot/ovmf share/bzboot include/bzboot \
	share/doc/bzboot/docs share/doc/bzboot

installed_file = $(firstword $(subst :, ,$1))
installed_as = $(DESTDIR)$(PREFIX)/$(lastword $(subst :, ,$1))/$(notdir $(installed_file))

define newline


endef

install: all $(BUILD)/libbzboot.a
	$(foreach entry,$(filter-out bzboot.pc:%,$(INSTALLED)),install -D \
		-m $(if $(filter %:bin %.sh:share/bzboot/ovmf,$(entry)),755,644) $(call installed_file,$(entry)) \
		$(call installed_as,$(entry))$(newline)	)
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e "s|@VERSION@|$$(sed -n \
		's/^#define BZBOOT_VERSION "\(.*\)"/\1/p' include/bzboot/bzboot.h)|" \
		bzboot.pc.in >$(call installed_as,$(filter bzboot.pc:%,$(INSTALLED)))

uninstall:
	rm -f $(foreach entry,$(INSTALLED),$(call installed_as,$(entry)))
	for folder in $(OWN_FOLDERS); do \
		folder=$(DESTDIR)$(PREFIX)/$$folder; \
		[ ! -d $$folder ] || rmdir --ignore-fail-on-non-empty $$folder; \
	done

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
