/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target of this folder is: three functions of libFuzzer's, so that the same file links against libFuzzer
 * (clang, configure --enable-fuzzing) and against replay-main.c (any compiler), which replays inputs and mutates too.
 *
 * The machine of the targets that have one is what the environment variable VMSTATE_FUZZ_ARGS says (harness_start()).
 */
#ifndef TESTS_VMSTATE_FUZZ_H
#define TESTS_VMSTATE_FUZZ_H

#include "qemu/osdep.h"
#include "qapi/error.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
/* The fuzzer's own byte mutations. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* A rule is broken. Not g_error(), which ends in a signal that libFuzzer does not catch. */
#define fuzz_fail(...) do {              \
        fprintf(stderr, __VA_ARGS__);    \
        fputc('\n', stderr);             \
        abort();                         \
    } while (0)

/* With VMSTATE_FUZZ_SAY in the environment: what became of an input. */
static inline void fuzz_say(const Error *err)
{
    if (getenv("VMSTATE_FUZZ_SAY")) {
        printf("%s\n", err ? error_get_pretty(err) : "accepted");
    }
}

#endif
