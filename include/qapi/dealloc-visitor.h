/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frees a C value; tolerates one built half. qapi_free_T() is the way to use it. */
#ifndef DEALLOC_VISITOR_H
#define DEALLOC_VISITOR_H

#include "qapi/visitor.h"

Visitor *qapi_dealloc_visitor_new(void);

#endif
