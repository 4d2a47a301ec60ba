/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole machine inside a test process, and its state saved and loaded section by section or as a stream.
 *
 * The machine is brought up by the program's own start-up code under the qtest accelerator: CPUs never run, the virtual
 * clock stands. One machine per process. All calls are made on the main thread, which holds the BQL.
 */
#ifndef TESTS_VMSTATE_HARNESS_H
#define TESTS_VMSTATE_HARNESS_H

#include "qapi/error.h"
#include "migration/vmstate-registry.h"

/*
 * @args: command line in shell words, without the program; "@disk@" stands for an image of zeroes. @incoming: as a
 * migration's destination. Exits on errors.
 */
void harness_start(const char *args, bool incoming);
void harness_start_argv(int argc, char **argv, bool incoming);
/* Take the machine down and free what can be freed; what is left is a leak. */
void harness_stop(void);

/* As after power-on, waiting for a stream. */
void harness_reset(void);
/* Run as after a migration for a millisecond of guest time, then stop and wait for a stream again. */
void harness_run(void);

/* Entries with a description, in the order of a stream. The array is the caller's; entries stay the registry's. */
GPtrArray *harness_entries(void);

/* The bytes of one section, without header and footer; NULL when the device refuses. */
GByteArray *harness_save_entry(SaveStateEntry *se, Error **errp);
/* False with an error. All of @data must be consumed. */
bool harness_load_entry(SaveStateEntry *se, const void *data, size_t len, int version, Error **errp);

/* Everything, with the description at the end. */
GByteArray *harness_save_stream(Error **errp);
bool harness_load_stream(const void *data, size_t len, Error **errp);

#endif
