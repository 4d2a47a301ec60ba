/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 8042 keyboard controller of the AT and PS/2 (IBM PS/2 Hardware Interface Technical Reference): port 0x64 status
 * and commands, port 0x60 data, lines 1 and 12, the A20 gate and the reset line.
 *
 * One byte at a time waits in the output buffer (obdata); obsrc says where it is from. While the buffer is full the
 * keyboard and the mouse wait with their lines up (pending). Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/input/i8042.h"
#include "hw/input/ps2.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "system/runstate.h"

#define CMD_READ_MODE 0x20
#define CMD_WRITE_MODE 0x60
#define CMD_MOUSE_DISABLE 0xa7
#define CMD_MOUSE_ENABLE 0xa8
#define CMD_TEST_MOUSE 0xa9
#define CMD_SELF_TEST 0xaa
#define CMD_KBD_TEST 0xab
#define CMD_KBD_DISABLE 0xad
#define CMD_KBD_ENABLE 0xae
#define CMD_READ_INPORT 0xc0
#define CMD_READ_OUTPORT 0xd0
#define CMD_WRITE_OUTPORT 0xd1
#define CMD_WRITE_OBUF 0xd2
#define CMD_WRITE_AUX_OBUF 0xd3
#define CMD_WRITE_MOUSE 0xd4
#define CMD_DISABLE_A20 0xdd
#define CMD_ENABLE_A20 0xdf
#define CMD_PULSE_BITS_3_0 0xf0
#define CMD_RESET 0xfe
#define CMD_NO_OP 0xff

#define STAT_OBF 0x01
#define STAT_SELFTEST 0x04
#define STAT_CMD 0x08
#define STAT_UNLOCKED 0x10
#define STAT_MOUSE_OBF 0x20

#define MODE_KBD_INT 0x01
#define MODE_MOUSE_INT 0x02
#define MODE_SYS 0x04
#define MODE_DISABLE_KBD 0x10
#define MODE_DISABLE_MOUSE 0x20
#define MODE_KCC 0x40           /* translate to scan code set 1 */

#define OUT_RESET 0x01          /* active low */
#define OUT_A20 0x02
#define OUT_OBF 0x10
#define OUT_MOUSE_OBF 0x20
#define OUT_ONES 0xcc

#define PENDING_KBD_COMPAT 0x01
#define PENDING_AUX_COMPAT 0x02
#define PENDING_CTRL_KBD 0x04
#define PENDING_CTRL_AUX 0x08
#define PENDING_KBD 0x10
#define PENDING_AUX 0x20

#define OBSRC_KBD 0x01
#define OBSRC_MOUSE 0x02
#define OBSRC_CTRL 0x04

typedef struct KBDState {
    uint8_t write_cmd;          /* command whose data byte comes next */
    uint8_t status;
    uint8_t mode;
    uint8_t outport;
    uint32_t migration_flags;
    uint32_t obsrc;
    bool outport_present;
    bool extended_state;
    bool extended_state_loaded;
    uint8_t pending;
    uint8_t obdata;
    uint8_t cbdata;             /* reply of the controller that waits for the buffer */
    uint8_t pending_tmp;
    PS2KbdState ps2kbd;
    PS2MouseState ps2mouse;
    qemu_irq irqs[2];
    qemu_irq a20_out;
} KBDState;

OBJECT_DECLARE_SIMPLE_TYPE(ISAKBDState, I8042)

struct ISAKBDState {
    ISADevice parent_obj;

    KBDState kbd;
    bool kbd_throttle;
    MemoryRegion io[2];
    uint8_t kbd_irq;
    uint8_t mouse_irq;
};

/*
 * Codes of set 2 (what the keyboard sends by default) as set 1, for MODE_KCC. 0xf0 prefixes a break code and sets
 * bit 7 of the translated code.
 */
static const uint8_t set2_to_set1[128] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
};

static void kbd_update_irq_lines(KBDState *s)
{
    bool obf = s->status & STAT_OBF, mouse = s->status & STAT_MOUSE_OBF;

    qemu_set_irq(s->irqs[0], obf && !mouse && (s->mode & MODE_KBD_INT) && !(s->mode & MODE_DISABLE_KBD));
    qemu_set_irq(s->irqs[1], obf && mouse && (s->mode & MODE_MOUSE_INT));
}

static void kbd_deassert_irq(KBDState *s)
{
    s->status &= ~(STAT_OBF | STAT_MOUSE_OBF);
    s->outport &= ~(OUT_OBF | OUT_MOUSE_OBF);
    kbd_update_irq_lines(s);
}

static uint8_t kbd_translate(KBDState *s, uint8_t b)
{
    uint8_t high;

    if (b == 0xf0) {
        s->ps2kbd.need_high_bit = true;
        return 0;
    }
    high = s->ps2kbd.need_high_bit ? 0x80 : 0;
    s->ps2kbd.need_high_bit = false;
    return (b < 0x80 ? set2_to_set1[b] : b == 0x83 ? 0x41 : b == 0x84 ? 0x54 : b) | high;
}

/* Take the next keyboard byte, translated; false when the bytes so far made none. */
static bool kbd_fetch(KBDState *s)
{
    while (s->ps2kbd.parent_obj.queue.count) {
        uint8_t b = ps2_read_data(PS2_DEVICE(&s->ps2kbd));

        if ((s->mode & MODE_KCC) && s->ps2kbd.scancode_set == 2 && b == 0xf0) {
            s->ps2kbd.need_high_bit = true;
            continue;
        }
        s->obdata = (s->mode & MODE_KCC) && s->ps2kbd.scancode_set == 2 ? kbd_translate(s, b) : b;
        return true;
    }
    return false;
}

/* Fill the output buffer from whoever waits: the controller's own replies, the keyboard, the mouse. */
static void kbd_update_irq(KBDState *s)
{
    bool mouse = false;

    if (s->status & STAT_OBF) {
        return;
    }
    s->status |= STAT_OBF;      /* reading a byte moves the device's line, which calls here again */
    if (s->pending & (PENDING_CTRL_KBD | PENDING_CTRL_AUX)) {
        mouse = !(s->pending & PENDING_CTRL_KBD);
        s->obdata = s->cbdata;
        s->obsrc = OBSRC_CTRL;
        s->pending &= ~(PENDING_CTRL_KBD | PENDING_CTRL_AUX);
    } else if ((s->pending & PENDING_KBD) && !(s->mode & MODE_DISABLE_KBD) && kbd_fetch(s)) {
        s->obsrc = OBSRC_KBD;
    } else if ((s->pending & PENDING_AUX) && !(s->mode & MODE_DISABLE_MOUSE) &&
               s->ps2mouse.parent_obj.queue.count) {
        s->obdata = ps2_read_data(PS2_DEVICE(&s->ps2mouse));
        s->obsrc = OBSRC_MOUSE;
        mouse = true;
    } else {
        s->status &= ~STAT_OBF;
        kbd_update_irq_lines(s);
        return;
    }
    s->status |= mouse ? STAT_MOUSE_OBF : 0;
    s->outport |= mouse ? OUT_MOUSE_OBF : OUT_OBF;
    kbd_update_irq_lines(s);
}

static void kbd_input_irq(void *opaque, int n, int level)
{
    KBDState *s = opaque;
    uint8_t bit = n == 0 ? PENDING_KBD : PENDING_AUX;

    if (!level) {
        s->pending &= ~bit;
        return;
    }
    s->pending |= bit;
    kbd_update_irq(s);
}

static void kbd_set_kbd_irq(void *opaque, int n, int level)
{
    kbd_input_irq(&I8042(opaque)->kbd, 0, level);
}

static void kbd_set_mouse_irq(void *opaque, int n, int level)
{
    kbd_input_irq(&I8042(opaque)->kbd, 1, level);
}

static void kbd_queue(KBDState *s, uint8_t b, bool aux)
{
    s->cbdata = b;
    s->pending &= ~(PENDING_CTRL_KBD | PENDING_CTRL_AUX);
    s->pending |= aux ? PENDING_CTRL_AUX : PENDING_CTRL_KBD;
    /* The controller's reply replaces what the host has not read. */
    if (s->status & STAT_OBF) {
        kbd_deassert_irq(s);
    }
    kbd_update_irq(s);
}

static void outport_write(KBDState *s, uint8_t val)
{
    s->outport = val;
    qemu_set_irq(s->a20_out, (val >> 1) & 1);
    if (!(val & OUT_RESET)) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    }
}

static void kbd_set_mode(KBDState *s, uint8_t mode)
{
    s->mode = mode;
    ps2_keyboard_set_translation(&s->ps2kbd, (mode & MODE_KCC) != 0);
    kbd_update_irq_lines(s);
    kbd_update_irq(s);
}

static void kbd_write_command(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    KBDState *s = opaque;

    if ((val & 0xf0) == CMD_PULSE_BITS_3_0) {           /* a zero bit pulses that output line; bit 0 is reset */
        val = val & 1 ? CMD_NO_OP : CMD_RESET;
    }
    s->status |= STAT_CMD;
    switch (val) {
    case CMD_READ_MODE:
        kbd_queue(s, s->mode, false);
        break;
    case CMD_WRITE_MODE:
    case CMD_WRITE_OBUF:
    case CMD_WRITE_AUX_OBUF:
    case CMD_WRITE_MOUSE:
    case CMD_WRITE_OUTPORT:
        s->write_cmd = val;
        break;
    case CMD_MOUSE_DISABLE:
        s->mode |= MODE_DISABLE_MOUSE;
        break;
    case CMD_MOUSE_ENABLE:
        kbd_set_mode(s, s->mode & ~MODE_DISABLE_MOUSE);
        break;
    case CMD_TEST_MOUSE:
    case CMD_KBD_TEST:
        kbd_queue(s, 0x00, false);
        break;
    case CMD_SELF_TEST:
        s->status |= STAT_SELFTEST;
        kbd_queue(s, 0x55, false);
        break;
    case CMD_KBD_DISABLE:
        s->mode |= MODE_DISABLE_KBD;
        break;
    case CMD_KBD_ENABLE:
        kbd_set_mode(s, s->mode & ~MODE_DISABLE_KBD);
        break;
    case CMD_READ_INPORT:
        kbd_queue(s, 0x80, false);
        break;
    case CMD_READ_OUTPORT:
        kbd_queue(s, s->outport, false);
        break;
    case CMD_ENABLE_A20:
        qemu_irq_raise(s->a20_out);
        s->outport |= OUT_A20;
        break;
    case CMD_DISABLE_A20:
        qemu_irq_lower(s->a20_out);
        s->outport &= ~OUT_A20;
        break;
    case CMD_RESET:
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
        break;
    default:
        break;
    }
}

static uint64_t kbd_read_status(void *opaque, hwaddr addr, unsigned size)
{
    KBDState *s = opaque;

    return s->status;
}

static uint64_t kbd_read_data(void *opaque, hwaddr addr, unsigned size)
{
    KBDState *s = opaque;
    uint8_t data;

    if (s->status & STAT_OBF) {
        kbd_deassert_irq(s);
        if (s->ps2kbd.parent_obj.queue.count) {
            s->pending |= PENDING_KBD;
        }
        if (s->ps2mouse.parent_obj.queue.count) {
            s->pending |= PENDING_AUX;
        }
    }
    data = s->obdata;
    kbd_update_irq(s);          /* may put the next byte there */
    return data;
}

static void kbd_write_data(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    KBDState *s = opaque;
    uint8_t cmd = s->write_cmd;

    s->write_cmd = 0;
    s->status &= ~STAT_CMD;
    switch (cmd) {
    case 0:
        ps2_write_kbd(&s->ps2kbd, val);
        s->mode &= ~MODE_DISABLE_KBD;                   /* talking to the keyboard switches its clock on */
        kbd_update_irq(s);
        break;
    case CMD_WRITE_MODE:
        kbd_set_mode(s, val);
        break;
    case CMD_WRITE_OBUF:
        kbd_queue(s, val, false);
        break;
    case CMD_WRITE_AUX_OBUF:
        kbd_queue(s, val, true);
        break;
    case CMD_WRITE_OUTPORT:
        outport_write(s, val);
        break;
    case CMD_WRITE_MOUSE:
        ps2_write_mouse(&s->ps2mouse, val);
        s->mode &= ~MODE_DISABLE_MOUSE;
        kbd_update_irq(s);
        break;
    }
}

static const MemoryRegionOps i8042_data_ops = {
    .read = kbd_read_data,
    .write = kbd_write_data,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps i8042_cmd_ops = {
    .read = kbd_read_status,
    .write = kbd_write_command,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- state ---- */

static void kbd_reset(KBDState *s)
{
    s->mode = MODE_KBD_INT | MODE_MOUSE_INT;
    s->status = STAT_CMD | STAT_UNLOCKED;
    s->outport = OUT_RESET | OUT_A20 | OUT_ONES;
    s->pending = 0;
    s->write_cmd = 0;
    s->obsrc = 0;
    s->migration_flags = 0;
    kbd_deassert_irq(s);
}

static uint8_t outport_default(const KBDState *s)
{
    return OUT_RESET | OUT_A20 | OUT_ONES | (s->status & STAT_OBF ? OUT_OBF : 0) |
           (s->status & STAT_MOUSE_OBF ? OUT_MOUSE_OBF : 0);
}

static bool kbd_outport_needed(void *opaque)
{
    KBDState *s = opaque;

    return s->outport != outport_default(s);
}

static int kbd_outport_post_load(void *opaque, int version_id)
{
    KBDState *s = opaque;

    s->outport_present = true;
    return 0;
}

static bool kbd_extended_state_needed(void *opaque)
{
    KBDState *s = opaque;

    return s->extended_state;
}

static int kbd_extended_state_post_load(void *opaque, int version_id)
{
    KBDState *s = opaque;

    s->extended_state_loaded = true;
    return 0;
}

/* pending_tmp: the wire's view of pending; readers without the extended state know only the first two bits. */
static int kbd_pre_save(void *opaque)
{
    KBDState *s = opaque;

    if (s->extended_state) {
        s->pending_tmp = s->pending;
    } else {
        s->pending_tmp = (s->pending & PENDING_KBD ? PENDING_KBD_COMPAT : 0) |
                         (s->pending & PENDING_AUX ? PENDING_AUX_COMPAT : 0);
    }
    return 0;
}

static int kbd_pre_load(void *opaque)
{
    KBDState *s = opaque;

    s->outport_present = false;
    s->extended_state_loaded = false;
    return 0;
}

static int kbd_post_load(void *opaque, int version_id)
{
    KBDState *s = opaque;

    if (!s->outport_present) {
        s->outport = outport_default(s);
    }
    s->pending = s->pending_tmp;
    if (!s->extended_state_loaded) {
        s->obsrc = s->status & STAT_OBF ? (s->status & STAT_MOUSE_OBF ? OBSRC_MOUSE : OBSRC_KBD) : 0;
        s->pending = (s->pending & PENDING_KBD_COMPAT ? PENDING_KBD : 0) |
                     (s->pending & PENDING_AUX_COMPAT ? PENDING_AUX : 0);
    }
    s->pending &= 0x3c;
    return 0;
}

static const VMStateDescription vmstate_kbd_outport = {
    .name = "pckbd_outport",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = kbd_outport_needed,
    .post_load = kbd_outport_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(outport, KBDState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_kbd_extended_state = {
    .name = "pckbd/extended_state",
    .needed = kbd_extended_state_needed,
    .post_load = kbd_extended_state_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(migration_flags, KBDState),
        VMSTATE_UINT32(obsrc, KBDState),
        VMSTATE_UINT8(obdata, KBDState),
        VMSTATE_UINT8(cbdata, KBDState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_kbd = {
    .name = "pckbd",
    .version_id = 3,
    .minimum_version_id = 3,
    .pre_load = kbd_pre_load,
    .post_load = kbd_post_load,
    .pre_save = kbd_pre_save,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(write_cmd, KBDState),
        VMSTATE_UINT8(status, KBDState),
        VMSTATE_UINT8(mode, KBDState),
        VMSTATE_UINT8(pending_tmp, KBDState),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_kbd_outport,
        &vmstate_kbd_extended_state,
        NULL
    }
};

static const VMStateDescription vmstate_kbd_isa = {
    .name = "pckbd",
    .version_id = 3,
    .minimum_version_id = 3,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(kbd, ISAKBDState, 0, vmstate_kbd, KBDState),
        VMSTATE_END_OF_LIST()
    }
};

static void i8042_reset(DeviceState *dev)
{
    ISAKBDState *isa_s = I8042(dev);

    kbd_reset(&isa_s->kbd);
}

void i8042_setup_a20_line(ISADevice *dev, qemu_irq a20_out)
{
    qdev_connect_gpio_out_named(DEVICE(dev), I8042_A20_LINE, 0, a20_out);
}

static void i8042_initfn(Object *obj)
{
    ISAKBDState *isa_s = I8042(obj);
    KBDState *s = &isa_s->kbd;

    memory_region_init_io(&isa_s->io[0], obj, &i8042_data_ops, s, "i8042-data", 1);
    memory_region_init_io(&isa_s->io[1], obj, &i8042_cmd_ops, s, "i8042-cmd", 1);
    object_initialize_child(obj, "ps2kbd", &s->ps2kbd, TYPE_PS2_KBD_DEVICE);
    object_initialize_child(obj, "ps2mouse", &s->ps2mouse, TYPE_PS2_MOUSE_DEVICE);
    qdev_init_gpio_out_named(DEVICE(obj), &s->a20_out, I8042_A20_LINE, 1);
    qdev_init_gpio_out(DEVICE(obj), s->irqs, 2);
    qdev_init_gpio_in_named(DEVICE(obj), kbd_set_kbd_irq, "ps2-kbd-input-irq", 1);
    qdev_init_gpio_in_named(DEVICE(obj), kbd_set_mouse_irq, "ps2-mouse-input-irq", 1);
}

static void i8042_realizefn(DeviceState *dev, Error **errp)
{
    ISADevice *isadev = ISA_DEVICE(dev);
    ISAKBDState *isa_s = I8042(dev);
    KBDState *s = &isa_s->kbd;

    if (isa_s->kbd_irq >= ISA_NUM_IRQS || isa_s->mouse_irq >= ISA_NUM_IRQS) {
        error_setg(errp, "i8042: kbd-irq=%u,mouse-irq=%u: the largest ISA line is %d", isa_s->kbd_irq,
                   isa_s->mouse_irq, ISA_NUM_IRQS - 1);
        return;
    }
    isa_connect_gpio_out(isadev, 0, isa_s->kbd_irq);
    isa_connect_gpio_out(isadev, 1, isa_s->mouse_irq);
    isa_register_ioport(isadev, &isa_s->io[0], 0x60);
    isa_register_ioport(isadev, &isa_s->io[1], 0x64);
    if (!sysbus_realize(SYS_BUS_DEVICE(&s->ps2kbd), errp)) {
        return;
    }
    qdev_connect_gpio_out(DEVICE(&s->ps2kbd), PS2_DEVICE_IRQ, qdev_get_gpio_in_named(dev, "ps2-kbd-input-irq", 0));
    if (!sysbus_realize(SYS_BUS_DEVICE(&s->ps2mouse), errp)) {
        return;
    }
    qdev_connect_gpio_out(DEVICE(&s->ps2mouse), PS2_DEVICE_IRQ,
                          qdev_get_gpio_in_named(dev, "ps2-mouse-input-irq", 0));
}

static const Property i8042_properties[] = {
    DEFINE_PROP_BOOL("extended-state", ISAKBDState, kbd.extended_state, true),
    DEFINE_PROP_BOOL("kbd-throttle", ISAKBDState, kbd_throttle, false),
    DEFINE_PROP_UINT8("kbd-irq", ISAKBDState, kbd_irq, 1),
    DEFINE_PROP_UINT8("mouse-irq", ISAKBDState, mouse_irq, 12),
};

static void i8042_class_initfn(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_INPUT, dc->categories);
    dc->realize = i8042_realizefn;
    dc->reset = i8042_reset;
    dc->vmsd = &vmstate_kbd_isa;
    device_class_set_props(dc, i8042_properties);
}

static const TypeInfo i8042_types[] = {
    {
        .name = TYPE_I8042,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(ISAKBDState),
        .instance_init = i8042_initfn,
        .class_init = i8042_class_initfn,
    },
};
DEFINE_TYPES(i8042_types)
