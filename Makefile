# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot. The targets a person types:
#
#   make              build/bzboot, with the stubs in it
#   make boot         pack a kernel and boot it under QEMU/OVMF (KERNEL=file)
#   make check        the tests, in 15 minutes; make check-all adds the others
#   make check-release what check-all leaves out of its tests (--all)
#   make check-kernels all kernels, old and new, by the ways most systems start them
#   make check-matrix all boot loaders times all kernels (CODECS=all: times all codecs)
#   make check-machine kernel updates on Debian 12 and 13, in a machine
#   make analyze      clang's and gcc's static analysers over all of it; needs clang
#   make coverage     which lines of formats/ and decoders/ the quick tests reach; needs clang
#   make fuzz         fuzz every parser, FUZZ_SECONDS=600 each (200 minutes); needs clang;
#                     FUZZ_TARGETS="elf pe" selects parsers (tests/f_*.c)
#   make bench        measure against the distribution's own images, in an hour;
#                     BENCH="sizes time" selects parts (tools/bench)
#   make deps         install the Debian packages needed to build;
#                     GROUPS="build test" selects groups (tools/packages.sh)
#   make STUBS="x86-64 arm64 riscv64 loong64" with the stubs of these machines; default: x86-64,
#                     and those whose compiler and libraries are there (make deps GROUPS=stubs)
#   make install      DESTDIR= PREFIX=/usr/local LIBDIR=lib; make uninstall undoes it
#   make install-hooks kernel updates run bzboot install; DESTDIR=; make uninstall-hooks
#   make deb          Debian packages, in build/deb; needs debhelper
#   make format       lay out the C as .clang-format says; make format-check tests it
#   make clean
#
# Targets that boot, test or measure install the packages they need, too (NO_PACKAGES=1 prevents
# it); plain make installs nothing. BUILD= names the output folder, V=1 shows the commands.
#
# CC, CPPFLAGS, CFLAGS and LDFLAGS are for programs that run on the build machine. Code for booted
# machines of x86-64 is made by TARGET_CC, TARGET_LD and so on, see below, that for others by clang
# (stub/pe/rules.mk).

BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= lib
ifeq ($(origin CC),default)
CC := gcc
endif
LD ?= ld
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g

# --- compilers -----------------------------------------------------------------

# If CC compiles for x86-64, it makes the target's code, too.
HOST_IS_TARGET := $(filter x86_64%,$(or $(shell $(CC) -dumpmachine 2>/dev/null),$(shell uname -m)))
TARGET_PREFIX := x86_64-linux-gnu-
target_tool = $(if $(HOST_IS_TARGET),$1,$(TARGET_PREFIX)$2)

TARGET_CC ?= $(call target_tool,$(CC),gcc)
TARGET_LD ?= $(call target_tool,$(LD),ld)
TARGET_AR ?= $(call target_tool,$(AR),ar)
TARGET_OBJCOPY ?= $(call target_tool,$(OBJCOPY),objcopy)

# The folder of the decoders' libraries for the target, if TARGET_CC does not search it, and -I
# options for their headers.
TARGET_LIBDIR ?=
TARGET_CPPFLAGS ?=

# Where gnu-efi may be; folders that do not exist are ignored.
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
SANITIZE_VALUES := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
SANITIZE_MEMORY := -fsanitize=address
SANITIZE := $(SANITIZE_VALUES) $(SANITIZE_MEMORY)
# QEMU, which runs 32-bit programs where the kernel cannot, maps libraries where AddressSanitizer has
# its shadow memory.
SANITIZE32 = $(SANITIZE_VALUES) $(if $(filter kernel,$(shell tests/in_32_bits.sh)),$(SANITIZE_MEMORY))
EFI_CFLAGS := -fshort-wchar -DGNU_EFI_USE_MS_ABI \
	$(foreach folder,$(EFI_INCLUDE),-isystem $(folder) -isystem $(folder)/x86_64)

Q := $(if $(V),,@)
say = @$(if $(V),,printf '  %-5s %s\n' $1 $@; )mkdir -p $(@D)

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all boot check check-all check-release check-kernels check-matrix check-machine bench \
	install uninstall install-hooks uninstall-hooks clean deps requirements plain-programs \
	test-programs check-units deb

all: $(BUILD)/bzboot

# --- packages ---------------------------------------------------------------

# The goals that install packages before anything is built, and the groups they install.
deps_GROUPS := build
deb_GROUPS := build package
boot_GROUPS := build boot
check_GROUPS := build stubs test boot loaders
check-all_GROUPS := $(check_GROUPS) linux systems package
check-release_GROUPS := $(check-all_GROUPS) debuggers
check-kernels_GROUPS := $(check_GROUPS) linux
check-matrix_GROUPS := $(check_GROUPS) linux
check-machine_GROUPS := $(check_GROUPS) systems package
analyze_GROUPS := build stubs test
format_GROUPS := format
format-check_GROUPS := format
fuzz_GROUPS := build test
coverage_GROUPS := build test coverage
bench_GROUPS := build stubs test boot bench linux
GROUPS := $(sort $(foreach goal,$(MAKECMDGOALS),$($(goal)_GROUPS)))

deps:
	$(if $(NO_PACKAGES),,@tools/packages.sh $(GROUPS))
	$(if $(and $(filter stubs,$(GROUPS)),$(if $(NO_PACKAGES),,yes)),@tools/libraries.sh $(PE_MACHINES))

# Prints one line if programs or libraries are missing.
requirements: | $(if $(GROUPS),deps)
	@CC='$(CC)' HOST_FLAGS='$(CPPFLAGS) $(CFLAGS)' \
		TARGET_CC='$(TARGET_CC)' TARGET_FLAGS='$(TARGET_CPPFLAGS) $(EFI_CFLAGS)' \
		TARGET_TOOLS='$(TARGET_LD) $(TARGET_AR) $(TARGET_OBJCOPY)' \
		TARGET_LIBDIR='$(TARGET_LIBDIR)' \
		STUBS_LACK='$(foreach machine,$(filter $(PE_MACHINES),$(STUBS)),\
			$(if $(strip $(call pe_missing,$(machine))),$(machine)))' \
		tools/requirements.sh

# --- objects -----------------------------------------------------------------

# One source makes up to four objects: for the host, for the host with the sanitizers, the same in
# 32 bits, and for the target. Extra flags of one folder and of one object:
folder_CFLAGS = $($(firstword $(subst /, ,$<))_CFLAGS)
object_CFLAGS :=

# Programs of the host read kernels for all machines, loaders those for their own.
ALL_MACHINES := -DBZB_ALL_MACHINES
$(BUILD)/m32/%: ALL_MACHINES :=

host_compile = $(CC) $(COMMON) $(ALL_MACHINES) $(folder_CFLAGS) $(object_CFLAGS) $(CPPFLAGS) $(CFLAGS)
host_link = $(CC) $(CFLAGS) $(LDFLAGS)
target_compile = $(TARGET_CC) $(COMMON) $(TARGET_CPPFLAGS)

# The path of a library for the target.
target_lib = $(if $1,$(or $(TARGET_LIBDIR:%=%/$1),$$($(TARGET_CC) -print-file-name=$1)))

$(BUILD)/host/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(host_compile) -c $< -o $@

$(BUILD)/asan/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(host_compile) $(SANITIZE) -c $< -o $@

$(BUILD)/m32/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(host_compile) $(SANITIZE32) -m32 -c $< -o $@

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

include decoders/rules.mk
include stub/rules.mk
include packer/rules.mk
include tests/rules.mk

# --- goals ---------------------------------------------------------------------

boot: all | requirements
	@ovmf/boot.sh $(KERNEL)

bench: all | requirements
	tools/bench.sh $(BENCH)

# The library for boot loaders has the freestanding objects that the stub is linked with.
$(BUILD)/libbzboot.a: $(addprefix $(BUILD)/target/,$(FORMATS))
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(TARGET_AR) rcsD $@ $^

# The files to install, each with its folder below PREFIX; then the folders that only bzboot
# uses.
INSTALLED := $(BUILD)/bzboot:bin $(BUILD)/libbzboot.a:$(LIBDIR) \
	$(patsubst %,%:share/man/man1,$(wildcard docs/man/*.1)) \
	$(COMPLETION)/bzboot:share/bash-completion/completions \
	$(COMPLETION)/_bzboot:share/zsh/site-functions \
	$(COMPLETION)/bzboot.fish:share/fish/vendor_completions.d \
	$(patsubst %,%:share/man/man5,$(wildcard docs/man/*.5)) \
	bzboot.pc:$(LIBDIR)/pkgconfig \
	$(patsubst %,%:include/bzboot,$(wildcard include/bzboot/*.h)) \
	$(patsubst %,%:share/bzboot/decoders,$(wildcard decoders/*.[ch])) \
	tools/bzimage.mk:share/bzboot ovmf/keys.sh:share/bzboot/ovmf ovmf/run.sh:share/bzboot/ovmf \
	$(patsubst %,%:share/doc/bzboot,LICENSE $(wildcard *.md)) \
	$(patsubst %,%:share/bzboot/examples,$(wildcard examples/*.sh)) \
	$(patsubst %,%:share/bzboot/examples/kernel,$(wildcard examples/kernel/*.[cS]) \
		examples/kernel/Makefile) \
	$(patsubst %,%:share/doc/bzboot/docs,$(wildcard docs/*.md docs/*.svg docs/*.json))
OWN_FOLDERS := share/bzboot/decoders share/bzboot/ovmf share/bzboot/examples/kernel \
	share/bzboot/examples share/bzboot \
	include/bzboot share/doc/bzboot/docs share/doc/bzboot

installed_file = $(firstword $(subst :, ,$1))
installed_as = $(DESTDIR)$(PREFIX)/$(lastword $(subst :, ,$1))/$(notdir $(installed_file))

define newline


endef

install: all $(BUILD)/libbzboot.a $(COMPLETIONS)
	$(foreach entry,$(filter-out bzboot.pc:%,$(INSTALLED)),install -D \
		-m $(if $(filter %:bin %.sh:share/bzboot/ovmf %.sh:share/bzboot/examples,$(entry)),755,644) $(call installed_file,$(entry)) \
		$(call installed_as,$(entry))$(newline)	)
	install -d $(DESTDIR)$(PREFIX)/$(LIBDIR)/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e "s|@VERSION@|$$(sed -n \
		's/^#define BZBOOT_VERSION "\(.*\)"/\1/p' include/bzboot/bzboot.h)|" \
		bzboot.pc.in >$(call installed_as,$(filter bzboot.pc:%,$(INSTALLED)))

uninstall:
	rm -f $(foreach entry,$(INSTALLED),$(call installed_as,$(entry)))
	for folder in $(OWN_FOLDERS); do \
		folder=$(DESTDIR)$(PREFIX)/$$folder; \
		[ ! -d $$folder ] || rmdir --ignore-fail-on-non-empty $$folder; \
	done

# Hooks, each with its place, which does not depend on PREFIX: programs of the system run them.
HOOKS := hooks/kernel-package.sh:/etc/kernel/postinst.d/zz-bzboot \
	hooks/kernel-package.sh:/etc/kernel/postrm.d/zz-bzboot \
	hooks/post-update.sh:/etc/initramfs/post-update.d/bzboot \
	hooks/60-bzboot.install:/usr/lib/kernel/install.d/60-bzboot.install

install-hooks:
	$(foreach hook,$(HOOKS),install -D -m 755 $(subst :, $(DESTDIR),$(hook))$(newline)	)

uninstall-hooks:
	rm -f $(foreach hook,$(HOOKS),$(DESTDIR)$(lastword $(subst :, ,$(hook))))

deb: | $(if $(GROUPS),deps)
	tools/deb.sh $(BUILD)/deb

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
