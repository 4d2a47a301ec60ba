/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the SMBIOS structures and their entry point (DSP0134 3.0, sections 5 and 7). What options say is in
 * smbios-options.c. Start-up.
 */
#include "qemu/osdep.h"
#include "hw/firmware/smbios.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "qemu/bswap.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "system/system.h"

#define DIMM_MAX (16 * GiB)
#define FAMILY_OTHER 0x01
#define FAMILY_IN_WORD 0xfe         /* the family is in the 16-bit field */
#define CHASSIS_OTHER 0x01
#define STATE_SAFE 0x03
#define UNKNOWN 0x02

/* ---- one structure: formatted area, then its strings ---- */

typedef struct Structure {
    SmbiosTables *t;
    size_t start;
    GPtrArray *strings;
} Structure;

static void begin(Structure *s, SmbiosTables *t, uint8_t type, uint16_t handle)
{
    const uint8_t header[4] = { type, 0, handle & 0xff, handle >> 8 };

    *s = (Structure) { t, t->data->len, g_ptr_array_new() };
    g_byte_array_append(t->data, header, sizeof(header));
}

static void add(Structure *s, uint64_t value, unsigned bytes)
{
    value = cpu_to_le64(value);
    g_byte_array_append(s->t->data, (const uint8_t *)&value, bytes);
}

/* A string field holds the string's number, 0 when there is none. */
static void add_string(Structure *s, const char *text)
{
    if (text && *text && s->strings->len < 255) {
        g_ptr_array_add(s->strings, (void *)text);
        add(s, s->strings->len, 1);
    } else {
        add(s, 0, 1);
    }
}

static void add_field(Structure *s, const char *field, const char *otherwise)
{
    add_string(s, smbios_text(s->t->data->data[s->start], field, otherwise));
}

static void end(Structure *s)
{
    GByteArray *data = s->t->data;

    data->data[s->start + 1] = data->len - s->start;
    for (unsigned i = 0; i < s->strings->len; i++) {
        g_byte_array_append(data, s->strings->pdata[i], strlen(s->strings->pdata[i]) + 1);
    }
    g_byte_array_append(data, (const uint8_t *)"\0\0", s->strings->len ? 1 : 2);
    s->t->largest = MAX(s->t->largest, data->len - s->start);
    s->t->count++;
    g_ptr_array_unref(s->strings);
}

static bool flag(unsigned type, const char *field, bool otherwise)
{
    const char *text = smbios_text(type, field, NULL);
    bool value = otherwise;

    if (text) {
        qapi_bool_parse(field, text, &value, NULL);
    }
    return value;
}

/* ---- the types ---- */

static void build_firmware(SmbiosTables *t)
{
    unsigned major = 0, minor = 0;
    Structure s;

    sscanf(smbios_text(0, "release", "0.0"), "%u.%u", &major, &minor);
    begin(&s, t, 0, 0);
    add_field(&s, "vendor", "Switchover");
    add_field(&s, "version", "1");
    add(&s, 0xe800, 2);                 /* segment */
    add_field(&s, "date", "04/01/2014");
    add(&s, 0, 1);                      /* 64 KiB */
    add(&s, 1u << 3, 8);                /* characteristics: not said */
    add(&s, 0, 1);
    add(&s, 0x04 | (flag(0, "uefi", false) ? 0x08 : 0) | (flag(0, "vm", true) ? 0x10 : 0), 1);
    add(&s, major, 1);
    add(&s, minor, 1);
    add(&s, 0xffff, 2);                 /* no embedded controller */
    end(&s);
}

/* Time fields of the UUID are little endian since SMBIOS 2.6. */
static void add_uuid(Structure *s)
{
    const char *text = smbios_text(1, "uuid", NULL);
    QemuUUID uuid = { { 0 } };
    const uint8_t *d = uuid.data;

    if (!text || !qemu_uuid_parse(text, &uuid)) {
        uuid = qemu_uuid;
    }
    add(s, ldl_be_p(d), 4);
    add(s, lduw_be_p(d + 4), 2);
    add(s, lduw_be_p(d + 6), 2);
    g_byte_array_append(s->t->data, d + 8, 8);
}

static void build_system(SmbiosTables *t, const SmbiosMachine *m)
{
    Structure s;

    begin(&s, t, 1, 0x100);
    add_field(&s, "manufacturer", m->manufacturer);
    add_field(&s, "product", m->product);
    add_field(&s, "version", m->version);
    add_field(&s, "serial", NULL);
    add_uuid(&s);
    add(&s, 0x06, 1);                   /* woken by the power switch */
    add_field(&s, "sku", NULL);
    add_field(&s, "family", NULL);
    end(&s);
}

static void build_board(SmbiosTables *t, const SmbiosMachine *m)
{
    Structure s;

    begin(&s, t, 2, 0x200);
    add_field(&s, "manufacturer", m->manufacturer);
    add_field(&s, "product", m->product);
    add_field(&s, "version", m->version);
    add_field(&s, "serial", NULL);
    add_field(&s, "asset", NULL);
    add(&s, 0x01, 1);                   /* hosting board */
    add_field(&s, "location", NULL);
    add(&s, 0x300, 2);
    add(&s, 0x0a, 1);                   /* motherboard */
    add(&s, 0, 1);
    end(&s);
}

static void build_chassis(SmbiosTables *t, const SmbiosMachine *m)
{
    Structure s;

    begin(&s, t, 3, 0x300);
    add_field(&s, "manufacturer", m->manufacturer);
    add(&s, CHASSIS_OTHER, 1);
    add_field(&s, "version", m->version);
    add_field(&s, "serial", NULL);
    add_field(&s, "asset", NULL);
    add(&s, STATE_SAFE, 1);             /* boot-up, power supply, thermal */
    add(&s, STATE_SAFE, 1);
    add(&s, STATE_SAFE, 1);
    add(&s, UNKNOWN, 1);                /* security */
    add(&s, 0, 4);
    add(&s, 0, 4);                      /* height, power cords, elements: none */
    add_field(&s, "sku", NULL);
    end(&s);
}

static void build_processor(SmbiosTables *t, const SmbiosMachine *m, unsigned socket)
{
    g_autofree char *designation = g_strdup_printf("%s%2x", smbios_text(4, "sock_pfx", "CPU"), socket);
    uint64_t family = smbios_number(4, "processor-family", FAMILY_OTHER);
    Structure s;

    begin(&s, t, 4, 0x400 + socket);
    add_string(&s, designation);
    add(&s, 0x03, 1);                   /* central processor */
    add(&s, family > 0xff || family == FAMILY_OTHER ? FAMILY_IN_WORD : family, 1);
    add_field(&s, "manufacturer", m->manufacturer);
    add(&s, smbios_number(4, "processor-id", (uint64_t)m->cpu_features << 32 | m->cpu_signature), 8);
    add_field(&s, "version", m->version);
    add(&s, 0, 1);                      /* voltage */
    add(&s, 0, 2);                      /* external clock */
    add(&s, smbios_number(4, "max-speed", 2000), 2);
    add(&s, smbios_number(4, "current-speed", 2000), 2);
    add(&s, 0x41, 1);                   /* populated, enabled */
    add(&s, 0x01, 1);                   /* socket: other */
    add(&s, 0xffff, 2);                 /* no cache structures */
    add(&s, 0xffff, 2);
    add(&s, 0xffff, 2);
    add_field(&s, "serial", NULL);
    add_field(&s, "asset", NULL);
    add_field(&s, "part", NULL);
    add(&s, MIN(m->cores, 255), 1);
    add(&s, MIN(m->cores, 255), 1);
    add(&s, MIN(m->threads, 255), 1);
    add(&s, 0x02, 2);                   /* characteristics: unknown */
    add(&s, family, 2);
    if (m->entry64) {
        add(&s, m->cores, 2);
        add(&s, m->cores, 2);
        add(&s, m->threads, 2);
    }
    end(&s);
}

static void build_ports(SmbiosTables *t)
{
    const GPtrArray *ports = smbios_ports();

    for (unsigned i = 0; i < ports->len; i++) {
        const SmbiosPort *port = ports->pdata[i];
        Structure s;

        begin(&s, t, 8, 0x800 + i);
        add_string(&s, port->internal);
        add(&s, 0, 1);
        add_string(&s, port->external);
        add(&s, port->connector, 1);
        add(&s, port->kind, 1);
        end(&s);
    }
}

/* At most 255 strings in a structure: as many structures as it takes. */
static void build_oem_strings(SmbiosTables *t)
{
    const GPtrArray *strings = smbios_oem_strings();

    for (unsigned i = 0, n = 0; i < strings->len; n++) {
        Structure s;

        begin(&s, t, 11, 0xe00 + n);
        add(&s, 0, 1);
        for (; i < strings->len && s.strings->len < 255; i++) {
            const char *text = strings->pdata[i];

            /* an empty string would end the list */
            g_ptr_array_add(s.strings, (void *)(*text ? text : " "));
        }
        t->data->data[s.start + 4] = s.strings->len;
        end(&s);
    }
}

static void build_memory_array(SmbiosTables *t, const SmbiosMachine *m, unsigned dimms)
{
    uint64_t kib = m->ram_size / KiB;
    bool extended = kib >= 0x80000000;
    Structure s;

    begin(&s, t, 16, 0x1000);
    add(&s, 0x01, 1);                   /* location: other */
    add(&s, 0x03, 1);                   /* system memory */
    add(&s, 0x06, 1);                   /* multi-bit ECC */
    add(&s, extended ? 0x80000000 : kib, 4);
    add(&s, 0xfffe, 2);                 /* no error information */
    add(&s, dimms, 2);
    add(&s, extended ? m->ram_size : 0, 8);
    end(&s);
}

static void build_memory_device(SmbiosTables *t, const SmbiosMachine *m, unsigned n)
{
    g_autofree char *locator = g_strdup_printf("%s %u", smbios_text(17, "loc_pfx", "DIMM"), n);
    uint64_t mib = MIN(m->ram_size - n * DIMM_MAX, DIMM_MAX) / MiB;
    uint64_t speed = smbios_number(17, "speed", 0);
    Structure s;

    begin(&s, t, 17, 0x1100 + n);
    add(&s, 0x1000, 2);
    add(&s, 0xfffe, 2);
    add(&s, 0xffff, 2);                 /* width: unknown */
    add(&s, 0xffff, 2);
    add(&s, mib, 2);                    /* 16 GiB fit */
    add(&s, 0x09, 1);                   /* DIMM */
    add(&s, 0, 1);
    add_string(&s, locator);
    add_field(&s, "bank", NULL);
    add(&s, 0x07, 1);                   /* RAM */
    add(&s, 0x02, 2);                   /* detail: other */
    add(&s, speed, 2);
    add_field(&s, "manufacturer", m->manufacturer);
    add_field(&s, "serial", NULL);
    add_field(&s, "asset", NULL);
    add_field(&s, "part", NULL);
    add(&s, 0, 1);
    add(&s, 0, 4);
    add(&s, speed, 2);
    add(&s, 0, 6);                      /* voltages */
    end(&s);
}

static void build_mapped_range(SmbiosTables *t, unsigned n, uint64_t base, uint64_t size)
{
    uint64_t first = base / KiB, last = (base + size - 1) / KiB;
    bool extended = last >= UINT32_MAX;
    Structure s;

    begin(&s, t, 19, 0x1300 + n);
    add(&s, extended ? UINT32_MAX : first, 4);
    add(&s, extended ? UINT32_MAX : last, 4);
    add(&s, 0x1000, 2);
    add(&s, 1, 1);
    add(&s, extended ? base : 0, 8);
    add(&s, extended ? base + size - 1 : 0, 8);
    end(&s);
}

static void build_memory(SmbiosTables *t, const SmbiosMachine *m)
{
    unsigned dimms = DIV_ROUND_UP(m->ram_size, DIMM_MAX);

    build_memory_array(t, m, dimms);
    for (unsigned i = 0; i < MIN(dimms, 0x100); i++) {
        build_memory_device(t, m, i);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(m->ram); i++) {
        if (m->ram[i].size) {
            build_mapped_range(t, i, m->ram[i].base, m->ram[i].size);
        }
    }
}

static void build_boot_info(SmbiosTables *t)
{
    Structure s;

    begin(&s, t, 32, 0x2000);
    add(&s, 0, 6);
    add(&s, 0, 1);                      /* no errors detected */
    end(&s);
}

static void build_end(SmbiosTables *t)
{
    Structure s;

    begin(&s, t, 127, 0x7f00);
    end(&s);
}

/* ---- entry point ---- */

static void fix_sum(uint8_t *area, size_t len, size_t at)
{
    uint8_t sum = 0;

    area[at] = 0;
    for (size_t i = 0; i < len; i++) {
        sum += area[i];
    }
    area[at] = -sum;
}

static void build_anchor(SmbiosTables *t, bool entry64)
{
    uint8_t *a = t->anchor;

    memset(a, 0, sizeof(t->anchor));
    if (entry64) {
        memcpy(a, "_SM3_", 5);
        a[6] = t->anchor_len = 0x18;
        a[7] = 3;
        a[10] = 1;                      /* entry point revision */
        stl_le_p(a + 12, t->data->len);
    } else {
        memcpy(a, "_SM_", 4);
        a[5] = t->anchor_len = 0x1f;
        a[6] = 2;
        a[7] = 8;
        stw_le_p(a + 8, MIN(t->largest, UINT16_MAX));
        memcpy(a + 16, "_DMI_", 5);
        stw_le_p(a + 22, t->data->len);
        stw_le_p(a + 28, t->count);
        a[30] = 0x28;
    }
    smbios_set_address(t, 0);
}

void smbios_set_address(SmbiosTables *t, uint64_t addr)
{
    uint8_t *a = t->anchor;

    if (t->anchor_len == 0x18) {
        stq_le_p(a + 16, addr);
        fix_sum(a, t->anchor_len, 5);
    } else {
        stl_le_p(a + 24, addr);
        fix_sum(a + 16, t->anchor_len - 16, 5);
        fix_sum(a, t->anchor_len, 4);
    }
}

bool smbios_build(const SmbiosMachine *m, SmbiosTables *t, Error **errp)
{
    size_t max = m->entry64 ? SMBIOS_TABLES_MAX : UINT16_MAX, raw_largest;
    unsigned raw_count;
    const GByteArray *raw = smbios_raw(&raw_count, &raw_largest);

    *t = (SmbiosTables) { .data = g_byte_array_new(), .count = raw_count, .largest = raw_largest };
    g_byte_array_append(t->data, raw->data, raw->len);
    if (!m->firmware || smbios_type_given(0)) {
        build_firmware(t);
    }
    build_system(t, m);
    if (smbios_type_given(2)) {
        build_board(t, m);
    }
    build_chassis(t, m);
    for (unsigned i = 0; i < m->sockets; i++) {
        build_processor(t, m, i);
    }
    build_ports(t);
    build_oem_strings(t);
    build_memory(t, m);
    build_boot_info(t);
    build_end(t);
    if (t->data->len > max) {
        error_setg(errp, "SMBIOS: %u bytes of structures are too many, at most %zu fit%s", t->data->len, max,
                   m->entry64 ? "" : " (-machine smbios-entry-point-type=64 allows more)");
        smbios_free(t);
        return false;
    }
    build_anchor(t, m->entry64);
    return true;
}

void smbios_free(SmbiosTables *t)
{
    if (t->data) {
        g_byte_array_unref(t->data);
        t->data = NULL;
    }
}
