/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's balloon, for the commands "balloon" and "query-balloon". */
#ifndef HW_VIRTIO_VIRTIO_BALLOON_H
#define HW_VIRTIO_VIRTIO_BALLOON_H

#include "qemu/osdep.h"

/* False: there is none. *@actual: bytes of memory the guest has now. */
bool virtio_balloon_info(uint64_t *actual);
bool virtio_balloon_set_target(int64_t target, Error **errp);

#endif
