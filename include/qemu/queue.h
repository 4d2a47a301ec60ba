/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intrusive queues. QSLIST: head pointer only. QLIST: remove from the middle. QSIMPLEQ: append at the tail.
 * QTAILQ: both, and backwards. Elements carry an ENTRY; a head or entry needs no memory of its own. No locking.
 */
#ifndef QEMU_QUEUE_H
#define QEMU_QUEUE_H

/* --- QLIST: ->prevp points at the pointer that points at us, NULL when not on a list --- */
#define QLIST_HEAD(name, type) struct name { struct type *lh_first; }
#define QLIST_ENTRY(type) struct { struct type *le_next; struct type **le_prev; }
#define QLIST_HEAD_INITIALIZER(head) { NULL }
#define QLIST_INIT(head) ((head)->lh_first = NULL)
#define QLIST_EMPTY(head) ((head)->lh_first == NULL)
#define QLIST_FIRST(head) ((head)->lh_first)
#define QLIST_NEXT(elm, field) ((elm)->field.le_next)
#define QLIST_IS_INSERTED(elm, field) ((elm)->field.le_prev != NULL)
#define QLIST_INSERT_HEAD(head, elm, field) do {                        \
        (elm)->field.le_next = (head)->lh_first;                        \
        (elm)->field.le_prev = &(head)->lh_first;                       \
        if ((head)->lh_first) {                                         \
            (head)->lh_first->field.le_prev = &(elm)->field.le_next;    \
        }                                                               \
        (head)->lh_first = (elm);                                       \
    } while (0)
#define QLIST_INSERT_AFTER(at, elm, field) do {                         \
        (elm)->field.le_next = (at)->field.le_next;                     \
        (elm)->field.le_prev = &(at)->field.le_next;                    \
        if ((at)->field.le_next) {                                      \
            (at)->field.le_next->field.le_prev = &(elm)->field.le_next; \
        }                                                               \
        (at)->field.le_next = (elm);                                    \
    } while (0)
#define QLIST_INSERT_BEFORE(at, elm, field) do {                        \
        (elm)->field.le_prev = (at)->field.le_prev;                     \
        (elm)->field.le_next = (at);                                    \
        *(at)->field.le_prev = (elm);                                   \
        (at)->field.le_prev = &(elm)->field.le_next;                    \
    } while (0)
#define QLIST_REMOVE(elm, field) do {                                   \
        if ((elm)->field.le_next) {                                     \
            (elm)->field.le_next->field.le_prev = (elm)->field.le_prev; \
        }                                                               \
        *(elm)->field.le_prev = (elm)->field.le_next;                   \
        (elm)->field.le_next = NULL;                                    \
        (elm)->field.le_prev = NULL;                                    \
    } while (0)
#define QLIST_SAFE_REMOVE(elm, field) do {                              \
        if ((elm)->field.le_prev) {                                     \
            QLIST_REMOVE(elm, field);                                   \
        }                                                               \
    } while (0)
#define QLIST_FOREACH(var, head, field) \
    for ((var) = QLIST_FIRST(head); (var); (var) = QLIST_NEXT(var, field))
#define QLIST_FOREACH_SAFE(var, head, field, next) \
    for ((var) = QLIST_FIRST(head); (var) && ((next) = QLIST_NEXT(var, field), 1); (var) = (next))

/* --- QSLIST --- */
#define QSLIST_HEAD(name, type) struct name { struct type *slh_first; }
#define QSLIST_ENTRY(type) struct { struct type *sle_next; }
#define QSLIST_HEAD_INITIALIZER(head) { NULL }
#define QSLIST_INIT(head) ((head)->slh_first = NULL)
#define QSLIST_EMPTY(head) ((head)->slh_first == NULL)
#define QSLIST_FIRST(head) ((head)->slh_first)
#define QSLIST_NEXT(elm, field) ((elm)->field.sle_next)
#define QSLIST_INSERT_HEAD(head, elm, field) do {       \
        (elm)->field.sle_next = (head)->slh_first;      \
        (head)->slh_first = (elm);                      \
    } while (0)
#define QSLIST_REMOVE_HEAD(head, field) ((head)->slh_first = (head)->slh_first->field.sle_next)
#define QSLIST_FOREACH(var, head, field) \
    for ((var) = QSLIST_FIRST(head); (var); (var) = QSLIST_NEXT(var, field))
#define QSLIST_FOREACH_SAFE(var, head, field, next) \
    for ((var) = QSLIST_FIRST(head); (var) && ((next) = QSLIST_NEXT(var, field), 1); (var) = (next))

/* --- QSIMPLEQ: ->sqh_last points at the last next pointer --- */
#define QSIMPLEQ_HEAD(name, type) struct name { struct type *sqh_first; struct type **sqh_last; }
#define QSIMPLEQ_ENTRY(type) struct { struct type *sqe_next; }
#define QSIMPLEQ_HEAD_INITIALIZER(head) { NULL, &(head).sqh_first }
#define QSIMPLEQ_INIT(head) do {                        \
        (head)->sqh_first = NULL;                       \
        (head)->sqh_last = &(head)->sqh_first;          \
    } while (0)
#define QSIMPLEQ_EMPTY(head) ((head)->sqh_first == NULL)
#define QSIMPLEQ_FIRST(head) ((head)->sqh_first)
#define QSIMPLEQ_NEXT(elm, field) ((elm)->field.sqe_next)
#define QSIMPLEQ_INSERT_TAIL(head, elm, field) do {     \
        (elm)->field.sqe_next = NULL;                   \
        *(head)->sqh_last = (elm);                      \
        (head)->sqh_last = &(elm)->field.sqe_next;      \
    } while (0)
#define QSIMPLEQ_INSERT_HEAD(head, elm, field) do {                     \
        if (((elm)->field.sqe_next = (head)->sqh_first) == NULL) {      \
            (head)->sqh_last = &(elm)->field.sqe_next;                  \
        }                                                               \
        (head)->sqh_first = (elm);                                      \
    } while (0)
#define QSIMPLEQ_REMOVE_HEAD(head, field) do {                                          \
        if (((head)->sqh_first = (head)->sqh_first->field.sqe_next) == NULL) {          \
            (head)->sqh_last = &(head)->sqh_first;                                      \
        }                                                                               \
    } while (0)
#define QSIMPLEQ_FOREACH(var, head, field) \
    for ((var) = QSIMPLEQ_FIRST(head); (var); (var) = QSIMPLEQ_NEXT(var, field))
#define QSIMPLEQ_FOREACH_SAFE(var, head, field, next) \
    for ((var) = QSIMPLEQ_FIRST(head); (var) && ((next) = QSIMPLEQ_NEXT(var, field), 1); (var) = (next))

/*
 * --- QTAILQ: a ring of untyped links through the head. The link is the same in head and entry, so vmstate can
 * walk and fill a queue knowing only the entry's offset. A link points at the neighbouring link; the element is
 * found by the entry's offset, which the macros know from @field. ---
 */
typedef struct QTailQLink {
    void *tql_next;                  /* next element, NULL at the end */
    struct QTailQLink *tql_prev;     /* the previous link (the head's for the first), NULL when not queued */
} QTailQLink;

#define QTAILQ_HEAD(name, type) \
    union name { struct type *tqh_first; QTailQLink tqh_circ; }
#define QTAILQ_ENTRY(type) \
    union { struct type *tqe_next; QTailQLink tqe_circ; }
#define QTAILQ_HEAD_INITIALIZER(head) { .tqh_circ = { NULL, &(head).tqh_circ } }
#define QTAILQ_INIT(head) do {                                  \
        (head)->tqh_circ.tql_next = NULL;                       \
        (head)->tqh_circ.tql_prev = &(head)->tqh_circ;          \
    } while (0)
#define QTAILQ_EMPTY(head) ((head)->tqh_first == NULL)
#define QTAILQ_FIRST(head) ((head)->tqh_first)
#define QTAILQ_NEXT(elm, field) ((elm)->field.tqe_next)
#define QTAILQ_IN_USE(elm, field) ((elm)->field.tqe_circ.tql_prev != NULL)
/* The element before @link: what the link before that one points at. */
#define QTAILQ_LINK_PREV(type, link) ((type)(link)->tql_prev->tql_prev->tql_next)
#define QTAILQ_LAST(head) QTAILQ_LINK_PREV(typeof((head)->tqh_first), &(head)->tqh_circ)
#define QTAILQ_PREV(elm, field) QTAILQ_LINK_PREV(typeof((elm)->field.tqe_next), &(elm)->field.tqe_circ)
#define QTAILQ_INSERT_HEAD(head, elm, field) do {                                       \
        if (((elm)->field.tqe_next = (head)->tqh_first) != NULL) {                      \
            (head)->tqh_first->field.tqe_circ.tql_prev = &(elm)->field.tqe_circ;        \
        } else {                                                                        \
            (head)->tqh_circ.tql_prev = &(elm)->field.tqe_circ;                         \
        }                                                                               \
        (head)->tqh_first = (elm);                                                      \
        (elm)->field.tqe_circ.tql_prev = &(head)->tqh_circ;                             \
    } while (0)
#define QTAILQ_INSERT_TAIL(head, elm, field) do {                       \
        (elm)->field.tqe_next = NULL;                                   \
        (elm)->field.tqe_circ.tql_prev = (head)->tqh_circ.tql_prev;     \
        (head)->tqh_circ.tql_prev->tql_next = (elm);                    \
        (head)->tqh_circ.tql_prev = &(elm)->field.tqe_circ;             \
    } while (0)
#define QTAILQ_INSERT_AFTER(head, at, elm, field) do {                                  \
        if (((elm)->field.tqe_next = (at)->field.tqe_next) != NULL) {                   \
            (at)->field.tqe_next->field.tqe_circ.tql_prev = &(elm)->field.tqe_circ;     \
        } else {                                                                        \
            (head)->tqh_circ.tql_prev = &(elm)->field.tqe_circ;                         \
        }                                                                               \
        (at)->field.tqe_next = (elm);                                                   \
        (elm)->field.tqe_circ.tql_prev = &(at)->field.tqe_circ;                         \
    } while (0)
#define QTAILQ_INSERT_BEFORE(at, elm, field) do {                               \
        (elm)->field.tqe_circ.tql_prev = (at)->field.tqe_circ.tql_prev;         \
        (elm)->field.tqe_next = (at);                                           \
        (at)->field.tqe_circ.tql_prev->tql_next = (elm);                        \
        (at)->field.tqe_circ.tql_prev = &(elm)->field.tqe_circ;                 \
    } while (0)
#define QTAILQ_REMOVE(head, elm, field) do {                                                    \
        if ((elm)->field.tqe_next) {                                                            \
            (elm)->field.tqe_next->field.tqe_circ.tql_prev = (elm)->field.tqe_circ.tql_prev;    \
        } else {                                                                                \
            (head)->tqh_circ.tql_prev = (elm)->field.tqe_circ.tql_prev;                         \
        }                                                                                       \
        (elm)->field.tqe_circ.tql_prev->tql_next = (elm)->field.tqe_next;                       \
        (elm)->field.tqe_circ.tql_prev = NULL;                                                  \
        (elm)->field.tqe_circ.tql_next = NULL;                                                  \
    } while (0)
#define QTAILQ_FOREACH(var, head, field) \
    for ((var) = QTAILQ_FIRST(head); (var); (var) = QTAILQ_NEXT(var, field))
#define QTAILQ_FOREACH_SAFE(var, head, field, next) \
    for ((var) = QTAILQ_FIRST(head); (var) && ((next) = QTAILQ_NEXT(var, field), 1); (var) = (next))
#define QTAILQ_FOREACH_REVERSE(var, head, field) \
    for ((var) = QTAILQ_LAST(head); (var); (var) = QTAILQ_PREV(var, field))

#endif
