# SPDX-License-Identifier: BSD-2-Clause
# The tests; included by the top Makefile.

tests_CFLAGS := -Ipacker -Istub

# tests/t_*.c: each is linked with all of formats/ and the parts of the stub that are the same on
# the host, once plain and once with the sanitizers. Those that use neither the stub nor a library
# also run in 32 bits, like a 32-bit loader.
UNITS := $(patsubst tests/%.c,%,$(wildcard tests/t_*.c))
UNIT_PARTS := $(FORMATS) $(DECODERS) $(patsubst %,stub/%.o,options efi/load_options efi/utf16 \
	loader/loader_guest loader/loader_memory pe/pe_text x86/guest x86/paging \
	$(addprefix uki/,bitmap sha256 smbios uki_names uki_text))
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
	$(Q)$(host_link) $(SANITIZE32) -m32 $^ -o $@

# Units that need EFI's declarations, and parts of the stub that no other test can link.
$(BUILD)/tests/t_stub_processors: $(BUILD)/host/stub/efi/efi_processors.o
$(BUILD)/asan/tests/t_stub_processors: $(BUILD)/asan/stub/efi/efi_processors.o
INITRD_PARTS := stub/efi/efi_initrd.o stub/params.o
$(BUILD)/tests/t_stub_initrd: $(addprefix $(BUILD)/host/,$(INITRD_PARTS))
$(BUILD)/asan/tests/t_stub_initrd: $(addprefix $(BUILD)/asan/,$(INITRD_PARTS))
$(BUILD)/tests/t_stub_initrd_pe: $(BUILD)/host/stub/params.o
$(BUILD)/asan/tests/t_stub_initrd_pe: $(BUILD)/asan/stub/params.o
$(BUILD)/tests/t_stub_device_tree: $(BUILD)/host/stub/efi/efi_device_tree.o
$(BUILD)/asan/tests/t_stub_device_tree: $(BUILD)/asan/stub/efi/efi_device_tree.o
$(BUILD)/tests/t_stub_offer: $(BUILD)/host/stub/pe/offer.o
$(BUILD)/asan/tests/t_stub_offer: $(BUILD)/asan/stub/pe/offer.o
$(foreach d,host asan,$(patsubst %,$(BUILD)/$d/%.o,tests/t_stub_processors stub/efi/efi_processors \
	tests/t_stub_initrd stub/efi/efi_initrd tests/t_stub_initrd_pe tests/t_stub_offer \
	stub/pe/offer tests/t_stub_device_tree stub/efi/efi_device_tree)): object_CFLAGS := $(EFI_CFLAGS)

# Units that link parts of the packer.
FILEIO_PARTS := $(patsubst %,packer/io/%.o,alloc attributes blob diag fileio)
$(BUILD)/tests/t_packer_fileio: $(addprefix $(BUILD)/host/,$(FILEIO_PARTS))
$(BUILD)/asan/tests/t_packer_fileio: $(addprefix $(BUILD)/asan/,$(FILEIO_PARTS))
MATCHES_PARTS := $(patsubst %,packer/%.o,io/alloc io/blob io/diag payload/matches)
$(BUILD)/tests/t_packer_matches: $(addprefix $(BUILD)/host/,$(MATCHES_PARTS))
$(BUILD)/asan/tests/t_packer_matches: $(addprefix $(BUILD)/asan/,$(MATCHES_PARTS))
BLOCKS_PARTS := $(patsubst %,packer/%.o,io/alloc io/blob io/diag payload/zstd_blocks payload/zstd_codes payload/zstd_fewer)
$(BUILD)/tests/t_packer_blocks: $(addprefix $(BUILD)/host/,$(BLOCKS_PARTS))
$(BUILD)/asan/tests/t_packer_blocks: $(addprefix $(BUILD)/asan/,$(BLOCKS_PARTS))
LZ4_PARTS := $(patsubst %,packer/%.o,io/alloc io/blob io/diag \
	$(addprefix payload/,compress_lz4 lz4_rewrite matches meter parts payload_decompress threads))
$(BUILD)/tests/t_packer_lz4: $(addprefix $(BUILD)/host/,$(LZ4_PARTS))
$(BUILD)/asan/tests/t_packer_lz4: $(addprefix $(BUILD)/asan/,$(LZ4_PARTS))
CUT_PARTS := $(patsubst %,packer/%.o,io/alloc io/blob io/diag \
	$(addprefix payload/,compress_lzma compress_zstd matches meter payload_decompress parts threads \
	zstd_blocks zstd_codes zstd_fewer zstd_part))
$(BUILD)/tests/t_packer_parts: $(addprefix $(BUILD)/host/,$(CUT_PARTS))
$(BUILD)/asan/tests/t_packer_parts: $(addprefix $(BUILD)/asan/,$(CUT_PARTS))
UNIT_TABLE_PARTS := $(patsubst %,packer/%.o,io/alloc io/blob io/diag kernel/shuffle/unit_table)
$(BUILD)/tests/t_packer_unit_table: $(addprefix $(BUILD)/host/,$(UNIT_TABLE_PARTS))
$(BUILD)/asan/tests/t_packer_unit_table: $(addprefix $(BUILD)/asan/,$(UNIT_TABLE_PARTS))
CALLS_PARTS := $(patsubst %,packer/%.o,io/alloc io/array io/diag kernel/shuffle/shuffle_calls)
$(BUILD)/tests/t_packer_shuffle_calls: $(addprefix $(BUILD)/host/,$(CALLS_PARTS))
$(BUILD)/asan/tests/t_packer_shuffle_calls: $(addprefix $(BUILD)/asan/,$(CALLS_PARTS))
ARANGES_PARTS := $(patsubst %,packer/%.o,io/alloc io/array io/blob io/diag \
	$(addprefix kernel/dwarf/dwarf_,aranges bytes runs))
$(BUILD)/tests/t_packer_dwarf_aranges: $(addprefix $(BUILD)/host/,$(ARANGES_PARTS))
$(BUILD)/asan/tests/t_packer_dwarf_aranges: $(addprefix $(BUILD)/asan/,$(ARANGES_PARTS))
LINUX_PARTS := $(patsubst %,packer/%.o,io/alloc io/array io/blob io/diag \
	$(addprefix kernel/shuffle/linux_,edges kallsyms orc sections tables))
LINUX_UNITS := $(addprefix t_packer_linux_,kallsyms orc tables)
$(addprefix $(BUILD)/tests/,$(LINUX_UNITS)): $(addprefix $(BUILD)/host/,$(LINUX_PARTS))
$(addprefix $(BUILD)/asan/tests/,$(LINUX_UNITS)): $(addprefix $(BUILD)/asan/,$(LINUX_PARTS))

# Images of examples/kernel, by its own Makefile.
EXAMPLE_KERNELS := $(BUILD)/tests/example/built
$(EXAMPLE_KERNELS): $(BUILD)/bzboot examples/kernel/Makefile $(wildcard examples/kernel/*.[cS])
	$(call say,MAKE)
	$(Q)rm -f $(@D)/*.efi
	$(Q)MAKEFLAGS= $(MAKE_COMMAND) -s -C examples/kernel CC='$(TARGET_CC)' LD='$(TARGET_LD)' \
		O=$(abspath $(@D)) BZBOOT=$(abspath $<) >$@.log
	$(Q)touch $@

# Makes the files of tests/cli_hostile.t.
HOSTILE := $(BUILD)/tests/hostile
$(HOSTILE): $(BUILD)/host/tests/hostile.o $(addprefix $(BUILD)/host/,$(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

# Asks packer/install/trust.c, for tests/cli_trust.t.
ASK_TRUST := $(BUILD)/tests/ask_trust
$(ASK_TRUST): $(addprefix $(BUILD)/asan/,tests/ask_trust.o packer/install/trust.o $(FORMATS) \
		$(filter packer/io/% packer/input/% packer/sign/%,$(PACKER)))
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) $^ $(PACKER_LIBS) -o $@

# Says what packer/kernel/shuffle/ knows of Linux, for tests/all_linux_tables.t and tests/cli_shuffle_md.t.
LINUX_FACTS := $(BUILD)/tests/linux_facts
$(LINUX_FACTS): $(addprefix $(BUILD)/host/,tests/linux_facts.o $(LINUX_PARTS) packer/io/attributes.o \
		packer/io/fileio.o $(FORMATS))
	$(call say,LD)
	$(Q)$(host_link) $^ -o $@

# Relocates kernels by all distances, for tests/all_shuffle.t.
SLID_CALLS := $(BUILD)/tests/slid_calls
$(SLID_CALLS): $(addprefix $(BUILD)/host/,tests/slid_calls.o $(FORMATS) \
		$(filter packer/io/%,$(PACKER)) \
		$(filter packer/kernel/dwarf/%,$(PACKER)) packer/kernel/debug_section.o \
		$(filter-out packer/kernel/shuffle/shuffle_verify%,$(filter packer/kernel/shuffle/%,$(PACKER))))
	$(call say,LD)
	$(Q)$(host_link) $^ $(PACKER_LIBS) -o $@

include tests/kernel/rules.mk
include tests/direct/rules.mk
include tests/embed/rules.mk
include tests/efi/rules.mk
include tests/reloc/rules.mk
include tests/secure/rules.mk
include tests/shuffle/rules.mk
include tests/stub/rules.mk
include tests/fuzz.mk
include tests/coverage.mk
include tests/analyze.mk
include tests/format.mk

# Every test prints TAP; prove counts and prints the sum at the end. Two run at a time, because the
# smallest machine has two cores.
JOBS ?= 2
PROVE := prove -j$(JOBS) --exec tests/timed.sh
PROVE32 := prove -j$(JOBS) --exec 'tests/timed.sh tests/in_32_bits.sh'
MATRIX := tests/timed.sh tests/boot_matrix.t --jobs $(JOBS)
CODECS ?= turn
# tests/returns.t runs the other ones without the sanitizers.
UNIT_TESTS := $(patsubst %,$(BUILD)/tests/%,$(filter t_packer_% t_stub_%,$(UNITS))) \
	$(UNITS:%=$(BUILD)/asan/tests/%)
UNIT_TESTS32 := $(UNITS32:%=$(BUILD)/m32/tests/%)
export BUILD
export BZBOOT := $(BUILD)/bzboot

# For tests/all_debian13.t.
plain-programs: all $(RELOC_PROGRAMS) $(RELOC_KERNELS) \
		$(SHUFFLE_PROGRAM) $(SHUFFLE_KERNELS) $(HOSTILE) \
		$(ASK_TRUST) $(LINUX_FACTS) $(SLID_CALLS) $(COMPLETIONS) $(SPLIT)

test-programs: plain-programs $(UNITS:%=$(BUILD)/tests/%) $(BUILD)/asan/bzboot $(UNIT_TESTS) \
		$(UNIT_TESTS32) $(TEST_KERNEL) \
		$(TEST_KERNEL_RELOCS) $(DIRECT_LOADER) \
		$(EMBED_LOADERS) $(EFI_DRIVER) $(TRY_PROGRAM) $(TEST_STUBS) \
		$(EXAMPLE_KERNELS) \
		$(FUZZ_PROGRAMS) $(FUZZ_SEEDS)

# Those that need nothing but the build: debian/rules runs them.
check-units: $(UNITS:%=$(BUILD)/tests/%)
	prove -j$(JOBS) --exec '' $^

check: test-programs | requirements
	BZBOOT=$(BUILD)/asan/bzboot $(PROVE) $(UNIT_TESTS) tests/architecture.t tests/symbols.t tests/returns.t tests/fuzz.t \
		$(wildcard tests/cli_*.t)
	$(if $(UNIT_TESTS32),$(PROVE32) $(UNIT_TESTS32))
	$(PROVE) $(wildcard tests/boot_core_*.t)
	$(MATRIX) --cells core
	@tests/timed.sh

# Run before a release only; and the tests that do more with --all
RELEASE_TESTS := $(patsubst %,tests/%.t,all_arm64 boot_all_check_loaders boot_all_debuggers \
	boot_all_hibernate boot_all_shuffle_features boot_all_zboot_arm64)
MACHINE_TEST := tests/boot_all_machine.t
THOROUGH_TESTS = $(filter-out $(RELEASE_TESTS),$(shell grep -lF -e '= --all ]' $(wildcard tests/*.t)))

# The longest tests, first: at the end, one of them would leave a processor without work.
LONG_TESTS := $(patsubst %,tests/%.t,all_debian13 all_check boot_all_check boot_all_secure all_shuffle)

# The first run builds two kernels, which takes 15 minutes.
check-all: test-programs | requirements
	$(PROVE) $(LONG_TESTS) $(filter-out $(LONG_TESTS) $(RELEASE_TESTS) $(MACHINE_TEST), \
		$(wildcard tests/all_*.t tests/boot_all_*.t))
	$(MATRIX) --cells pairwise
	@tests/timed.sh

# Before a release: what check-all leaves out; every kernel; every loader with every kernel; updates
# in machines. They take two hours, one, three, and half an hour.
check-release: test-programs | requirements
	BZBOOT=$(BUILD)/asan/bzboot FIND_LEAKS=1 $(PROVE) $(wildcard tests/cli_*.t)
	$(PROVE) $(RELEASE_TESTS) $(THOROUGH_TESTS) :: --all

check-kernels: test-programs | requirements
	$(MATRIX) --loaders kernels --kernels supported

check-matrix: test-programs | requirements
	$(MATRIX) --loaders all --kernels all --codecs $(CODECS)

check-machine: test-programs | requirements
	tests/timed.sh $(MACHINE_TEST) --initramfs-tools
	tests/timed.sh $(MACHINE_TEST) --initramfs-tools --release bookworm
