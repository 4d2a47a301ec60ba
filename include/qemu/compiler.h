/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the compiler offers beyond C: branch hints, attributes, and container_of. */
#ifndef QEMU_COMPILER_H
#define QEMU_COMPILER_H

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#ifndef container_of
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#endif

#define QEMU_PACKED __attribute__((packed))
#define QEMU_ALIGNED(n) __attribute__((aligned(n)))
#define QEMU_NORETURN __attribute__((noreturn))
#define QEMU_WARN_UNUSED_RESULT __attribute__((warn_unused_result))
#define QEMU_ALWAYS_INLINE inline __attribute__((always_inline))
#define QEMU_BUILD_BUG_ON(x) _Static_assert(!(x), "not expecting: " #x)
#define QEMU_BUILD_BUG_MSG(x, msg) _Static_assert(!(x), msg)

#define xglue(a, b) a##b
#define glue(a, b) xglue(a, b)
#define stringify_(x) #x
#define stringify(x) stringify_(x)

#define sizeof_field(type, field) sizeof(((type *)0)->field)
#define typeof_field(type, field) typeof(((type *)0)->field)

/* A pointer to a field of known type: fails to compile when the field's type differs. */
#define type_check(t1, t2) (sizeof(char[__builtin_types_compatible_p(t1, t2) ? 1 : -1]) - 1)

#endif
