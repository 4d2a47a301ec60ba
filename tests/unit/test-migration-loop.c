/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole migration between two processes, without a machine: this program is the source and starts itself as the
 * destination. The guest is a thread that writes to RAM while the run state says running. Rules C2, C5, C6, C14 and
 * invariants M3-M6 of migration/migration.h.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "block/block.h"
#include "qapi/qapi-commands-migration.h"
#include "system/address-spaces.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/qdev-monitor.h"
#include "system/ram_addr.h"
#include "system/runstate.h"
#include "migration/migration.h"
#include "migration/misc.h"
#include "migration/savevm.h"
#include "tests/unit/memory-test-common.h"
#include <sys/prctl.h>
#include <sys/wait.h>

/* ---- The emulator around it ---- */

bool only_migratable;
bool autostart = true;
bool (*hotplug_forbidden_hook)(void);
bool (*cont_hook)(Error **errp);
static int run_state = RUN_STATE_RUNNING;

void migration_hmp_init(void)
{
}

const char *runstate_name(RunState state)
{
    return RunState_str(state);
}

RunState runstate_get(void)
{
    return qatomic_read(&run_state);
}

bool runstate_check(RunState state)
{
    return runstate_get() == state;
}

void runstate_set(RunState state)
{
    qatomic_set(&run_state, state);
}

bool runstate_is_live(RunState state)
{
    return state == RUN_STATE_RUNNING || state == RUN_STATE_SUSPENDED;
}

static QemuMutex guest_lock;        /* held by the guest while it executes */

void vm_start(void)
{
    runstate_set(RUN_STATE_RUNNING);
}

int vm_stop_force_state(RunState state)
{
    runstate_set(state);
    qemu_mutex_lock(&guest_lock);
    qemu_mutex_unlock(&guest_lock);
    return 0;
}

bool bdrv_activate_all(Error **errp)
{
    return true;
}

bool bdrv_inactivate_all(Error **errp)
{
    return true;
}

void cpu_synchronize_all_states(void)
{
}

void cpu_synchronize_all_pre_loadvm(void)
{
}

void cpu_synchronize_all_post_init(void)
{
}

/* ---- The machine and its guest ---- */

#define RAM_SIZE (32ull << 20)
#define PAGES (RAM_SIZE / TARGET_PAGE_SIZE)

static MemoryRegion ram;
static uint32_t dev_reg;
static bool guest_quit;
static unsigned guest_pages = 64;   /* how much it keeps writing to */

static bool dev_refuses(void *opaque, int version_id, Error **errp)
{
    if (dev_reg == 0xbad) {
        error_setg(errp, "register is bad");
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_loop_dev = {
    .name = "loopdev", .post_load_errp = dev_refuses,
    .fields = (const VMStateField[]) {
        { .name = "reg", .flags = VMS_SINGLE, .size = 4, .info = &vmstate_info_uint32 }, VMSTATE_END_OF_LIST()
    },
};

static void machine_init(void)
{
    memory_region_init_ram(&ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    migration_object_init();
    vmstate_register(NULL, 0, &vmstate_loop_dev, &dev_reg);
    qemu_mutex_init(&guest_lock);
}

static uint8_t *ram_ptr(void)
{
    return memory_region_get_ram_ptr(&ram);
}

static void *guest_thread(void *opaque)
{
    uint64_t n = 0;

    rcu_register_thread();
    while (!qatomic_read(&guest_quit)) {
        qemu_mutex_lock(&guest_lock);
        if (runstate_get() == RUN_STATE_RUNNING) {
            uint64_t page = n * 7919 % qatomic_read(&guest_pages);

            n++;
            stq_p(ram_ptr() + page * TARGET_PAGE_SIZE + n % 500 * 8, n);
            memory_region_set_dirty(&ram, page * TARGET_PAGE_SIZE, TARGET_PAGE_SIZE);
        }
        qemu_mutex_unlock(&guest_lock);
        if (n % 64 == 0) {
            g_usleep(100);
        }
    }
    rcu_unregister_thread();
    return NULL;
}

static char *ram_digest(void)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, ram_ptr(), RAM_SIZE);
}

/* ---- Destination: loads, prints what became of it ---- */

static int destination(const char *uri)
{
    Error *err = NULL;
    g_autofree char *digest = NULL;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    runstate_set(RUN_STATE_INMIGRATE);
    if (!qmp_migrate_incoming_uri(uri, &err)) {
        fprintf(stderr, "%s\n", error_get_pretty(err));
        return 2;
    }
    printf("listening\n");
    fflush(stdout);
    while (runstate_check(RUN_STATE_INMIGRATE)) {
        main_loop_wait(false);
    }
    digest = ram_digest();
    printf("%s %s %x\n", runstate_name(runstate_get()), digest, dev_reg);
    return 0;
}

/* ---- Source ---- */

typedef struct Pair {
    char *dir, *uri, *path;
    GPid pid;
    FILE *out;
    QemuThread guest;
} Pair;

static const char *self;

/* The next line that is not the test library's. */
static void read_line(Pair *p, char *line, int size)
{
    do {
        g_assert_nonnull(fgets(line, size, p->out));
    } while (line[0] == '#');
}

static void pair_start(Pair *p, bool with_destination)
{
    char line[64];
    int fd;

    p->dir = g_dir_make_tmp("loop-XXXXXX", NULL);
    p->path = g_strdup_printf("%s/s", p->dir);
    p->uri = g_strdup_printf("unix:%s", p->path);
    runstate_set(RUN_STATE_RUNNING);
    memset(ram_ptr(), 0x5a, RAM_SIZE / 4);
    memory_region_set_dirty(&ram, 0, RAM_SIZE / 4);
    dev_reg = 0x77;
    guest_quit = false;
    qemu_thread_create(&p->guest, "guest", guest_thread, NULL, QEMU_THREAD_JOINABLE);
    if (with_destination) {
        char *argv[] = { (char *)self, (char *)"--destination", p->uri, NULL };

        g_assert_true(g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &p->pid, NULL,
                                               &fd, NULL, NULL));
        p->out = fdopen(fd, "r");
        read_line(p, line, sizeof(line));
        g_assert_cmpstr(line, ==, "listening\n");
    }
}

static void pair_end(Pair *p)
{
    qatomic_set(&guest_quit, true);
    qemu_thread_join(&p->guest);
    if (p->out) {
        fclose(p->out);
        waitpid(p->pid, NULL, 0);
    }
    unlink(p->path);
    rmdir(p->dir);
    g_free(p->dir);
    g_free(p->path);
    g_free(p->uri);
}

static MigrationStatus status(void)
{
    return migrate_state(migrate_get_current());
}

static void wait_status(MigrationStatus want)
{
    while (status() != want) {
        if (!migrate_status_in_progress(status())) {
            MigrationInfo *info = qmp_query_migrate(&error_abort);

            g_error("%s: %s", MigrationStatus_str(status()), info->error_desc);
        }
        main_loop_wait(true);
        bql_unlock();
        g_usleep(200);
        bql_lock();
    }
}

static void set_cap(MigrationCapability cap, bool on)
{
    MigrationCapabilityStatus st = { cap, on };
    MigrationCapabilityStatusList list = { .value = &st };

    qmp_migrate_set_capabilities(&list, &error_abort);
}

static void migrate(Pair *p)
{
    qmp_migrate(p->uri, false, NULL, false, false, false, false, &error_abort);
}

static void assert_destination(Pair *p, const char *state)
{
    g_autofree char *digest = ram_digest();
    g_autofree char *want = g_strdup_printf("%s %s %x\n", state, digest, 0x77);
    char line[256];

    read_line(p, line, sizeof(line));
    g_assert_cmpstr(line, ==, want);
}

/* The guest arrives whole; figures add up; the source gives up its copy for good. */
static void test_complete(void)
{
    Pair p = { 0 };
    MigrationInfo *info;
    Error *err = NULL;

    pair_start(&p, true);
    migrate(&p);
    wait_status(MIGRATION_STATUS_COMPLETED);
    assert_destination(&p, "running");
    g_assert_true(runstate_check(RUN_STATE_POSTMIGRATE));
    g_assert_true(migrate_get_current()->rp_peer);
    info = qmp_query_migrate(&error_abort);
    g_assert_cmpint(info->ram->transferred, ==, info->ram->precopy_bytes + info->ram->downtime_bytes);
    g_assert_cmpint(info->ram->transferred, >, RAM_SIZE / 4);
    g_assert_cmpint(info->ram->dirty_sync_count, >=, 2);
    g_assert_true(info->has_downtime && info->has_total_time && info->has_setup_time && !info->has_remaining);
    g_assert_null(info->error_desc);
    qapi_free_MigrationInfo(info);
    /* C14: no second copy here. */
    g_assert_false(migration_cont_allowed(&err));
    error_free_or_abort(&err);
    qmp_migrate(p.uri, false, NULL, false, false, false, false, &err);
    error_free_or_abort(&err);
    pair_end(&p);
}

/* Paused before the switchover, cancelled there: the guest goes on here and never ran there. */
static void test_cancel(void)
{
    Pair p = { 0 };

    pair_start(&p, true);
    set_cap(MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER, true);
    migrate(&p);
    wait_status(MIGRATION_STATUS_PRE_SWITCHOVER);
    g_assert_true(runstate_check(RUN_STATE_FINISH_MIGRATE));
    g_assert_false(migration_cont_allowed(NULL));
    qmp_migrate_cancel(&error_abort);
    wait_status(MIGRATION_STATUS_CANCELLED);
    g_assert_true(runstate_check(RUN_STATE_RUNNING));
    g_assert_true(migration_cont_allowed(NULL));
    set_cap(MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER, false);
    pair_end(&p);
}

static void test_continue(void)
{
    Pair p = { 0 };
    Error *err = NULL;

    pair_start(&p, true);
    set_cap(MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER, true);
    migrate(&p);
    wait_status(MIGRATION_STATUS_PRE_SWITCHOVER);
    qmp_migrate_continue(MIGRATION_STATUS_ACTIVE, &err);
    error_free_or_abort(&err);
    qmp_migrate_continue(MIGRATION_STATUS_PRE_SWITCHOVER, &error_abort);
    wait_status(MIGRATION_STATUS_COMPLETED);
    assert_destination(&p, "running");
    set_cap(MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER, false);
    pair_end(&p);
}

/* The destination dies before the commit: the guest goes on here. */
static void test_killed(void)
{
    Pair p = { 0 };

    pair_start(&p, true);
    set_cap(MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER, true);
    migrate(&p);
    wait_status(MIGRATION_STATUS_PRE_SWITCHOVER);
    kill(p.pid, SIGKILL);
    qmp_migrate_continue(MIGRATION_STATUS_PRE_SWITCHOVER, &error_abort);
    wait_status(MIGRATION_STATUS_FAILED);
    g_assert_true(runstate_check(RUN_STATE_RUNNING));
    set_cap(MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER, false);
    pair_end(&p);
}

/* The destination refuses: the source says why, in the destination's words. */
static void test_refused(void)
{
    Pair p = { 0 };
    MigrationInfo *info;

    pair_start(&p, true);
    dev_reg = 0xbad;
    migrate(&p);
    wait_status(MIGRATION_STATUS_FAILED);
    g_assert_true(runstate_check(RUN_STATE_RUNNING));
    info = qmp_query_migrate(&error_abort);
    g_assert_cmpstr(info->error_desc, !=, NULL);
    if (!g_pattern_match_simple("destination: section 'loopdev' instance 0: *register is bad", info->error_desc)) {
        g_error("%s", info->error_desc);
    }
    qapi_free_MigrationInfo(info);
    pair_end(&p);
}

/* Nobody there; a URI of no kind; a parameter out of range. */
static void test_bad_requests(void)
{
    Pair p = { 0 };
    MigrationParameters params = { .has_downtime_limit = true, .downtime_limit = 2000001 };
    Error *err = NULL;

    pair_start(&p, false);
    migrate(&p);
    wait_status(MIGRATION_STATUS_FAILED);
    g_assert_true(runstate_check(RUN_STATE_RUNNING));
    qmp_migrate("smoke:signals", false, NULL, false, false, false, false, &err);
    g_assert_true(g_str_has_prefix(error_get_pretty(err), "unknown migration protocol: smoke:signals"));
    error_free_or_abort(&err);
    qmp_migrate_set_parameters(&params, &err);
    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'downtime-limit' expects a value from 0 to 2000000");
    error_free_or_abort(&err);
    pair_end(&p);
}

/* To a file: no return path, bytes in the file are bytes reported. */
static void test_file(void)
{
    Pair p = { 0 };
    g_autofree char *uri = NULL;
    MigrationInfo *info;
    struct stat st;

    pair_start(&p, false);
    uri = g_strdup_printf("file:%s,offset=4k", p.path);
    qmp_migrate(uri, false, NULL, false, false, false, false, &error_abort);
    wait_status(MIGRATION_STATUS_COMPLETED);
    info = qmp_query_migrate(&error_abort);
    g_assert_cmpint(stat(p.path, &st), ==, 0);
    g_assert_cmpint(info->ram->transferred, ==, st.st_size - 4096);
    qapi_free_MigrationInfo(info);
    pair_end(&p);
}

int main(int argc, char **argv)
{
    self = argv[0];
    memory_test_init(&argc, &argv);
    qemu_init_main_loop(&error_abort);
    machine_init();
    if (argc == 3 && !strcmp(argv[1], "--destination")) {
        return destination(argv[2]);
    }
    signal(SIGPIPE, SIG_IGN);
    g_test_add_func("/migration-loop/complete", test_complete);
    g_test_add_func("/migration-loop/cancel", test_cancel);
    g_test_add_func("/migration-loop/continue", test_continue);
    g_test_add_func("/migration-loop/killed", test_killed);
    g_test_add_func("/migration-loop/refused", test_refused);
    g_test_add_func("/migration-loop/bad-requests", test_bad_requests);
    g_test_add_func("/migration-loop/file", test_file);
    return g_test_run();
}
