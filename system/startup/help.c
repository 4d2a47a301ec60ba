/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -help. Tools look for option names in it: each option starts a line with its dash. */
#include "qemu/osdep.h"
#include "startup.h"
#include "switchover-version.h"

void startup_print_help(void)
{
    printf("QEMU emulator version %s (%s)\n"
           "usage: %s [options] [disk_image]\n\n"
           "'disk_image' is a raw hard disk image\n\n", SWITCHOVER_QEMU_VERSION, SWITCHOVER_PACKAGE,
           error_get_progname());
    for (const OptionDef *def = startup_options; def->name; def++) {
        if (def->help) {
            printf("%s\n", def->help);
        }
    }
    printf("\nDuring emulation with a shared terminal: C-a h help, C-a x exit, C-a c switch between console and"
           " monitor.\n");
}
