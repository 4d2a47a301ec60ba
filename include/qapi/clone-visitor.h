/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deep copies. */
#ifndef QAPI_CLONE_VISITOR_H
#define QAPI_CLONE_VISITOR_H

#include "qapi/visitor.h"

void *qapi_clone(const void *src, bool (*visit_type)(Visitor *, const char *, void **, Error **));
void qapi_clone_members(void *dst, const void *src, size_t sz, bool (*visit_members)(Visitor *, void *, Error **));

#define QAPI_CLONE(type, src) \
    ((type *)qapi_clone((const type *)(src), (bool (*)(Visitor *, const char *, void **, Error **))visit_type_##type))
/* Copies the members of *src over *dst, which must not own anything yet. */
#define QAPI_CLONE_MEMBERS(type, dst, src) \
    qapi_clone_members((type *)(dst), (const type *)(src), sizeof(type), \
                       (bool (*)(Visitor *, void *, Error **))visit_type_##type##_members)

#endif
