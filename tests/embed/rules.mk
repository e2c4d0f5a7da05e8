# SPDX-License-Identifier: BSD-2-Clause
# A boot loader that uses the library; included by the top Makefile. It contains no stub code, but
# the installed library, the decoders, the page of code in docs/embedding.md, and the sources here.

EMBED_LOADERS := $(BUILD)/tests/embed/multiboot.elf $(BUILD)/tests/embed/pvh.elf
EMBED_OBJS := $(patsubst %,$(BUILD)/tests/embed/%.o,entry main multiboot pvh told machine mem \
		boot enter) \
	$(addprefix $(BUILD)/target/,$(DECODERS) $(NO_MALLOC)) $(BUILD)/libbzboot.a
EMBED_LIBS := libzstd.a liblzma.a libz.a liblz4.a

EMBED_CFLAGS := -O2 -ffreestanding -fno-pic -mno-red-zone -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables

# The page: blocks of code by language and number.
EMBED_PAGE := $(addprefix $(BUILD)/tests/embed/,boot.h boot.c enter.S)
$(BUILD)/tests/embed/boot.h: embed_block := c 1
$(BUILD)/tests/embed/boot.c: embed_block := c 2
$(BUILD)/tests/embed/enter.S: embed_block := asm 1
$(EMBED_PAGE): docs/embedding.md tests/embed/block.sh | requirements
	$(call say,PAGE)
	$(Q)tests/embed/block.sh $(embed_block) >$@

$(BUILD)/tests/embed/boot.o $(BUILD)/tests/embed/main.o: $(BUILD)/tests/embed/boot.h
$(BUILD)/tests/embed/main.o: EMBED_CFLAGS += -I$(BUILD)/tests/embed

$(BUILD)/tests/embed/boot.o: $(BUILD)/tests/embed/boot.c
	$(call say,CC)
	$(Q)$(target_compile) $(EMBED_CFLAGS) -c $< -o $@

$(BUILD)/tests/embed/enter.o: $(BUILD)/tests/embed/enter.S
	$(call say,AS)
	$(Q)$(target_compile) -c $< -o $@

$(BUILD)/tests/embed/%.o: tests/embed/%.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(EMBED_CFLAGS) -c $< -o $@

$(BUILD)/tests/embed/mem.o: tests/direct/mem.c | requirements
	$(call say,CC)
	$(Q)$(target_compile) $(EMBED_CFLAGS) -c $< -o $@

$(BUILD)/tests/embed/%.o: tests/embed/%.S | requirements
	$(call say,AS)
	$(Q)$(target_compile) -c $< -o $@

# A loop that copies bytes must not become a call of the function that contains it.
$(BUILD)/tests/embed/machine.o $(BUILD)/tests/embed/mem.o: EMBED_CFLAGS += -fno-builtin

$(BUILD)/tests/embed/loader.elf: tests/embed/embed.lds $(EMBED_OBJS)
	$(call say,LD)
	$(Q)$(TARGET_LD) -static -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments \
		--build-id=none --gc-sections -T $^ \
		$(foreach lib,$(EMBED_LIBS),$(call target_lib,$(lib))) -o $@

# Two files: QEMU searches for Multiboot 1 first, which it accepts only in 32-bit ELF files,
# whatever their code; PVH allows both, but many of its loaders accept only 64-bit ones.
$(BUILD)/tests/embed/multiboot.elf: $(BUILD)/tests/embed/loader.elf
	$(call say,COPY)
	$(Q)$(TARGET_OBJCOPY) -O elf32-i386 $< $@

$(BUILD)/tests/embed/pvh.elf: $(BUILD)/tests/embed/loader.elf
	$(call say,COPY)
	$(Q)$(TARGET_OBJCOPY) -R .multiboot1 $< $@

# Its unit, in a process.
$(BUILD)/tests/t_embed_pvh: $(patsubst %,$(BUILD)/host/tests/embed/%.o,pvh told)
$(BUILD)/asan/tests/t_embed_pvh: $(patsubst %,$(BUILD)/asan/tests/embed/%.o,pvh told)
