/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of `info mtree`: regions by address space, or views with who shares them (rule A10). Big lock. */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "system/memory-internal.h"

typedef struct Mtree {
    GString *out;
    bool owner, disabled;
    GPtrArray *targets;          /* alias targets in order of first mention */
} Mtree;

static const char *type_of(const MemoryRegion *mr)
{
    while (mr->alias) {
        mr = mr->alias;
    }
    if (mr->ram_device) {
        return "ramd";
    }
    if (mr->rom_device) {
        return mr->romd_mode ? "romd" : "i/o";
    }
    return !mr->ram ? "i/o" : mr->readonly ? "rom" : "ram";
}

static void print_object(GString *out, const char *label, Object *obj)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);

    g_string_append_printf(out, " %s:{%s", label, dev ? "dev" : "obj");
    if (dev && dev->id) {
        g_string_append_printf(out, " id=%s", dev->id);
    } else {
        g_autofree char *path = object_get_canonical_path(obj);
        if (path) {
            g_string_append_printf(out, " path=%s", path);
        } else {
            g_string_append_printf(out, " type=%s", object_get_typename(obj));
        }
    }
    g_string_append_c(out, '}');
}

static void print_owner(GString *out, const MemoryRegion *mr)
{
    Object *owner = mr->owner, *parent = mr->parent_obj.parent;

    if (!owner && !parent) {
        g_string_append(out, " orphan");
        return;
    }
    if (owner) {
        print_object(out, "owner", owner);
    }
    if (parent && parent != owner) {
        print_object(out, "parent", parent);
    }
}

static int by_address(const void *pa, const void *pb)
{
    const MemoryRegion *a = *(MemoryRegion *const *)pa, *b = *(MemoryRegion *const *)pb;

    if (a->addr != b->addr) {
        return a->addr < b->addr ? -1 : 1;
    }
    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    return a->seq < b->seq ? 1 : -1;
}

static void print_region(Mtree *m, MemoryRegion *mr, unsigned level, hwaddr base)
{
    hwaddr first = base + mr->addr, last = first + (hwaddr)(mr->size ? mr->size - 1 : 0);
    g_autoptr(GPtrArray) children = g_ptr_array_new();
    MemoryRegion *child;

    if (mr->alias && !g_ptr_array_find(m->targets, mr->alias, NULL)) {
        g_ptr_array_add(m->targets, mr->alias);
    }
    if (mr->enabled || m->disabled) {
        g_string_append_printf(m->out, "%*s%016" PRIx64 "-%016" PRIx64 " (prio %d, %s%s): ", (int)(2 * level + 2), "",
                               first, last, mr->priority, mr->nonvolatile ? "nv-" : "", type_of(mr));
        if (mr->alias) {
            g_string_append_printf(m->out, "alias %s @%s %016" PRIx64 "-%016" PRIx64, memory_region_name(mr),
                                   memory_region_name(mr->alias), mr->alias_offset,
                                   mr->alias_offset + (hwaddr)(mr->size ? mr->size - 1 : 0));
        } else {
            g_string_append(m->out, memory_region_name(mr));
        }
        g_string_append(m->out, mr->enabled ? "" : " [disabled]");
        if (m->owner) {
            print_owner(m->out, mr);
        }
        g_string_append_c(m->out, '\n');
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        g_ptr_array_add(children, child);
    }
    if (children->len > 1) {
        qsort(children->pdata, children->len, sizeof(gpointer), by_address);
    }
    for (unsigned i = 0; i < children->len; i++) {
        print_region(m, g_ptr_array_index(children, i), level + 1, first);
    }
}

static void print_regions(Mtree *m)
{
    AddressSpace *as, *other;

    QTAILQ_FOREACH(as, &address_spaces, address_spaces_link) {
        if (QTAILQ_FIRST(&as->root->roots) != as) {
            continue;                        /* grouped with the first that has this root */
        }
        QTAILQ_FOREACH(other, &as->root->roots, root_link) {
            g_string_append_printf(m->out, "address-space: %s\n", other->name);
        }
        print_region(m, as->root, 0, 0);
        g_string_append_c(m->out, '\n');
    }
    for (unsigned i = 0; i < m->targets->len; i++) {
        MemoryRegion *mr = g_ptr_array_index(m->targets, i);
        g_string_append_printf(m->out, "memory-region: %s\n", memory_region_name(mr));
        print_region(m, mr, 0, 0);
        g_string_append_c(m->out, '\n');
    }
}

/* ---- Views ---- */

typedef struct PrintView {
    Mtree *m;
    SharedView *view;
    unsigned n;
} PrintView;

static bool print_range(const FlatRange *r, void *opaque)
{
    PrintView *p = opaque;
    GString *out = p->m->out;
    const char *type = r->mr->ram && r->readonly ? "rom" : type_of(r->mr);

    g_string_append_printf(out, "  %016" PRIx64 "-%016" PRIx64 " (prio %d, %s%s): %s", r->first, r->last,
                           r->mr->priority, r->nonvolatile ? "nv-" : "", type, memory_region_name(r->mr));
    if (r->offset) {
        g_string_append_printf(out, " @%016" PRIx64, r->offset);
    }
    if (p->m->owner) {
        print_owner(out, r->mr);
    }
    g_string_append_c(out, '\n');
    p->n++;
    return false;
}

static bool print_section(const FlatRange *r, void *opaque)
{
    PrintView *p = opaque;

    g_string_append_printf(p->m->out, "      #%u @%016" PRIx64 "..%016" PRIx64 " %s%s\n", p->n++, r->first, r->last,
                           memory_region_name(r->mr), r->mr == p->view->root ? " [ROOT]" : "");
    return false;
}

static void print_dispatch(PrintView *p)
{
    FlatNode *tree = p->view->current->tree;

    g_string_append(p->m->out, "  Dispatch\n    Physical sections\n");
    g_string_append_printf(p->m->out, "      #%u @%016x..%016" PRIx64 " (noname) [unassigned]\n", p->n++, 0,
                           (uint64_t)UINT64_MAX);
    flat_tree_foreach(tree, 0, UINT64_MAX, print_section, p);
    g_string_append_printf(p->m->out, "    Nodes (balanced tree) nodes=%u height=%d\n", p->n - 1,
                           tree ? tree->height : 0);
}

static void print_view(Mtree *m, SharedView *view, unsigned index, bool dispatch_tree)
{
    PrintView p = { m, view, 0 };
    AddressSpace *as;

    g_string_append_printf(m->out, "FlatView #%u\n", index);
    QTAILQ_FOREACH(as, &view->users, users_link) {
        g_string_append_printf(m->out, " AS \"%s\", root: %s", as->name, memory_region_name(as->root));
        if (as->root->alias) {
            g_string_append_printf(m->out, ", alias %s", memory_region_name(as->root->alias));
        }
        g_string_append_c(m->out, '\n');
    }
    g_string_append_printf(m->out, " Root memory region: %s\n",
                           view->root ? memory_region_name(view->root) : "(none)");
    if (dispatch_tree) {
        print_dispatch(&p);
    } else {
        flat_tree_foreach(view->current->tree, 0, UINT64_MAX, print_range, &p);
        if (!p.n) {
            g_string_append(m->out, "  No rendered FlatView\n");
        }
    }
    g_string_append_c(m->out, '\n');
}

static void print_views(Mtree *m, bool dispatch_tree)
{
    GPtrArray *views = memory_shared_views();
    unsigned n = 0;

    for (unsigned i = 0; i < views->len; i++) {
        print_view(m, g_ptr_array_index(views, i), n++, dispatch_tree);
    }
    if (memory_empty_view()->nr_users) {
        print_view(m, memory_empty_view(), n, dispatch_tree);
    }
}

void mtree_info(GString *out, bool flatview, bool dispatch_tree, bool owner, bool disabled)
{
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    Mtree m = { out, owner, disabled, targets };

    if (flatview) {
        print_views(&m, dispatch_tree);
    } else {
        print_regions(&m);
    }
}
