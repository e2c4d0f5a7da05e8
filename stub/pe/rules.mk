# SPDX-License-Identifier: BSD-2-Clause
# The stubs of the machines whose kernels are EFI applications, by clang and ld.lld; included by the
# top Makefile. The objects of a machine are in target-MACHINE, its stubs in stub/MACHINE.

PE_MACHINES := arm64 riscv64 loong64

# Per machine: its triple, gnu-efi's name for it, ld.lld's emulation, the compiler's flags, the
# shared objects that it replaces or lacks, whether tools/split_functions.c can split its libraries,
# and the end of the names of the tools. On loong64 only the libraries use vectors:
# arch_enter_decoder() permits it.
arm64_TRIPLE := aarch64-linux-gnu
arm64_EFI := aarch64
arm64_EMULATION := aarch64elf
arm64_FLAGS := -mno-outline-atomics
arm64_WITHOUT := stub/pe/pe_huffman.o
riscv64_TRIPLE := riscv64-linux-gnu
riscv64_EFI := riscv64
riscv64_EMULATION := elf64lriscv
riscv64_FLAGS := -march=rv64gc -mabi=lp64d -mno-relax -mcmodel=medany
riscv64_WITHOUT := stub/mem.o
riscv64_SPLITS := yes
loong64_TRIPLE := loongarch64-linux-gnu
loong64_EFI := loongarch64
loong64_EMULATION := elf64loongarch
loong64_FLAGS := -mno-lsx
loong64_SPLITS := yes
loong64_TOOLS := -19

# MACHINE_LIBRARIES: where tools/libraries.sh puts its packages
$(foreach line,$(shell tools/libraries.sh --list),$(eval \
	$(firstword $(subst :, ,$(line)))_LIBRARIES += $(lastword $(subst :, ,$(line)))/usr))
pe_tools = $(addsuffix $($1_TOOLS),clang ld.lld llvm-objcopy $(if $($1_SPLITS),llvm-ar))
pe_library = $(wildcard $($1_LIBRARIES:%=%/lib/$($1_TRIPLE)/$2))

# The programs and folders that are missing for a machine; and the machines for which none is
pe_missing = $(filter-out $(wildcard $($1_LIBRARIES)),$($1_LIBRARIES)) \
	$(foreach tool,$(call pe_tools,$1),$(if $(shell command -v $(tool)),,$(tool)))
pe_at_hand = $(foreach machine,$(PE_MACHINES),\
	$(if $(strip $(call pe_missing,$(machine))),,$(machine)))

# The machines to build stubs for: all, if the goals install what is missing.
ifndef STUBS
STUBS := x86-64 $(if $(and $(filter stubs,$(GROUPS)),$(if $(NO_PACKAGES),,yes)),\
	$(PE_MACHINES),$(pe_at_hand))
endif
$(foreach name,$(filter-out x86-64 $(PE_MACHINES),$(STUBS)),\
	$(error bzboot has no stubs for '$(name)': STUBS names some of x86-64 $(PE_MACHINES)))

PE_PARTS := $(filter-out %/efi_leave.c %/efi_graphics.c %/efi_pci.c %/efi_apple.c \
		%/efi_unaccepted.c %/efi_services.c %/efi_processors.c,\
	$(wildcard stub/*.c stub/efi/*.c stub/pe/*.c))
PE_STUB := $(PE_PARTS:.c=.o) $(NO_MALLOC)

PE_ARCHIVES := $(sort $(foreach codec,$(CODEC_STUBS),$($(codec)_LIB)))
SPLIT := $(BUILD)/host/tools/split_functions

# <bzboot/env.h> has all that their headers want of a C library.
PE_LIBRARY_FLAGS := -DZ_SOLO -DLZMA_MANUAL_HEADERS -include bzboot/env.h
PE_CFLAGS := -Oz -g1 -ffreestanding -nostdlibinc -fno-stack-protector -fPIE -fvisibility=hidden \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -fshort-wchar \
	-DKERNEL_IS_APPLICATION=1
PE_LDFLAGS := -pie --no-dynamic-linker -z text -z norelro -z noexecstack \
	--pack-dyn-relocs=relr -z max-page-size=4096 --gc-sections --sort-section=alignment \
	--build-id=none --fatal-warnings

# $(call pe_rules,MACHINE)
define pe_rules
$1_COMPILE := clang$($1_TOOLS) --target=$($1_TRIPLE) $($1_FLAGS) $$(COMMON) $$(PE_CFLAGS) \
	$$(foreach library,$($1_LIBRARIES),-isystem $$(library)/include \
	-isystem $$(library)/include/$($1_TRIPLE)) \
	-isystem $$(lastword $($1_LIBRARIES))/include/efi \
	-isystem $$(lastword $($1_LIBRARIES))/include/efi/$($1_EFI)
$1_STUB := $$(filter-out $$($1_WITHOUT),$$(PE_STUB)) $$(patsubst %.c,%.o,$$(wildcard stub/$1/*.c))

$(BUILD)/target-$1/%.o: %.c | requirements
	$$(call say,CC)
	$$(Q)$$($1_COMPILE) $$(folder_CFLAGS) $$(pe_CFLAGS) -c $$< -o $$@

$$(addprefix $(BUILD)/target-$1/,$$(DECODERS)): pe_CFLAGS := -O2 $$(PE_LIBRARY_FLAGS)
$$(patsubst %,$(BUILD)/target-$1/formats/%.o,checksum relocs): pe_CFLAGS := -O2
$(BUILD)/target-$1/stub/mem.o $(BUILD)/target-$1/stub/$1/$1_mem.o: pe_CFLAGS := -O2 -fno-builtin

$(BUILD)/stub/$1/manifest-%.o: stub/pe/blank_manifest.S | requirements
	$$(call say,AS)
	$$(Q)$$($1_COMPILE) -DSTUB_CODEC=$$($$*_CODEC) -c $$< -o $$@

$$(CODEC_STUBS:%=$(BUILD)/stub/$1/%.elf): $(BUILD)/stub/$1/%.elf: stub/pe/pe_stub.lds \
		$(BUILD)/stub/$1/manifest-%.o \
		$$(addprefix $(BUILD)/target-$1/,$$(DECODERS) $$($1_STUB) $$(STUB_PLAIN) $$(FORMATS))
	$$(call pe_link,$1)

$$(CODEC_STUBS:%=$(BUILD)/stub/$1/%-uki.elf): $(BUILD)/stub/$1/%-uki.elf: stub/pe/pe_stub.lds \
		$(BUILD)/stub/$1/manifest-%.o \
		$$(addprefix $(BUILD)/target-$1/,$$(DECODERS) $$($1_STUB) $$(STUB_UKI) $$(FORMATS))
	$$(call pe_link,$1)

$(if $($1_SPLITS),$$(foreach archive,$$(PE_ARCHIVES),$$(eval $$(call pe_archive,$1,$$(archive)))) \
	$$(foreach codec,$$(filter-out none,$$(CODEC_STUBS)),\
		$$(eval $$(call pe_needs_archive,$1,$$(codec)))))
endef

# $(call pe_archive,MACHINE,ARCHIVE): the archive with split functions, in build/stub/MACHINE
define pe_archive
$(BUILD)/stub/$1/$2: $(SPLIT) | requirements
	$$(call say,SPLIT)
	$$(Q)$$(call pe_split,$1,$2)
endef

# $(call pe_needs_archive,MACHINE,CODEC)
define pe_needs_archive
$(BUILD)/stub/$1/$2.elf $(BUILD)/stub/$1/$2-uki.elf: $(BUILD)/stub/$1/$($2_LIB)
endef

# $(call pe_split,MACHINE,ARCHIVE)
define pe_split
rm -rf $@ $@.split && mkdir -p $@.split && cp $(call pe_library,$1,$2) $@.split/whole && \
	(cd $@.split && llvm-ar$($1_TOOLS) x whole) && \
	for object in $@.split/*.o; do \
		$(RUN) $(SPLIT) $$object $$object $($2_UNUSED) $($2_REPLACED) || exit; \
	done && \
	llvm-ar$($1_TOOLS) rcD $@ $@.split/*.o && rm -r $@.split
endef

# $(call pe_link,MACHINE)
define pe_link
	$(call say,LD)
	$(Q)ld.lld$($1_TOOLS) -m $($1_EMULATION) $(PE_LDFLAGS) \
		$(patsubst %,--defsym=%=linked_away,$(filter-out $($1_KEPT),$($*_AWAY)) \
			$(if $($1_SPLITS),$($($*_LIB)_UNUSED))) \
		--defsym=stub_decoder=bzb_decoder_$* \
		-T $(filter-out %.a $(addprefix $(BUILD)/target-$1/,$(DECODERS)),$^) \
		$(BUILD)/target-$1/decoders/$($*_DECODER).o \
		$(or $(filter %.a,$^),$(if $($*_LIB),$(call pe_library,$1,$($*_LIB)))) \
		-Map=$@.map -o $@.debug
	$(Q)llvm-objcopy$($1_TOOLS) --strip-all $@.debug $@
endef

$(SPLIT): $(SPLIT).o
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

$(foreach machine,$(PE_MACHINES),$(eval $(call pe_rules,$(machine))))
