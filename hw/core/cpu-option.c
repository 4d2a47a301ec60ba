/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -cpu model[,features]: the model names a type, the features become that type's default properties. */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/core/cpu.h"

const char *parse_cpu_option(const char *cpu_option)
{
    g_auto(GStrv) parts = g_strsplit(cpu_option, ",", 2);
    ObjectClass *oc = parts[0] ? cpu_class_by_name("x86_64-cpu", parts[0]) : NULL;
    Error *err = NULL;

    if (!oc) {
        error_report("unable to find CPU model '%s'", parts[0] ? parts[0] : "");
        error_printf("Use -cpu help to list the models.\n");
        exit(1);
    }
    CPU_CLASS(oc)->parse_features(object_class_get_name(oc), parts[1], &err);
    if (err) {
        error_prepend(&err, "-cpu %s: ", cpu_option);
        error_report_err(err);
        exit(1);
    }
    return object_class_get_name(oc);
}
