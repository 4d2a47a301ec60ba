/* SPDX-License-Identifier: GPL-2.0-or-later */
/* APM command and status registers (see hw/isa/apm.h). BQL. */
#include "qemu/osdep.h"
#include "hw/isa/apm.h"
#include "migration/vmstate.h"

static void apm_ioport_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    APMState *apm = opaque;

    if (addr & 1) {
        apm->apms = val;
    } else {
        apm->apmc = val;
        if (apm->callback) {
            apm->callback(val, apm->arg);
        }
    }
}

static uint64_t apm_ioport_read(void *opaque, hwaddr addr, unsigned size)
{
    APMState *apm = opaque;

    return addr & 1 ? apm->apms : apm->apmc;
}

const VMStateDescription vmstate_apm = {
    .name = "APM State",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(apmc, APMState),
        VMSTATE_UINT8(apms, APMState),
        VMSTATE_END_OF_LIST()
    }
};

static const MemoryRegionOps apm_ops = {
    .read = apm_ioport_read,
    .write = apm_ioport_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

void apm_init(Object *dev, MemoryRegion *io_parent, APMState *apm, apm_ctrl_changed_t callback, void *arg)
{
    apm->callback = callback;
    apm->arg = arg;
    memory_region_init_io(&apm->io, dev, &apm_ops, apm, "apm-io", 2);
    memory_region_add_subregion(io_parent, APM_CNT_IOPORT, &apm->io);
}
