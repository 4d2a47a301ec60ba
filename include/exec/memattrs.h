/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What travels with a bus transaction beside address and data, and how the transaction ended. */
#ifndef EXEC_MEMATTRS_H
#define EXEC_MEMATTRS_H

#include "qemu/osdep.h"

typedef struct MemTxAttrs {
    unsigned int unspecified : 1;    /* nothing below was set by the issuer */
    unsigned int secure : 1;         /* x86: issued from system management mode */
    unsigned int user : 1;
    unsigned int memory : 1;         /* must end in RAM or ROM, never in a device */
    unsigned int debug : 1;          /* from a debugger: may write ROM, has no side effects asked for */
    unsigned int requester_id : 16;  /* PCI: bus << 8 | devfn */
} MemTxAttrs;

#define MEMTXATTRS_UNSPECIFIED ((MemTxAttrs) { .unspecified = 1 })

/* Several results of one split access are or-ed together. */
typedef uint32_t MemTxResult;
#define MEMTX_OK 0
#define MEMTX_ERROR (1U << 0)         /* the device answered with an error */
#define MEMTX_DECODE_ERROR (1U << 1)  /* nothing lives at that address, or not for that size */
#define MEMTX_ACCESS_ERROR (1U << 2)  /* refused by the core: attributes or re-entrancy */

#endif
