// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pointer of VMware's guest tools, behind vmport: command 41 sends it one of four words, 40 asks how many words wait
 * (status in the upper half: 0xffff is "off"), 39 takes up to six of them. Nothing on the host points at anything yet,
 * so the only words are the answer to "who are you". BQL.
 */
#include "qemu/osdep.h"
#include "hw/i386/vmport.h"
#include "migration/vmstate.h"

#define TYPE_VMMOUSE "vmmouse"
OBJECT_DECLARE_SIMPLE_TYPE(VMMouseState, VMMOUSE)

enum {
    WORD_READ_ID = 0x45414552, WORD_DISABLE = 0xf5, WORD_RELATIVE = 0x4c455252, WORD_ABSOLUTE = 0x53424152,
    VMMOUSE_VERSION = 0x3442554a,
};

#define QUEUE_WORDS 1024
#define STATUS_OFF 0xffff

struct VMMouseState {
    ISADevice parent_obj;

    int32_t queue_size;             /* on the wire, and always the same */
    uint32_t queue[QUEUE_WORDS];
    uint16_t nb_queue;
    uint16_t status;
    uint8_t absolute;
};

static void take(VMMouseState *s, uint32_t *to, unsigned n)
{
    memcpy(to, s->queue, n * sizeof(*to));
    s->nb_queue -= n;
    memmove(s->queue, s->queue + n, s->nb_queue * sizeof(*to));
}

static uint32_t vmmouse_command(void *opaque, uint32_t addr)
{
    VMMouseState *s = opaque;
    uint32_t regs[6];

    vmport_get_regs(regs);
    switch (regs[1]) {
    case WORD_DISABLE:
        s->status = STATUS_OFF;
        s->nb_queue = 0;
        break;
    case WORD_READ_ID:
        s->nb_queue = 0;
        s->queue[s->nb_queue++] = VMMOUSE_VERSION;
        s->status = 0;
        break;
    case WORD_RELATIVE:
        s->absolute = 0;
        break;
    case WORD_ABSOLUTE:
        s->absolute = 1;
        break;
    default:
        break;
    }
    return 0;
}

static uint32_t vmmouse_status(void *opaque, uint32_t addr)
{
    VMMouseState *s = opaque;

    return (uint32_t)s->status << 16 | s->nb_queue;
}

static uint32_t vmmouse_data(void *opaque, uint32_t addr)
{
    VMMouseState *s = opaque;
    uint32_t regs[6], n;

    vmport_get_regs(regs);
    n = regs[1];
    if (n == 0 || n > 6 || n > s->nb_queue) {
        s->status = STATUS_OFF;
        return 0;
    }
    take(s, regs, n);
    vmport_set_regs(regs);
    return regs[0];
}

static void vmmouse_reset(DeviceState *dev)
{
    VMMouseState *s = VMMOUSE(dev);

    s->queue_size = QUEUE_WORDS;
    s->nb_queue = 0;
    s->status = STATUS_OFF;
    s->absolute = 0;
}

static bool queue_fits(void *opaque, int version_id)
{
    return ((VMMouseState *)opaque)->nb_queue <= QUEUE_WORDS;
}

static const VMStateDescription vmstate_vmmouse = {
    .name = "vmmouse",
    .version_id = 0,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32_EQUAL(queue_size, VMMouseState, NULL),
        VMSTATE_UINT32_ARRAY(queue, VMMouseState, QUEUE_WORDS),
        VMSTATE_UINT16(nb_queue, VMMouseState),
        VMSTATE_VALIDATE("no more words than the queue holds", queue_fits),
        VMSTATE_UINT16(status, VMMouseState),
        VMSTATE_UINT8(absolute, VMMouseState),
        VMSTATE_END_OF_LIST()
    },
};

static void vmmouse_realize(DeviceState *dev, Error **errp)
{
    VMMouseState *s = VMMOUSE(dev);

    s->queue_size = QUEUE_WORDS;
    vmport_register(VMPORT_CMD_VMMOUSE_STATUS, vmmouse_status, s);
    vmport_register(VMPORT_CMD_VMMOUSE_COMMAND, vmmouse_command, s);
    vmport_register(VMPORT_CMD_VMMOUSE_DATA, vmmouse_data, s);
}

static void vmmouse_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = vmmouse_realize;
    dc->reset = vmmouse_reset;
    dc->vmsd = &vmstate_vmmouse;
    dc->user_creatable = false;
}

static const TypeInfo vmmouse_types[] = {
    {
        .name = TYPE_VMMOUSE,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(VMMouseState),
        .class_init = vmmouse_class_init,
    },
};
DEFINE_TYPES(vmmouse_types)
