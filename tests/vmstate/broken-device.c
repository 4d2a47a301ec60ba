/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule B2 at start-up: the emulator with a device whose description is wrong, deep inside. It must not start; the test is
 * what it says (test_descriptions.py).
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "tests/vmstate/harness.h"

typedef struct BrokenState {
    DeviceState parent;
    uint8_t *slots[2];
} BrokenState;

static const VMStateDescription vmstate_inner = {
    .name = "inner",
    .fields = (const VMStateField[]) {
        /* A plain array of pointers with a size. */
        { .name = "slots", .flags = VMS_ARRAY | VMS_ARRAY_OF_POINTER, .num = 2, .size = 1, .info = &vmstate_info_uint8,
          .offset = offsetof(BrokenState, slots) },
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_broken = {
    .name = "broken",
    .fields = (const VMStateField[]) {
        { .name = "self", .flags = VMS_STRUCT, .size = sizeof(BrokenState), .vmsd = &vmstate_inner },
        VMSTATE_END_OF_LIST()
    },
};

static void broken_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->vmsd = &vmstate_broken;
    dc->user_creatable = true;
}

static const TypeInfo broken_types[] = {
    { .name = "broken-device", .parent = TYPE_DEVICE, .instance_size = sizeof(BrokenState),
      .class_init = broken_class_init },
};
DEFINE_TYPES(broken_types)

int main(int argc, char **argv)
{
    harness_start_argv(argc - 1, argv + 1, false);
    printf("it started\n");
    harness_stop();
    return 0;
}
