# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Trees that have the parts of kbuild which tools/bzimage.mk uses. Sourced after tests/cli.sh.
# shellcheck disable=SC2034,SC2154 # variables of tests/cli.sh, and for the test
need make gcc objcopy

unset MAKEFLAGS MFLAGS MAKELEVEL BZBOOT_FLAGS	# set by the make that runs this
tree=$work/tree
objects=$work/objects
image=$objects/arch/x86/boot/bzImage

# make_tree KIND: linking copies $objects/linked if it or the command has changed; then
# ARCH_POSTLINK runs, and the tree
#   strips: strips vmlinux by ARCH_POSTLINK, like Linux 6.5 to 6.14
#   splits: links vmlinux.unstripped, and makes vmlinux from it, like later releases
#   keeps:  strips nothing, like older releases
make_tree() {
	rm -rf "$tree" "$objects"
	mkdir -p "$tree/arch/x86" "$objects"
	touch "$tree/Kbuild"
	cp "$work/linked" "$objects/linked"
	echo CONFIG_KERNEL_ZSTD=y >"$objects/.config"
	[ "$1" != strips ] || cat >"$tree/arch/x86/Makefile.postlink" <<-'END'
		.RECIPEPREFIX = >
		vmlinux:
		> objcopy --remove-section='.rela.*' $@
		.PHONY: vmlinux
	END
	cat >"$tree/Makefile" <<-'END'
		.RECIPEPREFIX = >
		ARCH_POSTLINK := $(wildcard $(CURDIR)/arch/x86/Makefile.postlink)
		vmlinux: $(O)/vmlinux
		$(O)/.command: FORCE
		> echo '$(ARCH_POSTLINK)' | cmp -s - $@ || echo '$(ARCH_POSTLINK)' >$@
		$(O)/$(final): $(O)/linked $(O)/.command
		> cp $< $@
		> $(if $(ARCH_POSTLINK),cd $(O) && $(MAKE) -f $(ARCH_POSTLINK) $(final))
		install:
		> cp $(KBUILD_IMAGE) $(INSTALL_PATH)/vmlinuz
		modules modules_install defconfig olddefconfig clean:
		> @echo 'tree: $@ postlink=$(notdir $(ARCH_POSTLINK))'
		> [ $@ != defconfig ] || { sleep 0.5; echo CONFIG_KERNEL_XZ=y >$(O)/.config; }
		bindeb-pkg:
		> sed -i s/noplace/nowhere/ $(O)/linked
		> $(MAKE) vmlinux
		> cp $(KBUILD_IMAGE) $(O)/package
		FORCE:
	END
	case $1 in
	strips | keeps)
		sed -i '1 a final := vmlinux' "$tree/Makefile"
		;;
	splits)
		sed -i '1 a final := vmlinux.unstripped' "$tree/Makefile"
		cat >>"$tree/Makefile" <<-'END'
			$(O)/vmlinux: $(O)/vmlinux.unstripped
			> objcopy --remove-section='.rela.*' $< $@
		END
		;;
	esac
}

# bzimage_mk ARGUMENT...: sets status, leaves $work/stdout and $work/stderr
bzimage_mk() {
	status=0
	make -f tools/bzimage.mk KERNEL_SRC="$tree" O="$objects" BZBOOT="$bzboot" "$@" \
		</dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
}
