/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstate: the bytes of each kind of field in both directions, the rules B1-B8 of docs/devel/vmstate.md (cited by
 * number), and streams that are cut or corrupted at every byte.
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "qemu/timer.h"
#include "qobject/json-writer.h"
#include "migration/qemu-file.h"
#include "migration/vmstate-internal.h"

/* ---- Helpers ---- */

typedef struct Bytes {
    uint8_t data[512];
    size_t len;
} Bytes;

static Bytes save(const VMStateDescription *vmsd, void *obj, JSONWriter *w)
{
    QEMUFile *f = qemu_file_new_output_mem();
    Bytes b;
    size_t len;
    const uint8_t *p;

    g_assert_true(vmstate_check(vmsd, &error_abort));
    g_assert_cmpint(vmstate_save_state(f, vmsd, obj, w, &error_abort), ==, 0);
    p = qemu_file_get_mem(f, &len);
    g_assert_cmpuint(len, <=, sizeof(b.data));
    memcpy(b.data, p, len);
    b.len = len;
    qemu_fclose(f);
    return b;
}

static int load(const VMStateDescription *vmsd, void *obj, const void *data, size_t len, int version, Error **errp)
{
    QEMUFile *f = qemu_file_new_input_mem(data, len);
    int ret = vmstate_load_state(f, vmsd, obj, version, errp);

    if (ret == 0) {
        g_assert_cmpuint(qemu_file_transferred(f), ==, len);
    }
    qemu_fclose(f);
    return ret;
}

static void load_fails(const VMStateDescription *vmsd, void *obj, const void *data, size_t len, int version,
                       const char *pattern)
{
    g_autoptr(Error) err = NULL;

    g_assert_cmpint(load(vmsd, obj, data, len, version, &err), <, 0);
    g_assert_nonnull(err);
    if (!g_pattern_match_simple(pattern, error_get_pretty(err))) {
        g_error("'%s' does not match '%s'", error_get_pretty(err), pattern);
    }
}

#define assert_bytes(b, ...) do {                                            \
        static const uint8_t want_[] = { __VA_ARGS__ };                      \
        g_assert_cmpmem((b).data, (b).len, want_, sizeof(want_));            \
    } while (0)
#define FIELDS(...) .fields = (const VMStateField[]) { __VA_ARGS__, VMSTATE_END_OF_LIST() }

/* ---- Single values and arrays ---- */

typedef struct Plain {
    bool flag;
    int8_t i8;
    uint16_t u16;
    int32_t i32;
    uint64_t u64;
    uint16_t arr[3];
    uint8_t grid[2][2];
    uint8_t buf[6];
    uint32_t newer;
} Plain;

static bool never(void *opaque, int version_id)
{
    return false;
}

static const VMStateDescription vmstate_plain = {
    .name = "plain", .version_id = 2, .minimum_version_id = 1,
    FIELDS(VMSTATE_BOOL(flag, Plain), VMSTATE_INT8(i8, Plain), VMSTATE_UINT16(u16, Plain), VMSTATE_INT32(i32, Plain),
           VMSTATE_UINT64(u64, Plain), VMSTATE_UINT16_ARRAY(arr, Plain, 3), VMSTATE_UINT8_2DARRAY(grid, Plain, 2, 2),
           VMSTATE_PARTIAL_BUFFER(buf, Plain, 2), VMSTATE_BUFFER_START_MIDDLE(buf, Plain, 4), VMSTATE_UNUSED(2),
           VMSTATE_UINT8_SUB_ARRAY(buf, Plain, 2, 1), VMSTATE_UINT32_TEST(newer, Plain, never),
           VMSTATE_UINT32_V(newer, Plain, 2))
};

static const Plain plain = {
    true, -2, 0x1234, -3, 0x0102030405060708, { 1, 2, 0xffee }, { { 1, 2 }, { 3, 4 } }, { 10, 11, 12, 13, 14, 15 }, 77
};

static void test_plain(void)
{
    Plain src = plain, dst = { 0 };
    Bytes b = save(&vmstate_plain, &src, NULL);

    assert_bytes(b, 1, 0xfe, 0x12, 0x34, 0xff, 0xff, 0xff, 0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 2, 0xff, 0xee,
                 1, 2, 3, 4, 10, 11, 14, 15, 0, 0, 12, 0, 0, 0, 77);
    g_assert_cmpint(load(&vmstate_plain, &dst, b.data, b.len, 2, &error_abort), ==, 0);
    src.buf[3] = 0;
    g_assert_cmpmem(&src, offsetof(Plain, newer) + 4, &dst, offsetof(Plain, newer) + 4);

    /* An old stream ends before the newer field; other versions are refused with both named. */
    memset(&dst, 0, sizeof(dst));
    g_assert_cmpint(load(&vmstate_plain, &dst, b.data, b.len - 4, 1, &error_abort), ==, 0);
    g_assert_cmpuint(dst.newer, ==, 0);
    load_fails(&vmstate_plain, &dst, b.data, b.len, 3, "*'plain' has version 3 in the stream*1 to 2*");
    load_fails(&vmstate_plain, &dst, b.data, b.len, 0, "*'plain' has version 0*");
}

static void test_bad_values(void)
{
    Plain dst = { 0 };
    Bytes b = save(&vmstate_plain, (void *)&plain, NULL);

    for (size_t cut = 0; cut < b.len; cut++) {
        load_fails(&vmstate_plain, &dst, b.data, cut, 2, "at offset *field '*' of 'plain'*ends too early*");
    }
    b.data[0] = 2;
    load_fails(&vmstate_plain, &dst, b.data, b.len, 2, "at offset 1: field 'flag' of 'plain': boolean is 0x02*");
}

typedef struct Checked {
    uint8_t same;
    int32_t limit;
    bool fine;
} Checked;

static bool checked_fine(void *opaque, int version_id)
{
    return ((Checked *)opaque)->limit != 4;
}

static const VMStateDescription vmstate_checked = {
    .name = "checked",
    FIELDS(VMSTATE_UINT8_EQUAL(same, Checked, "use -device x,n=N"), VMSTATE_INT32_POSITIVE_LE(limit, Checked),
           VMSTATE_VALIDATE("limit is not four", checked_fine))
};

static void test_checked(void)
{
    Checked src = { 7, 3 }, dst = { 7, 5 };
    Bytes b = save(&vmstate_checked, &src, NULL);

    assert_bytes(b, 7, 0, 0, 0, 3);
    g_assert_cmpint(load(&vmstate_checked, &dst, b.data, b.len, 0, &error_abort), ==, 0);
    g_assert_cmpint(dst.limit, ==, 3);
    dst = (Checked){ 7, 2 };
    load_fails(&vmstate_checked, &dst, b.data, b.len, 0, "*field 'limit'*3 is outside 0..2*");
    dst = (Checked){ 8, 5 };
    load_fails(&vmstate_checked, &dst, b.data, b.len, 0, "*field 'same'*is 7 in the stream but 8 here*n=N*");
    dst = (Checked){ 7, 5 };
    b.data[4] = 4;
    load_fails(&vmstate_checked, &dst, b.data, b.len, 0, "*check 'limit is not four' of 'checked'*failed*");
    b.data[1] = 0x80;
    load_fails(&vmstate_checked, &dst, b.data, b.len, 0, "*field 'limit'*outside*");
}

/* ---- Counts, pointers, allocation ---- */

typedef struct Elem {
    uint8_t a;
    uint16_t b;
} Elem;

static const VMStateDescription vmstate_elem = {
    .name = "elem", FIELDS(VMSTATE_UINT8(a, Elem), VMSTATE_UINT16(b, Elem))
};

typedef struct Varying {
    uint32_t n;
    uint16_t n16;
    int32_t bits;
    uint32_t *words;
    Elem *elems;
    Elem inside[3];
    Elem *one;
    uint8_t *blob;
    unsigned long *map;
    uint8_t after;
} Varying;

static const VMStateDescription vmstate_varying = {
    .name = "varying",
    FIELDS(VMSTATE_UINT32(n, Varying), VMSTATE_UINT16(n16, Varying), VMSTATE_INT32_POSITIVE_LE(bits, Varying),
           VMSTATE_VARRAY_UINT32_ALLOC(words, Varying, n, 0, vmstate_info_uint32, uint32_t),
           VMSTATE_STRUCT_VARRAY_PTR_(elems, Varying, n16, uint16_t, VMS_VARRAY_UINT16 | VMS_ALLOC, 0, vmstate_elem,
                                      Elem),
           VMSTATE_STRUCT_ARRAY(inside, Varying, 3, 0, vmstate_elem, Elem),
           VMSTATE_STRUCT_POINTER(one, Varying, vmstate_elem, Elem),
           VMSTATE_VBUFFER_ALLOC_UINT32(blob, Varying, 0, NULL, n), VMSTATE_BITMAP(map, Varying, 0, bits),
           VMSTATE_UINT8(after, Varying))
};

static void varying_free(Varying *v)
{
    g_clear_pointer(&v->words, g_free);
    g_clear_pointer(&v->elems, g_free);
    g_clear_pointer(&v->blob, g_free);
}

static void test_varying(void)
{
    uint32_t words[] = { 5, 6 };
    Elem elems[] = { { 1, 2 } }, one = { 8, 9 }, one2 = { 0 };
    unsigned long map[] = { 0x8000000000000001, ~0ul }, map2[2] = { 0, 1ul << 63 };
    uint8_t blob[] = { 0xaa, 0xbb };
    Varying src = { 2, 1, 66, words, elems, { { 1, 1 }, { 2, 2 }, { 3, 3 } }, &one, blob, map, 0x5a };
    Varying dst = { .bits = 128, .one = &one2, .map = map2 };
    Bytes b = save(&vmstate_varying, &src, NULL);

    assert_bytes(b, 0, 0, 0, 2, 0, 1, 0, 0, 0, 66, 0, 0, 0, 5, 0, 0, 0, 6, 1, 0, 2, 1, 0, 1, 2, 0, 2, 3, 0, 3,
                 8, 0, 9, 0xaa, 0xbb, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0x5a);
    g_assert_cmpint(load(&vmstate_varying, &dst, b.data, b.len, 0, &error_abort), ==, 0);
    g_assert_cmpmem(dst.words, 8, words, 8);
    g_assert_cmpint(dst.elems[0].b, ==, 2);
    g_assert_cmpint(one2.b, ==, 9);
    g_assert_cmpmem(dst.blob, 2, blob, 2);
    g_assert_cmphex(map2[0], ==, map[0]);
    /* Bits past the map's end belong to somebody else. */
    g_assert_cmphex(map2[1], ==, 3 | 1ul << 63);
    g_assert_cmphex(dst.after, ==, 0x5a);
    /* Loading again replaces what the last load allocated. */
    dst.bits = 128;
    g_assert_cmpint(load(&vmstate_varying, &dst, b.data, b.len, 0, &error_abort), ==, 0);
    varying_free(&dst);

    /* B8: cut anywhere, nothing stays allocated (LeakSanitizer sees the rest). */
    for (size_t cut = 0; cut < b.len; cut++) {
        dst = (Varying){ .bits = 128, .one = &one2, .map = map2 };
        load_fails(&vmstate_varying, &dst, b.data, cut, 0, "at offset *");
        g_assert_true(!dst.words && !dst.elems && !dst.blob);
    }
    /* B7: a count from the stream cannot allocate without bound. */
    memset(b.data, 0x7f, 4);
    dst = (Varying){ .bits = 128, .one = &one2, .map = map2 };
    load_fails(&vmstate_varying, &dst, b.data, b.len, 0, "*field 'words' of 'varying'*more than a section may allocate*");
    g_assert_null(dst.words);
    /* A NULL pointer where data must go is an error on both sides. */
    dst = (Varying){ .bits = 128, .map = map2 };
    memset(b.data, 0, 4);
    load_fails(&vmstate_varying, &dst, b.data, b.len, 0, "*field 'one' of 'varying': the pointer is NULL*");
}

/* ---- Arrays of pointers: B1, B3, B4, B5, B7, B8 ---- */

typedef struct Slots {
    uint8_t n;
    Elem *fixed[4];
    Elem **slots;
    QEMUTimer *timers[1];
    uint8_t tail;
} Slots;

static const VMStateDescription vmstate_fixed = {
    .name = "fixed", FIELDS(VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(fixed, Slots, 4, 0, vmstate_elem, Elem),
                            VMSTATE_UINT8(tail, Slots))
};
static const VMStateDescription vmstate_auto = {
    .name = "auto", FIELDS(VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC(slots, Slots, n, 0, vmstate_elem, Elem),
                           VMSTATE_UINT8(tail, Slots))
};

static void test_pointer_array(void)
{
    Elem a = { 1, 2 }, b = { 3, 4 }, a2 = { 0 }, b2 = { 0 };
    Slots src = { .fixed = { &a, NULL, &b, NULL }, .tail = 9 };
    Slots dst = { .fixed = { &a2, NULL, &b2, NULL } };
    Bytes s = save(&vmstate_fixed, &src, NULL);

    /* B3: a marker for empty slots only. */
    assert_bytes(s, 1, 0, 2, 0x30, 3, 0, 4, 0x30, 9);
    g_assert_cmpint(load(&vmstate_fixed, &dst, s.data, s.len, 0, &error_abort), ==, 0);
    g_assert_cmpint(b2.b, ==, 4);
    g_assert_cmpint(dst.tail, ==, 9);

    /* B7: an object where this side has none. */
    s.data[3] = 0x31;
    load_fails(&vmstate_fixed, &dst, s.data, s.len, 0,
               "at offset 4: field 'fixed?1?' of 'fixed': pointer marker is 0x31*");
    s.data[3] = 0x55;
    load_fails(&vmstate_fixed, &dst, s.data, s.len, 0, "*field 'fixed?1?' of 'fixed': pointer marker is 0x55*");
}

static void test_auto_alloc(void)
{
    Elem a = { 1, 2 }, b = { 3, 4 };
    Elem *slots[3] = { &a, NULL, &b }, *slots2[3] = { 0 };
    Slots src = { .n = 3, .slots = slots, .tail = 9 };
    Slots dst = { .n = 3, .slots = slots2 };
    Bytes s = save(&vmstate_auto, &src, NULL);

    /* B4: a marker for every slot. */
    assert_bytes(s, 0x31, 1, 0, 2, 0x30, 0x31, 3, 0, 4, 9);
    g_assert_cmpint(load(&vmstate_auto, &dst, s.data, s.len, 0, &error_abort), ==, 0);
    g_assert_true(slots2[0] && !slots2[1] && slots2[2]);
    g_assert_cmpint(slots2[2]->b, ==, 4);
    /* The destination's slots are empty before the load. */
    load_fails(&vmstate_auto, &dst, s.data, s.len, 0, "*field 'slots?0?' of 'auto': the slot is in use*");
    for (int i = 0; i < 3; i++) {
        g_clear_pointer(&slots2[i], g_free);
    }
    /* B8 */
    for (size_t cut = 0; cut < s.len; cut++) {
        load_fails(&vmstate_auto, &dst, s.data, cut, 0, "at offset *'auto'*");
        g_assert_true(!slots2[0] && !slots2[1] && !slots2[2]);
    }
    s.data[4] = 0x32;
    load_fails(&vmstate_auto, &dst, s.data, s.len, 0, "*'slots?1?' of 'auto': pointer marker is 0x32, *0x30 or 0x31*");
    g_assert_null(slots2[0]);
}

static char *description(const VMStateDescription *vmsd, void *obj)
{
    g_autoptr(JSONWriter) w = json_writer_new(false);

    json_writer_start_object(w, NULL);
    save(vmsd, obj, w);
    json_writer_end_object(w);
    return g_strdup(json_writer_get(w));
}

static void test_description(void)
{
    Elem a = { 1, 2 };
    Elem *slots[2] = { &a, NULL };
    Slots src = { .n = 2, .slots = slots };
    Varying v = { .one = &a };
    g_autofree char *autos = description(&vmstate_auto, &src);
    g_autofree char *varying = description(&vmstate_varying, &v);
    g_autofree char *names = description(&vmstate_plain, (void *)&plain);

    /* B5: marker and object of each slot, with their index, never compressed. */
    g_assert_cmpstr(autos, ==,
        "{\"vmsd_name\": \"auto\", \"version\": 0, \"fields\": ["
        "{\"name\": \"slots\", \"index\": 0, \"type\": \"ptr-marker\", \"size\": 1}, "
        "{\"name\": \"slots\", \"index\": 0, \"type\": \"struct\", \"struct\": {\"vmsd_name\": \"elem\", \"version\": 0, "
        "\"fields\": [{\"name\": \"a\", \"type\": \"uint8\", \"size\": 1}, "
        "{\"name\": \"b\", \"type\": \"uint16\", \"size\": 2}]}, \"size\": 3}, "
        "{\"name\": \"slots\", \"index\": 1, \"type\": \"ptr-marker\", \"size\": 1}, "
        "{\"name\": \"tail\", \"type\": \"uint8\", \"size\": 1}]}");
    /* A plain array is one entry; size is one element's. */
    g_assert_nonnull(strstr(varying, "{\"name\": \"inside\", \"array_len\": 3, \"type\": \"struct\", \"struct\": "));
    /* Fields of one name are numbered by their place in the table. */
    g_assert_nonnull(strstr(names, "\"name\": \"newer[1]\""));
    g_assert_nonnull(strstr(names, "\"name\": \"buf[0]\", \"type\": \"buffer\", \"size\": 2}"));
}

/* ---- Subsections and hooks ---- */

typedef struct Parent {
    uint8_t x, y, z;
    bool want_y;
    int hooks;
    bool refuse;
} Parent;

static bool parent_y_needed(void *opaque)
{
    return ((Parent *)opaque)->want_y;
}

static int count_pre_save(void *opaque)
{
    ((Parent *)opaque)->hooks += 1;
    return 0;
}

static int count_post_save(void *opaque)
{
    ((Parent *)opaque)->hooks += 10;
    return 0;
}

static bool count_pre_load(void *opaque, Error **errp)
{
    ((Parent *)opaque)->hooks += 100;
    return true;
}

static bool count_post_load(void *opaque, int version_id, Error **errp)
{
    ((Parent *)opaque)->hooks += 1000 * version_id;
    if (((Parent *)opaque)->refuse) {
        error_setg(errp, "no thanks");
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_parent_y = {
    .name = "parent/y", .version_id = 1, .needed = parent_y_needed, FIELDS(VMSTATE_UINT8(y, Parent))
};
static const VMStateDescription vmstate_parent_z = {
    .name = "parent/z", .version_id = 1, FIELDS(VMSTATE_UINT8(z, Parent))
};
static const VMStateDescription vmstate_parent = {
    .name = "parent", .version_id = 3, .minimum_version_id = 3, .pre_save = count_pre_save, .post_save = count_post_save,
    .pre_load_errp = count_pre_load, .post_load_errp = count_post_load, FIELDS(VMSTATE_UINT8(x, Parent)),
    .subsections = (const VMStateDescription * const []) { &vmstate_parent_y, &vmstate_parent_z, NULL },
};

static void test_subsections(void)
{
    Parent src = { 1, 2, 3, true }, dst = { 0 };
    Bytes b = save(&vmstate_parent, &src, NULL), twice;

    assert_bytes(b, 1, 5, 8, 'p', 'a', 'r', 'e', 'n', 't', '/', 'y', 0, 0, 0, 1, 2,
                 5, 8, 'p', 'a', 'r', 'e', 'n', 't', '/', 'z', 0, 0, 0, 1, 3);
    g_assert_cmpint(src.hooks, ==, 11);
    g_assert_cmpint(load(&vmstate_parent, &dst, b.data, b.len, 3, &error_abort), ==, 0);
    g_assert_cmpint(dst.hooks, ==, 3100);
    g_assert_true(dst.x == 1 && dst.y == 2 && dst.z == 3);
    dst.refuse = true;
    load_fails(&vmstate_parent, &dst, b.data, b.len, 3, "at offset *no thanks");

    twice = b;
    memcpy(twice.data + twice.len, b.data + 1, 15);
    twice.len += 15;
    load_fails(&vmstate_parent, &dst, twice.data, twice.len, 3, "*subsection 'parent/y' comes twice*");
    b.data[10] = 'q';
    load_fails(&vmstate_parent, &dst, b.data, b.len, 3, "*subsection 'parent/q' of 'parent' is unknown*");
    b.data[10] = 'y';
    b.data[14] = 9;
    load_fails(&vmstate_parent, &dst, b.data, b.len, 3, "*'parent/y' has version 9*");
    src.want_y = false;
    b = save(&vmstate_parent, &src, NULL);
    g_assert_cmpuint(b.len, ==, 16);
}

/* ---- Containers ---- */

typedef struct Node {
    uint8_t v;
    QTAILQ_ENTRY(Node) tq;
    QLIST_ENTRY(Node) lq;
} Node;

static const VMStateDescription vmstate_node = { .name = "node", FIELDS(VMSTATE_UINT8(v, Node)) };

typedef struct Holder {
    QTAILQ_HEAD(, Node) tq;
    QLIST_HEAD(, Node) lq;
    GTree *tree;
    uint32_t sum;
} Holder;

typedef struct HolderTmp {
    Holder *parent;
    uint16_t half;
} HolderTmp;

static int tmp_pre_save(void *opaque)
{
    HolderTmp *t = opaque;

    t->half = t->parent->sum / 2;
    return 0;
}

static int tmp_post_load(void *opaque, int version_id)
{
    HolderTmp *t = opaque;

    t->parent->sum = t->half * 2;
    return 0;
}

static const VMStateDescription vmstate_holder_tmp = {
    .name = "holder_tmp", .pre_save = tmp_pre_save, .post_load = tmp_post_load, FIELDS(VMSTATE_UINT16(half, HolderTmp))
};
static const VMStateDescription vmstate_holder = {
    .name = "holder",
    FIELDS(VMSTATE_QTAILQ_V(tq, Holder, 0, vmstate_node, Node, tq), VMSTATE_QLIST_V(lq, Holder, 0, vmstate_node, Node, lq),
           VMSTATE_GTREE_DIRECT_KEY_V(tree, Holder, 0, &vmstate_node, Node),
           VMSTATE_WITH_TMP(Holder, HolderTmp, vmstate_holder_tmp))
};

static gint key_cmp(gconstpointer a, gconstpointer b, gpointer data)
{
    return (a > b) - (a < b);
}

static void holder_init(Holder *h)
{
    QTAILQ_INIT(&h->tq);
    QLIST_INIT(&h->lq);
    h->tree = g_tree_new_full(key_cmp, NULL, NULL, g_free);
}

static void holder_free(Holder *h)
{
    Node *n, *next;

    QTAILQ_FOREACH_SAFE(n, &h->tq, tq, next) {
        g_free(n);
    }
    QLIST_FOREACH_SAFE(n, &h->lq, lq, next) {
        g_free(n);
    }
    g_tree_destroy(h->tree);
}

static void test_containers(void)
{
    Node a = { 1 }, b = { 2 }, c = { 3 }, *n;
    Holder src = { .sum = 0x206 }, dst = { 0 };
    Bytes s;

    holder_init(&src);
    holder_init(&dst);
    QTAILQ_INSERT_TAIL(&src.tq, &a, tq);
    QTAILQ_INSERT_TAIL(&src.tq, &b, tq);
    QLIST_INSERT_HEAD(&src.lq, &c, lq);
    n = g_new0(Node, 1);
    n->v = 7;
    g_tree_insert(src.tree, (void *)0x1122, n);
    s = save(&vmstate_holder, &src, NULL);
    assert_bytes(s, 1, 1, 1, 2, 0, 1, 3, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0x11, 0x22, 7, 0, 1, 3);
    g_assert_cmpint(load(&vmstate_holder, &dst, s.data, s.len, 0, &error_abort), ==, 0);
    g_assert_cmpint(QTAILQ_FIRST(&dst.tq)->v, ==, 1);
    g_assert_cmpint(QTAILQ_LAST(&dst.tq)->v, ==, 2);
    g_assert_cmpint(QLIST_FIRST(&dst.lq)->v, ==, 3);
    g_assert_cmpint(((Node *)g_tree_lookup(dst.tree, (void *)0x1122))->v, ==, 7);
    g_assert_cmphex(dst.sum, ==, 0x206);
    load_fails(&vmstate_holder, &dst, s.data, s.len, 0, "*field 'tq' of 'holder': the queue is in use*");
    holder_free(&dst);

    /* B8 for every cut: the queues are empty again. */
    for (size_t cut = 0; cut < s.len; cut++) {
        dst = (Holder){ 0 };
        holder_init(&dst);
        load_fails(&vmstate_holder, &dst, s.data, cut, 0, "at offset *'holder'*");
        g_assert_true(QTAILQ_EMPTY(&dst.tq) && QLIST_EMPTY(&dst.lq));
        holder_free(&dst);
    }
    /* B7: the tree's count and markers are checked. */
    s.data[11] = 2;
    holder_init(&dst);
    load_fails(&vmstate_holder, &dst, s.data, s.len, 0, "*field 'tree'*tree has 1 nodes, announced were 2*");
    holder_free(&dst);
    QTAILQ_INIT(&src.tq);
    QLIST_INIT(&src.lq);
    holder_free(&src);
}

/* ---- B7: whatever the bytes, an answer ---- */

static void test_junk(void)
{
    static const VMStateDescription *const all[] = { &vmstate_plain, &vmstate_parent, &vmstate_holder };

    for (int round = 0; round < 20000; round++) {
        const VMStateDescription *vmsd = all[round % ARRAY_SIZE(all)];
        union {
            Plain plain;
            Parent parent;
            Holder holder;
        } u = { 0 };
        uint8_t data[64];
        Error *err = NULL;
        bool failed;

        for (size_t i = 0; i < sizeof(data); i++) {
            data[i] = g_test_rand_int_range(0, 4) ? g_test_rand_int_range(0, 6) : g_test_rand_int();
        }
        if (vmsd == &vmstate_holder) {
            holder_init(&u.holder);
        }
        QEMUFile *f = qemu_file_new_input_mem(data, g_test_rand_int_range(0, sizeof(data) + 1));
        failed = vmstate_load_state(f, vmsd, &u, vmsd->version_id, &err) < 0;
        g_assert_true(failed == (err != NULL));
        error_free(err);
        qemu_fclose(f);
        if (vmsd == &vmstate_holder) {
            holder_free(&u.holder);
        }
    }
}

/* ---- B2: broken tables are named ---- */

static void check_fails(const VMStateDescription *vmsd, const char *pattern)
{
    g_autoptr(Error) err = NULL;

    g_assert_false(vmstate_check(vmsd, &err));
    if (!g_pattern_match_simple(pattern, error_get_pretty(err))) {
        g_error("'%s' does not match '%s'", error_get_pretty(err), pattern);
    }
}

#define BROKEN(_pattern, ...) do {                                                               \
        static const VMStateField fields_[] = { { __VA_ARGS__ }, VMSTATE_END_OF_LIST() };        \
        static const VMStateDescription inner_ = { .name = "inner", .fields = fields_ };         \
        static const VMStateField outer_[] = {                                                   \
            { .name = "in", .flags = VMS_STRUCT, .size = 1, .vmsd = &inner_ }, VMSTATE_END_OF_LIST() }; \
        static const VMStateDescription vmsd_ = { .name = "outer", .fields = outer_ };           \
        check_fails(&vmsd_, "vmstate 'inner': field 'f' " _pattern);                             \
    } while (0)

static void test_check(void)
{
    BROKEN("has no codec", .name = "f", .flags = VMS_SINGLE, .size = 1);
    BROKEN("*plain array of pointers*", .name = "f", .flags = VMS_ARRAY | VMS_ARRAY_OF_POINTER, .num = 1, .size = 8,
           .info = &vmstate_info_uint8);
    BROKEN("*array of pointers without a count", .name = "f", .flags = VMS_ARRAY_OF_POINTER,
           .info = &vmstate_info_uint8);
    BROKEN("*gives no size", .name = "f", .num = 1, .info = &vmstate_info_uint8,
           .flags = VMS_ARRAY | VMS_ARRAY_OF_POINTER | VMS_ARRAY_OF_POINTER_AUTO_ALLOC);
    BROKEN("*not an array of pointers", .name = "f", .flags = VMS_ARRAY | VMS_ARRAY_OF_POINTER_AUTO_ALLOC, .num = 1,
           .size = 1, .info = &vmstate_info_uint8);
    BROKEN("has both size and size_offset", .name = "f", .flags = VMS_VBUFFER, .size = 1, .size_offset = 4,
           .info = &vmstate_info_buffer);
    BROKEN("*newer than its description*", .name = "f", .flags = VMS_SINGLE, .size = 1, .version_id = 1,
           .info = &vmstate_info_uint8);
    BROKEN("*more than one kind of count", .name = "f", .flags = VMS_ARRAY | VMS_VARRAY_UINT8, .num = 1, .size = 1,
           .info = &vmstate_info_uint8);

    static const VMStateDescription sub = { .name = "other/sub" };
    static const VMStateDescription *const subs[] = { &sub, NULL };
    static const VMStateDescription parent = { .name = "main", .subsections = subs };
    check_fails(&parent, "vmstate 'main': the name of subsection 'other/sub'*");
}

/* ---- B1: what the macros of arrays of pointers say ---- */

static void test_sizes(void)
{
    static const VMStateField plain_fields[] = {
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(fixed, Slots, 4, 0, vmstate_elem, Elem),
        VMSTATE_TIMER_PTR_ARRAY(timers, Slots, 1),
    };
    static const VMStateField auto_fields[] = {
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT_AUTO_ALLOC(fixed, Slots, 4, 0, vmstate_elem, Elem),
        VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC(slots, Slots, n, 0, vmstate_elem, Elem),
    };

    for (unsigned i = 0; i < ARRAY_SIZE(plain_fields); i++) {
        g_assert_cmpuint(plain_fields[i].size, ==, 0);
        g_assert_cmpuint(plain_fields[i].size_offset, ==, 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(auto_fields); i++) {
        g_assert_cmpuint(auto_fields[i].size, ==, sizeof(Elem));
        g_assert_cmpuint(auto_fields[i].size_offset, ==, 0);
    }
    /* Slots are one pointer apart whatever the object's size: B3 and B4 read them back from such arrays. */
    g_assert_cmpuint(sizeof(Elem), !=, sizeof(void *));
}

/* ---- B6: markers cost no allocation ---- */

/* Ours win over GLib's in everything that is linked into this program. */
static unsigned allocations;

gpointer g_malloc(gsize n)
{
    allocations++;
    return malloc(n);
}

gpointer g_malloc0(gsize n)
{
    allocations++;
    return calloc(1, n);
}

static unsigned allocations_of_save(uint8_t slots)
{
    static Elem *empty[256];
    Slots src = { .n = slots, .slots = empty };
    QEMUFile *f = qemu_file_new_output_mem();
    unsigned before = allocations;

    g_assert_cmpint(vmstate_save_state(f, &vmstate_auto, &src, NULL, &error_abort), ==, 0);
    before = allocations - before;
    qemu_fclose(f);
    return before;
}

static void test_marker_allocations(void)
{
    unsigned counted = allocations;

    g_free(g_malloc(1));
    g_assert_cmpuint(allocations, ==, counted + 1);
    g_assert_cmpuint(allocations_of_save(2), ==, allocations_of_save(250));
}

/* ---- B7: one bound for all that a section allocates ---- */

typedef struct Big {
    uint8_t bytes[100 << 20];
} Big;

typedef struct Greedy {
    Big *slots[4];
    GTree *tree;
} Greedy;

static const VMStateDescription vmstate_big = { .name = "big", FIELDS(VMSTATE_UINT8_SUB_ARRAY(bytes, Big, 0, 1)) };
static const VMStateDescription vmstate_greedy = {
    .name = "greedy", FIELDS(VMSTATE_ARRAY_OF_POINTER_TO_STRUCT_AUTO_ALLOC(slots, Greedy, 4, 0, vmstate_big, Big),
                             VMSTATE_GTREE_DIRECT_KEY_V(tree, Greedy, 0, &vmstate_node, Node))
};

static void test_section_bound(void)
{
    static const uint8_t many[] = { 0x31, 1, 0x31, 2, 0x31, 3, 0x30, 0, 0, 0, 0, 0 };
    static const uint8_t twice[] = { 0x30, 0x30, 0x30, 0x30, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 5, 7,
                                     1, 0, 0, 0, 0, 0, 0, 0, 5, 8, 0 };
    Greedy dst = { .tree = g_tree_new_full(key_cmp, NULL, NULL, g_free) };

    load_fails(&vmstate_greedy, &dst, many, sizeof(many), 0,
               "at offset 5: field 'slots?2?' of 'greedy': * on top of * are more than a section may allocate*");
    g_assert_true(!dst.slots[0] && !dst.slots[1] && !dst.slots[2]);
    /* The next section starts from nothing. */
    g_assert_cmpint(load(&vmstate_greedy, &dst, "\x31\1\x31\1\x30\x30\0\0\0\0\0", 11, 0, &error_abort), ==, 0);
    g_free(dst.slots[0]);
    g_free(dst.slots[1]);
    memset(dst.slots, 0, sizeof(dst.slots));
    /* A second node of one key would replace, and free, the first. */
    load_fails(&vmstate_greedy, &dst, twice, sizeof(twice), 0, "*field 'tree' of 'greedy': a key comes twice");
    g_tree_destroy(dst.tree);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vmstate/plain", test_plain);
    g_test_add_func("/vmstate/B7-bad-values", test_bad_values);
    g_test_add_func("/vmstate/B7-checked", test_checked);
    g_test_add_func("/vmstate/B8-varying", test_varying);
    g_test_add_func("/vmstate/B3-pointer-array", test_pointer_array);
    g_test_add_func("/vmstate/B4-B8-auto-alloc", test_auto_alloc);
    g_test_add_func("/vmstate/B5-description", test_description);
    g_test_add_func("/vmstate/subsections", test_subsections);
    g_test_add_func("/vmstate/B8-containers", test_containers);
    g_test_add_func("/vmstate/B7-junk", test_junk);
    g_test_add_func("/vmstate/B2-check", test_check);
    g_test_add_func("/vmstate/B1-sizes", test_sizes);
    g_test_add_func("/vmstate/B6-marker-allocations", test_marker_allocations);
    g_test_add_func("/vmstate/B7-section-bound", test_section_bound);
    return g_test_run();
}
