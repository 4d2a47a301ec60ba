/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The persistent AVL tree behind flat views: split and join on immutable nodes.
 *
 * A node whose only reference is ours may be changed in place; any other is copied first. Everything here runs under
 * the big lock, except flat_tree_find() and flat_tree_foreach(), which only read nodes that are never changed after
 * publication. Reference for split/join: Blelloch, Ferizovic, Sun, "Just Join for Parallel Ordered Sets" (2016).
 */
#include "qemu/osdep.h"
#include "system/flatview.h"

uint64_t flat_nodes_made;

static int height(const FlatNode *n)
{
    return n ? n->height : 0;
}

int flat_tree_height(const FlatNode *t)
{
    return height(t);
}

static FlatNode *update(FlatNode *n)
{
    n->height = 1 + MAX(height(n->left), height(n->right));
    return n;
}

/*
 * Nodes that await their next use: each commit lets go of about as many as it makes. A sanitizer wants to see each of them
 * freed.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SPARE_MAX 0
#else
#define SPARE_MAX 256
#endif

static struct {
    FlatNode *first;             /* linked through left */
    unsigned n;
} spare;

static FlatNode *node_alloc(void)
{
    FlatNode *n = spare.first;

    if (!n) {
        return g_new(FlatNode, 1);
    }
    spare.first = n->left;
    spare.n--;
    return n;
}

static void node_free(FlatNode *n)
{
    if (spare.n >= SPARE_MAX) {
        g_free(n);
        return;
    }
    n->left = spare.first;
    spare.first = n;
    spare.n++;
}

static FlatNode *node_new(const FlatRange *r)
{
    FlatNode *n = node_alloc();

    *n = (FlatNode) { .r = *r, .refs = 1, .height = 1 };
    memory_region_ref(r->mr);
    flat_nodes_made++;
    return n;
}

void flat_tree_unref(FlatNode *n)
{
    while (n && --n->refs == 0) {
        FlatNode *right = n->right;

        flat_tree_unref(n->left);
        memory_region_unref(n->r.mr);
        node_free(n);
        n = right;
    }
}

/* A node like @n that only we refer to, children included. */
static FlatNode *own(FlatNode *n)
{
    FlatNode *copy;

    if (n->refs == 1) {
        return n;
    }
    copy = node_new(&n->r);
    copy->left = flat_tree_ref(n->left);
    copy->right = flat_tree_ref(n->right);
    copy->height = n->height;
    flat_tree_unref(n);
    return copy;
}

static FlatNode *rotate_right(FlatNode *n)
{
    FlatNode *l = n->left = own(n->left);

    n->left = l->right;
    l->right = update(n);
    return update(l);
}

static FlatNode *rotate_left(FlatNode *n)
{
    FlatNode *r = n->right = own(n->right);

    n->right = r->left;
    r->left = update(n);
    return update(r);
}

/* @n is ours, and its sides differ by at most two in height. */
static FlatNode *balance(FlatNode *n)
{
    int diff = height(n->left) - height(n->right);

    if (diff > 1) {
        if (height(n->left->left) < height(n->left->right)) {
            n->left = rotate_left(own(n->left));
        }
        return rotate_right(n);
    }
    if (diff < -1) {
        if (height(n->right->right) < height(n->right->left)) {
            n->right = rotate_right(own(n->right));
        }
        return rotate_left(n);
    }
    return update(n);
}

/* All of @l lies before @mid (ours, without children), all of @r behind it. */
static FlatNode *join(FlatNode *l, FlatNode *mid, FlatNode *r)
{
    if (height(l) > height(r) + 1) {
        l = own(l);
        l->right = join(l->right, mid, r);
        return balance(l);
    }
    if (height(r) > height(l) + 1) {
        r = own(r);
        r->left = join(l, mid, r->left);
        return balance(r);
    }
    mid->left = l;
    mid->right = r;
    return update(mid);
}

/* Take the root node off: *l and *r are what was below it. */
static FlatNode *detach(FlatNode *t, FlatNode **l, FlatNode **r)
{
    t = own(t);
    *l = t->left;
    *r = t->right;
    t->left = t->right = NULL;
    return t;
}

/* What begins below @addr to *l, the rest to *r; a range across @addr is cut in two. */
static void split(FlatNode *t, hwaddr addr, FlatNode **l, FlatNode **r)
{
    FlatNode *tl, *tr, *mid;

    if (!t) {
        *l = *r = NULL;
        return;
    }
    mid = detach(t, &tl, &tr);
    if (mid->r.last < addr) {
        split(tr, addr, &tr, r);
        *l = join(tl, mid, tr);
    } else if (mid->r.first >= addr) {
        split(tl, addr, l, &tl);
        *r = join(tl, mid, tr);
    } else {
        FlatRange upper = mid->r;

        upper.offset += addr - upper.first;
        upper.first = addr;
        mid->r.last = addr - 1;
        *l = join(tl, mid, NULL);
        *r = join(NULL, node_new(&upper), tr);
    }
}

static FlatNode *take_last(FlatNode *t, FlatNode **last)
{
    FlatNode *l, *r, *mid = detach(t, &l, &r);

    if (!r) {
        *last = mid;
        return l;
    }
    r = take_last(r, last);
    return join(l, mid, r);
}

static FlatNode *take_first(FlatNode *t, FlatNode **first)
{
    FlatNode *l, *r, *mid = detach(t, &l, &r);

    if (!l) {
        *first = mid;
        return r;
    }
    l = take_first(l, first);
    return join(l, mid, r);
}

static FlatNode *join2(FlatNode *l, FlatNode *r)
{
    FlatNode *mid;

    if (!l) {
        return r;
    }
    l = take_last(l, &mid);
    return join(l, mid, r);
}

static FlatNode *build(const FlatRange *ranges, unsigned n)
{
    FlatNode *mid;

    if (!n) {
        return NULL;
    }
    mid = node_new(&ranges[n / 2]);
    mid->left = build(ranges, n / 2);
    mid->right = build(ranges + n / 2 + 1, n - n / 2 - 1);
    return update(mid);
}

bool flat_range_same_place(const FlatRange *a, const FlatRange *b)
{
    return a->first == b->first && a->last == b->last && a->mr == b->mr && a->offset == b->offset &&
           a->romd_mode == b->romd_mode && a->readonly == b->readonly && a->nonvolatile == b->nonvolatile &&
           a->unmergeable == b->unmergeable;
}

bool flat_range_can_merge(const FlatRange *a, const FlatRange *b)
{
    return a->mr == b->mr && a->last != UINT64_MAX && a->last + 1 == b->first &&
           a->offset + (b->first - a->first) == b->offset && a->dirty_log_mask == b->dirty_log_mask &&
           a->romd_mode == b->romd_mode && a->readonly == b->readonly && a->nonvolatile == b->nonvolatile &&
           !a->unmergeable && !b->unmergeable;
}

static const FlatRange *last_of(const FlatNode *t)
{
    while (t && t->right) {
        t = t->right;
    }
    return t ? &t->r : NULL;
}

static const FlatRange *first_of(const FlatNode *t)
{
    while (t && t->left) {
        t = t->left;
    }
    return t ? &t->r : NULL;
}

FlatNode *flat_tree_replace(FlatNode *t, hwaddr first, hwaddr last, FlatRange *ranges, unsigned n)
{
    FlatNode *l, *m, *r = NULL, *gone;

    split(t, first, &l, &m);
    if (last != UINT64_MAX) {
        split(m, last + 1, &m, &r);
    }
    flat_tree_unref(m);
    if (n && l && flat_range_can_merge(last_of(l), &ranges[0])) {
        l = take_last(l, &gone);
        ranges[0].first = gone->r.first;
        ranges[0].offset = gone->r.offset;
        flat_tree_unref(gone);
    }
    if (n && r && flat_range_can_merge(&ranges[n - 1], first_of(r))) {
        r = take_first(r, &gone);
        ranges[n - 1].last = gone->r.last;
        flat_tree_unref(gone);
    }
    return join2(join2(l, build(ranges, n)), r);
}

const FlatRange *flat_tree_find(const FlatNode *t, hwaddr addr, hwaddr *gap_last)
{
    *gap_last = UINT64_MAX;
    while (t) {
        if (addr < t->r.first) {
            *gap_last = t->r.first - 1;
            t = t->left;
        } else if (addr > t->r.last) {
            t = t->right;
        } else {
            return &t->r;
        }
    }
    return NULL;
}

bool flat_tree_foreach(const FlatNode *t, hwaddr first, hwaddr last,
                       bool (*fn)(const FlatRange *r, void *opaque), void *opaque)
{
    while (t) {
        if (t->r.last < first) {
            t = t->right;
        } else if (t->r.first > last) {
            t = t->left;
        } else {
            if (flat_tree_foreach(t->left, first, last, fn, opaque) || fn(&t->r, opaque)) {
                return true;
            }
            t = t->right;
        }
    }
    return false;
}

typedef struct Collect {
    GArray *out;
    hwaddr first, last;
    bool clip;
} Collect;

static bool collect_one(const FlatRange *range, void *opaque)
{
    Collect *c = opaque;
    FlatRange r = *range;

    if (c->clip && r.first < c->first) {
        r.offset += c->first - r.first;
        r.first = c->first;
    }
    if (c->clip && r.last > c->last) {
        r.last = c->last;
    }
    g_array_append_val(c->out, r);
    return false;
}

void flat_tree_collect(const FlatNode *t, hwaddr first, hwaddr last, bool clip, GArray *out)
{
    Collect c = { out, first, last, clip };

    flat_tree_foreach(t, first, last, collect_one, &c);
}
