/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring of bytes of fixed capacity, with its migration description. */
#include "qemu/osdep.h"
#include "hw/char/fifo8.h"
#include "migration/vmstate.h"

void fifo8_create(Fifo8 *fifo, uint32_t capacity)
{
    fifo->data = g_new0(uint8_t, capacity);
    fifo->capacity = capacity;
    fifo8_reset(fifo);
}

void fifo8_destroy(Fifo8 *fifo)
{
    g_clear_pointer(&fifo->data, g_free);
}

void fifo8_push(Fifo8 *fifo, uint8_t data)
{
    assert(fifo->num < fifo->capacity);
    fifo->data[(fifo->head + fifo->num++) % fifo->capacity] = data;
}

uint8_t fifo8_pop(Fifo8 *fifo)
{
    uint8_t data;

    assert(fifo->num > 0);
    data = fifo->data[fifo->head];
    fifo->head = (fifo->head + 1) % fifo->capacity;
    fifo->num--;
    return data;
}

void fifo8_reset(Fifo8 *fifo)
{
    fifo->head = 0;
    fifo->num = 0;
}

bool fifo8_is_empty(const Fifo8 *fifo)
{
    return fifo->num == 0;
}

bool fifo8_is_full(const Fifo8 *fifo)
{
    return fifo->num == fifo->capacity;
}

uint32_t fifo8_num_used(const Fifo8 *fifo)
{
    return fifo->num;
}

static bool fifo8_state_valid(void *opaque, int version_id)
{
    Fifo8 *fifo = opaque;

    return fifo->num <= fifo->capacity && fifo->head < fifo->capacity;
}

const VMStateDescription vmstate_fifo8 = {
    .name = "Fifo8",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_VBUFFER_UINT32(data, Fifo8, 1, NULL, capacity),
        VMSTATE_UINT32(head, Fifo8),
        VMSTATE_UINT32(num, Fifo8),
        VMSTATE_VALIDATE("head and num lie within the ring", fifo8_state_valid),
        VMSTATE_END_OF_LIST()
    }
};
