# SPDX-License-Identifier: BSD-2-Clause
# The program; included by the top Makefile.

packer_CFLAGS := -D_GNU_SOURCE -Ipacker

PACKER := $(patsubst %.c,%.o,$(wildcard packer/*/*.c packer/*/*/*.c))
PACKER_LIBS := -lzstd -llzma -lz -llz4 -ljansson -lcrypto -lZydis -lm

$(BUILD)/stubs.o: packer/image/stubs.S $(STUB_FILES)
	$(call say,AS)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(addprefix -DSTUBS_,$(subst -,_,$(STUBS))) \
		-Wa,-I,$(BUILD)/stub -c $< -o $@

# Images that are packed again, and those just made, are read with the stubs' decoders.
$(BUILD)/bzboot: $(addprefix $(BUILD)/host/,$(DECODERS))
$(BUILD)/asan/bzboot: $(addprefix $(BUILD)/asan/,$(DECODERS))

$(BUILD)/bzboot: $(addprefix $(BUILD)/host/,$(PACKER) $(FORMATS)) $(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(host_link) $^ $(PACKER_LIBS) -o $@

# The tests start it thousands of times: moving it to another address would write all of its data.
$(BUILD)/asan/bzboot: $(addprefix $(BUILD)/asan/,$(PACKER) $(FORMATS)) $(BUILD)/stubs.o
	$(call say,LD)
	$(Q)$(host_link) $(SANITIZE) -no-pie $^ $(PACKER_LIBS) -o $@

# The completions of the shells: the table of all options in a script for each (packer/cli/completion.h).
# RUN is a command that runs programs of the host, if the machine that builds is another one.
RUN ?=
COMPLETION := $(BUILD)/completion
COMPLETIONS := $(addprefix $(COMPLETION)/,bzboot _bzboot bzboot.fish)
add_table = sed -e '/^@TABLE@$$/{r $(COMPLETION)/table$1' -e 'd;}'

$(COMPLETION)/table: $(BUILD)/bzboot
	$(call say,RUN)
	$(Q)$(RUN) $< completion >$@

$(COMPLETION)/table.fish: $(COMPLETION)/table
	$(Q)sed "s/'/\\\\'/g" $< >$@

$(COMPLETION)/bzboot: packer/cli/completion.bash $(COMPLETION)/table
	$(call say,SED)
	$(Q)$(call add_table) $< >$@

$(COMPLETION)/_bzboot: packer/cli/completion.zsh $(COMPLETION)/table
	$(call say,SED)
	$(Q)$(call add_table) $< >$@

$(COMPLETION)/bzboot.fish: packer/cli/completion.fish $(COMPLETION)/table.fish
	$(call say,SED)
	$(Q)$(call add_table,.fish) $< >$@
