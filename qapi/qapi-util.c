/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enumeration names and the syntax of names. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/util.h"

const char *qapi_enum_lookup(const QEnumLookup *lookup, int val)
{
    return val >= 0 && val < lookup->size ? lookup->array[val] : "(invalid)";
}

int qapi_enum_parse(const QEnumLookup *lookup, const char *buf, int def, Error **errp)
{
    int i;

    if (!buf) {
        return def;
    }
    for (i = 0; i < lookup->size; i++) {
        if (g_str_equal(buf, lookup->array[i])) {
            return i;
        }
    }
    error_setg(errp, "invalid parameter value: %s", buf);
    return def;
}

int parse_qapi_name(const char *str, bool complete)
{
    const char *p = str;

    if (*p == '_') {            /* a downstream name: __RFQDN_ */
        if (*++p != '_') {
            return -1;
        }
        for (p++; g_ascii_isalnum(*p) || *p == '-' || *p == '.'; p++) {
        }
        if (*p++ != '_') {
            return -1;
        }
    }
    if (!g_ascii_isalpha(*p)) {
        return -1;
    }
    for (p++; g_ascii_isalnum(*p) || *p == '-' || *p == '_'; p++) {
    }
    return complete && *p ? -1 : p - str;
}
