/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices by the user's hand: -device, device_add, device_del, their help, and the picture of the device tree. */
#ifndef SYSTEM_QDEV_MONITOR_H
#define SYSTEM_QDEV_MONITOR_H

#include "hw/core/qdev.h"

/*
 * Make and realize the device that @args describes: "driver", optional "id" and "bus", the rest are properties;
 * values are strings, or JSON when @from_json. The device, referenced, or NULL.
 */
DeviceState *qdev_device_add_from_qdict(const QDict *args, bool from_json, Error **errp);
/* The argument of -device or HMP device_add; *help is set when it only asked for help, which has been printed. */
DeviceState *qdev_device_add_from_str(const char *arg, bool *help, Error **errp);
/* Device named by id or QOM path. */
DeviceState *find_device_state(const char *id, Error **errp);
/* Ask for removal; the guest may have to agree first. */
bool qdev_unplug(DeviceState *dev, Error **errp);
/* "-device help" (@driver NULL) or "-device DRIVER,help"; false when there is no such driver. */
bool qdev_print_help(const char *driver, Error **errp);
/* Text of "info qtree" and "info qom-tree". */
void qdev_print_tree(GString *out);
bool qom_print_tree(GString *out, const char *path, Error **errp);
/* Names users know for types with another name here: "virtio-blk" for "virtio-blk-pci". */
const char *qdev_resolve_alias(const char *driver);
/* Set by migration: the set of devices must not change while a stream describes it. */
extern bool (*hotplug_forbidden_hook)(void);

#endif
