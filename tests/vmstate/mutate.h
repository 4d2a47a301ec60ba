/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutations that know what a migration stream looks like, for the fuzzers: numbers that matter in counts and lengths,
 * pointer and element markers, subsections moved, sections swapped, doubled, dropped, renumbered, renamed.
 *
 * Each takes @size bytes in a buffer of @max, changes them in place and returns the new size. The same @seed gives the
 * same result. None of them fails: what cannot be applied leaves the data as it is.
 */
#ifndef TESTS_VMSTATE_MUTATE_H
#define TESTS_VMSTATE_MUTATE_H

#include "qemu/osdep.h"

/* The contents of one section. */
size_t mutate_payload(uint8_t *data, size_t size, size_t max, unsigned seed);
/* A whole stream. */
size_t mutate_stream(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif
