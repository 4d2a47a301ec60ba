/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the state of one description of a whole machine.
 *
 * Input: name of the description, NUL; a byte of flags (1: run the machine for a millisecond after a successful load; 2: the
 * oldest version the description reads instead of the newest); the contents of a section. Afterwards the device is as it was, so
 * that an input does the same whatever came before it.
 *
 * Holds: what is accepted can be saved; a refusal has a message that names the place.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "migration/savevm.h"
#include "tests/vmstate/fuzz.h"
#include "tests/vmstate/harness.h"
#include "tests/vmstate/mutate.h"

static GPtrArray *entries;
static GHashTable *devices;             /* set of DeviceState */
static GHashTable *pristine;            /* SaveStateEntry -> GByteArray: its state at the start */

static int note_device(Object *obj, void *opaque)
{
    if (object_dynamic_cast(obj, TYPE_DEVICE)) {
        g_hash_table_add(devices, obj);
    }
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *args = getenv("VMSTATE_FUZZ_ARGS");

    harness_start(args ? args : "-M q35", true);
    entries = harness_entries();
    devices = g_hash_table_new(NULL, NULL);
    object_child_foreach_recursive(object_get_root(), note_device, NULL);
    pristine = g_hash_table_new(NULL, NULL);
    global_state_store();
    for (guint i = 0; i < entries->len; i++) {
        g_hash_table_insert(pristine, entries->pdata[i], harness_save_entry(entries->pdata[i], &error_abort));
    }
    return 0;
}

/* The entry that the name says; any name says one. */
static SaveStateEntry *choose(const char *name)
{
    for (guint i = 0; i < entries->len; i++) {
        SaveStateEntry *se = entries->pdata[i];

        if (!strcmp(se->vmsd->name, name)) {
            return se;
        }
    }
    return entries->pdata[g_str_hash(name) % entries->len];
}

/* As the machine was at the start; all of it when other devices may have noticed. */
static void restore(SaveStateEntry *se, bool all)
{
    const GByteArray *bytes = g_hash_table_lookup(pristine, se);

    if (all) {
        harness_reset();
    } else if (g_hash_table_contains(devices, se->opaque)) {
        device_cold_reset(se->opaque);
    }
    if (!harness_load_entry(se, bytes->data, bytes->len, se->vmsd->version_id, NULL)) {
        fuzz_fail("'%s': its first state is refused now", se->idstr);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0, MIN(size, 256));
    SaveStateEntry *se;
    Error *err = NULL;
    bool run = false;
    size_t head;

    if (!end || (head = end + 2 - data) > size) {
        return 0;
    }
    se = choose((const char *)data);
    if (harness_load_entry(se, data + head, size - head,
                           end[1] & 2 ? se->vmsd->minimum_version_id : se->vmsd->version_id, &err)) {
        GByteArray *saved = harness_save_entry(se, &err);

        if (!saved) {
            fuzz_fail("'%s' was loaded but cannot be saved: %s", se->idstr, error_get_pretty(err));
        }
        g_byte_array_unref(saved);
        run = end[1] & 1;
        if (run) {
            harness_run();
        }
    } else if (!err || !g_str_has_prefix(error_get_pretty(err), "at offset ")) {
        fuzz_fail("'%s': refused without a place: %s", se->idstr, err ? error_get_pretty(err) : "no message");
    }
    fuzz_say(err);
    error_free(err);
    restore(se, run);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
    const uint8_t *end = memchr(data, 0, MIN(size, 256));
    size_t head = end ? end + 2 - data : 0;

    if (!end || head >= size || seed % 64 == 0) {
        return LLVMFuzzerMutate(data, size, max);
    }
    if (seed % 128 == 1) {         /* runs are slow */
        data[head - 1] = seed >> 8 & 3;
    }
    if (seed % 4 == 0) {
        return head + LLVMFuzzerMutate(data + head, size - head, max - head);
    }
    return head + mutate_payload(data + head, size - head, max - head, seed);
}
