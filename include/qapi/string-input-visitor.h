/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C scalar, or list of integers written as "1,3-5", from text. */
#ifndef STRING_INPUT_VISITOR_H
#define STRING_INPUT_VISITOR_H

#include "qapi/visitor.h"

Visitor *string_input_visitor_new(const char *str);

#endif
