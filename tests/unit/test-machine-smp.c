/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -smp (hw/core/machine-smp.c): missing levels are computed, impossible topologies refused with a reason. */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "qapi/error.h"
#include "qom/object.h"

#define CORES_FIRST MACHINE_TYPE_NAME("smp-cores")
#define SOCKETS_FIRST MACHINE_TYPE_NAME("smp-sockets")
#define ALL_LEVELS MACHINE_TYPE_NAME("smp-levels")

static void cores_class_init(ObjectClass *oc, const void *data)
{
    MACHINE_CLASS(oc)->max_cpus = 288;
    MACHINE_CLASS(oc)->smp_props.dies_supported = true;
}

static void sockets_class_init(ObjectClass *oc, const void *data)
{
    MACHINE_CLASS(oc)->max_cpus = 288;
    MACHINE_CLASS(oc)->smp_props.prefer_sockets = true;
}

static void levels_class_init(ObjectClass *oc, const void *data)
{
    MACHINE_CLASS(oc)->max_cpus = 4096;
    MACHINE_CLASS(oc)->smp_props.dies_supported = true;
    MACHINE_CLASS(oc)->smp_props.modules_supported = true;
}

static const TypeInfo machines[] = {
    { .name = CORES_FIRST, .parent = TYPE_MACHINE, .class_init = cores_class_init },
    { .name = SOCKETS_FIRST, .parent = TYPE_MACHINE, .class_init = sockets_class_init },
    { .name = ALL_LEVELS, .parent = TYPE_MACHINE, .class_init = levels_class_init },
};

typedef struct Case {
    const char *machine;
    SMPConfigRequest ask;
    CpuTopology want;               /* .cpus 0: refused */
} Case;

static const Case cases[] = {
    { CORES_FIRST, { 0 }, { .cpus = 1, .sockets = 1, .dies = 1, .cores = 1, .threads = 1, .max_cpus = 1 } },
    { CORES_FIRST, { .cpus = 4 }, { .cpus = 4, .sockets = 1, .dies = 1, .cores = 4, .threads = 1, .max_cpus = 4 } },
    { SOCKETS_FIRST, { .cpus = 4 }, { .cpus = 4, .sockets = 4, .dies = 1, .cores = 1, .threads = 1, .max_cpus = 4 } },
    { CORES_FIRST, { .cpus = 2, .maxcpus = 8, .sockets = 2 },
      { .cpus = 2, .sockets = 2, .dies = 1, .cores = 4, .threads = 1, .max_cpus = 8 } },
    { CORES_FIRST, { .cpus = 8, .cores = 2, .threads = 2 },
      { .cpus = 8, .sockets = 2, .dies = 1, .cores = 2, .threads = 2, .max_cpus = 8 } },
    { CORES_FIRST, { .cpus = 8, .sockets = 2, .cores = 2 },
      { .cpus = 8, .sockets = 2, .dies = 1, .cores = 2, .threads = 2, .max_cpus = 8 } },
    { CORES_FIRST, { .cpus = 8, .dies = 2 },
      { .cpus = 8, .sockets = 1, .dies = 2, .cores = 4, .threads = 1, .max_cpus = 8 } },
    { CORES_FIRST, { .sockets = 2, .cores = 3 },
      { .cpus = 6, .sockets = 2, .dies = 1, .cores = 3, .threads = 1, .max_cpus = 6 } },
    { CORES_FIRST, { .maxcpus = 6 }, { .cpus = 6, .sockets = 1, .dies = 1, .cores = 6, .threads = 1, .max_cpus = 6 } },
    /* refused */
    { CORES_FIRST, { .cpus = 4, .sockets = 3 } },
    { CORES_FIRST, { .cpus = 4, .threads = 3 } },
    { CORES_FIRST, { .cpus = 8, .maxcpus = 4 } },
    { CORES_FIRST, { .cpus = 289 } },
    { CORES_FIRST, { .cpus = 2, .maxcpus = 512 } },
    { CORES_FIRST, { .cpus = 4, .modules = 2 } },
    { CORES_FIRST, { .cpus = 4, .clusters = 2 } },
    { CORES_FIRST, { .cpus = 4, .books = 2 } },
    { SOCKETS_FIRST, { .cpus = 4, .dies = 2 } },
    { CORES_FIRST, { .cpus = UINT_MAX } },
    /* products beyond 64 bits */
    { ALL_LEVELS, { .cpus = 4, .dies = 65536, .modules = 65536, .cores = 65536, .threads = 65536 } },
    { ALL_LEVELS, { .dies = 65536, .modules = 65536, .cores = 65536, .threads = 65536 } },
};

static void test_case(gconstpointer data)
{
    const Case *c = data;
    MachineState *ms = MACHINE(object_new(c->machine));
    Error *err = NULL;
    bool ok = machine_parse_smp_config(ms, &c->ask, &err);

    g_assert_cmpint(ok, ==, c->want.cpus != 0);
    g_assert_cmpint(ok, ==, !err);
    if (ok) {
        g_assert_cmpuint(ms->smp.cpus, ==, c->want.cpus);
        g_assert_cmpuint(ms->smp.sockets, ==, c->want.sockets);
        g_assert_cmpuint(ms->smp.dies, ==, c->want.dies);
        g_assert_cmpuint(ms->smp.cores, ==, c->want.cores);
        g_assert_cmpuint(ms->smp.threads, ==, c->want.threads);
        g_assert_cmpuint(ms->smp.max_cpus, ==, c->want.max_cpus);
    }
    error_free(err);
    object_unref(OBJECT(ms));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    type_register_static_array(machines, G_N_ELEMENTS(machines));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/smp/%u", i);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
