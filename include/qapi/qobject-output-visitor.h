/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QObject from a C value. */
#ifndef QOBJECT_OUTPUT_VISITOR_H
#define QOBJECT_OUTPUT_VISITOR_H

#include "qapi/visitor.h"

/* visit_complete(v, result) stores the root, whose reference the caller then owns. */
Visitor *qobject_output_visitor_new(QObject **result);

#endif
