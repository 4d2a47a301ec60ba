/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixed-capacity ring of bytes. Owner serialises; pushing to a full or popping from an empty one is the owner's bug. */
#ifndef HW_CHAR_FIFO8_H
#define HW_CHAR_FIFO8_H

#include "qemu/osdep.h"

typedef struct Fifo8 {
    uint8_t *data;
    uint32_t capacity;
    uint32_t head;
    uint32_t num;
} Fifo8;

void fifo8_create(Fifo8 *fifo, uint32_t capacity);
void fifo8_destroy(Fifo8 *fifo);
void fifo8_push(Fifo8 *fifo, uint8_t data);
uint8_t fifo8_pop(Fifo8 *fifo);
void fifo8_reset(Fifo8 *fifo);
bool fifo8_is_empty(const Fifo8 *fifo);
bool fifo8_is_full(const Fifo8 *fifo);
uint32_t fifo8_num_used(const Fifo8 *fifo);

extern const VMStateDescription vmstate_fifo8;
#define VMSTATE_FIFO8(_field, _state) VMSTATE_STRUCT(_field, _state, 1, vmstate_fifo8, Fifo8)

#endif
