// SPDX-License-Identifier: GPL-2.0-or-later
/* The accelerator type and choosing one. Command line handling of -accel is in system/. BQL. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/accel.h"

bool tcg_allowed;
size_t tcg_code_cache_size = 256u << 20;      /* reserved, not used: pages appear with the code */
unsigned tcg_jit_heat;
#ifdef __SANITIZE_ADDRESS__
TCGEngine tcg_engine = TCG_ENGINE_INTERP;     /* which the sanitizer sees into */
#else
TCGEngine tcg_engine = TCG_ENGINE_JIT;
#endif
bool qtest_allowed;
static AccelState *accel;           /* the process has one machine, and that one accelerator */

AccelClass *accel_find(const char *name)
{
    g_autofree char *type = g_strdup_printf("%s" ACCEL_CLASS_SUFFIX, name);
    ObjectClass *oc = object_class_by_name(type);

    return oc && object_class_dynamic_cast(oc, TYPE_ACCEL) ? ACCEL_CLASS(oc) : NULL;
}

bool accel_is_available(const AccelClass *ac)
{
    return !ac->available || ac->available();
}

bool accel_init_machine(AccelState *as, MachineState *ms, Error **errp)
{
    AccelClass *ac = ACCEL_GET_CLASS(as);

    if (!accel_is_available(ac)) {
        error_setg(errp, "accelerator %s is not usable on this host", ac->name);
        return false;
    }
    accel = as;
    if (ac->allowed) {
        *ac->allowed = true;
    }
    if (ac->init_machine && !ac->init_machine(as, ms, errp)) {
        if (ac->allowed) {
            *ac->allowed = false;
        }
        accel = NULL;
        return false;
    }
    if (ac->ops) {
        cpus_register_accel(ac->ops);
    }
    return true;
}

AccelState *current_accel(void)
{
    return accel;
}

const char *current_accel_name(void)
{
    return accel ? ACCEL_GET_CLASS(accel)->name : "none";
}

static const TypeInfo accel_types[] = {
    {
        .name = TYPE_ACCEL,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(AccelState),
        .class_size = sizeof(AccelClass),
        .abstract = true,
    },
};
DEFINE_TYPES(accel_types)
