/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmstate names for target_ulong, which is 64 bits wide in this tree. */
#ifndef MIGRATION_CPU_H
#define MIGRATION_CPU_H

#include "migration/vmstate.h"

#define VMSTATE_UINTTL_V(_f, _s, _v) VMSTATE_UINT64_V(_f, _s, _v)
#define VMSTATE_UINTTL(_f, _s) VMSTATE_UINT64(_f, _s)
#define VMSTATE_UINTTL_EQUAL(_f, _s, _hint) VMSTATE_UINT64_EQUAL(_f, _s, _hint)
#define VMSTATE_UINTTL_ARRAY_V(_f, _s, _n, _v) VMSTATE_UINT64_ARRAY_V(_f, _s, _n, _v)
#define VMSTATE_UINTTL_ARRAY(_f, _s, _n) VMSTATE_UINT64_ARRAY(_f, _s, _n)
#define VMSTATE_UINTTL_SUB_ARRAY(_f, _s, _start, _n) VMSTATE_UINT64_SUB_ARRAY(_f, _s, _start, _n)
#define VMSTATE_UINTTL_TEST(_f, _s, _t) VMSTATE_UINT64_TEST(_f, _s, _t)
#define VMSTATE_UINTTL_2DARRAY(_f, _s, _n1, _n2) VMSTATE_UINT64_2DARRAY(_f, _s, _n1, _n2)

#endif
