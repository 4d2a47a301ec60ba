/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupt wires. Lock: the BQL. */
#include "qemu/osdep.h"
#include "hw/core/irq.h"

void qemu_set_irq(qemu_irq irq, int level)
{
    if (irq) {
        irq->handler(irq->opaque, irq->n, level);
    }
}

static qemu_irq irq_init(qemu_irq irq, qemu_irq_handler handler, void *opaque, int n)
{
    irq->handler = handler;
    irq->opaque = opaque;
    irq->n = n;
    return irq;
}

qemu_irq qemu_allocate_irq(qemu_irq_handler handler, void *opaque, int n)
{
    return irq_init(IRQ(object_new(TYPE_IRQ)), handler, opaque, n);
}

qemu_irq *qemu_extend_irqs(qemu_irq *old, int n_old, qemu_irq_handler handler, void *opaque, int n)
{
    qemu_irq *s = g_renew(qemu_irq, old, n_old + n);

    for (int i = n_old; i < n_old + n; i++) {
        s[i] = qemu_allocate_irq(handler, opaque, i);
    }
    return s;
}

qemu_irq *qemu_allocate_irqs(qemu_irq_handler handler, void *opaque, int n)
{
    return qemu_extend_irqs(NULL, 0, handler, opaque, n);
}

void qemu_free_irq(qemu_irq irq)
{
    object_unref(irq);
}

void qemu_free_irqs(qemu_irq *s, int n)
{
    for (int i = 0; i < n; i++) {
        qemu_free_irq(s[i]);
    }
    g_free(s);
}

static void invert(void *opaque, int n, int level)
{
    qemu_set_irq(opaque, !level);
}

qemu_irq qemu_irq_invert(qemu_irq irq)
{
    /* A line that is not driven is low, so the far end of an inverter starts high. */
    qemu_irq_raise(irq);
    return qemu_allocate_irq(invert, irq, 0);
}

bool qemu_irq_is_connected(qemu_irq irq)
{
    return irq != NULL;
}

void qemu_irq_intercept_in(qemu_irq *gpio_in, qemu_irq_handler handler, int n)
{
    for (int i = 0; i < n; i++) {
        qemu_irq inner = qemu_allocate_irq(gpio_in[i]->handler, gpio_in[i]->opaque, gpio_in[i]->n);

        irq_init(gpio_in[i], handler, inner, i);
    }
}

static const TypeInfo irq_types[] = {
    { .name = TYPE_IRQ, .parent = TYPE_OBJECT, .instance_size = sizeof(IRQState) },
};
DEFINE_TYPES(irq_types)
