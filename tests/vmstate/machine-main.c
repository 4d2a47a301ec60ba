/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one whole machine, from the command line; test_descriptions.py and test_golden.py run it.
 *
 *   vmstate-machine walk ARGS              every description of the machine and of every device type: checked, saved,
 *                                          loaded, saved again to the same bytes; cut at every byte
 *   vmstate-machine save OUT ARGS          its state as a stream
 *   vmstate-machine busy OUT ARGS          the same after drivers have started devices (exercise.h)
 *   vmstate-machine dump OUT ARGS          what -dump-vmstate writes
 *   vmstate-machine resave IN OUT ARGS     load a stream, save what came of it
 *   vmstate-machine shake SEED OUT ARGS    save with as many values changed as the devices accept
 *
 * Exit status 1 and one line per finding.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "migration/misc.h"
#include "migration/savevm.h"
#include "tests/vmstate/exercise.h"
#include "tests/vmstate/harness.h"

static int failures;

static void G_GNUC_PRINTF(2, 3) fail(const SaveStateEntry *se, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    printf("section '%s' instance %u: %s\n", se->idstr, se->instance_id, text);
    failures++;
}

/* ---- walk ---- */

static void check_class(ObjectClass *oc, void *opaque)
{
    const VMStateDescription *vmsd = DEVICE_CLASS(oc)->vmsd;
    unsigned *n = opaque;
    Error *err = NULL;

    if (vmsd && !vmstate_check(vmsd, &err)) {
        printf("device type '%s': %s\n", object_class_get_name(oc), error_get_pretty(err));
        error_free(err);
        failures++;
    }
    *n += vmsd != NULL;
}

static bool same(const GByteArray *a, const GByteArray *b)
{
    return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* Load @bytes where they came from, and save: nothing may have changed. */
static void check_round_trip(SaveStateEntry *se, const GByteArray *bytes)
{
    g_autoptr(GByteArray) again = NULL;
    Error *err = NULL;

    if (harness_load_entry(se, bytes->data, bytes->len, se->vmsd->version_id, &err)) {
        again = harness_save_entry(se, &err);
    }
    if (err) {
        fail(se, "own state is refused: %s", error_get_pretty(err));
        error_free(err);
    } else if (!same(bytes, again)) {
        guint at = 0;

        while (at < MIN(bytes->len, again->len) && bytes->data[at] == again->data[at]) {
            at++;
        }
        fail(se, "%u bytes saved, loaded and saved again are %u bytes that differ at offset %u", bytes->len, again->len,
             at);
    }
}

/* A message that names the field or check and the offset. */
static bool names_place(const char *msg)
{
    return g_str_has_prefix(msg, "at offset ") && strchr(msg, '\'');
}

/* The state cut after @len bytes must be refused; what was allocated on the way is freed (LeakSanitizer looks). */
static void check_cut(SaveStateEntry *se, const GByteArray *bytes, size_t len)
{
    /* A copy of its own, so that ASan sees reads past its end. */
    g_autofree uint8_t *copy = g_memdup2(bytes->data, len);
    Error *err = NULL;

    if (harness_load_entry(se, copy, len, se->vmsd->version_id, &err)) {
        fail(se, "accepted when cut from %u to %zu bytes", bytes->len, len);
    } else if (!err || !names_place(error_get_pretty(err))) {
        fail(se, "cut at %zu: the message does not name the place: %s", len, err ? error_get_pretty(err) : "none");
    }
    error_free(err);
}

/* A subsection seems to start here: what comes before it is a whole state too. */
static bool subsection_starts(const GByteArray *bytes, size_t at)
{
    size_t len = at + 2 < bytes->len && bytes->data[at] == 0x05 ? bytes->data[at + 1] : 0;

    if (len < 4 || at + 2 + len > bytes->len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!g_ascii_isgraph(bytes->data[at + 2 + i])) {
            return false;
        }
    }
    return true;
}

static void check_cuts(SaveStateEntry *se, const GByteArray *bytes)
{
    size_t step = MAX(bytes->len / 2000, 1);

    for (size_t len = 0; len < bytes->len; len += step) {
        if (!subsection_starts(bytes, len)) {
            check_cut(se, bytes, len);
        }
    }
}

static void walk(void)
{
    g_autoptr(GPtrArray) entries = harness_entries();
    unsigned classes = 0, bytes_total = 0;

    object_class_foreach(check_class, TYPE_DEVICE, true, &classes);
    global_state_store();
    for (guint i = 0; i < entries->len; i++) {
        SaveStateEntry *se = entries->pdata[i];
        g_autoptr(GByteArray) bytes = NULL;
        Error *err = NULL;

        if (!vmstate_check(se->vmsd, &err) || !(bytes = harness_save_entry(se, &err))) {
            fail(se, "%s", error_get_pretty(err));
            error_free(err);
            continue;
        }
        bytes_total += bytes->len;
        check_round_trip(se, bytes);
        check_cuts(se, bytes);
        /* Whatever the cuts left behind: a second try works. */
        check_round_trip(se, bytes);
        harness_reset();
    }
    printf("%u device types, %u sections, %u bytes\n", classes, entries->len, bytes_total);
}

/* ---- save, resave ---- */

static void write_file(const char *path, const GByteArray *bytes)
{
    g_autoptr(GError) err = NULL;

    if (!g_file_set_contents(path, (const char *)bytes->data, bytes->len, &err)) {
        printf("%s\n", err->message);
        failures++;
    }
}

static void save(const char *out)
{
    Error *err = NULL;
    g_autoptr(GByteArray) bytes = harness_save_stream(&err);

    if (bytes) {
        write_file(out, bytes);
    } else {
        printf("%s\n", error_get_pretty(err));
        error_free(err);
        failures++;
    }
}

static void dump(const char *out)
{
    FILE *f = fopen(out, "w");

    if (f) {
        dump_vmstate_json_to_file(f);
    } else {
        printf("%s: %s\n", out, strerror(errno));
        failures++;
    }
}

static void resave(const char *in, const char *out)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) gerr = NULL;
    Error *err = NULL;
    size_t len;

    if (!g_file_get_contents(in, &data, &len, &gerr)) {
        printf("%s\n", gerr->message);
        failures++;
    } else if (!harness_load_stream(data, len, &err)) {
        printf("%s: %s\n", in, error_get_pretty(err));
        error_free(err);
        failures++;
    } else {
        save(out);
    }
}

/* ---- shake ---- */

/* Change one byte at a time and keep what the device accepts and gives back unchanged. */
static void shake_entry(SaveStateEntry *se, GRand *rand)
{
    g_autoptr(GByteArray) good = harness_save_entry(se, &error_abort);

    for (guint i = 0; i < good->len; i++) {
        g_autoptr(GByteArray) next = g_byte_array_new();
        g_autoptr(GByteArray) again = NULL;

        if (good->len > 600 && g_rand_int_range(rand, 0, good->len / 300)) {
            continue;
        }
        g_byte_array_append(next, good->data, good->len);
        next->data[i] = g_rand_boolean(rand) ? 1 : g_rand_int_range(rand, 0, 256);
        if (harness_load_entry(se, next->data, next->len, se->vmsd->version_id, NULL)) {
            again = harness_save_entry(se, NULL);
        }
        if (again && same(next, again)) {
            good->data[i] = next->data[i];
        } else {
            harness_load_entry(se, good->data, good->len, se->vmsd->version_id, NULL);
        }
    }
}

static void shake(const char *seed, const char *out)
{
    g_autoptr(GPtrArray) entries = harness_entries();
    GRand *rand = g_rand_new_with_seed(strtoul(seed, NULL, 0));

    for (guint i = 0; i < entries->len; i++) {
        shake_entry(entries->pdata[i], rand);
    }
    g_rand_free(rand);
    save(out);
}

/* ---- seeds ---- */

/* The form is fuzz-device.c's. */
static void write_seed(const char *folder, SaveStateEntry *se, const char *kind)
{
    g_autoptr(GByteArray) state = harness_save_entry(se, &error_abort);
    g_autoptr(GByteArray) seed = g_byte_array_new();
    g_autofree char *file = g_strdup_printf("%s/%s-%s", folder, se->vmsd->name, kind);
    uint8_t flags = 0;

    g_byte_array_append(seed, (const uint8_t *)se->vmsd->name, strlen(se->vmsd->name) + 1);
    g_byte_array_append(seed, &flags, 1);
    g_byte_array_append(seed, state->data, state->len);
    write_file(file, seed);
}

static void seeds(const char *number, const char *folder)
{
    g_autoptr(GPtrArray) entries = harness_entries();
    GRand *rand = g_rand_new_with_seed(strtoul(number, NULL, 0));

    global_state_store();
    for (guint i = 0; i < entries->len; i++) {
        write_seed(folder, entries->pdata[i], "new");
    }
    exercise_machine();
    for (guint i = 0; i < entries->len; i++) {
        write_seed(folder, entries->pdata[i], "busy");
    }
    for (guint i = 0; i < entries->len; i++) {
        shake_entry(entries->pdata[i], rand);
        write_seed(folder, entries->pdata[i], "shaken");
    }
    g_rand_free(rand);
}

static void do_walk(char **files)
{
    walk();
}

static void do_save(char **files)
{
    save(files[0]);
}

static void do_busy(char **files)
{
    exercise_machine();
    save(files[0]);
}

static void do_dump(char **files)
{
    dump(files[0]);
}

static void do_resave(char **files)
{
    resave(files[0], files[1]);
}

static void do_shake(char **files)
{
    shake(files[0], files[1]);
}

static void do_seeds(char **files)
{
    seeds(files[0], files[1]);
}

static const struct {
    const char *name;
    int files;
    bool incoming;
    void (*fn)(char **files);
} modes[] = {
    { "walk", 0, true, do_walk }, { "save", 1, false, do_save }, { "busy", 1, false, do_busy }, { "dump", 1, false, do_dump },
    { "resave", 2, true, do_resave }, { "shake", 2, true, do_shake }, { "seeds", 2, false, do_seeds },
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        int args = 2 + modes[i].files;

        if (argc >= args && !strcmp(argv[1], modes[i].name)) {
            harness_start_argv(argc - args, argv + args, modes[i].incoming);
            modes[i].fn(argv + 2);
            harness_stop();
            return failures ? 1 : 0;
        }
    }
    fprintf(stderr, "usage: %s walk | save OUT | busy OUT | dump OUT | resave IN OUT | shake SEED OUT | seeds SEED FOLDER, then a "
            "machine's arguments\n", argv[0]);
    return 2;
}
