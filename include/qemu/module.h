/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registration before main(): constructors queue functions, module_call_init() runs them by kind. */
#ifndef QEMU_MODULE_H
#define QEMU_MODULE_H

typedef enum ModuleInitType {
    MODULE_INIT_QOM,
    MODULE_INIT_OPTS,
    MODULE_INIT_MAX,
} ModuleInitType;

#define module_init(function, type)                                                  \
    static void __attribute__((constructor)) do_init_##function(void)                \
    {                                                                                \
        register_module_init(function, type);                                        \
    }
#define type_init(function) module_init(function, MODULE_INIT_QOM)
#define opts_init(function) module_init(function, MODULE_INIT_OPTS)

void register_module_init(void (*fn)(void), ModuleInitType type);
/* Runs what was registered since the last call; once per program and kind is enough. */
void module_call_init(ModuleInitType type);

#endif
