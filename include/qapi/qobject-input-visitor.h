/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C value from a QObject. Unknown members and left-over list elements are errors that name their full path. */
#ifndef QOBJECT_INPUT_VISITOR_H
#define QOBJECT_INPUT_VISITOR_H

#include "qapi/visitor.h"
#include "qobject/qdict.h"

/* Takes its own reference on @obj. */
Visitor *qobject_input_visitor_new(QObject *obj);
/* For keyval_parse() trees: scalars are strings and are parsed as the type visited. */
Visitor *qobject_input_visitor_new_keyval(QObject *obj);
/* From option text in either notation (JSON if it starts with `{`). NULL on error. */
Visitor *qobject_input_visitor_new_str(const char *str, const char *implied_key, Error **errp);

#endif
