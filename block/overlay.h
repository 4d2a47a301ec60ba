/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temporary changes over a file that stays as it is (snapshot=on): clusters that were written live in an unlinked
 * file in the directory for temporary files, and go with the process.
 *
 * Requests come from worker threads, one at a time under the overlay's own mutex (a leaf: no other lock inside).
 */
#ifndef BLOCK_OVERLAY_H
#define BLOCK_OVERLAY_H

#include "block/block.h"

typedef struct Overlay Overlay;

Overlay *overlay_new(int64_t size, Error **errp);
void overlay_free(Overlay *o);
/* Read, write or zero as @req says, over @base_fd. 0 or -errno. */
int overlay_request(Overlay *o, int base_fd, BlockRequest *req);

#endif
