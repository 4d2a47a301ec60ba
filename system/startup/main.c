/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: start-up, the main loop, the end. */
#include "qemu/osdep.h"
#include "startup.h"
#include "system/runstate.h"

int main(int argc, char **argv)
{
    Startup s;
    int status;

    startup_bring_up(&s, argc, argv);
    status = qemu_main_loop();
    startup_take_down(&s);
    return status;
}
