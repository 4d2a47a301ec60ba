/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eventfd(2) with a main-loop handler. */
#include "qemu/osdep.h"
#include "qemu/event_notifier.h"
#include "qemu/main-loop.h"
#include <sys/eventfd.h>

int event_notifier_init(EventNotifier *e, int active)
{
    e->fd = eventfd(active ? 1 : 0, EFD_NONBLOCK | EFD_CLOEXEC);
    e->initialized = e->fd >= 0;
    return e->initialized ? 0 : -errno;
}

void event_notifier_cleanup(EventNotifier *e)
{
    if (e->initialized) {
        close(e->fd);
        e->fd = -1;
        e->initialized = false;
    }
}

int event_notifier_get_fd(const EventNotifier *e)
{
    return e->fd;
}

int event_notifier_set(EventNotifier *e)
{
    uint64_t one = 1;

    return write(e->fd, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN ? 0 : -errno;
}

bool event_notifier_test_and_clear(EventNotifier *e)
{
    uint64_t count;

    return read(e->fd, &count, sizeof(count)) == sizeof(count);
}

void event_notifier_set_handler(EventNotifier *e, EventNotifierHandler *handler)
{
    qemu_set_fd_handler(e->fd, (IOHandler *)(void *)handler, NULL, e);
}
