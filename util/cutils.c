/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing numbers, sizes and flags; small string helpers. */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "qapi/error.h"

void pstrcpy(char *buf, int buf_size, const char *str)
{
    if (buf_size > 0) {
        g_strlcpy(buf, str, buf_size);
    }
}

char *pstrcat(char *buf, int buf_size, const char *s)
{
    g_strlcat(buf, s, buf_size);
    return buf;
}

void strpadcpy(char *buf, int buf_size, const char *str, char pad)
{
    int len = strnlen(str, buf_size);

    memcpy(buf, str, len);
    memset(buf + len, pad, buf_size - len);
}

bool strstart(const char *str, const char *val, const char **ptr)
{
    size_t len = strlen(val);

    if (strncmp(str, val, len)) {
        return false;
    }
    if (ptr) {
        *ptr = str + len;
    }
    return true;
}

bool stristart(const char *str, const char *val, const char **ptr)
{
    size_t len = strlen(val);

    if (g_ascii_strncasecmp(str, val, len)) {
        return false;
    }
    if (ptr) {
        *ptr = str + len;
    }
    return true;
}

/* What strto* left: an error code for "nothing parsed", "out of range" or "more text than asked for". */
static int finish(const char *nptr, const char *end, const char **endptr, int err)
{
    if (endptr) {
        *endptr = end;
    }
    if (end == nptr || (!endptr && *end)) {
        return -EINVAL;
    }
    return -err;
}

int qemu_strtoi64(const char *nptr, const char **endptr, int base, int64_t *result)
{
    char *end = (char *)nptr;

    *result = 0;
    if (!nptr) {
        return -EINVAL;
    }
    errno = 0;
    *result = g_ascii_strtoll(nptr, &end, base);
    return finish(nptr, end, endptr, errno);
}

int qemu_strtou64(const char *nptr, const char **endptr, int base, uint64_t *result)
{
    char *end = (char *)nptr;

    *result = 0;
    if (!nptr) {
        return -EINVAL;
    }
    errno = 0;
    *result = g_ascii_strtoull(nptr, &end, base);
    return finish(nptr, end, endptr, errno);
}

int qemu_strtoi(const char *nptr, const char **endptr, int base, int *result)
{
    int64_t v;
    int ret = qemu_strtoi64(nptr, endptr, base, &v);

    *result = CLAMP(v, INT_MIN, INT_MAX);
    return ret ? ret : *result == v ? 0 : -ERANGE;
}

int qemu_strtoui(const char *nptr, const char **endptr, int base, unsigned *result)
{
    int64_t v;
    int ret = qemu_strtoi64(nptr, endptr, base, &v);

    *result = v;
    return ret ? ret : v >= 0 && v <= UINT_MAX ? 0 : -ERANGE;
}

int qemu_strtod(const char *nptr, const char **endptr, double *result)
{
    char *end = (char *)nptr;

    *result = 0;
    if (!nptr) {
        return -EINVAL;
    }
    errno = 0;
    *result = g_ascii_strtod(nptr, &end);
    return finish(nptr, end, endptr, errno);
}

int qemu_strtod_finite(const char *nptr, const char **endptr, double *result)
{
    int ret = qemu_strtod(nptr, endptr, result);

    if (!ret && !isfinite(*result)) {
        *result = 0;
        if (endptr) {
            *endptr = nptr;
        }
        return -EINVAL;
    }
    return ret;
}

/* The factor a suffix letter stands for; 0 when it is none. */
static uint64_t suffix_factor(char c, uint64_t unit)
{
    static const char letters[] = "BKMGTPE";
    const char *at = c ? strchr(letters, g_ascii_toupper(c)) : NULL;
    uint64_t factor = 1;

    if (!at) {
        return 0;
    }
    for (int i = 0; i < at - letters; i++) {
        factor *= unit;
    }
    return factor;
}

/* Integers are exact over all 64 bits; a fraction needs a suffix and loses what is below a byte. */
static int parse_size(const char *nptr, const char **end, uint64_t no_suffix, uint64_t unit, uint64_t *result)
{
    const char *p = nptr;
    uint64_t whole;
    double value = 0;
    bool fraction;
    int ret;

    *result = 0;
    if (end) {
        *end = nptr;
    }
    while (g_ascii_isspace(*nptr)) {
        nptr++;
    }
    if (!g_ascii_isdigit(*nptr) && *nptr != '.') {
        return -EINVAL;
    }
    bool hex = nptr[0] == '0' && (nptr[1] | 32) == 'x';
    ret = qemu_strtou64(nptr, &p, hex ? 16 : 10, &whole);
    if (ret == -ERANGE) {
        return ret;
    }
    fraction = !hex && *p == '.';
    if (fraction) {
        ret = qemu_strtod_finite(nptr, &p, &value);
        if (ret) {
            return ret;
        }
    }
    uint64_t factor = suffix_factor(*p, unit);
    if (factor) {
        p++;
    } else {
        factor = no_suffix;
    }
    if (!end && *p) {
        return -EINVAL;
    }
    if (fraction) {
        if (factor == 1) {
            return -EINVAL;
        }
        value *= factor;
        if (value >= 18446744073709549568.0) {
            return -ERANGE;
        }
        *result = value;
    } else if (__builtin_mul_overflow(whole, factor, result)) {
        *result = 0;
        return -ERANGE;
    }
    if (end) {
        *end = p;
    }
    return 0;
}

int qemu_strtosz(const char *nptr, const char **end, uint64_t *result)
{
    return parse_size(nptr, end, 1, 1024, result);
}

int qemu_strtosz_MiB(const char *nptr, const char **end, uint64_t *result)
{
    return parse_size(nptr, end, MiB, 1024, result);
}

int qemu_strtosz_metric(const char *nptr, const char **end, uint64_t *result)
{
    return parse_size(nptr, end, 1, 1000, result);
}

char *size_to_str(uint64_t val)
{
    static const char *const units[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
    double v = val;
    int i = 0;

    while (v >= 1000 && i < 6) {
        v /= 1024;
        i++;
    }
    return g_strdup_printf("%0.3g %sB", v, units[i]);
}

char *freq_to_str(uint64_t freq_hz)
{
    static const char *const units[] = { "", "K", "M", "G", "T", "P", "E" };
    double f = freq_hz;
    size_t i = 0;

    while (f >= 1000 && i < ARRAY_SIZE(units) - 1) {
        f /= 1000;
        i++;
    }
    return g_strdup_printf("%0.3g %sHz", f, units[i]);
}

bool qapi_bool_parse(const char *name, const char *value, bool *obj, Error **errp)
{
    static const char *const on[] = { "on", "yes", "true", "y" };
    static const char *const off[] = { "off", "no", "false", "n" };

    for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
        if (!strcmp(value, on[i]) || !strcmp(value, off[i])) {
            *obj = !strcmp(value, on[i]);
            return true;
        }
    }
    error_setg(errp, "Parameter '%s' expects 'on' or 'off'", name);
    return false;
}

int parse_uint(const char *s, const char **endptr, int base, uint64_t *value)
{
    const char *p = s;

    while (p && g_ascii_isspace(*p)) {
        p++;
    }
    if (!p || *p == '-') {
        *value = 0;
        if (endptr) {
            *endptr = s;
        }
        return -EINVAL;
    }
    return qemu_strtou64(s, endptr, base, value);
}

int parse_uint_full(const char *s, int base, uint64_t *value)
{
    return parse_uint(s, NULL, base, value);
}

int parse_debug_env(const char *name, int max, int initial)
{
    const char *text = getenv(name);
    int level;

    if (!text || qemu_strtoi(text, NULL, 10, &level) || level < 0 || level > max) {
        return initial;
    }
    return level;
}

bool buffer_is_zero(const void *buf, size_t len)
{
    typedef uint64_t v4 __attribute__((vector_size(32), aligned(1), may_alias));
    const unsigned char *p = buf;

    /* Most pages that are not zero differ within the first bytes. */
    for (size_t i = 0; i < MIN(len, 16); i++) {
        if (p[i]) {
            return false;
        }
    }
    for (; len >= 128; p += 128, len -= 128) {
        const v4 *v = (const v4 *)p;
        v4 any = v[0] | v[1] | v[2] | v[3];

        if (any[0] | any[1] | any[2] | any[3]) {
            return false;
        }
    }
    while (len--) {
        if (*p++) {
            return false;
        }
    }
    return true;
}

const char *qemu_ether_ntoa(const uint8_t *mac)
{
    static __thread char text[18];

    snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return text;
}

void qemu_hexdump(FILE *fp, const char *prefix, const void *bufptr, size_t size)
{
    const uint8_t *buf = bufptr;

    for (size_t at = 0; at < size; at += 16) {
        size_t n = MIN(size - at, 16);

        fprintf(fp, "%s: %04zx: ", prefix, at);
        for (size_t i = 0; i < 16; i++) {
            if (i < n) {
                fprintf(fp, " %02x", buf[at + i]);
            } else {
                fputs("   ", fp);
            }
        }
        fputc(' ', fp);
        for (size_t i = 0; i < n; i++) {
            fputc(g_ascii_isprint(buf[at + i]) ? buf[at + i] : '.', fp);
        }
        fputc('\n', fp);
    }
}

void qemu_hexdump_to_buffer(char *restrict buffer, size_t buffer_size, const uint8_t *restrict data,
                            size_t data_size)
{
    g_assert(buffer_size >= 2 * data_size + 1);
    for (size_t i = 0; i < data_size; i++) {
        snprintf(buffer + 2 * i, 3, "%02x", data[i]);
    }
    buffer[2 * data_size] = 0;
}
