/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See harness.h. */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "system/cpus.h"
#include "system/qtest.h"
#include "system/runstate.h"
#include "system/startup/startup.h"
#include "migration/qemu-file.h"
#include "migration/savevm.h"
#include "tests/vmstate/harness.h"

#define DISK_SIZE (64 << 10)

static Startup startup;
static bool waits_for_stream;
static GPtrArray *arguments;        /* the options keep pointers into them for as long as the machine lives */

/* An argument with "@disk@" replaced by the name of an image of zeroes, which is added to @disks. */
static char *expand(const char *arg, GPtrArray *disks)
{
    const char *at = strstr(arg, "@disk@");
    char *disk;
    int fd;

    if (!at) {
        return g_strdup(arg);
    }
    fd = g_file_open_tmp("vmstate-XXXXXX", &disk, NULL);
    if (fd < 0 || ftruncate(fd, DISK_SIZE) < 0) {
        g_error("no temporary file: %s", strerror(errno));
    }
    close(fd);
    g_ptr_array_add(disks, disk);
    return g_strdup_printf("%.*s%s%s", (int)(at - arg), arg, disk, at + strlen("@disk@"));
}

/* The machine has its images open, or start-up has failed. */
static GPtrArray *images;

static void forget_images(void)
{
    for (guint i = 0; images && i < images->len; i++) {
        unlink(images->pdata[i]);
    }
    g_clear_pointer(&images, g_ptr_array_unref);
}

void harness_start_argv(int argc, char **argv, bool incoming)
{
    /* The guest's clocks stand still, so that a state is the same whenever it is saved. */
    static const char *const head[] = { "vmstate-test", "-accel", "qtest", "-display", "none", "-S", "-nodefaults", "-rtc",
                                        "base=2026-01-01,clock=vm" };
    GPtrArray *all = arguments = g_ptr_array_new_with_free_func(g_free);

    images = g_ptr_array_new_with_free_func(g_free);
    atexit(forget_images);
    for (unsigned i = 0; i < ARRAY_SIZE(head); i++) {
        g_ptr_array_add(all, g_strdup(head[i]));
    }
    if (incoming) {
        g_ptr_array_add(all, g_strdup("-incoming"));
        g_ptr_array_add(all, g_strdup("defer"));
    }
    for (int i = 0; i < argc; i++) {
        g_ptr_array_add(all, expand(argv[i], images));
    }
    g_ptr_array_add(all, NULL);
    waits_for_stream = incoming;
    startup_bring_up(&startup, all->len - 1, (char **)all->pdata);
    forget_images();
}

void harness_start(const char *args, bool incoming)
{
    g_auto(GStrv) argv = NULL;
    int argc = 0;
    GError *err = NULL;

    if (!g_shell_parse_argv(args, &argc, &argv, &err)) {
        g_error("'%s': %s", args, err->message);
    }
    harness_start_argv(argc, argv, incoming);
}

void harness_stop(void)
{
    startup_take_down(&startup);
    g_clear_pointer(&arguments, g_ptr_array_unref);
}

static void wait_for_stream(void)
{
    if (waits_for_stream && !runstate_check(RUN_STATE_INMIGRATE)) {
        if (!runstate_check(RUN_STATE_PRELAUNCH)) {
            vm_stop(RUN_STATE_PAUSED);
            runstate_set(RUN_STATE_PAUSED);
            runstate_set(RUN_STATE_PRELAUNCH);
        }
        runstate_set(RUN_STATE_INMIGRATE);
    }
}

void harness_reset(void)
{
    wait_for_stream();
    qemu_system_reset(SHUTDOWN_CAUSE_NONE);
}

void harness_run(void)
{
    int64_t end = qtest_get_virtual_clock() + SCALE_MS;

    vm_start();
    /* A timer may be due every nanosecond: then it is a shorter one. */
    for (int i = 0; i < 10 && qtest_get_virtual_clock() < end; i++) {
        int64_t deadline = qemu_clock_deadline_ns_all(QEMU_CLOCK_VIRTUAL), left = end - qtest_get_virtual_clock();

        main_loop_wait(true);
        qtest_clock_warp(qtest_get_virtual_clock() + (deadline < 0 ? left : MIN(MAX(deadline, 1), left)));
    }
    main_loop_wait(true);
    wait_for_stream();
}

GPtrArray *harness_entries(void)
{
    GPtrArray *list = g_ptr_array_new();
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        if (se->vmsd) {
            g_ptr_array_add(list, se);
        }
    }
    return list;
}

static GByteArray *take_bytes(QEMUFile *f)
{
    GByteArray *out = g_byte_array_new();
    size_t len;
    const uint8_t *p = qemu_file_get_mem(f, &len);

    g_byte_array_append(out, p, len);
    qemu_fclose(f);
    return out;
}

GByteArray *harness_save_entry(SaveStateEntry *se, Error **errp)
{
    QEMUFile *f = qemu_file_new_output_mem();

    if (vmstate_save_state(f, se->vmsd, se->opaque, NULL, errp) < 0) {
        qemu_fclose(f);
        return NULL;
    }
    return take_bytes(f);
}

bool harness_load_entry(SaveStateEntry *se, const void *data, size_t len, int version, Error **errp)
{
    QEMUFile *f = qemu_file_new_input_mem(data, len);
    bool ok = vmstate_load_state(f, se->vmsd, se->opaque, version, errp) >= 0;

    if (ok && qemu_file_transferred(f) != len) {
        error_setg(errp, "at offset %" PRIu64 ": '%s' left %zu bytes", qemu_file_transferred(f), se->idstr,
                   len - (size_t)qemu_file_transferred(f));
        ok = false;
    }
    qemu_fclose(f);
    return ok;
}

static bool save_all(QEMUFile *f, Error **errp)
{
    int ret;

    qemu_savevm_state_header(f);
    bql_unlock();
    ret = qemu_savevm_state_setup(f, errp);
    bql_lock();
    if (ret >= 0) {
        ret = qemu_savevm_state_complete_iterable(f, errp);
    }
    if (ret >= 0) {
        ret = qemu_savevm_state_complete_devices(f, NULL, NULL, errp);
    }
    qemu_savevm_state_cleanup();
    return ret >= 0;
}

GByteArray *harness_save_stream(Error **errp)
{
    QEMUFile *f = qemu_file_new_output_mem();

    global_state_store();
    if (!save_all(f, errp)) {
        qemu_fclose(f);
        return NULL;
    }
    return take_bytes(f);
}

static bool accept_open(void *opaque, Error **errp)
{
    return true;
}

static bool accept_ping(void *opaque, uint32_t value, Error **errp)
{
    return true;
}

bool harness_load_stream(const void *data, size_t len, Error **errp)
{
    static const LoadCallbacks callbacks = { accept_open, accept_ping };
    QEMUFile *f = qemu_file_new_input_mem(data, len);
    int ret;

    bql_unlock();
    ret = qemu_loadvm_state(f, &callbacks, NULL, errp);
    bql_lock();
    qemu_fclose(f);
    return ret >= 0;
}
