# SPDX-License-Identifier: BSD-2-Clause
#
# bzimage.mk: like `make bzImage` of a Linux tree, with bzboot for the image.
#
#   make -f bzimage.mk KERNEL_SRC=linux O=build -j8
#   make -f bzimage.mk KERNEL_SRC=linux O=build install INSTALL_PATH=/mnt/boot
#   make -f bzimage.mk KERNEL_SRC=linux O=build bindeb-pkg
#
# The first line lets the tree build vmlinux, packs it and puts the image at arch/x86/boot/bzImage.
# `all` builds the modules too. Other goals that are needed while a kernel is built (`defconfig`,
# `modules`, `modules_install`, `clean`) are passed on to the tree. The tree's variables (LLVM=1,
# KCFLAGS=) may be given too.
#
#   KERNEL_SRC=     the tree (default: the current directory)
#   O=              its object directory, with .config, as KBUILD_OUTPUT= (default: the tree)
#   BZBOOT=         the program (default: bzboot)
#   BZBOOT_FLAGS=   options of bzboot pack: --level 3, --cmdline "console=ttyS0"; names of files
#                   are relative to the directory that make is started in, and the kernel is packed
#                   again when the content of such a file changes
#
# The tree's own `make install` installs the image without building it. Its `make`, and so its goals
# for packages, would overwrite the image with the tree's bzImage. Here `install` and the `-pkg`
# goals are the tree's, with two variables set:
#
#   ARCH_POSTLINK   is this file, which kbuild runs after each final link: it copies vmlinux while
#                   that has relocations, runs the tree's own step, and packs. So the image is
#                   right even if a package links again.
#   KBUILD_IMAGE    is the absolute name of the image, for which the tree has no rule.

self := $(abspath $(lastword $(MAKEFILE_LIST)))

KERNEL_SRC ?= .
BZBOOT ?= bzboot

source := $(abspath $(KERNEL_SRC))
objects := $(abspath $(or $(O),$(KBUILD_OUTPUT),$(KERNEL_SRC)))
program := $(abspath $(shell command -v $(BZBOOT)))
folder := $(or $(BZBOOT_FOLDER),$(CURDIR))
image := $(objects)/arch/x86/boot/bzImage
alias := $(objects)/arch/x86_64/boot/bzImage
ours := $(objects)/.bzboot

.DELETE_ON_ERROR:
.PHONY: bzImage vmlinux vmlinux.unstripped clean install all pack FORCE

ifneq ($(ARCH_POSTLINK),$(self))

# --- goals ----------------------------------------------------------------------------------------

ifeq ($(wildcard $(source)/Kbuild),)
$(error $(source) is not a Linux tree: KERNEL_SRC= says where it is)
endif
ifeq ($(program),)
$(error $(BZBOOT) is not a program: BZBOOT= says where it is)
endif

# Goals that are passed on to the tree, and those of them that need no .config
unconfigured := clean mrproper distclean kernelversion help
passed := $(unconfigured) modules modules_install modules_prepare prepare kernelrelease
.PHONY: $(passed)

goals := $(or $(MAKECMDGOALS),bzImage)
configure := $(filter %config,$(goals))

ifeq ($(configure)$(wildcard $(objects)/.config),)
ifneq ($(filter-out $(unconfigured),$(goals)),)
$(error $(objects)/.config is missing: configure the tree first, with the goal defconfig for example)
endif
endif

ours_too := KERNEL_SRC=$(source) O=$(objects) BZBOOT=$(program) BZBOOT_FOLDER=$(folder)
kbuild = @+$(MAKE) --no-print-directory -C $(source) $(ours_too) ARCH_POSTLINK=$(self)

# Without a new link, the kernel is packed again only for other flags or another bzboot.
bzImage: vmlinux
	@+$(MAKE) --no-print-directory -f $(self) $(ours_too) pack

# Make kbuild link again if the last link was not by this file, or its result is missing.
vmlinux: | $(configure)
	@[ -e $(ours)/vmlinux ] || rm -f $(objects)/vmlinux $(objects)/vmlinux.unstripped
	$(kbuild) $@

all: bzImage
	$(if $(shell grep '^CONFIG_MODULES=y' $(objects)/.config),$(kbuild) modules)

# The configuration first, and the image before modules, for which the tree may link vmlinux, too.
modules modules_install modules_prepare prepare kernelrelease: | $(configure)
modules: | $(filter bzImage all,$(goals))
modules_install: | $(filter bzImage all modules,$(goals))

%config: FORCE
	$(kbuild) $@

$(passed):
	$(kbuild) $@

install: bzImage
	$(kbuild) KBUILD_IMAGE=$(image) $@

%-pkg: bzImage FORCE
	$(kbuild) KBUILD_IMAGE=$(image) $@

else

# --- after a link ---------------------------------------------------------------------------------

# Linux 6.5 to 6.14 strip vmlinux here, so it is copied first; from 6.15 on the linked file is
# vmlinux.unstripped. If bzboot fails, vmlinux is kept, and an image of another one is removed.
tree_postlink := $(wildcard $(source)/arch/x86/Makefile.postlink)
after_tree = $(if $(tree_postlink),@+$(MAKE) -f $(tree_postlink) $@)

vmlinux vmlinux.unstripped:
	@mkdir -p $(ours) && cp --reflink=auto $@ $(ours)/vmlinux
	$(after_tree)
	@+$(MAKE) -f $(self) ARCH_POSTLINK= pack || rm -f $(image)

# Older trees run this file for modules, too.
%.ko: FORCE
	$(after_tree)

clean:
	$(after_tree)

endif

# --- the image ------------------------------------------------------------------------------------

# The options of bzboot for a CONFIG_KERNEL_*. Without a row, zstd is used.
flags_ZSTD := --compress zstd
flags_XZ := --compress xz
flags_LZMA := --compress lzma
flags_GZIP := --compress gzip
flags_LZ4 := --compress lz4
flags_UNCOMPRESSED := --compress none

codecs := GZIP BZIP2 LZMA XZ LZO LZ4 ZSTD UNCOMPRESSED
space := $(subst ,, )
codec := $(shell sed -n 's/^CONFIG_KERNEL_\($(subst $(space),\|,$(codecs))\)=y$$/\1/p' \
	$(objects)/.config 2>/dev/null)
flags := $(or $(flags_$(codec)),$(flags_ZSTD)) $(BZBOOT_FLAGS)
quoted_flags := '$(subst ','\'',$(flags))'

pack: $(image)

# The flags, and the content of the files that they name (FILE, --option=FILE, @FILE)
flags_and_files = printf '%s\n' $(quoted_flags); cd '$(folder)'; set -- $(flags); for word; do \
	word=$${word\#--*=}; word=$${word\#@}; [ ! -f "$$word" ] || sha256sum <"$$word"; done

# Written only when they change, which makes the kernel be packed again.
$(ours)/flags: FORCE
	@now=$$($(flags_and_files)); printf '%s\n' "$$now" | cmp -s - $@ || printf '%s\n' "$$now" >$@

$(ours)/bzImage: $(ours)/vmlinux $(program) $(ours)/flags
	$(if $(flags_$(codec)),,@echo >&2 \
		"bzimage.mk: warning: bzboot has no codec for CONFIG_KERNEL_$(codec): using zstd")
	@echo "  BZBOOT  $(image)"
	@cd '$(folder)' && $(program) pack $< -o $@ $(flags)

# The tree may have built its own bzImage there since.
$(image): $(ours)/bzImage FORCE
	@mkdir -p $(@D)
	@cmp -s $< $@ || cp $< $@
	@[ -e $(alias) ] || { mkdir -p $(dir $(alias)) && ln -fs ../../x86/boot/bzImage $(alias); }
