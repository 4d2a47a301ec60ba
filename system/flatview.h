/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flat views: what one resolved root looks like, as sorted ranges that do not overlap.
 *
 *   AddressSpace --shared--> SharedView (one per distinct resolved root; rule A1)
 *                              | current, replaced under RCU at each commit that changes it
 *                              v
 *                            FlatView #17 --tree--> persistent balanced tree of ranges
 *                            FlatView #16 --tree--> ... most of whose nodes #17 shares
 *
 * The tree is both the list of ranges and the dispatch structure, so both live and die together (A4). A commit
 * replaces a window of the tree and copies only the path to it (A12). Nodes are counted and freed under the big
 * lock; FlatViews are counted atomically, and the last reference frees after a grace period.
 */
#ifndef SYSTEM_FLATVIEW_H
#define SYSTEM_FLATVIEW_H

#include "system/memory.h"

typedef struct FlatRange {
    hwaddr first, last;          /* inclusive */
    MemoryRegion *mr;
    hwaddr offset;               /* of first, in mr */
    uint8_t dirty_log_mask;
    bool romd_mode;
    bool readonly;
    bool nonvolatile;
    bool unmergeable;
} FlatRange;

typedef struct FlatNode FlatNode;
struct FlatNode {
    FlatRange r;
    FlatNode *left, *right;
    uint32_t refs;
    int8_t height;
};

struct FlatView {
    struct rcu_head rcu;
    uint32_t refs;               /* atomic */
    uint64_t id;                 /* never used twice: see address_space_epoch() */
    MemoryRegion *root;          /* referenced; NULL for the empty view */
    FlatNode *tree;
};

typedef struct Window {
    hwaddr first, last;
} Window;

struct SharedView {
    struct rcu_head rcu;
    MemoryRegion *root;          /* the resolved root; NULL: the empty view */
    FlatView *current;           /* under RCU, never NULL */
    unsigned nr_users;
    QTAILQ_HEAD(, AddressSpace) users;
    QTAILQ_HEAD(, AddressSpace) observed;   /* users that have listeners */
    GArray *damage;              /* of Window: what the next commit must render */
    bool dirty;                  /* on the list of views to update */
    bool eventfds_dirty;
    unsigned long index;         /* number of the view, for people */
};

/* ---- The persistent tree; functions consume the trees given to them ---- */

void flat_tree_unref(FlatNode *n);
static inline FlatNode *flat_tree_ref(FlatNode *n)
{
    if (n) {
        n->refs++;
    }
    return n;
}
/* @t with everything in [first, last] replaced by @ranges (sorted, inside the window); merges across the seams. */
FlatNode *flat_tree_replace(FlatNode *t, hwaddr first, hwaddr last, FlatRange *ranges, unsigned n);
/* The range that contains @addr. NULL: none, and *gap_last is the last address of the gap. */
const FlatRange *flat_tree_find(const FlatNode *t, hwaddr addr, hwaddr *gap_last);
/* In order, those that meet [first, last]; stops when @fn returns true. */
bool flat_tree_foreach(const FlatNode *t, hwaddr first, hwaddr last,
                       bool (*fn)(const FlatRange *r, void *opaque), void *opaque);
/* Append them to @out (of FlatRange), cut to the window when @clip. */
void flat_tree_collect(const FlatNode *t, hwaddr first, hwaddr last, bool clip, GArray *out);
bool flat_range_can_merge(const FlatRange *a, const FlatRange *b);
bool flat_range_same_place(const FlatRange *a, const FlatRange *b);   /* all but dirty_log_mask */
int flat_tree_height(const FlatNode *t);
extern uint64_t flat_nodes_made;

/* ---- Rendering ---- */

/* Append what a view of @root (NULL: nothing) shows in the window, merged. */
void flatview_render(MemoryRegion *root, hwaddr first, hwaddr last, GArray *out);

/* ---- Views ---- */

FlatView *flatview_new(MemoryRegion *root, FlatNode *tree);
MemoryRegionSection section_from_flat_range(const FlatRange *r, FlatView *fv);

#endif
