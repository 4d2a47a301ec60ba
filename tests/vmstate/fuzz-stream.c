/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a whole stream into a whole machine.
 *
 * Input: the stream. The machine is reset first. After a success it runs for a millisecond of guest time and is saved.
 */
#include "qemu/osdep.h"
#include "tests/vmstate/fuzz.h"
#include "tests/vmstate/harness.h"
#include "tests/vmstate/mutate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *args = getenv("VMSTATE_FUZZ_ARGS");

    harness_start(args ? args : "-M q35 -m 1", true);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error *err = NULL;

    harness_reset();
    if (harness_load_stream(data, size, &err)) {
        GByteArray *saved = harness_save_stream(&err);

        if (!saved) {
            fuzz_fail("a machine was loaded but cannot be saved: %s", error_get_pretty(err));
        }
        g_byte_array_unref(saved);
        harness_run();
    } else if (!err) {
        fuzz_fail("refused without a message");
    }
    fuzz_say(err);
    error_free(err);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
    return seed % 16 == 0 ? LLVMFuzzerMutate(data, size, max) : mutate_stream(data, size, max, seed);
}
