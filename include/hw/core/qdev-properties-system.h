/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device properties that name a back end or an address. */
#ifndef HW_CORE_QDEV_PROPERTIES_SYSTEM_H
#define HW_CORE_QDEV_PROPERTIES_SYSTEM_H

#include "hw/core/qdev-properties.h"
#include "chardev/char-fe.h"
#include "system/system.h"

extern const PropertyInfo qdev_prop_chr, qdev_prop_uuid, qdev_prop_pci_devfn;

#define DEFINE_PROP_CHR(_n, _s, _f) DEFINE_PROP(_n, _s, _f, qdev_prop_chr, CharFrontend)
/* A text UUID, or "auto" for a fresh one. */
#define DEFINE_PROP_UUID(_n, _s, _f) DEFINE_PROP(_n, _s, _f, qdev_prop_uuid, QemuUUID)
/* "slot[.function]" in hexadecimal, or the number slot * 8 + function; -1: any. */
#define DEFINE_PROP_PCI_DEVFN(_n, _s, _f, _d) DEFINE_PROP_SIGNED(_n, _s, _f, _d, qdev_prop_pci_devfn, int32_t)

#endif
