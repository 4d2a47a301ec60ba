/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util/bitmap.c against a bool per bit; qemu/queue.h. */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/queue.h"
#include "qemu/thread.h"

#define BITS 300

static void compare(const unsigned long *map, const bool *model)
{
    long ones = 0;

    for (int i = 0; i < BITS; i++) {
        g_assert_cmpint(test_bit(i, map), ==, model[i]);
        ones += model[i];
    }
    g_assert_cmpint(bitmap_count_one(map, BITS), ==, ones);
    g_assert_cmpint(bitmap_empty(map, BITS), ==, ones == 0);
    g_assert_cmpint(bitmap_full(map, BITS), ==, ones == BITS);
    for (unsigned long i = 0; i <= BITS; i += 7) {
        unsigned long set = i, clear = i;

        while (set < BITS && !model[set]) {
            set++;
        }
        while (clear < BITS && model[clear]) {
            clear++;
        }
        g_assert_cmpuint(find_next_bit(map, BITS, i), ==, MIN(set, BITS));
        g_assert_cmpuint(find_next_zero_bit(map, BITS, i), ==, MIN(clear, BITS));
    }
}

static void test_ranges(void)
{
    DECLARE_BITMAP(map, BITS) = { 0 };
    bool model[BITS] = { false };
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (int round = 0; round < 2000; round++) {
        long start = g_rand_int_range(rand, 0, BITS), nr = g_rand_int_range(rand, 0, BITS - start + 1);
        bool value = round % 2, any = false;

        for (long i = start; i < start + nr; i++) {
            any |= model[i];
            model[i] = value;
        }
        switch (round % 6) {
        case 0: bitmap_clear(map, start, nr); break;
        case 1: bitmap_set(map, start, nr); break;
        case 2: g_assert_cmpint(bitmap_test_and_clear_atomic(map, start, nr), ==, any); break;
        case 3: case 5: bitmap_set_atomic(map, start, nr); break;
        case 4: bitmap_clear_atomic(map, start, nr); break;
        }
        compare(map, model);
    }
}

static void test_zero_area(void)
{
    DECLARE_BITMAP(map, BITS) = { 0 };

    bitmap_set(map, 0, 5);
    bitmap_set(map, 12, 1);
    g_assert_cmpuint(bitmap_find_next_zero_area(map, BITS, 0, 7, 0), ==, 5);
    g_assert_cmpuint(bitmap_find_next_zero_area(map, BITS, 0, 8, 0), ==, 13);
    g_assert_cmpuint(bitmap_find_next_zero_area(map, BITS, 0, 8, 15), ==, 16);
    g_assert_cmpuint(bitmap_find_next_zero_area(map, BITS, 0, BITS, 0), >, BITS);
}

/* Two threads own alternate bits of the same words: no update may be lost. */
static unsigned long shared[4];

static void *toggle(void *arg)
{
    long first = (long)arg;

    for (int round = 0; round < 20001; round++) {
        for (long i = first; i < 256; i += 32) {
            if (round % 2) {
                bitmap_clear_atomic(shared, i, 1);
            } else {
                bitmap_set_atomic(shared, i, 1);
            }
        }
    }
    return NULL;
}

static void test_atomic(void)
{
    QemuThread a, b;

    qemu_thread_create(&a, "even", toggle, (void *)0, QEMU_THREAD_JOINABLE);
    qemu_thread_create(&b, "odd", toggle, (void *)1, QEMU_THREAD_JOINABLE);
    qemu_thread_join(&a);
    qemu_thread_join(&b);
    for (long i = 0; i < 256; i++) {
        g_assert_cmpint(test_bit(i, shared), ==, i % 32 < 2);
    }
}

typedef struct Item Item;
struct Item {
    int value;
    QTAILQ_ENTRY(Item) tail;
    QLIST_ENTRY(Item) list;
    QSIMPLEQ_ENTRY(Item) simple;
};

static void test_queues(void)
{
    Item items[5] = { { 0 }, { 1 }, { 2 }, { 3 }, { 4 } }, *it, *next;
    QTAILQ_HEAD(, Item) tail = QTAILQ_HEAD_INITIALIZER(tail);
    QLIST_HEAD(, Item) list = QLIST_HEAD_INITIALIZER(list);
    QSIMPLEQ_HEAD(, Item) simple = QSIMPLEQ_HEAD_INITIALIZER(simple);
    int sum = 0, expect;

    QTAILQ_INSERT_TAIL(&tail, &items[2], tail);
    QTAILQ_INSERT_TAIL(&tail, &items[4], tail);
    QTAILQ_INSERT_HEAD(&tail, &items[0], tail);
    QTAILQ_INSERT_BEFORE(&items[2], &items[1], tail);
    QTAILQ_INSERT_AFTER(&tail, &items[2], &items[3], tail);
    expect = 0;
    QTAILQ_FOREACH(it, &tail, tail) {
        g_assert_cmpint(it->value, ==, expect++);
    }
    expect = 4;
    QTAILQ_FOREACH_REVERSE(it, &tail, tail) {
        g_assert_cmpint(it->value, ==, expect--);
    }
    g_assert_true(QTAILQ_LAST(&tail) == &items[4] && QTAILQ_PREV(&items[3], tail) == &items[2]);
    QTAILQ_REMOVE(&tail, &items[4], tail);
    QTAILQ_REMOVE(&tail, &items[0], tail);
    g_assert_false(QTAILQ_IN_USE(&items[0], tail));
    g_assert_true(QTAILQ_LAST(&tail) == &items[3] && QTAILQ_FIRST(&tail) == &items[1]);
    QTAILQ_FOREACH_SAFE(it, &tail, tail, next) {
        QTAILQ_REMOVE(&tail, it, tail);
    }
    g_assert_true(QTAILQ_EMPTY(&tail) && QTAILQ_LAST(&tail) == NULL);

    for (int i = 0; i < 5; i++) {
        QLIST_INSERT_HEAD(&list, &items[i], list);
        QSIMPLEQ_INSERT_TAIL(&simple, &items[i], simple);
    }
    QLIST_REMOVE(&items[2], list);
    QLIST_SAFE_REMOVE(&items[2], list);
    QLIST_FOREACH(it, &list, list) {
        sum = sum * 10 + it->value;
    }
    g_assert_cmpint(sum, ==, 4310);
    QSIMPLEQ_REMOVE_HEAD(&simple, simple);
    sum = 0;
    QSIMPLEQ_FOREACH(it, &simple, simple) {
        sum = sum * 10 + it->value;
    }
    g_assert_cmpint(sum, ==, 1234);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bitmap/ranges", test_ranges);
    g_test_add_func("/bitmap/zero-area", test_zero_area);
    g_test_add_func("/bitmap/atomic", test_atomic);
    g_test_add_func("/queues", test_queues);
    return g_test_run();
}
