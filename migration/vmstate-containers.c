/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstate codecs for structures around other descriptions: temporaries, queues, lists, GLib trees.
 *
 * Every element a load allocates is zeroed, counts against what one section may allocate, and is freed when the load
 * fails (rule B8). Bytes: migration/vmstate.h.
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "migration/qemu-file.h"
#include "migration/vmstate-internal.h"

/* ---- Temporaries ---- */

static bool load_tmp(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    g_autofree void *tmp = g_malloc0(size);
    size_t mark = qemu_file_undo_mark(f);
    int ret;

    /* The size is the table's, not the stream's, and it is freed at once: outside the bound. */
    *(void **)tmp = pv;
    ret = vmstate_load_state(f, field->vmsd, tmp, field->vmsd->version_id, errp);
    if (ret < 0) {
        qemu_file_undo_rollback(f, mark);
    } else {
        qemu_file_undo_forget(f, mark, tmp, size);
    }
    return ret >= 0;
}

static bool save_tmp(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc,
                     Error **errp)
{
    g_autofree void *tmp = g_malloc0(size);

    *(void **)tmp = pv;
    return vmstate_save_state(f, field->vmsd, tmp, vmdesc, errp) >= 0;
}

const VMStateInfo vmstate_info_tmp = { .name = "tmp", .load = load_tmp, .save = save_tmp };

/* ---- Queues: QTAILQ and QLIST, untyped ---- */

/* How to walk and extend a queue knowing only the offset of the link in its elements. */
typedef struct QueueKind {
    void *(*first)(void *head);
    void *(*next)(void *elm, size_t link);
    void (*append)(void *head, void *last, void *elm, size_t link);
    void (*reset)(void *head);
} QueueKind;

static void *tailq_first(void *head)
{
    return ((QTailQLink *)head)->tql_next;
}

static void *tailq_next(void *elm, size_t link)
{
    return ((QTailQLink *)((uint8_t *)elm + link))->tql_next;
}

static void tailq_append(void *head, void *last, void *elm, size_t link)
{
    QTailQLink *h = head, *e = (QTailQLink *)((uint8_t *)elm + link);

    e->tql_next = NULL;
    e->tql_prev = h->tql_prev;
    h->tql_prev->tql_next = elm;
    h->tql_prev = e;
}

static void tailq_reset(void *head)
{
    QTailQLink *h = head;

    h->tql_next = NULL;
    h->tql_prev = h;
}

/* A QLIST link without types. */
typedef struct ListLink {
    void *next;
    void **prev;
} ListLink;

static void *list_first(void *head)
{
    return *(void **)head;
}

static void *list_next(void *elm, size_t link)
{
    return ((ListLink *)((uint8_t *)elm + link))->next;
}

static void list_append(void *head, void *last, void *elm, size_t link)
{
    void **at = last ? &((ListLink *)((uint8_t *)last + link))->next : head;
    ListLink *e = (ListLink *)((uint8_t *)elm + link);

    e->next = NULL;
    e->prev = at;
    *at = elm;
}

static void list_reset(void *head)
{
    *(void **)head = NULL;
}

static const QueueKind tailq_kind = { tailq_first, tailq_next, tailq_append, tailq_reset };
static const QueueKind list_kind = { list_first, list_next, list_append, list_reset };

static void undo_queue(const QueueKind *kind, void *head, size_t link)
{
    void *elm = kind->first(head);

    while (elm) {
        void *next = kind->next(elm, link);

        g_free(elm);
        elm = next;
    }
    kind->reset(head);
}

static void undo_tailq(void *head, void *what, const void *field)
{
    undo_queue(&tailq_kind, head, ((const VMStateField *)field)->start);
}

static void undo_list(void *head, void *what, const void *field)
{
    undo_queue(&list_kind, head, ((const VMStateField *)field)->start);
}

/* The byte before each element: 1 more, 0 the end. Anything else, or the stream's end, is an error. */
static bool load_more(QEMUFile *f, bool *more, Error **errp)
{
    int b = qemu_get_byte(f);

    if (qemu_file_get_error(f)) {
        qemu_file_get_error_obj(f, errp);
        return false;
    }
    if (b > 1) {
        error_setg(errp, "element marker is 0x%02x, neither 0 nor 1", b);
        return false;
    }
    *more = b;
    return true;
}

static bool load_queue(QEMUFile *f, const QueueKind *kind, VMStateUndo *undo, void *head, size_t size,
                       const VMStateField *field, Error **errp)
{
    void *last = NULL;
    bool more;

    if (kind->first(head)) {
        error_setg(errp, "the queue is in use before the load");
        return false;
    }
    qemu_file_undo_push(f, undo, head, NULL, field);
    while (load_more(f, &more, errp)) {
        void *elm;

        if (!more) {
            return true;
        }
        elm = vmstate_load_alloc(f, size, errp);
        if (!elm) {
            return false;
        }
        kind->append(head, last, elm, field->start);
        last = elm;
        if (vmstate_load_state(f, field->vmsd, elm, field->vmsd->version_id, errp) < 0) {
            return false;
        }
    }
    return false;
}

static bool save_queue(QEMUFile *f, const QueueKind *kind, void *head, const VMStateField *field,
                       JSONWriter *vmdesc, Error **errp)
{
    for (void *elm = kind->first(head); elm; elm = kind->next(elm, field->start)) {
        qemu_put_byte(f, 1);
        if (vmstate_save_state(f, field->vmsd, elm, NULL, errp) < 0) {
            return false;
        }
    }
    qemu_put_byte(f, 0);
    return true;
}

static bool load_qtailq(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    return load_queue(f, &tailq_kind, undo_tailq, pv, size, field, errp);
}

static bool save_qtailq(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc,
                        Error **errp)
{
    return save_queue(f, &tailq_kind, pv, field, vmdesc, errp);
}

static bool load_qlist(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    return load_queue(f, &list_kind, undo_list, pv, size, field, errp);
}

static bool save_qlist(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc,
                       Error **errp)
{
    return save_queue(f, &list_kind, pv, field, vmdesc, errp);
}

const VMStateInfo vmstate_info_qtailq = { .name = "qtailq", .load = load_qtailq, .save = save_qtailq };
const VMStateInfo vmstate_info_qlist = { .name = "qlist", .load = load_qlist, .save = save_qlist };

/* ---- GLib trees ---- */

/* vmsd[0] describes values; vmsd[1] keys, unless the key is the pointer itself (start == 0). */
typedef struct TreeSave {
    QEMUFile *f;
    const VMStateField *field;
    Error **errp;
    bool ok;
} TreeSave;

static gboolean save_tree_node(gpointer key, gpointer value, gpointer data)
{
    TreeSave *s = data;
    const VMStateDescription *vmsd = s->field->vmsd;

    qemu_put_byte(s->f, 1);
    if (s->field->start == 0) {
        qemu_put_be64(s->f, (uintptr_t)key);
    } else {
        s->ok = vmstate_save_state(s->f, &vmsd[1], key, NULL, s->errp) >= 0;
    }
    s->ok = s->ok && vmstate_save_state(s->f, &vmsd[0], value, NULL, s->errp) >= 0;
    return !s->ok;
}

static bool save_gtree(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc,
                       Error **errp)
{
    TreeSave s = { f, field, errp, true };

    qemu_put_be32(f, g_tree_nnodes(pv));
    g_tree_foreach(pv, save_tree_node, &s);
    qemu_put_byte(f, 0);
    return s.ok;
}

/* The tree owns key and value only once both have loaded. */
static bool load_tree_node(QEMUFile *f, GTree *tree, size_t size, const VMStateField *field, Error **errp)
{
    const VMStateDescription *vmsd = field->vmsd;
    size_t mark = qemu_file_undo_mark(f);
    bool direct = field->start == 0;
    void *key = direct ? NULL : vmstate_load_alloc(f, field->start, errp);
    void *value = direct || key ? vmstate_load_alloc(f, size, errp) : NULL;
    bool ok = value;

    if (ok && direct) {
        key = (void *)(uintptr_t)qemu_get_be64(f);
    } else if (ok) {
        ok = vmstate_load_state(f, &vmsd[1], key, vmsd[1].version_id, errp) >= 0;
    }
    ok = ok && vmstate_load_state(f, &vmsd[0], value, vmsd[0].version_id, errp) >= 0;
    if (ok && g_tree_lookup_extended(tree, key, NULL, NULL)) {
        error_setg(errp, "a key comes twice");
        ok = false;
    }
    if (ok) {
        g_tree_insert(tree, key, value);
        return true;
    }
    qemu_file_undo_rollback(f, mark);
    if (!direct) {
        g_free(key);
    }
    g_free(value);
    return false;
}

static bool load_gtree(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    uint32_t nnodes = qemu_get_be32(f);
    uint32_t seen = 0;
    bool more;

    if ((uint64_t)nnodes * (size + field->start) > VMSTATE_ALLOC_MAX) {
        error_setg(errp, "%" PRIu32 " nodes are more than a section may allocate", nnodes);
        return false;
    }
    while (load_more(f, &more, errp)) {
        if (!more) {
            if (seen != nnodes) {
                error_setg(errp, "tree has %" PRIu32 " nodes, announced were %" PRIu32, seen, nnodes);
            }
            return seen == nnodes;
        }
        if (seen++ == nnodes) {
            error_setg(errp, "tree has more than the %" PRIu32 " nodes announced", nnodes);
            return false;
        }
        if (!load_tree_node(f, pv, size, field, errp)) {
            return false;
        }
    }
    return false;
}

const VMStateInfo vmstate_info_gtree = { .name = "gtree", .load = load_gtree, .save = save_gtree };
