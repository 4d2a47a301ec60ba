/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from a C scalar or list of integers. @human adds quotes, hexadecimal and size units. */
#ifndef STRING_OUTPUT_VISITOR_H
#define STRING_OUTPUT_VISITOR_H

#include "qapi/visitor.h"

/* visit_complete(v, result) stores a string that the caller frees. */
Visitor *string_output_visitor_new(bool human, char **result);

#endif
