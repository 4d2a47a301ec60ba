/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options for disk and network back ends. What they want of the guest's hardware becomes -device options. */
#include "qemu/osdep.h"
#include "block/block.h"
#include "handlers.h"
#include "hw/core/boards.h"
#include "net/net.h"
#include "qapi/error.h"
#include "startup.h"

static Startup *queue_target;

/* Boards without PCI have virtio-mmio slots. */
static bool queue_device(const char *args, Error **errp)
{
    g_autofree char *mmio = NULL;

    if (object_dynamic_cast(OBJECT(current_machine), "microvm-machine") && g_str_has_prefix(args, "virtio-blk-pci")) {
        mmio = g_strconcat("virtio-blk-device", args + strlen("virtio-blk-pci"), NULL);
        args = mmio;
    }
    return startup_queue(queue_target, "device", args, &(Location){ .kind = LOC_NONE }, errp);
}

bool run_blockdev(Startup *s, const char *arg, Error **errp)
{
    if (s->snapshot) {
        error_setg(errp, "-snapshot has no effect on -blockdev: use -drive with snapshot=on instead");
        return false;
    }
    return blockdev_add_option(arg, errp);
}

bool run_drive(Startup *s, const char *arg, Error **errp)
{
    queue_target = s;
    return drive_add_option(arg, s->snapshot, errp) && drive_make_devices(queue_device, errp);
}

/* -hda and its like: a comma in a file name is doubled, as in every key=value list. */
static bool run_disk(Startup *s, const char *file, const char *rest, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(file, ",", -1);
    g_autofree char *name = g_strjoinv(",,", parts);
    g_autofree char *arg = g_strdup_printf("file=%s,%s", name, rest);

    return run_drive(s, arg, errp);
}

#define DISK_OPTION(_name, _rest)                                               \
    bool run_##_name(Startup *s, const char *arg, Error **errp)                 \
    {                                                                           \
        return run_disk(s, arg, _rest, errp);                                   \
    }
DISK_OPTION(hda, "index=0,media=disk")
DISK_OPTION(hdb, "index=1,media=disk")
DISK_OPTION(hdc, "index=2,media=disk")
DISK_OPTION(hdd, "index=3,media=disk")
DISK_OPTION(cdrom, "index=2,media=cdrom,format=raw")

bool run_snapshot(Startup *s, const char *arg, Error **errp)
{
    s->snapshot = true;
    return true;
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
