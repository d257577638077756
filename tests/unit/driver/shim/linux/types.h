/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the driver's pure files take from the kernel, for userspace. Stores that the kernel orders are told to the
 * model of the device, which is what makes the test: model.h.
 */
#ifndef DS_SHIM_TYPES_H
#define DS_SHIM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u16 __le16;
typedef u32 __le32;
typedef u64 __le64;

#ifndef likely
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

/* Hooks of the model: after a store that the device can see at once, at a barrier, before a load. */
void model_stored(const volatile void *at, size_t size);
void model_wmb(void);
void model_loaded(const volatile void *at, size_t size);
void model_rmb(void);

#define READ_ONCE(x)                                                                                                   \
	({                                                                                                             \
		model_loaded(&(x), sizeof(x));                                                                         \
		*(const volatile __typeof__(x) *)&(x);                                                                 \
	})
#define WRITE_ONCE(x, value)                                                                                           \
	do {                                                                                                           \
		*(volatile __typeof__(x) *)&(x) = (value);                                                             \
		model_stored(&(x), sizeof(x));                                                                         \
	} while (0)
#define dma_wmb() model_wmb()
#define dma_rmb() model_rmb()
#define smp_load_acquire(p)                                                                                            \
	({                                                                                                             \
		__typeof__(*(p)) loaded = *(const volatile __typeof__(*(p)) *)(p);                                     \
		loaded;                                                                                                \
	})
#define smp_store_release(p, value) (*(volatile __typeof__(*(p)) *)(p) = (value))

#define cpu_to_le16(x) ((__le16)(x))
#define cpu_to_le32(x) ((__le32)(x))
#define cpu_to_le64(x) ((__le64)(x))
#define le16_to_cpu(x) ((u16)(x))
#define le32_to_cpu(x) ((u32)(x))
#define le64_to_cpu(x) ((u64)(x))
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the model is written for little endian");

#define BIT(n)                 (1UL << (n))
#define ALIGN(x, a)            (((x) + (a)-1) / (a) * (a))
#define ALIGN_DOWN(x, a)       ((x) / (a) * (a))
#define min_t(type, a, b)      ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)      ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#ifndef static_assert
#define static_assert(expr, ...) _Static_assert(expr, #expr)
#endif

#endif
