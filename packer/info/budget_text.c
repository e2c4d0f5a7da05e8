/* SPDX-License-Identifier: BSD-2-Clause */
#include "budget.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "estimates.h"
#include "size_text.h"

/* Columns of names, and of bytes */
#define NAME_WIDTH 34

static const unsigned int processors[] = ESTIMATE_PROCESSORS;

static uint64_t number(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void print_size(int indent, const char *name, uint64_t size)
{
	char rounded[SIZE_TEXT];

	size_text(size, rounded);
	printf("%*s%-*s %12" PRIu64 "  %10s", indent, "", NAME_WIDTH - indent, name, size, rounded);
}

static void print_line(int indent, const char *name, uint64_t size)
{
	print_size(indent, name, size);
	putchar('\n');
}

/* A member that is a size, if there is one */
static void print_member(int indent, const json_t *object, const char *member, const char *name)
{
	if (json_object_get(object, member))
		print_line(indent, name, number(object, member));
}

static void print_firmware(const json_t *budget)
{
	const json_t *firmware = json_object_get(budget, "firmware");

	if (!firmware)
		return;
	puts("\nRead by the firmware, bytes");
	print_member(2, firmware, "read", "the file");
	print_member(2, firmware, "hashed", "hashed: Secure Boot, TPM");
}

static void print_memory(const json_t *budget)
{
	const json_t *memory = json_object_get(budget, "memory"),
		     *efi = json_object_get(memory, "efi"),
		     *loader = json_object_get(memory, "loader"), *piece;
	size_t i;

	if (efi)
		puts("\nMemory under EFI until the kernel runs, on one processor");
	json_array_foreach(json_object_get(efi, "pieces"), i, piece)
		print_line(2, text(piece, "name"), number(piece, "size"));
	print_member(2, efi, "peak", "peak");
	if (efi && !json_object_get(efi, "peak"))
		puts("  peak: not known for this stub");
	if (loader)
		puts("\nMemory without EFI");
	print_member(2, loader, "real_mode", "setup, in low memory");
	print_member(2, loader, "set_aside", "set aside by the loader: init_size");
	print_member(2, loader, "peak", "peak");
	print_member(2, loader, "least", "least RAM, from address 0 on");
}

/* The cost on some processors: with more, it is that on the most that have something to do. */
static const json_t *cost_on(const json_t *estimates, unsigned int count)
{
	const json_t *cost, *ret = NULL;
	size_t i;

	json_array_foreach(estimates, i, cost)
		if (number(cost, "processors") <= count)
			ret = cost;
	return ret;
}

static void print_costs(const json_t *estimates, const char *member, double unit)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(processors); i++) {
		const json_t *cost = cost_on(estimates, processors[i]);

		if (json_object_get(cost, member))
			printf(" %6.1f", (double)number(cost, member) / unit);
		else
			printf(" %6s", "-");
	}
}

static void print_codec(const char *packed, const json_t *object)
{
	const json_t *estimates = json_object_get(object, "estimates");

	printf("  %-9s %-4s %5" PRIu64, packed, text(object, "codec"), number(object, "parts"));
	print_costs(estimates, "instructions", 1e6);
	putchar(' ');
	print_costs(estimates, "microseconds", 1e3);
	putchar('\n');
}

static void print_processors(void)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(processors); i++)
		printf(" %6u", processors[i]);
}

static void print_estimates(const json_t *object)
{
	const json_t *codec;
	size_t i;

	puts("  estimated (bzboot-info(1)) of the busiest of 1, 2, 4 and 8 processors:\n"
	     "  instructions from the stub's entry to the kernel's, CPU time to decompress,\n"
	     "  check and move, without stub and firmware");
	printf("  %20s %28s %28s\n  %-14s %5s", "", "million instructions", "ms", "packed",
	       "parts");
	print_processors();
	putchar(' ');
	print_processors();
	putchar('\n');
	print_codec("as it is", object);
	json_array_foreach(json_object_get(object, "packed"), i, codec)
		print_codec("by bzboot", codec);
}

static void print_decompression(const json_t *budget)
{
	const json_t *object = json_object_get(budget, "decompression");
	const uint64_t parts = number(object, "parts");

	if (!object)
		return;
	printf("\nDecompression: %s, %" PRIu64 " part%s\n", text(object, "codec"), parts,
	       parts == 1 ? "" : "s");
	print_member(2, object, "compressed_size", "compressed");
	print_member(2, object, "size", "decompressed");
	if (json_object_get(object, "estimates") || json_object_get(object, "packed"))
		print_estimates(object);
}

static void print_measurements(const json_t *budget)
{
	const json_t *phase, *phases = json_object_get(budget, "pcr_11");
	size_t i;

	if (!json_object_get(budget, "pcr_4_event"))
		return;
	printf("\nMeasured boot, SHA-256\n  PCR 4, the event of the image\n    %s\n",
	       text(budget, "pcr_4_event"));
	json_array_foreach(phases, i, phase)
		printf("  PCR 11 after %s\n    %s\n", text(phase, "phase"), text(phase, "sha256"));
}

static void print_share(int indent, const char *name, uint64_t size, uint64_t all)
{
	print_size(indent, name, size);
	printf("  %5.1f %%\n", all ? 100.0 * (double)size / (double)all : 0.0);
}

static void print_payload(const json_t *budget, uint64_t all)
{
	const json_t *share;
	size_t i;

	json_array_foreach(json_object_get(budget, "payload"), i, share) {
		const bool is_exact = json_object_get(share, "compressed_size");

		print_share(4, text(share, "kind"),
			    number(share, is_exact ? "compressed_size" : "estimated_size"), all);
	}
}

static bool is_estimated(const json_t *budget)
{
	const json_t *share = json_array_get(json_object_get(budget, "payload"), 0);

	return json_object_get(share, "estimated_size");
}

static void print_sizes(const json_t *budget)
{
	const json_t *sizes = json_object_get(budget, "sizes"), *size;
	uint64_t all = 0;
	size_t i;

	if (!json_array_size(sizes))
		return;
	json_array_foreach(sizes, i, size)
		all += number(size, "size");
	printf("\nSize by content%s\n",
	       is_estimated(budget) ? "; shares of the payload are estimated" : "");
	json_array_foreach(sizes, i, size) {
		print_share(2, text(size, "kind"), number(size, "size"), all);
		if (!strcmp(text(size, "kind"), "payload"))
			print_payload(budget, all);
	}
	print_share(2, "all", all, all);
}

static void print_summary(const json_t *tree)
{
	const json_t *kinds = json_object_get(tree, "kinds"), *kind;
	char rounded[SIZE_TEXT];
	size_t i;

	size_text(number(tree, "size"), rounded);
	printf("%" PRIu64 " bytes, %s", number(tree, "size"), rounded);
	json_array_foreach(kinds, i, kind)
		printf("%s%s", i ? ", " : ": ", json_string_value(kind));
	putchar('\n');
	if (json_object_get(tree, "compressed"))
		puts("decompressed: the file is compressed as a whole");
}

static void print_errors(const json_t *tree)
{
	const json_t *error;
	size_t i;

	json_array_foreach(json_object_get(tree, "errors"), i, error)
		printf("%serror: %s\n", i ? "" : "\n", json_string_value(error));
}

void budget_print(const json_t *tree)
{
	const json_t *budget = json_object_get(tree, "budget");

	print_summary(tree);
	print_firmware(budget);
	print_memory(budget);
	print_decompression(budget);
	print_measurements(budget);
	print_sizes(budget);
	print_errors(tree);
}
