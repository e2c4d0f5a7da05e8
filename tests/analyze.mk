# SPDX-License-Identifier: BSD-2-Clause
# Static analysis; included by the top Makefile. Every finding is an error.
#
# clang's analyser reads all of the C but the tests; gcc's, which finds fewer errors but follows
# pointers further, the sources that other programs link.

ANALYZE_CC ?= clang
ANALYZE_CHECKERS := core,unix,security,deadcode,nullability,optin.portability
# This check demands memcpy_s() and similar functions, which neither glibc nor firmware has.
ANALYZE_NOT := security.insecureAPI.DeprecatedOrUnsafeBufferHandling
ANALYZED := $(wildcard formats/*.c decoders/*.c packer/*/*.c packer/*/*/*.c stub/*.c stub/*/*.c stub/x86/setup/*.c)
ANALYZED_TWICE := $(wildcard formats/*.c decoders/*.c)

analyze_FLAGS = $(folder_CFLAGS)
$(BUILD)/analyze/clang/stub/%: analyze_FLAGS = $(stub_CFLAGS) $(EFI_CFLAGS) -ffreestanding -mgeneral-regs-only
$(BUILD)/analyze/clang/stub/pe/%: analyze_FLAGS += -DKERNEL_IS_APPLICATION=1
$(BUILD)/analyze/clang/stub/x86/setup/%: analyze_FLAGS = -m16 -march=i386 -ffreestanding

# $(call analyze_machine,MACHINE): by the compiler that builds its stubs
define analyze_machine
$(BUILD)/analyze/clang/stub/$1/%: ANALYZE_CC := clang$($1_TOOLS)
$(BUILD)/analyze/clang/stub/$1/%: analyze_FLAGS = $(stub_CFLAGS) -DKERNEL_IS_APPLICATION=1 \
	--target=$($1_TRIPLE) $($1_FLAGS) -ffreestanding -nostdlibinc
endef
$(foreach machine,$(PE_MACHINES),$(eval $(call analyze_machine,$(machine))))

$(BUILD)/analyze/clang/%: %.c | requirements
	$(call say,LINT)
	$(Q)$(ANALYZE_CC) $(COMMON) -MF $@.d $(analyze_FLAGS) $(CPPFLAGS) --analyze \
		--analyzer-output text -Xclang -analyzer-checker=$(ANALYZE_CHECKERS) \
		-Xclang -analyzer-disable-checker=$(ANALYZE_NOT) -Xclang -analyzer-werror $<
	$(Q)touch $@

$(BUILD)/analyze/gcc/%: %.c | requirements
	$(call say,LINT)
	$(Q)gcc $(COMMON) -MF $@.d $(folder_CFLAGS) $(CPPFLAGS) -O2 -fanalyzer -Werror -c $< -o $@

.PHONY: analyze
analyze: $(ANALYZED:%.c=$(BUILD)/analyze/clang/%) $(ANALYZED_TWICE:%.c=$(BUILD)/analyze/gcc/%)
