/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where device code expects VMStateIf; it is defined one layer down, beside the registry that calls it. */
#ifndef HW_CORE_VMSTATE_IF_H
#define HW_CORE_VMSTATE_IF_H

#include "migration/vmstate-if.h"

#endif
