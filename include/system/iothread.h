/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An iothread: a thread with a main context of its own, made by -object iothread,id=... */
#ifndef SYSTEM_IOTHREAD_H
#define SYSTEM_IOTHREAD_H

#include "qom/object.h"

#define TYPE_IOTHREAD "iothread"
OBJECT_DECLARE_SIMPLE_TYPE(IOThread, IOTHREAD)

GMainContext *iothread_get_g_main_context(IOThread *t);
char *iothread_get_id(IOThread *t);
IOThread *iothread_by_id(const char *id);

#endif
