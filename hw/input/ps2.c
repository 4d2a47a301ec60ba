/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PS/2 keyboard and mouse: command sets and byte queues (IBM PS/2 Hardware Interface Technical Reference, keyboard
 * and mouse sections; Microsoft IntelliMouse for types 3 and 4). What the user presses comes in already encoded
 * as scan codes. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/input/ps2.h"
#include "migration/vmstate.h"

#define KBD_CMD_SET_LEDS 0xed
#define KBD_CMD_ECHO 0xee
#define KBD_CMD_SCANCODE 0xf0
#define KBD_CMD_GET_ID 0xf2
#define KBD_CMD_SET_RATE 0xf3
#define KBD_CMD_ENABLE 0xf4
#define KBD_CMD_RESET_DISABLE 0xf5
#define KBD_CMD_RESET_ENABLE 0xf6
#define KBD_CMD_SET_MAKE_BREAK 0xfc
#define KBD_CMD_SET_TYPEMATIC 0xfa
#define KBD_CMD_RESEND 0xfe
#define KBD_CMD_RESET 0xff
#define REPLY_POR 0xaa
#define REPLY_ID 0xab
#define REPLY_ACK 0xfa
#define REPLY_RESEND 0xfe

#define AUX_SET_SCALE11 0xe6
#define AUX_SET_SCALE21 0xe7
#define AUX_SET_RES 0xe8
#define AUX_GET_SCALE 0xe9
#define AUX_SET_STREAM 0xea
#define AUX_POLL 0xeb
#define AUX_RESET_WRAP 0xec
#define AUX_SET_WRAP 0xee
#define AUX_SET_REMOTE 0xf0
#define AUX_GET_TYPE 0xf2
#define AUX_SET_SAMPLE 0xf3
#define AUX_ENABLE_DEV 0xf4
#define AUX_DISABLE_DEV 0xf5
#define AUX_SET_DEFAULT 0xf6
#define AUX_RESET 0xff

#define MOUSE_STATUS_REMOTE 0x40
#define MOUSE_STATUS_ENABLED 0x20
#define MOUSE_STATUS_SCALE21 0x10

static void ps2_update_irq(PS2State *s)
{
    qemu_set_irq(s->irq, s->queue.count != 0);
}

static void ps2_reset_queue(PS2State *s)
{
    s->queue.rptr = s->queue.wptr = s->queue.count = 0;
    s->queue.cwptr = -1;
}

static void ps2_push(PS2State *s, uint8_t b)
{
    PS2Queue *q = &s->queue;

    if (q->count < PS2_QUEUE_SIZE) {
        q->data[q->wptr] = b;
        q->wptr = (q->wptr + 1) % PS2_BUFFER_SIZE;
        q->count++;
    }
}

/* All of @n bytes of input or none, so that a packet is never torn. */
static bool ps2_queue_input(PS2State *s, const uint8_t *b, unsigned n)
{
    if (s->queue.count + n > PS2_QUEUE_SIZE) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        ps2_push(s, b[i]);
    }
    ps2_update_irq(s);
    return true;
}

/* Replies overtake input the host has not read yet, and keep their order among themselves. */
static void ps2_reply(PS2State *s, const uint8_t *b, unsigned n)
{
    PS2Queue *q = &s->queue;
    unsigned done = q->cwptr == -1 ? 0 : (q->cwptr - q->rptr + PS2_BUFFER_SIZE) % PS2_BUFFER_SIZE;

    if (q->count + n > PS2_QUEUE_SIZE + PS2_QUEUE_HEADROOM) {
        return;
    }
    for (int i = q->count; i > (int)done; i--) {
        q->data[(q->rptr + i - 1 + n) % PS2_BUFFER_SIZE] = q->data[(q->rptr + i - 1) % PS2_BUFFER_SIZE];
    }
    for (unsigned i = 0; i < n; i++) {
        q->data[(q->rptr + done + i) % PS2_BUFFER_SIZE] = b[i];
    }
    q->count += n;
    q->wptr = (q->rptr + q->count) % PS2_BUFFER_SIZE;
    q->cwptr = (q->rptr + done + n) % PS2_BUFFER_SIZE;
    ps2_update_irq(s);
}

#define PS2_REPLY(s, ...)                                   \
    do {                                                    \
        const uint8_t _b[] = { __VA_ARGS__ };               \
        ps2_reply(s, _b, sizeof(_b));                       \
    } while (0)

uint32_t ps2_read_data(PS2State *s)
{
    PS2Queue *q = &s->queue;
    uint8_t val;

    if (q->count == 0) {
        /* An empty queue reads as the byte before: the host sees its last byte again. */
        return q->data[(q->rptr + PS2_BUFFER_SIZE - 1) % PS2_BUFFER_SIZE];
    }
    val = q->data[q->rptr];
    q->rptr = (q->rptr + 1) % PS2_BUFFER_SIZE;
    q->count--;
    if (q->rptr == q->cwptr) {
        q->cwptr = -1;
    }
    qemu_set_irq(s->irq, 0);        /* the line drops for every byte, so that each makes an edge */
    ps2_update_irq(s);
    return val;
}

/* ---- keyboard ---- */

void ps2_kbd_put_scancode(PS2KbdState *s, const uint8_t *codes, unsigned n)
{
    if (s->scan_enabled) {
        ps2_queue_input(&s->parent_obj, codes, n);
    }
}

void ps2_keyboard_set_translation(PS2KbdState *s, int mode)
{
    s->translate = mode;
}

static void ps2_reset_keyboard(PS2KbdState *s)
{
    s->scan_enabled = 1;
    s->scancode_set = 2;
    s->ledstate = 0;
    s->need_high_bit = false;
    ps2_reset_queue(&s->parent_obj);
}

static void ps2_kbd_command(PS2KbdState *s, int val)
{
    PS2State *ps2 = &s->parent_obj;

    switch (val) {
    case 0x00:
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    case 0x05:
        PS2_REPLY(ps2, REPLY_RESEND);
        break;
    case KBD_CMD_GET_ID:
        PS2_REPLY(ps2, REPLY_ACK, REPLY_ID, s->translate ? 0x41 : 0x83);
        break;
    case KBD_CMD_ECHO:
        PS2_REPLY(ps2, KBD_CMD_ECHO);
        break;
    case KBD_CMD_ENABLE:
        s->scan_enabled = 1;
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    case KBD_CMD_SCANCODE:
    case KBD_CMD_SET_LEDS:
    case KBD_CMD_SET_RATE:
    case KBD_CMD_SET_MAKE_BREAK:
        ps2->write_cmd = val;
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    case KBD_CMD_RESET_DISABLE:
        ps2_reset_keyboard(s);
        s->scan_enabled = 0;
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    case KBD_CMD_RESET_ENABLE:
        ps2_reset_keyboard(s);
        s->scan_enabled = 1;
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    case KBD_CMD_RESET:
        ps2_reset_keyboard(s);
        PS2_REPLY(ps2, REPLY_ACK, REPLY_POR);
        break;
    case KBD_CMD_SET_TYPEMATIC:
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    default:
        PS2_REPLY(ps2, REPLY_RESEND);
        break;
    }
}

void ps2_write_kbd(PS2KbdState *s, int val)
{
    PS2State *ps2 = &s->parent_obj;
    int cmd = ps2->write_cmd;

    ps2->write_cmd = -1;
    switch (cmd) {
    case -1:
        ps2_kbd_command(s, val);
        break;
    case KBD_CMD_SCANCODE:
        if (val == 0) {
            PS2_REPLY(ps2, REPLY_ACK, s->scancode_set);
        } else if (val <= 3) {
            s->scancode_set = val;
            PS2_REPLY(ps2, REPLY_ACK);
        } else {
            PS2_REPLY(ps2, REPLY_RESEND);
        }
        break;
    case KBD_CMD_SET_LEDS:
        s->ledstate = val & 7;
        /* fall through */
    default:
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    }
}

/* ---- mouse ---- */

static bool ps2_mouse_send_packet(PS2MouseState *s)
{
    int dx = CLAMP(s->mouse_dx, -127, 127), dy = CLAMP(s->mouse_dy, -127, 127), dz = CLAMP(s->mouse_dz, -8, 7);
    uint8_t b[4] = { 0x08 | (dx < 0) << 4 | (dy < 0) << 5 | (s->mouse_buttons & 7), dx, dy, dz };
    unsigned n = s->mouse_type == 0 ? 3 : 4;

    if (s->mouse_type == 4) {
        b[3] = (dz & 0x0f) | (s->mouse_buttons & 0x18) << 1;
    }
    if (s->parent_obj.queue.count + n > PS2_QUEUE_SIZE) {
        return false;
    }
    ps2_queue_input(&s->parent_obj, b, n);
    s->mouse_dx -= dx;
    s->mouse_dy -= dy;
    s->mouse_dz -= dz;
    return true;
}

void ps2_mouse_put_event(PS2MouseState *s, int dx, int dy, int dz, unsigned buttons)
{
    if (!(s->mouse_status & MOUSE_STATUS_ENABLED)) {
        return;
    }
    s->mouse_dx = CLAMP(s->mouse_dx + dx, -4096, 4096);
    s->mouse_dy = CLAMP(s->mouse_dy + dy, -4096, 4096);
    s->mouse_dz = CLAMP(s->mouse_dz + dz, -64, 64);
    s->mouse_buttons = buttons;
    if (s->mouse_status & MOUSE_STATUS_REMOTE) {
        return;
    }
    while (ps2_mouse_send_packet(s) && (s->mouse_dx || s->mouse_dy || s->mouse_dz)) {
        continue;
    }
}

static void ps2_mouse_defaults(PS2MouseState *s)
{
    s->mouse_sample_rate = 100;
    s->mouse_resolution = 2;
    s->mouse_status = 0;
}

/* Sample rates 200,100,80 and 200,200,80 in a row unlock the wheel and the side buttons. */
static void ps2_mouse_detect(PS2MouseState *s, int rate)
{
    switch (s->mouse_detect_state) {
    default:
        s->mouse_detect_state = rate == 200;
        break;
    case 1:
        s->mouse_detect_state = rate == 100 ? 2 : rate == 200 ? 3 : 0;
        break;
    case 2:
        if (rate == 80) {
            s->mouse_type = 3;
        }
        s->mouse_detect_state = 0;
        break;
    case 3:
        if (rate == 80) {
            s->mouse_type = 4;
        }
        s->mouse_detect_state = 0;
        break;
    }
}

static void ps2_mouse_command(PS2MouseState *s, int val)
{
    PS2State *ps2 = &s->parent_obj;

    if (s->mouse_wrap && val != AUX_RESET && val != AUX_RESET_WRAP) {
        PS2_REPLY(ps2, val);
        return;
    }
    switch (val) {
    case AUX_SET_SCALE11:
        s->mouse_status &= ~MOUSE_STATUS_SCALE21;
        break;
    case AUX_SET_SCALE21:
        s->mouse_status |= MOUSE_STATUS_SCALE21;
        break;
    case AUX_SET_STREAM:
        s->mouse_status &= ~MOUSE_STATUS_REMOTE;
        break;
    case AUX_SET_REMOTE:
        s->mouse_status |= MOUSE_STATUS_REMOTE;
        break;
    case AUX_SET_WRAP:
        s->mouse_wrap = 1;
        break;
    case AUX_RESET_WRAP:
        s->mouse_wrap = 0;
        break;
    case AUX_GET_TYPE:
        PS2_REPLY(ps2, REPLY_ACK, s->mouse_type);
        return;
    case AUX_SET_RES:
    case AUX_SET_SAMPLE:
        ps2->write_cmd = val;
        break;
    case AUX_GET_SCALE:
        PS2_REPLY(ps2, REPLY_ACK, s->mouse_status, s->mouse_resolution, s->mouse_sample_rate);
        return;
    case AUX_POLL:
        PS2_REPLY(ps2, REPLY_ACK);
        ps2_mouse_send_packet(s);
        return;
    case AUX_ENABLE_DEV:
        s->mouse_status |= MOUSE_STATUS_ENABLED;
        break;
    case AUX_DISABLE_DEV:
        s->mouse_status &= ~MOUSE_STATUS_ENABLED;
        break;
    case AUX_SET_DEFAULT:
        ps2_mouse_defaults(s);
        break;
    case AUX_RESET:
        ps2_mouse_defaults(s);
        s->mouse_type = 0;
        s->mouse_wrap = 0;
        ps2_reset_queue(ps2);
        PS2_REPLY(ps2, REPLY_ACK, REPLY_POR, s->mouse_type);
        return;
    default:
        PS2_REPLY(ps2, REPLY_RESEND);
        return;
    }
    PS2_REPLY(ps2, REPLY_ACK);
}

void ps2_write_mouse(PS2MouseState *s, int val)
{
    PS2State *ps2 = &s->parent_obj;
    int cmd = ps2->write_cmd;

    ps2->write_cmd = -1;
    switch (cmd) {
    case AUX_SET_SAMPLE:
        s->mouse_sample_rate = val;
        ps2_mouse_detect(s, val);
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    case AUX_SET_RES:
        s->mouse_resolution = val;
        PS2_REPLY(ps2, REPLY_ACK);
        break;
    default:
        ps2_mouse_command(s, val);
        break;
    }
}

/* ---- types ---- */

static void ps2_kbd_reset(DeviceState *dev)
{
    PS2KbdState *s = PS2_KBD_DEVICE(dev);

    s->parent_obj.write_cmd = -1;
    ps2_reset_keyboard(s);
    s->translate = 0;
    ps2_update_irq(&s->parent_obj);
}

static void ps2_mouse_reset(DeviceState *dev)
{
    PS2MouseState *s = PS2_MOUSE_DEVICE(dev);

    s->parent_obj.write_cmd = -1;
    ps2_reset_queue(&s->parent_obj);
    ps2_mouse_defaults(s);
    s->mouse_wrap = s->mouse_type = s->mouse_detect_state = s->mouse_buttons = 0;
    s->mouse_dx = s->mouse_dy = s->mouse_dz = 0;
    ps2_update_irq(&s->parent_obj);
}

/* Streams hold rptr, wptr and count; bring them to a state the code above can only make itself. */
static int ps2_post_load(PS2State *s)
{
    PS2Queue *q = &s->queue;
    uint8_t tmp[PS2_BUFFER_SIZE];
    int n = CLAMP(q->count, 0, PS2_QUEUE_SIZE + PS2_QUEUE_HEADROOM);
    int replies;

    if (q->rptr < 0 || q->rptr >= PS2_BUFFER_SIZE || q->cwptr < -1 || q->cwptr >= PS2_BUFFER_SIZE) {
        return -EINVAL;
    }
    replies = q->cwptr == -1 ? -1 : (q->cwptr - q->rptr + PS2_BUFFER_SIZE) % PS2_BUFFER_SIZE;
    for (int i = 0; i < n; i++) {
        tmp[i] = q->data[(q->rptr + i) % PS2_BUFFER_SIZE];
    }
    memcpy(q->data, tmp, n);
    q->rptr = 0;
    q->wptr = n;
    q->count = n;
    q->cwptr = replies > n ? n : replies;
    return 0;
}

static int ps2_kbd_pre_load(void *opaque)
{
    PS2_DEVICE(opaque)->queue.cwptr = -1;
    return 0;
}

static int ps2_kbd_post_load(void *opaque, int version_id)
{
    PS2KbdState *s = opaque;

    if (version_id == 2) {
        s->scancode_set = 2;
    }
    return ps2_post_load(&s->parent_obj);
}

static int ps2_mouse_post_load(void *opaque, int version_id)
{
    return ps2_post_load(PS2_DEVICE(opaque));
}

static bool ps2_kbd_need_high_bit_needed(void *opaque)
{
    return ((PS2KbdState *)opaque)->need_high_bit;
}

static bool ps2_kbd_ledstate_needed(void *opaque)
{
    return ((PS2KbdState *)opaque)->ledstate != 0;
}

static bool ps2_command_replies_needed(void *opaque)
{
    return PS2_DEVICE(opaque)->queue.cwptr != -1;
}

static const VMStateDescription vmstate_ps2_common = {
    .name = "PS2 Common State",
    .version_id = 3,
    .minimum_version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(write_cmd, PS2State),
        VMSTATE_INT32(queue.rptr, PS2State),
        VMSTATE_INT32(queue.wptr, PS2State),
        VMSTATE_INT32(queue.count, PS2State),
        VMSTATE_BUFFER(queue.data, PS2State),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_ps2_keyboard_ledstate = {
    .name = "ps2kbd/ledstate",
    .version_id = 3,
    .minimum_version_id = 2,
    .needed = ps2_kbd_ledstate_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(ledstate, PS2KbdState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_ps2_keyboard_need_high_bit = {
    .name = "ps2kbd/need_high_bit",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = ps2_kbd_need_high_bit_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(need_high_bit, PS2KbdState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_ps2_keyboard_cqueue = {
    .name = "ps2kbd/command_reply_queue",
    .needed = ps2_command_replies_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(parent_obj.queue.cwptr, PS2KbdState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_ps2_keyboard = {
    .name = "ps2kbd",
    .version_id = 3,
    .minimum_version_id = 2,
    .pre_load = ps2_kbd_pre_load,
    .post_load = ps2_kbd_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(parent_obj, PS2KbdState, 0, vmstate_ps2_common, PS2State),
        VMSTATE_INT32(scan_enabled, PS2KbdState),
        VMSTATE_INT32(translate, PS2KbdState),
        VMSTATE_INT32_V(scancode_set, PS2KbdState, 3),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_ps2_keyboard_ledstate,
        &vmstate_ps2_keyboard_need_high_bit,
        &vmstate_ps2_keyboard_cqueue,
        NULL
    }
};

static const VMStateDescription vmstate_ps2_mouse = {
    .name = "ps2mouse",
    .version_id = 2,
    .minimum_version_id = 2,
    .pre_load = ps2_kbd_pre_load,
    .post_load = ps2_mouse_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(parent_obj, PS2MouseState, 0, vmstate_ps2_common, PS2State),
        VMSTATE_UINT8(mouse_status, PS2MouseState),
        VMSTATE_UINT8(mouse_resolution, PS2MouseState),
        VMSTATE_UINT8(mouse_sample_rate, PS2MouseState),
        VMSTATE_UINT8(mouse_wrap, PS2MouseState),
        VMSTATE_UINT8(mouse_type, PS2MouseState),
        VMSTATE_UINT8(mouse_detect_state, PS2MouseState),
        VMSTATE_INT32(mouse_dx, PS2MouseState),
        VMSTATE_INT32(mouse_dy, PS2MouseState),
        VMSTATE_INT32(mouse_dz, PS2MouseState),
        VMSTATE_UINT8(mouse_buttons, PS2MouseState),
        VMSTATE_END_OF_LIST()
    }
};

static void ps2_realize(DeviceState *dev, Error **errp)
{
    PS2_DEVICE(dev)->write_cmd = -1;
    PS2_DEVICE(dev)->queue.cwptr = -1;
}

static void ps2_init(Object *obj)
{
    qdev_init_gpio_out(DEVICE(obj), &PS2_DEVICE(obj)->irq, 1);
}

static void ps2_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_INPUT, dc->categories);
    dc->realize = ps2_realize;
}

static void ps2_kbd_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->reset = ps2_kbd_reset;
    dc->vmsd = &vmstate_ps2_keyboard;
}

static void ps2_mouse_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->reset = ps2_mouse_reset;
    dc->vmsd = &vmstate_ps2_mouse;
}

static const TypeInfo ps2_types[] = {
    {
        .name = TYPE_PS2_DEVICE,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(PS2State),
        .instance_init = ps2_init,
        .class_init = ps2_class_init,
        .abstract = true,
    },
    {
        .name = TYPE_PS2_KBD_DEVICE,
        .parent = TYPE_PS2_DEVICE,
        .instance_size = sizeof(PS2KbdState),
        .class_init = ps2_kbd_class_init,
    },
    {
        .name = TYPE_PS2_MOUSE_DEVICE,
        .parent = TYPE_PS2_DEVICE,
        .instance_size = sizeof(PS2MouseState),
        .class_init = ps2_mouse_class_init,
    },
};
DEFINE_TYPES(ps2_types)
