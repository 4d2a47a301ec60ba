/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options for disk and network back ends. What they want of the guest's hardware becomes -device options. */
#include "qemu/osdep.h"
#include "block/block.h"
#include "handlers.h"
#include "net/net.h"
#include "qapi/error.h"
#include "startup.h"

static Startup *queue_target;

static bool queue_device(const char *args, Error **errp)
{
    return startup_queue(queue_target, "device", args, &(Location){ .kind = LOC_NONE }, errp);
}

bool run_blockdev(Startup *s, const char *arg, Error **errp)
{
    return blockdev_add_option(arg, errp);
}

bool run_drive(Startup *s, const char *arg, Error **errp)
{
    queue_target = s;
    return drive_add_option(arg, false, errp) && drive_make_devices(queue_device, errp);
}

bool run_netdev(Startup *s, const char *arg, Error **errp)
{
    s->net_given = true;
    if (!strcmp(arg, "help") || !strcmp(arg, "?")) {
        net_print_backends();
        exit(0);
    }
    return netdev_add_option(arg, errp);
}

bool run_nic(Startup *s, const char *arg, Error **errp)
{
    s->net_given = true;
    return net_nic_option(arg, errp);
}

bool run_net(Startup *s, const char *arg, Error **errp)
{
    s->net_given = true;
    return net_legacy_option(arg, errp);
}
