/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -smbios: which fields there are, what values they take, and what was given. Filled at start-up, read when the board
 * builds its tables.
 */
#include "qemu/osdep.h"
#include "hw/core/loader.h"
#include "hw/firmware/smbios.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "qemu/bswap.h"
#include "qemu/cutils.h"
#include "system/system.h"

typedef enum FieldKind { TEXT, FLAG, U8, U16, U64, RELEASE, UUID } FieldKind;

typedef struct Field {
    uint8_t type;
    const char *name;
    FieldKind kind;
} Field;

static const Field fields[] = {
    { 0, "vendor", TEXT }, { 0, "version", TEXT }, { 0, "date", TEXT }, { 0, "release", RELEASE }, { 0, "uefi", FLAG },
    { 0, "vm", FLAG },
    { 1, "manufacturer", TEXT }, { 1, "product", TEXT }, { 1, "version", TEXT }, { 1, "serial", TEXT },
    { 1, "uuid", UUID }, { 1, "sku", TEXT }, { 1, "family", TEXT },
    { 2, "manufacturer", TEXT }, { 2, "product", TEXT }, { 2, "version", TEXT }, { 2, "serial", TEXT },
    { 2, "asset", TEXT }, { 2, "location", TEXT },
    { 3, "manufacturer", TEXT }, { 3, "version", TEXT }, { 3, "serial", TEXT }, { 3, "asset", TEXT }, { 3, "sku", TEXT },
    { 4, "sock_pfx", TEXT }, { 4, "manufacturer", TEXT }, { 4, "version", TEXT }, { 4, "serial", TEXT },
    { 4, "asset", TEXT }, { 4, "part", TEXT }, { 4, "max-speed", U16 }, { 4, "current-speed", U16 },
    { 4, "processor-id", U64 }, { 4, "processor-family", U16 },
    { 8, "internal_reference", TEXT }, { 8, "external_reference", TEXT }, { 8, "connector_type", U8 },
    { 8, "port_type", U8 },
    { 11, "value", TEXT }, { 11, "path", TEXT },
    { 17, "loc_pfx", TEXT }, { 17, "bank", TEXT }, { 17, "manufacturer", TEXT }, { 17, "serial", TEXT },
    { 17, "asset", TEXT }, { 17, "part", TEXT }, { 17, "speed", U16 },
};

/* What the command line decided. */
static struct {
    GHashTable *values;             /* "type.field": text */
    GPtrArray *ports, *strings;
    GByteArray *raw;
    unsigned raw_count;
    size_t raw_largest;
    bool given[256];
    bool any;
} options;

static void port_free(gpointer data)
{
    SmbiosPort *port = data;

    g_free(port->internal);
    g_free(port->external);
    g_free(port);
}

static void options_init(void)
{
    if (!options.values) {
        options.values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        options.ports = g_ptr_array_new_with_free_func(port_free);
        options.strings = g_ptr_array_new_with_free_func(g_free);
        options.raw = g_byte_array_new();
    }
}

void smbios_forget_options(void)
{
    if (options.values) {
        g_hash_table_unref(options.values);
        g_ptr_array_unref(options.ports);
        g_ptr_array_unref(options.strings);
        g_byte_array_unref(options.raw);
    }
    memset(&options, 0, sizeof(options));
}

const char *smbios_text(unsigned type, const char *field, const char *otherwise)
{
    g_autofree char *key = g_strdup_printf("%u.%s", type, field);
    const char *value;

    options_init();
    value = g_hash_table_lookup(options.values, key);
    return value ?: otherwise;
}

uint64_t smbios_number(unsigned type, const char *field, uint64_t otherwise)
{
    const char *text = smbios_text(type, field, NULL);
    uint64_t value;

    return text && !qemu_strtou64(text, NULL, 0, &value) ? value : otherwise;
}

bool smbios_type_given(unsigned type)
{
    return options.given[type];
}

bool smbios_options_given(void)
{
    return options.any;
}

const GPtrArray *smbios_ports(void)
{
    options_init();
    return options.ports;
}

const GPtrArray *smbios_oem_strings(void)
{
    options_init();
    return options.strings;
}

const GByteArray *smbios_raw(unsigned *count, size_t *largest)
{
    options_init();
    *count = options.raw_count;
    *largest = options.raw_largest;
    return options.raw;
}

/* ---- reading ---- */

typedef struct Pair {
    char *key, *value;
} Pair;

static void pair_free(gpointer data)
{
    Pair *pair = data;

    g_free(pair->key);
    g_free(pair->value);
    g_free(pair);
}

/* key=value,key=value in order, keys may repeat; a comma in a value is written twice. */
static GPtrArray *split_pairs(const char *arg, Error **errp)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(pair_free);

    while (*arg) {
        size_t key_len = strcspn(arg, "=,");
        g_autofree char *key = g_strndup(arg, key_len);
        GString *value;
        Pair *pair;

        if (arg[key_len] != '=') {
            error_setg(errp, "'%s' needs a value: %s=...", key, key);
            return NULL;
        }
        value = g_string_new(NULL);
        for (arg += key_len + 1; *arg && (*arg != ',' || arg[1] == ','); arg++) {
            arg += *arg == ',';
            g_string_append_c(value, *arg);
        }
        arg += *arg == ',';
        pair = g_new(Pair, 1);
        *pair = (Pair) { g_steal_pointer(&key), g_string_free(value, FALSE) };
        g_ptr_array_add(pairs, pair);
    }
    return g_steal_pointer(&pairs);
}

static bool check_number(const Field *f, const char *value, uint64_t max, Error **errp)
{
    uint64_t n;

    if (qemu_strtou64(value, NULL, 0, &n) || n > max) {
        error_setg(errp, "type=%u,%s: '%s' is not a number from 0 to %" PRIu64, f->type, f->name, value, max);
        return false;
    }
    return true;
}

static bool check_value(const Field *f, const char *value, Error **errp)
{
    unsigned major, minor;
    QemuUUID uuid;
    bool flag;
    char end;

    switch (f->kind) {
    case TEXT:
        return true;
    case FLAG:
        return qapi_bool_parse(f->name, value, &flag, errp);
    case U8:
        return check_number(f, value, UINT8_MAX, errp);
    case U16:
        return check_number(f, value, UINT16_MAX, errp);
    case U64:
        return check_number(f, value, UINT64_MAX, errp);
    case RELEASE:
        if (sscanf(value, "%3u.%3u%c", &major, &minor, &end) != 2 || major > 255 || minor > 255) {
            error_setg(errp, "type=0,release: '%s' is not of the form MAJOR.MINOR (0 to 255 each)", value);
            return false;
        }
        return true;
    case UUID:
        if (!qemu_uuid_parse(value, &uuid)) {
            error_setg(errp, "type=1,uuid: '%s' is not a UUID", value);
            return false;
        }
        return true;
    }
    return true;
}

static const Field *find_field(unsigned type, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].type == type && !strcmp(fields[i].name, name)) {
            return &fields[i];
        }
    }
    return NULL;
}

/* The contents of a file as one string; it ends at the first NUL, as SMBIOS strings do. */
static bool add_string_file(const char *path, Error **errp)
{
    g_autofree uint8_t *data = NULL;
    size_t len;

    if (!load_file_limited(path, SMBIOS_TABLES_MAX / 2, &data, &len, errp)) {
        return false;
    }
    g_ptr_array_add(options.strings, g_strndup((char *)data, len));
    return true;
}

static bool add_value(const Field *f, const char *value, SmbiosPort *port, Error **errp)
{
    if (!check_value(f, value, errp)) {
        return false;
    }
    if (f->type == 11) {
        if (!strcmp(f->name, "path")) {
            return add_string_file(value, errp);
        }
        g_ptr_array_add(options.strings, g_strdup(value));
    } else if (f->type == 8) {
        uint64_t n = 0;

        if (f->kind == U8) {
            qemu_strtou64(value, NULL, 0, &n);
            *(f->name[0] == 'c' ? &port->connector : &port->kind) = n;
        } else {
            char **slot = f->name[0] == 'i' ? &port->internal : &port->external;

            g_free(*slot);
            *slot = g_strdup(value);
        }
    } else {
        g_hash_table_insert(options.values, g_strdup_printf("%u.%s", f->type, f->name), g_strdup(value));
    }
    return true;
}

static bool add_fields(unsigned type, const GPtrArray *pairs, Error **errp)
{
    SmbiosPort *port = g_new0(SmbiosPort, 1);

    for (unsigned i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];
        const Field *f;

        if (!strcmp(pair->key, "type")) {
            continue;
        }
        f = find_field(type, pair->key);
        if (!f) {
            error_setg(errp, "type=%u has no field '%s'", type, pair->key);
            port_free(port);
            return false;
        }
        if (!add_value(f, pair->value, port, errp)) {
            port_free(port);
            return false;
        }
    }
    if (type == 8) {
        g_ptr_array_add(options.ports, port);
    } else {
        port_free(port);
    }
    options.given[type] = true;
    return true;
}

/* Whole structures: header with a length, then strings up to two NULs. */
static bool add_raw(const char *path, Error **errp)
{
    g_autofree uint8_t *data = NULL;
    size_t len, at = 0;

    if (!load_file_limited(path, SMBIOS_TABLES_MAX / 2, &data, &len, errp)) {
        return false;
    }
    while (at < len) {
        size_t start = at;

        if (len - at < 6 || data[at + 1] < 4 || data[at + 1] > len - at - 2) {
            error_setg(errp, "'%s': no SMBIOS structure at offset %zu", path, at);
            return false;
        }
        at += data[at + 1];
        while (at + 1 < len && (data[at] || data[at + 1])) {
            at++;
        }
        if (at + 1 >= len) {
            error_setg(errp, "'%s': the strings of the SMBIOS structure at offset %zu do not end", path, start);
            return false;
        }
        at += 2;
        if (data[start] == 127) {
            error_setg(errp, "'%s': the end marker (type 127) is added by the machine", path);
            return false;
        }
        options.given[data[start]] = true;
        options.raw_count++;
        options.raw_largest = MAX(options.raw_largest, at - start);
    }
    g_byte_array_append(options.raw, data, len);
    return true;
}

bool smbios_entry_add(const char *arg, Error **errp)
{
    g_autoptr(GPtrArray) pairs = split_pairs(arg, errp);
    const char *type_text = NULL, *file = NULL;
    uint64_t type;

    if (!pairs) {
        return false;
    }
    options_init();
    options.any = true;
    for (unsigned i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];

        if (!strcmp(pair->key, "type")) {
            type_text = pair->value;
        } else if (!strcmp(pair->key, "file")) {
            file = pair->value;
        }
    }
    if (file) {
        if (pairs->len > 1) {
            error_setg(errp, "file= goes alone: a file holds whole structures");
            return false;
        }
        return add_raw(file, errp);
    }
    if (!type_text || qemu_strtou64(type_text, NULL, 0, &type) || type > 127) {
        error_setg(errp, type_text ? "type='%s' is not an SMBIOS type" : "type=N or file=FILE is missing%s",
                   type_text ?: "");
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].type == type) {
            return add_fields(type, pairs, errp);
        }
    }
    error_setg(errp, "type=%" PRIu64 ": fields can be set for the types 0, 1, 2, 3, 4, 8, 11 and 17", type);
    return false;
}
