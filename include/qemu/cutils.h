/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing numbers, sizes and flags from text; small string helpers. */
#ifndef QEMU_CUTILS_H
#define QEMU_CUTILS_H

#include "qemu/osdep.h"

void pstrcpy(char *buf, int buf_size, const char *str);
char *pstrcat(char *buf, int buf_size, const char *s);
void strpadcpy(char *buf, int buf_size, const char *str, char pad);
bool strstart(const char *str, const char *val, const char **ptr);       /* *ptr: what follows the prefix */
bool stristart(const char *str, const char *val, const char **ptr);

/* 0, -EINVAL (nothing parsed, or trailing text with a NULL endptr) or -ERANGE. */
int qemu_strtoi(const char *nptr, const char **endptr, int base, int *result);
int qemu_strtoui(const char *nptr, const char **endptr, int base, unsigned *result);
int qemu_strtoi64(const char *nptr, const char **endptr, int base, int64_t *result);
int qemu_strtou64(const char *nptr, const char **endptr, int base, uint64_t *result);
int qemu_strtod(const char *nptr, const char **endptr, double *result);
int qemu_strtod_finite(const char *nptr, const char **endptr, double *result);
/* Sizes with an optional suffix B K M G T P E (powers of 1024); plain numbers are bytes, or MiB in _MiB. */
int qemu_strtosz(const char *nptr, const char **end, uint64_t *result);
int qemu_strtosz_MiB(const char *nptr, const char **end, uint64_t *result);
int qemu_strtosz_metric(const char *nptr, const char **end, uint64_t *result);
char *size_to_str(uint64_t val);
char *freq_to_str(uint64_t freq_hz);
bool qapi_bool_parse(const char *name, const char *value, bool *obj, Error **errp);  /* on/yes/true/y ... */
int parse_uint(const char *s, const char **endptr, int base, uint64_t *value);
int parse_uint_full(const char *s, int base, uint64_t *value);
int parse_debug_env(const char *name, int max, int initial);
bool buffer_is_zero(const void *buf, size_t len);
const char *qemu_ether_ntoa(const uint8_t *mac);
void qemu_hexdump(FILE *fp, const char *prefix, const void *bufptr, size_t size);
void qemu_hexdump_to_buffer(char *restrict buffer, size_t buffer_size, const uint8_t *restrict data, size_t data_size);

#endif
