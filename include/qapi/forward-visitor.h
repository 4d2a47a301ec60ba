/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows member @from of the visited struct as member @to of @target, so a property can delegate to another object's. */
#ifndef FORWARD_VISITOR_H
#define FORWARD_VISITOR_H

#include "qapi/visitor.h"

Visitor *visitor_forward_field(Visitor *target, const char *from, const char *to);

#endif
