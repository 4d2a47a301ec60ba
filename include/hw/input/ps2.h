/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PS/2 keyboard and mouse behind an i8042. Each has an output gpio, high while it has bytes for the host. The
 * controller writes commands with ps2_write_*() and takes bytes with ps2_read_data().
 */
#ifndef HW_INPUT_PS2_H
#define HW_INPUT_PS2_H

#include "hw/core/sysbus.h"

#define PS2_BUFFER_SIZE 256         /* as on the wire; at most PS2_QUEUE_SIZE are used by input */
#define PS2_QUEUE_SIZE 16
#define PS2_QUEUE_HEADROOM 8        /* room kept for replies to commands */
#define PS2_DEVICE_IRQ 0

#define TYPE_PS2_DEVICE "ps2-device"
OBJECT_DECLARE_SIMPLE_TYPE(PS2State, PS2_DEVICE)
#define TYPE_PS2_KBD_DEVICE "ps2-kbd"
OBJECT_DECLARE_SIMPLE_TYPE(PS2KbdState, PS2_KBD_DEVICE)
#define TYPE_PS2_MOUSE_DEVICE "ps2-mouse"
OBJECT_DECLARE_SIMPLE_TYPE(PS2MouseState, PS2_MOUSE_DEVICE)

typedef struct PS2Queue {
    uint8_t data[PS2_BUFFER_SIZE];
    int32_t rptr, wptr, cwptr, count;   /* cwptr: end of the command replies at the front, -1: none */
} PS2Queue;

struct PS2State {
    SysBusDevice parent_obj;

    PS2Queue queue;
    int32_t write_cmd;                  /* command that waits for its parameter, -1: none */
    qemu_irq irq;
};

struct PS2KbdState {
    PS2State parent_obj;

    int32_t scan_enabled;
    int32_t translate;
    int32_t scancode_set;
    int32_t ledstate;
    bool need_high_bit;                 /* translation saw 0xf0 */
};

struct PS2MouseState {
    PS2State parent_obj;

    uint8_t mouse_status;
    uint8_t mouse_resolution;
    uint8_t mouse_sample_rate;
    uint8_t mouse_wrap;
    uint8_t mouse_type;                 /* 0 PS/2, 3 wheel, 4 wheel and five buttons */
    uint8_t mouse_detect_state;
    int32_t mouse_dx, mouse_dy, mouse_dz;
    uint8_t mouse_buttons;
};

uint32_t ps2_read_data(PS2State *s);
void ps2_write_kbd(PS2KbdState *s, int val);
void ps2_write_mouse(PS2MouseState *s, int val);
void ps2_keyboard_set_translation(PS2KbdState *s, int mode);

/* Input from the user interface: a make or break code of scan code set 1 or 2 bytes, already encoded by the caller. */
void ps2_kbd_put_scancode(PS2KbdState *s, const uint8_t *codes, unsigned n);
/* Relative movement, wheel and a mask of held buttons (1 left, 2 right, 4 middle, 8 and 16 side). */
void ps2_mouse_put_event(PS2MouseState *s, int dx, int dy, int dz, unsigned buttons);

#endif
