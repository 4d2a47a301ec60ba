/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Visitor: one walk over a typed value, whatever the other side is (JSON, a key=value string, nothing at all).
 *
 * Kinds: input (builds the C value), output (reads it), dealloc (frees it), clone (input and output at once).
 *
 * Rules
 *  - All functions that can fail return false exactly when they set an error.
 *  - @name is the member's name inside a struct, and ignored inside a list. The root may have any name or NULL.
 *  - visit_start_X / visit_end_X pair; end is called even after a failure between them. Before it comes visit_check_X on
 *    success.
 *  - A generated visit_type_T of an input visitor frees what it built when it fails and leaves *obj NULL.
 *  - With @obj NULL (virtual walk) struct and list hold nothing; members go to the caller's own variables.
 *
 *      if (!visit_start_struct(v, NULL, NULL, 0, errp)) { return false; }
 *      ok = visit_type_int(v, "left", &left, errp) && visit_type_int(v, "right", &right, errp)
 *           && visit_check_struct(v, errp);
 *      visit_end_struct(v, NULL);
 */
#ifndef QAPI_VISITOR_H
#define QAPI_VISITOR_H

#include "qapi/util.h"
#include "qobject/qobject.h"

/* Output and clone visitors only: hand the result to the @opaque given at creation. At most once. */
void visit_complete(Visitor *v, void *opaque);
void visit_free(Visitor *v);

bool visit_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp);
bool visit_check_struct(Visitor *v, Error **errp);
void visit_end_struct(Visitor *v, void **obj);

/* Elements: for (tail = *list; tail; tail = visit_next_list(v, tail, size)) visit the value in tail. */
bool visit_start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp);
GenericList *visit_next_list(Visitor *v, GenericList *tail, size_t size);
bool visit_check_list(Visitor *v, Error **errp);
void visit_end_list(Visitor *v, void **list);

bool visit_start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size, Error **errp);
void visit_end_alternate(Visitor *v, void **obj);

/* Is the optional member there? An input visitor sets *present, the others read it. Returns *present. */
bool visit_optional(Visitor *v, const char *name, bool *present);

bool visit_is_input(const Visitor *v);
bool visit_is_dealloc(const Visitor *v);

bool visit_type_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup, Error **errp);
bool visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp);
bool visit_type_uint8(Visitor *v, const char *name, uint8_t *obj, Error **errp);
bool visit_type_uint16(Visitor *v, const char *name, uint16_t *obj, Error **errp);
bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);
bool visit_type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp);
bool visit_type_int8(Visitor *v, const char *name, int8_t *obj, Error **errp);
bool visit_type_int16(Visitor *v, const char *name, int16_t *obj, Error **errp);
bool visit_type_int32(Visitor *v, const char *name, int32_t *obj, Error **errp);
bool visit_type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp);
/* As uint64, but text notations accept the suffixes k, M, G, T, P and E (powers of 1024). */
bool visit_type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp);
bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp);
bool visit_type_str(Visitor *v, const char *name, char **obj, Error **errp);
bool visit_type_number(Visitor *v, const char *name, double *obj, Error **errp);
bool visit_type_any(Visitor *v, const char *name, QObject **obj, Error **errp);
bool visit_type_null(Visitor *v, const char *name, QNull **obj, Error **errp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Visitor, visit_free)

#endif
