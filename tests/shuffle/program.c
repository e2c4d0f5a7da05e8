/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program for Linux without a C library, whose functions can be shuffled as those of a kernel. It
 * calls them in all the ways that compilers have, and prints what they return.
 */
typedef unsigned long word;

#define NOINLINE __attribute__((noinline, noclone))

static word system_call(word number, word a, word b, word c)
{
	word result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

/* --- functions of which each has another result ------------------------------------- */

#define FUNCTION(n)                                                                               \
	NOINLINE static word f##n(word x)                                                         \
	{                                                                                         \
		return (x * (2 * n + 1)) ^ (n << 3);                                              \
	}
#define TEN(a)                                                                                    \
	FUNCTION(a##0) FUNCTION(a##1) FUNCTION(a##2) FUNCTION(a##3) FUNCTION(a##4)                \
	FUNCTION(a##5) FUNCTION(a##6) FUNCTION(a##7) FUNCTION(a##8) FUNCTION(a##9)
TEN(1)
TEN(2)
TEN(3)
TEN(4)

/* Absolute addresses of 8 bytes. */
#define NAMES(a) f##a##0, f##a##1, f##a##2, f##a##3, f##a##4, f##a##5, f##a##6, f##a##7, f##a##8, f##a##9
static word (*const pointers[])(word) = { NAMES(1), NAMES(2), NAMES(3), NAMES(4) };

/* Distances from an entry of a table to a function: only a table of Linux may have them. */
#define DISTANCE(f) "\t.long " #f " - .\n"
__asm__(".pushsection .rodata\n"
	"__initcall_start:\ndistances:\n" DISTANCE(f12) DISTANCE(f29)
		DISTANCE(f40) "__initcall_end:\n.popsection\n");
extern const int distances[3];

/* A jump table, whose entries are within the function. */
NOINLINE static word chosen(word x)
{
	switch (x) {
	case 0:
		return f10(x) + 1;
	case 1:
		return f21(x) + 2;
	case 2:
		return f32(x) + 3;
	case 3:
		return f43(x) + 4;
	case 4:
		return f11(x) + 5;
	case 5:
		return f22(x) + 6;
	case 6:
		return f33(x) * 7;
	default:
		return f44(x) * 8;
	}
}

/* Calls and tail calls in both directions. */
NOINLINE static word odd(word x);

NOINLINE static word even(word x)
{
	return x ? odd(x - 1) + f15(x) : 1;
}

NOINLINE static word odd(word x)
{
	return x ? even(x - 1) ^ f26(x) : 0;
}

/* A part that is rarely executed may be elsewhere. */
__attribute__((cold, noinline)) static word rare(word x)
{
	return f37(x) + f48(x);
}

/* Not static: a compiler of code for libraries takes its address from .got. */
NOINLINE word shared(word x)
{
	return f27(x) + 9;
}

NOINLINE static word sometimes(word x)
{
	static word (*volatile last)(word);

	if (__builtin_expect(x % 7 == 3, 0)) {
		last = rare;
		return rare(x);
	}
	last = x % 2 ? f17 : shared;
	return last(x);
}

/* An operand with a value behind it. */
static volatile unsigned int counter;

NOINLINE static word count(word x)
{
	counter += 0x12345678;
	if (counter == 0x12345678)
		return f18(x);
	return f19(x) + counter;
}

static void print(word value)
{
	char digits[17];

	for (int i = 15; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	digits[16] = '\n';
	system_call(1, 1, (word)digits, sizeof(digits));
}

/* --- a position-independent executable, which relocates itself ------------------------- */

#ifdef __pie__
struct rela {
	word offset, type, addend;
};

struct segment {
	unsigned int type, flags;
	word offset, address, others[4];
};

struct dynamic {
	word tag, value;
};

#define HIDDEN __attribute__((visibility("hidden")))
extern const char __ehdr_start[] HIDDEN;
extern const struct dynamic _DYNAMIC[] HIDDEN;

/* How far the program is from where it is linked */
static word find_slide(void)
{
	const struct segment *segment = (const void *)(__ehdr_start + 64);

	while (segment->type != 1 || segment->offset)
		segment++;
	return (word)__ehdr_start - segment->address;
}

static void relocate_words(const word *relr, word size, word slide)
{
	word *next = 0;

	for (word i = 0; i < size / sizeof(word); i++) {
		if (relr[i] % 2) {
			for (int bit = 1; bit < 64; bit++)
				if (relr[i] >> bit & 1)
					next[bit - 1] += slide;
			next += 63;
		} else {
			next = (word *)(relr[i] + slide);
			*next++ += slide;
		}
	}
}

static word value_of(word tag)
{
	const struct dynamic *entry = _DYNAMIC;

	while (entry->tag && entry->tag != tag)
		entry++;
	return entry->tag ? entry->value : 0;
}

enum { DT_RELA = 7, DT_RELASZ = 8, DT_RELRSZ = 35, DT_RELR = 36 };

/* Of DT_RELA, R_X86_64_RELATIVE only */
static void relocate(void)
{
	const word slide = find_slide();
	const struct rela *rela = (const void *)(value_of(DT_RELA) + slide);

	for (word i = 0; i < value_of(DT_RELASZ) / sizeof(*rela); i++)
		*(word *)(rela[i].offset + slide) = rela[i].addend + slide;
	relocate_words((const word *)(value_of(DT_RELR) + slide), value_of(DT_RELRSZ), slide);
}
#else
static void relocate(void)
{
}
#endif

/* --------------------------------------------------------------------------------------- */

__attribute__((used)) static void start(void)
{
	word sum = 0;

	relocate();
	for (word i = 0; i < 1000; i++) {
		sum = sum * 31 + pointers[i % 40](i);
		sum = sum * 31 + chosen(i % 8);
		sum = sum * 31 + even(i % 20);
		sum = sum * 31 + sometimes(i);
		sum = sum * 31 + count(i);
		for (int k = 0; k < 3; k++)
			sum = sum * 31 +
			      ((word(*)(word))((const char *)&distances[k] + distances[k]))(i);
	}
	print(sum);
	system_call(60, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tcall start\n\thlt\n");
