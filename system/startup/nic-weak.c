/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for network cards until the network layer is linked; removed with it. */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"

__attribute__((weak)) void pci_init_nic_devices(PCIBus *bus, const char *default_model)
{
}
