/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bare interpreter for unit tests; x86-int-harness.c. */
#ifndef X86_INT_HARNESS_H
#define X86_INT_HARNESS_H

#include "target/i386/tcg/codepages.h"
#include "target/i386/tcg/engine.h"

#define HF_LONG (HF_PE_MASK | HF_LMA_MASK | HF_CS64_MASK | HF_CS32_MASK | HF_SS32_MASK | HF_OSFXSR_MASK | HF_AVX_EN_MASK)

/* The exception of the last harness_step()/harness_run(), -1: none; and its error code. */
extern int harness_exception, harness_error;
extern unsigned harness_misses;     /* accesses outside all windows */

CPUX86State *harness_new(uint32_t hflags);
void harness_free(CPUX86State *env);
void harness_map(uint64_t base, void *host, uint64_t size);
/* One instruction: EXCP_DEBUG when it completed. */
int harness_step(CPUX86State *env);
/* Until an exception (UD2 will do): EXCP_INTERRUPT. */
int harness_run(CPUX86State *env);

#endif
