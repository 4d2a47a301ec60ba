/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for the monitor and the network until they are linked; removed with them. */
#include "qemu/osdep.h"
#include "monitor/monitor.h"
#include "monitor/hmp.h"
#include "qapi/error.h"
#include "hw/pci/pci.h"

#define WEAK __attribute__((weak))

WEAK void monitor_init_globals(void) { }
WEAK void monitor_init_hmp(Chardev *chr, bool use_readline, Error **errp) { }
WEAK void monitor_init_qmp(Chardev *chr, bool pretty, Error **errp) { }
WEAK bool monitor_init_opts(const QDict *opts, Error **errp) { return true; }
WEAK void monitor_cleanup(void) { }
WEAK AddfdInfo *monitor_fdset_add_fd(int fd, bool has, int64_t id, const char *opaque, Error **errp) { return NULL; }
WEAK void hmp_register_commands(const HMPCommand *table) { }
WEAK void hmp_register_info(const HMPCommand *table) { }
WEAK bool hmp_handle_error(Monitor *mon, Error *err) { return false; }
WEAK void pci_init_nic_devices(PCIBus *bus, const char *default_model) { }
