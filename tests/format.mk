# SPDX-License-Identifier: BSD-2-Clause
# The layout of the C (.clang-format); included by the top Makefile. Versions of clang-format
# disagree with each other: Debian 12 and 13 both have this one.

FORMAT_VERSION := 19
CLANG_FORMAT ?= clang-format-$(FORMAT_VERSION)
FORMAT_FOLDERS := decoders examples formats include ovmf packer stub tests tools
FORMATTED = $(shell find $(FORMAT_FOLDERS) -name '*.[ch]')

.PHONY: format format-check format-tool
format: format-tool
	$(Q)$(CLANG_FORMAT) -i $(FORMATTED)

format-check: format-tool
	$(Q)$(CLANG_FORMAT) --dry-run --Werror $(FORMATTED) || { \
		echo "format-check: not as .clang-format says: run 'make format'" >&2; exit 1; }

# One line says that it is missing.
format-tool: | $(if $(GROUPS),deps)
	@$(CLANG_FORMAT) --version 2>&1 | grep -q 'version $(FORMAT_VERSION)\.' || { \
		echo "format: clang-format $(FORMAT_VERSION) is missing: install Debian's package" \
			"clang-format-$(FORMAT_VERSION), or name the program: CLANG_FORMAT=" >&2; \
		exit 1; }
