/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other name of the command registry's header. */
#ifndef QAPI_QMP_DISPATCH_H
#define QAPI_QMP_DISPATCH_H

#include "qapi/qmp-registry.h"

#endif
