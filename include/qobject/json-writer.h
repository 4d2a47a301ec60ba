/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSONWriter: write JSON without building objects. Names are given inside objects and NULL elsewhere.
 * Integers are written exactly; a non-finite double becomes null.
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "qemu/osdep.h"

JSONWriter *json_writer_new(bool pretty);
const char *json_writer_get(JSONWriter *writer);            /* valid until the next call */
GString *json_writer_get_and_free(JSONWriter *writer);
void json_writer_free(JSONWriter *writer);

void json_writer_start_object(JSONWriter *writer, const char *name);
void json_writer_end_object(JSONWriter *writer);
void json_writer_start_array(JSONWriter *writer, const char *name);
void json_writer_end_array(JSONWriter *writer);
void json_writer_bool(JSONWriter *writer, const char *name, bool val);
void json_writer_null(JSONWriter *writer, const char *name);
void json_writer_int64(JSONWriter *writer, const char *name, int64_t val);
void json_writer_uint64(JSONWriter *writer, const char *name, uint64_t val);
void json_writer_double(JSONWriter *writer, const char *name, double val);
void json_writer_str(JSONWriter *writer, const char *name, const char *str);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(JSONWriter, json_writer_free)

#endif
