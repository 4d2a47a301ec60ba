/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: one description that has every kind of field of migration/vmstate.h.
 *
 * Input: a byte that chooses the version, then the state. What is accepted must survive being saved and loaded into a
 * fresh object; whatever happens, everything is freed (LeakSanitizer looks after each run).
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "migration/qemu-file.h"
#include "migration/vmstate-internal.h"
#include "tests/vmstate/fuzz.h"
#include "tests/vmstate/mutate.h"

typedef struct Leaf {
    uint16_t a;
    bool b;
} Leaf;

typedef struct Node {
    uint32_t value;
    uint16_t count;
    uint16_t *words;
    QTAILQ_ENTRY(Node) tq;
    QLIST_ENTRY(Node) lq;
} Node;

/* Reaches itself: the stream decides how deep. */
typedef struct Box Box;
struct Box {
    int32_t value;
    Box *kids[2];
};

#define BITS 130
#define SLOTS 256

typedef struct All {
    bool flag;
    uint8_t u8, same;
    int16_t i16;
    uint32_t u32, late;
    int64_t i64;
    int32_t most;
    uint8_t fixed[5], raw[9];
    uint16_t grid[2][3];
    uint32_t n32, *v32;
    int32_t n_leaves;
    Leaf *leaves;
    uint8_t used;
    Leaf inplace[4];
    Leaf one, versioned, *pointer;
    Leaf *plain[3];
    uint32_t length;
    uint8_t *bytes;
    int32_t bits;
    unsigned long map[3], *map_ptr;
    Box *boxes[4];
    uint8_t n8;
    uint16_t n16;
    Box **boxes8, **boxes16;
    QTAILQ_HEAD(, Node) tq;
    QLIST_HEAD(, Node) lq;
    GTree *tree, *direct;
    uint8_t sub, inner;
} All;

/* ---- The description ---- */

static const VMStateDescription vmstate_leaf = {
    .name = "leaf", .version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(a, Leaf), VMSTATE_BOOL_V(b, Leaf, 2), VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_node = {
    .name = "node",
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(value, Node), VMSTATE_UINT16(count, Node),
        VMSTATE_VARRAY_UINT16_ALLOC(words, Node, count, 0, vmstate_info_uint16, uint16_t),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_box = {
    .name = "box",
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(value, Box),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT_AUTO_ALLOC(kids, Box, 2, 0, vmstate_box, Box),
        VMSTATE_END_OF_LIST()
    },
};

/* Tree values have no pointers: the tree frees them with g_free(). */
static const VMStateDescription vmstate_tree[] = {
    { .name = "value", .fields = (const VMStateField[]) { VMSTATE_UINT32(value, Node), VMSTATE_END_OF_LIST() } },
    { .name = "key", .fields = (const VMStateField[]) { VMSTATE_UINT16(a, Leaf), VMSTATE_END_OF_LIST() } },
};

typedef struct Tmp {
    All *parent;
    uint16_t half;
} Tmp;

static int tmp_pre_save(void *opaque)
{
    Tmp *t = opaque;

    t->half = t->parent->u32 >> 16;
    return 0;
}

static int tmp_post_load(void *opaque, int version_id)
{
    Tmp *t = opaque;

    return t->half == t->parent->u32 >> 16 ? 0 : -EINVAL;
}

static const VMStateDescription vmstate_tmp = {
    .name = "tmp", .pre_save = tmp_pre_save, .post_load = tmp_post_load,
    .fields = (const VMStateField[]) { VMSTATE_UINT16(half, Tmp), VMSTATE_END_OF_LIST() },
};

static bool inner_needed(void *opaque)
{
    return ((All *)opaque)->inner;
}

static bool sub_needed(void *opaque)
{
    return ((All *)opaque)->sub || inner_needed(opaque);
}

static const VMStateDescription vmstate_inner = {
    .name = "all/sub/inner", .needed = inner_needed,
    .fields = (const VMStateField[]) { VMSTATE_UINT8(inner, All), VMSTATE_END_OF_LIST() },
};

static const VMStateDescription vmstate_sub = {
    .name = "all/sub", .needed = sub_needed,
    .fields = (const VMStateField[]) { VMSTATE_UINT8(sub, All), VMSTATE_END_OF_LIST() },
    .subsections = (const VMStateDescription * const []) { &vmstate_inner, NULL },
};

static bool used_fits(void *opaque, int version_id)
{
    return ((All *)opaque)->used <= ARRAY_SIZE(((All *)opaque)->inplace);
}

static bool bits_fit(void *opaque, int version_id)
{
    return ((All *)opaque)->bits <= BITS;
}

static bool n16_fits(void *opaque, int version_id)
{
    return ((All *)opaque)->n16 <= SLOTS;
}

/* Sizes that are allowed but large take long to try and behave like smaller ones. */
static bool quick(uint32_t n)
{
    return n <= 4096 || n > VMSTATE_ALLOC_MAX / sizeof(Leaf);
}

static bool n32_quick(void *opaque, int version_id)
{
    return quick(((All *)opaque)->n32);
}

static bool leaves_quick(void *opaque, int version_id)
{
    return quick(((All *)opaque)->n_leaves);
}

static bool length_quick(void *opaque, int version_id)
{
    return quick(((All *)opaque)->length / 4);
}

static bool flag_set(void *opaque, int version_id)
{
    return ((All *)opaque)->flag;
}

static const VMStateDescription vmstate_all = {
    .name = "all", .version_id = 3, .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(flag, All), VMSTATE_UINT8_EQUAL(same, All, "it is a constant"), VMSTATE_INT16(i16, All),
        VMSTATE_UINT32(u32, All), VMSTATE_INT64_V(i64, All, 2), VMSTATE_UINT32_V(late, All, 3),
        VMSTATE_INT32_POSITIVE_LE(most, All), VMSTATE_UINT8_TEST(u8, All, flag_set),
        VMSTATE_UINT8_ARRAY(fixed, All, 5), VMSTATE_BUFFER(raw, All), VMSTATE_UINT16_2DARRAY(grid, All, 2, 3),
        VMSTATE_UNUSED(3),
        VMSTATE_UINT32(n32, All), VMSTATE_VALIDATE("n32 is quick", n32_quick),
        VMSTATE_VARRAY_UINT32_ALLOC(v32, All, n32, 0, vmstate_info_uint32, uint32_t),
        VMSTATE_INT32(n_leaves, All), VMSTATE_VALIDATE("n_leaves is quick", leaves_quick),
        VMSTATE_STRUCT_VARRAY_ALLOC(leaves, All, n_leaves, 0, vmstate_leaf, Leaf),
        VMSTATE_UINT8(used, All), VMSTATE_VALIDATE("used <= 4", used_fits),
        VMSTATE_STRUCT_VARRAY_UINT8(inplace, All, used, 0, vmstate_leaf, Leaf),
        VMSTATE_STRUCT(one, All, 0, vmstate_leaf, Leaf), VMSTATE_VSTRUCT(versioned, All, vmstate_leaf, Leaf, 1),
        VMSTATE_STRUCT_POINTER(pointer, All, vmstate_leaf, Leaf),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(plain, All, 3, 0, vmstate_leaf, Leaf),
        VMSTATE_UINT32(length, All), VMSTATE_VALIDATE("length is quick", length_quick),
        VMSTATE_VBUFFER_ALLOC_UINT32(bytes, All, 0, NULL, length),
        VMSTATE_INT32(bits, All), VMSTATE_VALIDATE("bits <= 130", bits_fit), VMSTATE_BITMAP(map_ptr, All, 0, bits),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT_AUTO_ALLOC(boxes, All, 4, 0, vmstate_box, Box),
        VMSTATE_UINT8(n8, All), VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC(boxes8, All, n8, 0, vmstate_box, Box),
        VMSTATE_UINT16(n16, All), VMSTATE_VALIDATE("n16 <= 256", n16_fits),
        VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT16_ALLOC(boxes16, All, n16, 0, vmstate_box, Box),
        VMSTATE_QTAILQ_V(tq, All, 0, vmstate_node, Node, tq), VMSTATE_QLIST_V(lq, All, 0, vmstate_node, Node, lq),
        VMSTATE_GTREE_V(tree, All, 0, vmstate_tree, Leaf, Node),
        VMSTATE_GTREE_DIRECT_KEY_V(direct, All, 0, vmstate_tree, Node),
        VMSTATE_WITH_TMP(All, Tmp, vmstate_tmp),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) { &vmstate_sub, NULL },
};

/* ---- Objects ---- */

static gint compare_keys(gconstpointer a, gconstpointer b, gpointer unused)
{
    return (int)((const Leaf *)a)->a - ((const Leaf *)b)->a;
}

static gint compare_pointers(gconstpointer a, gconstpointer b, gpointer unused)
{
    return a < b ? -1 : a > b;
}

static All *all_new(void)
{
    All *o = g_new0(All, 1);

    o->same = 7;
    o->most = 1000;
    o->pointer = g_new0(Leaf, 1);
    o->plain[0] = g_new0(Leaf, 1);
    o->plain[2] = g_new0(Leaf, 1);
    o->map_ptr = o->map;
    o->boxes8 = g_new0(Box *, SLOTS);
    o->boxes16 = g_new0(Box *, SLOTS);
    QTAILQ_INIT(&o->tq);
    QLIST_INIT(&o->lq);
    o->tree = g_tree_new_full(compare_keys, NULL, g_free, g_free);
    o->direct = g_tree_new_full(compare_pointers, NULL, NULL, g_free);
    return o;
}

static void free_boxes(Box **slots, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (slots[i]) {
            free_boxes(slots[i]->kids, 2);
            g_free(slots[i]);
        }
    }
}

static void free_node(Node *n)
{
    g_free(n->words);
    g_free(n);
}

static void all_free(All *o)
{
    Node *n, *next;

    QTAILQ_FOREACH_SAFE(n, &o->tq, tq, next) {
        free_node(n);
    }
    QLIST_FOREACH_SAFE(n, &o->lq, lq, next) {
        free_node(n);
    }
    free_boxes(o->boxes, 4);
    free_boxes(o->boxes8, SLOTS);
    free_boxes(o->boxes16, SLOTS);
    g_free(o->boxes8);
    g_free(o->boxes16);
    g_tree_destroy(o->tree);
    g_tree_destroy(o->direct);
    g_free(o->v32);
    g_free(o->leaves);
    g_free(o->bytes);
    g_free(o->pointer);
    g_free(o->plain[0]);
    g_free(o->plain[2]);
    g_free(o);
}

/* ---- One run ---- */

static bool load(All *o, const void *data, size_t size, int version, Error **errp)
{
    QEMUFile *f = qemu_file_new_input_mem(data, size);
    bool ok = vmstate_load_state(f, &vmstate_all, o, version, errp) >= 0;

    qemu_fclose(f);
    return ok;
}

static GByteArray *save(All *o)
{
    QEMUFile *f = qemu_file_new_output_mem();
    GByteArray *out = g_byte_array_new();
    size_t len;
    const uint8_t *p;

    vmstate_save_state(f, &vmstate_all, o, NULL, &error_abort);
    p = qemu_file_get_mem(f, &len);
    g_byte_array_append(out, p, len);
    qemu_fclose(f);
    return out;
}

static void check_copy(All *o)
{
    g_autoptr(GByteArray) first = save(o), second = NULL;
    All *fresh = all_new();

    load(fresh, first->data, first->len, vmstate_all.version_id, &error_abort);
    second = save(fresh);
    if (first->len != second->len || memcmp(first->data, second->data, first->len)) {
        fuzz_fail("saved, loaded and saved again: %u and %u bytes that differ", first->len, second->len);
    }
    all_free(fresh);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    vmstate_check(&vmstate_all, &error_abort);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error *err = NULL;
    All *o;

    if (size == 0) {
        return 0;
    }
    o = all_new();
    if (load(o, data + 1, size - 1, data[0] % 5, &err)) {
        /* The bound of the field "most" is what the destination had. */
        o->most = MIN(o->most, 1000);
        check_copy(o);
    } else if (!err || !g_str_has_prefix(error_get_pretty(err), "at offset ")) {
        fuzz_fail("refused without a place: %s", err ? error_get_pretty(err) : "no message");
    } else if (o->bytes || o->v32 || o->leaves || o->boxes[0] || !QTAILQ_EMPTY(&o->tq) || !QLIST_EMPTY(&o->lq)) {
        fuzz_fail("a load that failed left something allocated: %s", error_get_pretty(err));
    }
    fuzz_say(err);
    error_free(err);
    all_free(o);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
    return size < 2 || seed % 2 ? LLVMFuzzerMutate(data, size, max) : mutate_payload(data, size, max, seed);
}
