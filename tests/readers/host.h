/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of <linux/...> that Linux's decompressors need, on the host. build.sh makes a header of
 * each such name that includes this one.
 */
#ifndef READERS_HOST_H
#define READERS_HOST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16, __le16;
typedef uint32_t u32, __u32, __le32;
typedef uint64_t u64, __u64, __le64;

/* linux/types.h, linux/compiler.h, linux/init.h, linux/module.h */
#define __init
#define __force
#define __packed __attribute__((packed))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __maybe_unused __attribute__((unused))
#define __attribute_const__ __attribute__((const))
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define MODULE_LICENSE(x)
#define MODULE_DESCRIPTION(x)

/* linux/kernel.h, linux/math64.h */
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define div_u64(a, b) ((a) / (b))
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#define IS_ENABLED(option) (option)
#define CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS 1

/* linux/swab.h, linux/unaligned.h: the host is little-endian */
#define __LITTLE_ENDIAN_BITFIELD
#define swab32 __builtin_bswap32
#define swab64 __builtin_bswap64
#define cpu_to_le32(x) (x)
#define le32_to_cpu(x) (x)
#define le32_to_cpup(p) (*(p))

#define get_unaligned(p) \
	({ const struct { __typeof__(*(p)) value; } __packed *at = (const void *)(p); at->value; })
#define put_unaligned(x, p) \
	({ struct { __typeof__(*(p)) value; } __packed *at = (void *)(p); at->value = (x); })
#define get_unaligned_le16(p) get_unaligned((const u16 *)(p))
#define get_unaligned_le32(p) get_unaligned((const u32 *)(p))
#define get_unaligned_le64(p) get_unaligned((const u64 *)(p))
#define put_unaligned_le16(x, p) put_unaligned((u16)(x), (u16 *)(p))
#define put_unaligned_le32(x, p) put_unaligned((u32)(x), (u32 *)(p))
#define put_unaligned_le64(x, p) put_unaligned((u64)(x), (u64 *)(p))

#endif
