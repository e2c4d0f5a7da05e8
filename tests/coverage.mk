# SPDX-License-Identifier: BSD-2-Clause
# Coverage; included by the top Makefile. make coverage runs the units and the tests of the command
# line on instrumented programs, and prints a table of lines and branches of the code that reads
# untrusted input; $(BUILD)/coverage/lines shows each line. COVERAGE_CLI= leaves out the command
# line.

COVERAGE_CC ?= clang
COVERAGE_SOURCES := $(patsubst %.o,%.c,$(FORMATS) $(DECODERS))
COVERAGE_FLAGS := -O1 -g -fprofile-instr-generate -fcoverage-mapping
# With a limit on the size of files, the counts could not be written either.
COVERAGE_CLI ?= $(filter-out tests/cli_pack_full_disk.t,$(wildcard tests/cli_*.t))

# Tests of other parts of the stub are left out: they do not use formats/.
COVERAGE_UNITS := $(filter-out t_embed_% t_setup_% t_stub_processors t_stub_initrd% t_stub_offer,\
	$(UNITS))
COVERAGE_PROGRAMS := $(COVERAGE_UNITS:%=$(BUILD)/coverage/tests/%) $(BUILD)/coverage/bzboot

$(BUILD)/coverage/%.o: %.c | requirements
	$(call say,CC)
	$(Q)$(COVERAGE_CC) $(COMMON) $(ALL_MACHINES) $(folder_CFLAGS) $(CPPFLAGS) $(COVERAGE_FLAGS) -c $< -o $@

$(BUILD)/coverage/tests/t_packer_fileio: $(addprefix $(BUILD)/coverage/,$(FILEIO_PARTS))
$(BUILD)/coverage/tests/t_packer_matches: $(addprefix $(BUILD)/coverage/,$(MATCHES_PARTS))
$(BUILD)/coverage/tests/t_packer_blocks: $(addprefix $(BUILD)/coverage/,$(BLOCKS_PARTS))
$(BUILD)/coverage/tests/t_packer_lz4: $(addprefix $(BUILD)/coverage/,$(LZ4_PARTS))
$(BUILD)/coverage/tests/t_packer_parts: $(addprefix $(BUILD)/coverage/,$(CUT_PARTS))
$(BUILD)/coverage/tests/t_packer_unit_table: $(addprefix $(BUILD)/coverage/,$(UNIT_TABLE_PARTS))

$(BUILD)/coverage/tests/t_%: $(BUILD)/coverage/tests/t_%.o $(BUILD)/host/tests/images.o \
		$(addprefix $(BUILD)/coverage/,$(UNIT_PARTS))
	$(call say,LD)
	$(Q)$(COVERAGE_CC) $(COVERAGE_FLAGS) $(LDFLAGS) $^ $(UNIT_LIBS) -o $@

$(BUILD)/coverage/bzboot: $(addprefix $(BUILD)/coverage/,$(PACKER) $(FORMATS) $(DECODERS)) \
		$(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(COVERAGE_CC) $(COVERAGE_FLAGS) $(LDFLAGS) $^ $(PACKER_LIBS) -o $@

.PHONY: coverage
coverage: all $(COVERAGE_PROGRAMS) | requirements
	@JOBS=$(JOBS) tests/coverage.sh "$(COVERAGE_SOURCES)" "$(COVERAGE_PROGRAMS)" "$(COVERAGE_CLI)"
