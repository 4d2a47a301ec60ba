/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources of randomness for guests: -object rng-builtin (the host kernel's generator) and rng-random,filename=F (a
 * character device or file of the host). Main loop, big lock.
 */
#ifndef SYSTEM_RNG_H
#define SYSTEM_RNG_H

#include "qom/object.h"

#define TYPE_RNG_BACKEND "rng-backend"
OBJECT_DECLARE_TYPE(RngBackend, RngBackendClass, RNG_BACKEND)

struct RngBackendClass {
    ObjectClass parent_class;

    /* Up to @len bytes without waiting; 0: none now. */
    size_t (*read)(RngBackend *r, void *buf, size_t len);
};

/* As the class's; without back end, the host kernel's generator. */
size_t rng_backend_read(RngBackend *r, void *buf, size_t len);
/* Call @ready once when there may be bytes again; NULL forgets it. One waiter at a time: the last one counts. */
void rng_backend_wait(RngBackend *r, void (*ready)(void *opaque), void *opaque);

#endif
