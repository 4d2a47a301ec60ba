/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole-string numbers for the visitors that read text. False leaves *out alone. */
#ifndef QAPI_TEXT_NUMBER_H
#define QAPI_TEXT_NUMBER_H

#include "qemu/osdep.h"

bool text_to_int64(const char *s, int64_t *out);
bool text_to_uint64(const char *s, uint64_t *out);      /* "-1" is 2^64-1, as strtoull has it */
bool text_to_size(const char *s, uint64_t *out);        /* "1.5G", "4096", "0x1000", "12k" */
bool text_to_double(const char *s, double *out);

#endif
