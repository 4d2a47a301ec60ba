/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See the header. Numbers are decimal, 0x hexadecimal or 0 octal; sizes are decimal or 0x hexadecimal. */
#include "qemu/osdep.h"
#include "text-number.h"

bool text_to_int64(const char *s, int64_t *out)
{
    char *end;
    int64_t val;

    errno = 0;
    val = strtoll(s, &end, 0);
    if (errno || end == s || *end) {
        return false;
    }
    *out = val;
    return true;
}

bool text_to_uint64(const char *s, uint64_t *out)
{
    char *end;
    uint64_t val;

    errno = 0;
    val = strtoull(s, &end, 0);
    if (errno || end == s || *end) {
        return false;
    }
    *out = val;
    return true;
}

bool text_to_double(const char *s, double *out)
{
    char *end;
    double val = g_ascii_strtod(s, &end);

    if (end == s || *end || !isfinite(val)) {
        return false;
    }
    *out = val;
    return true;
}

/* Power of 1024 of a suffix letter, or -1. */
static int suffix_power(char c)
{
    static const char letters[] = "BKMGTPE";
    const char *hit = c ? strchr(letters, g_ascii_toupper(c)) : NULL;

    return hit ? hit - letters : -1;
}

bool text_to_size(const char *s, uint64_t *out)
{
    char *end;
    uint64_t whole;
    double frac = 0;
    int base = !g_ascii_strncasecmp(s, "0x", 2) ? 16 : 10, power = 0;

    if (!g_ascii_isdigit(*s)) {
        return false;
    }
    errno = 0;
    whole = strtoull(s, &end, base);
    if (errno) {
        return false;
    }
    if (*end == '.' && base == 10) {
        double scale = 0.1;

        for (end++; g_ascii_isdigit(*end); end++, scale /= 10) {
            frac += (*end - '0') * scale;
        }
    }
    if (*end) {
        power = base == 10 || g_ascii_toupper(*end) != 'B' ? suffix_power(*end++) : -1;
        if (power < 0 || *end) {
            return false;
        }
    }
    if ((frac && !power) || (power && whole > UINT64_MAX >> (10 * power))) {
        return false;
    }
    whole <<= 10 * power;
    whole += frac * (double)(1ull << (10 * power));
    *out = whole;
    return true;
}
