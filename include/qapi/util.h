/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enumeration names and singly linked lists of the generated types. */
#ifndef QAPI_UTIL_H
#define QAPI_UTIL_H

#include "qemu/osdep.h"

typedef struct QEnumLookup {
    const char *const *array;
    int size;
} QEnumLookup;

/* A pointer for `type *obj` members of unknown layout; every generated list and alternate starts like these. */
typedef struct GenericList {
    struct GenericList *next;
    char padding[];
} GenericList;

typedef struct GenericAlternate {
    int type;
    char padding[];
} GenericAlternate;

/* "(invalid)" for a value outside the enumeration. */
const char *qapi_enum_lookup(const QEnumLookup *lookup, int val);
/* The value called @buf; @def when @buf is NULL; -1 and an error, or @def without errp, when there is none. */
int qapi_enum_parse(const QEnumLookup *lookup, const char *buf, int def, Error **errp);
/* on, yes, true, y / off, no, false, n */
bool qapi_bool_parse(const char *name, const char *value, bool *obj, Error **errp);
/* Length of the QAPI name at the start of @str (letters, digits, - and _, optionally __RFQDN_ first), or -1. */
int parse_qapi_name(const char *name, bool complete);

#define QAPI_LIST_PREPEND(list, element) do {                   \
    typeof(list) _tmp = g_malloc0(sizeof(*(list)));             \
    _tmp->value = (element);                                    \
    _tmp->next = (list);                                        \
    (list) = _tmp;                                              \
} while (0)

/* @tail: address of the pointer to fill; start with `T **tail = &head`. */
#define QAPI_LIST_APPEND(tail, element) do {                    \
    *(tail) = g_malloc0(sizeof(**(tail)));                      \
    (*(tail))->value = (element);                               \
    (tail) = &(*(tail))->next;                                  \
} while (0)

#define QAPI_LIST_LENGTH(list) ({                               \
    size_t _len = 0;                                            \
    typeof(list) _elem;                                         \
    for (_elem = (list); _elem; _elem = _elem->next) {          \
        _len++;                                                 \
    }                                                           \
    _len;                                                       \
})

#endif
