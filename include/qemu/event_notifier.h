/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An eventfd: set from anywhere, watched by a main loop or the kernel. */
#ifndef QEMU_EVENT_NOTIFIER_H
#define QEMU_EVENT_NOTIFIER_H

#include "qemu/osdep.h"

struct EventNotifier {
    int fd;
    bool initialized;
};
typedef void EventNotifierHandler(EventNotifier *);

int event_notifier_init(EventNotifier *e, int active);       /* -errno */
void event_notifier_cleanup(EventNotifier *e);
int event_notifier_get_fd(const EventNotifier *e);
int event_notifier_set(EventNotifier *e);
bool event_notifier_test_and_clear(EventNotifier *e);
void event_notifier_set_handler(EventNotifier *e, EventNotifierHandler *handler);

#endif
