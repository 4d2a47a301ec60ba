/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mutate.h. */
#include "qemu/osdep.h"
#include "migration/savevm.h"
#include "tests/vmstate/mutate.h"

typedef struct Buf {
    uint8_t *data;
    size_t size, max;
    uint64_t rng;
} Buf;

static uint32_t rnd(Buf *b, uint32_t below)
{
    b->rng = b->rng * 6364136223846793005ull + 1442695040888963407ull;
    return below ? (b->rng >> 33) % below : 0;
}

/* ---- Ranges ---- */

/* Put @n bytes of @what before @at, or make room. */
static void insert(Buf *b, size_t at, const void *what, size_t n)
{
    if (n && at <= b->size && n <= b->max - b->size) {
        memmove(b->data + at + n, b->data + at, b->size - at);
        memcpy(b->data + at, what, n);
        b->size += n;
    }
}

static void cut(Buf *b, size_t at, size_t n)
{
    if (at <= b->size && n <= b->size - at) {
        memmove(b->data + at, b->data + at + n, b->size - at - n);
        b->size -= n;
    }
}

/* A copy of [from, from + n) before @at. */
static void copy(Buf *b, size_t from, size_t n, size_t at)
{
    g_autofree uint8_t *tmp = g_memdup2(b->data + from, n);

    insert(b, at, tmp, n);
}

/* ---- Values inside a section ---- */

static const uint64_t interesting[] = {
    0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 32767, 32768,
    65535, 65536, 0x7fffff, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000,
    0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff, 0x0fffffff, 0x10000000, 0x10000001,
};

static void put_be(Buf *b, size_t at, unsigned width, uint64_t v)
{
    for (unsigned i = 0; i < width && at + i < b->size; i++) {
        b->data[at + i] = v >> (8 * (width - 1 - i));
    }
}

static uint64_t get_be(const Buf *b, size_t at, unsigned width)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < width; i++) {
        v = v << 8 | (at + i < b->size ? b->data[at + i] : 0);
    }
    return v;
}

static void change_number(Buf *b, size_t start, size_t end)
{
    size_t at = start + rnd(b, end - start);
    unsigned width = 1u << rnd(b, 4);

    if (at + width > end) {
        return;
    }
    switch (rnd(b, 4)) {
    case 0:
        put_be(b, at, width, interesting[rnd(b, ARRAY_SIZE(interesting))]);
        break;
    case 1:
        put_be(b, at, width, get_be(b, at, width) + rnd(b, 33) - 16);
        break;
    case 2:
        put_be(b, at, width, get_be(b, at, width) ^ 1ull << rnd(b, width * 8));
        break;
    default:
        put_be(b, at, width, (uint64_t)rnd(b, UINT32_MAX) << rnd(b, 33));
    }
}

/* Markers of pointers, elements, booleans and subsections turn into one another. */
static void change_marker(Buf *b, size_t start, size_t end)
{
    static const uint8_t markers[] = { 0x30, 0x31, 0x00, 0x01, 0x05, 0x7e, 0x02, 0xff };
    size_t at = start + rnd(b, end - start);

    for (size_t i = 0; i < end - start; i++, at = at + 1 < end ? at + 1 : start) {
        if (memchr(markers, b->data[at], 5)) {
            b->data[at] = markers[rnd(b, sizeof(markers))];
            return;
        }
    }
}

/* The first subsection at or after a random place: its length up to the end of the range is not known, its header is. */
static bool find_subsection(Buf *b, size_t start, size_t end, size_t *at, size_t *len)
{
    size_t p = start + rnd(b, end - start);

    for (size_t i = 0; i < end - start; i++, p = p + 1 < end ? p + 1 : start) {
        size_t n = p + 1 < end && b->data[p] == QEMU_VM_SUBSECTION ? b->data[p + 1] : 0;

        if (n > 3 && p + 6 + n <= end && memchr(b->data + p + 2, '/', n)) {
            *at = p;
            *len = n + 6;
            return true;
        }
    }
    return false;
}

static void change_subsection(Buf *b, size_t start, size_t end)
{
    size_t at, len, other, other_len;

    if (!find_subsection(b, start, end, &at, &len) || !find_subsection(b, start, end, &other, &other_len)) {
        return;
    }
    switch (rnd(b, 4)) {
    case 0:                                             /* again, with some of its contents */
        copy(b, at, MIN(len + rnd(b, 64), end - at), MIN(other, b->size));
        break;
    case 1:
        cut(b, at, MIN(len + rnd(b, 64), end - at));
        break;
    case 2:                                             /* version */
        put_be(b, at + len - 4, 4, interesting[rnd(b, ARRAY_SIZE(interesting))]);
        break;
    default:                                            /* name or its length */
        b->data[at + 1 + rnd(b, len - 5)] ^= 1u << rnd(b, 8);
    }
}

static void change_range(Buf *b, size_t start, size_t end)
{
    size_t at, n;

    if (end <= start) {
        return;
    }
    at = start + rnd(b, end - start);
    n = 1 + rnd(b, MIN(end - at, 64));
    switch (rnd(b, 10)) {
    case 0 ... 3:
        change_number(b, start, end);
        break;
    case 4:
        change_marker(b, start, end);
        break;
    case 5:
        change_subsection(b, start, end);
        break;
    case 6:
        cut(b, at, MIN(n, end - at));
        break;
    case 7:
        copy(b, at, MIN(n, end - at), at);
        break;
    case 8:
        memset(b->data + at, rnd(b, 2) ? 0xff : rnd(b, 256), MIN(n, end - at));
        break;
    default:
        for (size_t i = at; i < MIN(at + n, end); i++) {
            b->data[i] = rnd(b, 256);
        }
    }
}

size_t mutate_payload(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    Buf b = { data, size, max, seed * 0x9e3779b97f4a7c15ull + 1 };

    for (unsigned n = 1 + rnd(&b, 4); n > 0; n--) {
        change_range(&b, 0, b.size);
    }
    if (rnd(&b, 50) == 0) {
        b.size = rnd(&b, b.size + 1);
    }
    return b.size;
}

/* ---- Sections ---- */

#define SECTIONS_MAX 256

typedef struct Section {
    size_t start, body, footer, end;        /* body..footer: the contents */
} Section;

static bool is_kind(uint8_t type)
{
    return type <= QEMU_VM_COMMAND;
}

/* The contents' length is not on the wire: the footer is found by its number and by what follows it. */
static size_t find_footer(const Buf *b, size_t body, size_t id_at)
{
    for (size_t p = body; p + 5 <= b->size; p++) {
        if (b->data[p] == QEMU_VM_SECTION_FOOTER && !memcmp(b->data + p + 1, b->data + id_at, 4) &&
            (p + 5 == b->size || is_kind(b->data[p + 5]))) {
            return p;
        }
    }
    return 0;
}

static unsigned find_sections(const Buf *b, Section *sections)
{
    size_t p = 13 + (b->size > 13 ? get_be(b, 9, 4) & 0xff : 0);
    unsigned n = 0;

    while (p + 5 < b->size && n < SECTIONS_MAX) {
        Section s = { .start = p, .body = p + 5 };

        if (b->data[p] == QEMU_VM_COMMAND) {
            p += 5 + get_be(b, p + 3, 2);
            continue;
        }
        if (b->data[p] < QEMU_VM_SECTION_START || b->data[p] > QEMU_VM_SECTION_FULL) {
            break;
        }
        if (b->data[p] == QEMU_VM_SECTION_START || b->data[p] == QEMU_VM_SECTION_FULL) {
            s.body += 1 + b->data[p + 5] + 8;
        }
        s.footer = find_footer(b, s.body, p + 1);
        if (!s.footer) {
            break;
        }
        s.end = p = s.footer + 5;
        sections[n++] = s;
    }
    return n;
}

static void change_header(Buf *b, const Section *s)
{
    switch (rnd(b, 5)) {
    case 0:
        b->data[s->start] = rnd(b, 10);
        break;
    case 1:                                             /* number, in the header, the footer or both */
        b->data[s->start + 4] ^= rnd(b, 4);
        b->data[s->footer + 4] ^= rnd(b, 4);
        break;
    case 2:                                             /* instance or version */
        if (s->body >= s->start + 14) {
            put_be(b, s->body - (rnd(b, 2) ? 8 : 4), 4, interesting[rnd(b, ARRAY_SIZE(interesting))]);
        }
        break;
    case 3:                                             /* a byte of the name or its length */
        b->data[s->start + 5 + rnd(b, s->body - s->start - 5 + 1)] ^= 1u << rnd(b, 8);
        break;
    default:
        b->data[s->footer + rnd(b, 5)] ^= 1u << rnd(b, 8);
    }
}

static void change_order(Buf *b, const Section *x, const Section *y)
{
    size_t n = x->end - x->start;

    switch (rnd(b, 4)) {
    case 0:
        copy(b, x->start, n, y->start);
        break;
    case 1:
        cut(b, x->start, n);
        break;
    case 2:                                             /* x moves before y */
        if (x->start > y->start && n <= b->max - b->size) {
            copy(b, x->start, n, y->start);
            cut(b, x->start + n, n);
        }
        break;
    default:                                            /* contents of x in y */
        copy(b, x->body, MIN(x->footer - x->body, 4096), y->body);
    }
}

static void insert_command(Buf *b, const Section *s)
{
    uint8_t cmd[10] = { QEMU_VM_COMMAND, 0, rnd(b, 16), 0, rnd(b, 6), rnd(b, 256), rnd(b, 256), rnd(b, 256), rnd(b, 256) };

    insert(b, s->start, cmd, 5 + cmd[4]);
}

size_t mutate_stream(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    Buf b = { data, size, max, seed * 0x9e3779b97f4a7c15ull + 1 };

    for (unsigned turns = 1 + rnd(&b, 3); turns > 0; turns--) {
        Section s[SECTIONS_MAX], *x, *y;
        unsigned n = find_sections(&b, s), kind = rnd(&b, 16);

        if (n == 0 || kind == 15) {
            change_range(&b, 0, b.size);
            continue;
        }
        x = &s[rnd(&b, n)];
        y = &s[rnd(&b, n)];
        if (kind < 10) {
            change_range(&b, x->body, x->footer);
        } else if (kind < 12) {
            change_header(&b, x);
        } else if (kind < 14) {
            change_order(&b, x, y);
        } else {
            insert_command(&b, x);
        }
    }
    if (rnd(&b, 50) == 0) {
        b.size = rnd(&b, b.size + 1);
    }
    return b.size;
}
