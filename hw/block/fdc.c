// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Floppy disk controller (Intel 82078 data sheet) with two drives that never hold a disk: registers, every command's
 * parameters and results, interrupts. Commands that would touch a disk end abnormally, "no address mark". BQL.
 *
 *   1 SRB  2 DOR  3 TDR  4 MSR / DSR  5 FIFO  7 DIR / CCR       (from iobase; 6 belongs to the IDE controller)
 */
#include "qemu/osdep.h"
#include "hw/block/fdc.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/isa/isa.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/timer.h"

OBJECT_DECLARE_SIMPLE_TYPE(FDCtrlISABus, ISA_FDC)

#define DRIVES 2
#define FIFO_SIZE 512

enum { REG_SRB = 1, REG_DOR, REG_TDR, REG_MSR, REG_FIFO, REG_DIR = 7 };
enum {
    SRA_INTPEND = 0x80, SRA_NDRV2 = 0x40, SRB_ALWAYS = 0xc0,
    DOR_SELECT = 0x03, DOR_NRESET = 0x04, DOR_DMAEN = 0x08,
    MSR_RQM = 0x80, MSR_DIO = 0x40, MSR_BUSY = 0x10,
    DSR_RESET = 0x80, DIR_CHANGE = 0x80, TDR_BOOT = 0x04,
    ST0_ABNORMAL = 0x40, ST0_INVALID = 0x80, ST0_READY_CHANGED = 0xc0, ST0_SEEK_END = 0x20, ST0_NO_TRACK0 = 0x10,
    ST1_NO_MARK = 0x01, CONFIG_EIS = 0x40, CONFIG_NO_FIFO = 0x20,
};

typedef struct FDrive {
    uint8_t head, track, sect;
    uint8_t media_changed, media_rate, perpendicular;
} FDrive;

typedef struct FDCtrl {
    MemoryRegion io, io7;
    qemu_irq irq;
    QEMUTimer *result_timer;        /* on the wire only: results come at once */
    uint8_t sra, srb, dor, dor_vmstate, tdr, dsr, msr;
    uint8_t status0, status1, status2;
    uint8_t fifo[FIFO_SIZE];
    uint32_t data_pos, data_len;
    uint8_t data_state, data_dir;
    uint8_t phase;                  /* on the wire only: it follows from msr */
    uint8_t eot, timer0, timer1, precomp_trk, config, lock, pwrd;
    int32_t reset_sensei;           /* drives whose state change after a reset was not asked for yet */
    uint8_t num_floppies;
    FDrive drives[DRIVES];
} FDCtrl;

struct FDCtrlISABus {
    ISADevice parent_obj;

    FDCtrl state;
    uint32_t iobase, irq, dma;
};

/* ---- interrupt and reset ---- */

static void set_irq(FDCtrl *s, bool level)
{
    s->sra = level ? s->sra | SRA_INTPEND : s->sra & ~SRA_INTPEND;
    qemu_set_irq(s->irq, level && s->dor & DOR_DMAEN);
}

static void expect_command(FDCtrl *s)
{
    s->data_dir = 0;
    s->data_pos = 0;
    s->data_len = 1;
    s->msr = (s->msr & ~(MSR_BUSY | MSR_DIO)) | MSR_RQM;
}

static void answer(FDCtrl *s, uint32_t len)
{
    s->data_dir = 1;
    s->data_pos = 0;
    s->data_len = len;
    s->msr |= MSR_BUSY | MSR_DIO | MSR_RQM;
}

static void fdctrl_reset(FDCtrl *s, bool by_guest)
{
    set_irq(s, false);
    s->status0 = s->status1 = s->status2 = 0;
    s->data_state = 0;
    s->msr = 0;
    if (!s->lock) {
        s->config = CONFIG_EIS | CONFIG_NO_FIFO;
        s->precomp_trk = 0;
    }
    for (int i = 0; i < DRIVES; i++) {
        s->drives[i].perpendicular = 0;
    }
    expect_command(s);
    s->reset_sensei = 0;
    if (by_guest) {
        s->status0 = ST0_READY_CHANGED;
        s->reset_sensei = 4;
        set_irq(s, true);
    }
}

/* ---- commands ---- */

typedef struct FDCommand {
    uint8_t value, mask;
    uint8_t params;
    void (*run)(FDCtrl *s);
} FDCommand;

static FDrive *drive(FDCtrl *s, unsigned n)
{
    return &s->drives[n % DRIVES];
}

static void no_disk(FDCtrl *s)
{
    uint8_t select = s->fifo[1] & 7;
    FDrive *d = drive(s, select & 1);

    s->status0 = ST0_ABNORMAL | select;
    s->status1 = ST1_NO_MARK;
    s->status2 = 0;
    s->fifo[0] = s->status0;
    s->fifo[1] = s->status1;
    s->fifo[2] = s->status2;
    s->fifo[3] = d->track;
    s->fifo[4] = select >> 2;
    s->fifo[5] = d->sect;
    s->fifo[6] = 2;
    answer(s, 7);
    set_irq(s, true);
}

static void seek(FDCtrl *s, uint8_t track)
{
    uint8_t select = s->fifo[1] & 3;
    FDrive *d = drive(s, select);

    d->track = track;
    d->head = s->fifo[1] >> 2 & 1;
    s->status0 = ST0_SEEK_END | select;
    expect_command(s);
    set_irq(s, true);
}

static void cmd_recalibrate(FDCtrl *s)
{
    s->fifo[1] &= 3;
    seek(s, 0);
}

static void cmd_seek(FDCtrl *s)
{
    seek(s, s->fifo[2]);
}

static void cmd_relative_seek(FDCtrl *s)
{
    uint8_t now = drive(s, s->fifo[1] & 3)->track;

    seek(s, s->fifo[0] & 0x40 ? MIN(now + s->fifo[2], 255) : now > s->fifo[2] ? now - s->fifo[2] : 0);
}

static void cmd_specify(FDCtrl *s)
{
    s->timer0 = s->fifo[1] >> 4;
    s->timer1 = s->fifo[2] >> 1;
    s->dor = s->fifo[2] & 1 ? s->dor & ~DOR_DMAEN : s->dor | DOR_DMAEN;
    expect_command(s);
}

static void cmd_sense_drive(FDCtrl *s)
{
    uint8_t select = s->fifo[1] & 7;

    /* two-sided, ready; track 0 when it is there */
    s->fifo[0] = 0x28 | select | (drive(s, select & 3)->track ? 0 : 0x10);
    answer(s, 1);
}

static void cmd_sense_interrupt(FDCtrl *s)
{
    if (s->reset_sensei > 0) {
        s->fifo[0] = ST0_READY_CHANGED | (4 - s->reset_sensei);
        s->reset_sensei--;
    } else if (!(s->sra & SRA_INTPEND)) {
        s->fifo[0] = ST0_INVALID;
        answer(s, 1);
        return;
    } else {
        s->fifo[0] = s->status0;
    }
    s->fifo[1] = drive(s, s->fifo[0] & 3)->track;
    answer(s, 2);
    set_irq(s, false);
    s->status0 = ST0_READY_CHANGED;
}

static void cmd_dumpreg(FDCtrl *s)
{
    uint8_t out[10] = {
        s->drives[0].track, s->drives[1].track, 0, 0, s->timer0 << 4, s->timer1 << 1 | !(s->dor & DOR_DMAEN), s->eot,
        s->lock << 7 | s->drives[1].perpendicular << 3 | s->drives[0].perpendicular << 2, s->config, s->precomp_trk,
    };

    memcpy(s->fifo, out, sizeof(out));
    answer(s, sizeof(out));
}

static void cmd_version(FDCtrl *s)
{
    s->fifo[0] = 0x90;              /* enhanced */
    answer(s, 1);
}

static void cmd_part_id(FDCtrl *s)
{
    s->fifo[0] = 0x41;
    answer(s, 1);
}

static void cmd_perpendicular(FDCtrl *s)
{
    for (int i = 0; i < DRIVES && s->fifo[1] & 0x80; i++) {
        s->drives[i].perpendicular = s->fifo[1] >> (2 + i) & 1;
    }
    expect_command(s);
}

static void cmd_configure(FDCtrl *s)
{
    s->config = s->fifo[2];
    s->precomp_trk = s->fifo[3];
    expect_command(s);
}

static void cmd_lock(FDCtrl *s)
{
    s->lock = s->fifo[0] >> 7;
    s->fifo[0] = s->lock << 4;
    answer(s, 1);
}

static void cmd_powerdown(FDCtrl *s)
{
    s->pwrd = s->fifo[1];
    s->fifo[0] = s->fifo[1];
    answer(s, 1);
}

static void cmd_invalid(FDCtrl *s)
{
    s->fifo[0] = ST0_INVALID;
    answer(s, 1);
}

static const FDCommand commands[] = {
    { 0x02, 0x1f, 8, no_disk },         /* read a track */
    { 0x03, 0xff, 2, cmd_specify },
    { 0x04, 0xff, 1, cmd_sense_drive },
    { 0x05, 0x1f, 8, no_disk },         /* write */
    { 0x06, 0x1f, 8, no_disk },         /* read */
    { 0x07, 0xff, 1, cmd_recalibrate },
    { 0x08, 0xff, 0, cmd_sense_interrupt },
    { 0x09, 0x1f, 8, no_disk },         /* write deleted data */
    { 0x0a, 0x1f, 1, no_disk },         /* read an id */
    { 0x0c, 0x1f, 8, no_disk },         /* read deleted data */
    { 0x0d, 0x1f, 5, no_disk },         /* format a track */
    { 0x0e, 0xff, 0, cmd_dumpreg },
    { 0x0f, 0xff, 2, cmd_seek },
    { 0x10, 0xff, 0, cmd_version },
    { 0x11, 0x1f, 8, no_disk },         /* scan: equal, low, high */
    { 0x12, 0xff, 1, cmd_perpendicular },
    { 0x13, 0xff, 3, cmd_configure },
    { 0x14, 0x7f, 0, cmd_lock },
    { 0x16, 0x1f, 8, no_disk },         /* verify */
    { 0x17, 0xff, 1, cmd_powerdown },
    { 0x18, 0xff, 0, cmd_part_id },
    { 0x19, 0x1f, 8, no_disk },
    { 0x1d, 0x1f, 8, no_disk },
    { 0x8f, 0xbf, 2, cmd_relative_seek },
    { 0x00, 0x00, 0, cmd_invalid },
};

static const FDCommand *find_command(uint8_t byte)
{
    const FDCommand *c = commands;

    while ((byte & c->mask) != c->value) {
        c++;
    }
    return c;
}

static void write_fifo(FDCtrl *s, uint8_t val)
{
    const FDCommand *c;

    if (!(s->dor & DOR_NRESET) || s->msr & MSR_DIO || !(s->msr & MSR_RQM)) {
        return;
    }
    s->dsr &= ~0x40;                    /* the guest is awake */
    s->fifo[s->data_pos++ % FIFO_SIZE] = val;
    c = find_command(s->fifo[0]);
    s->msr |= MSR_BUSY;
    s->data_len = c->params + 1;
    if (s->data_pos >= s->data_len) {
        c->run(s);
    }
}

static uint8_t read_fifo(FDCtrl *s)
{
    uint8_t val;

    if (!(s->msr & MSR_DIO) || !(s->msr & MSR_RQM)) {
        return 0;
    }
    val = s->fifo[s->data_pos++ % FIFO_SIZE];
    if (s->data_pos >= s->data_len) {
        expect_command(s);
    }
    return val;
}

/* ---- registers ---- */

static void write_dor(FDCtrl *s, uint8_t val)
{
    uint8_t old = s->dor;

    s->srb = SRB_ALWAYS | (val >> 4 & 3) | (val & 1) << 5;
    s->dor = val;
    if (old & ~val & DOR_NRESET) {
        fdctrl_reset(s, false);
        s->msr = 0;
    } else if (~old & val & DOR_NRESET) {
        fdctrl_reset(s, true);
    }
}

static uint64_t fdc_read(void *opaque, hwaddr addr, unsigned size)
{
    FDCtrl *s = opaque;

    switch (addr) {
    case REG_SRB: return s->srb;
    case REG_DOR: return s->dor;
    case REG_TDR: return s->tdr;
    case REG_MSR: return s->msr;
    case REG_FIFO: return read_fifo(s);
    default: return 0;
    }
}

static void fdc_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    FDCtrl *s = opaque;

    switch (addr) {
    case REG_DOR:
        write_dor(s, val);
        break;
    case REG_TDR:
        if (s->dor & DOR_NRESET) {
            s->tdr = val & TDR_BOOT;
        }
        break;
    case REG_MSR:                       /* DSR: rate, and a reset that ends by itself */
        s->dsr = val & ~DSR_RESET;
        if (val & DSR_RESET) {
            fdctrl_reset(s, true);
        }
        break;
    case REG_FIFO:
        write_fifo(s, val);
        break;
    default:
        break;
    }
}

/* DIR: the disk was changed, as long as there is none. */
static uint64_t fdc7_read(void *opaque, hwaddr addr, unsigned size)
{
    FDCtrl *s = opaque;

    return s->dor >> 4 & (1 << (s->dor & DOR_SELECT)) ? DIR_CHANGE : 0;
}

static void fdc7_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    FDCtrl *s = opaque;

    s->dsr = (s->dsr & ~3) | (val & 3);
}

/* The subregion starts at port 1. */
static uint64_t fdc1_read(void *opaque, hwaddr addr, unsigned size)
{
    return fdc_read(opaque, addr + 1, size);
}

static void fdc1_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    fdc_write(opaque, addr + 1, val, size);
}

static const MemoryRegionOps fdc_ops = {
    .read = fdc1_read,
    .write = fdc1_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps fdc7_ops = {
    .read = fdc7_read,
    .write = fdc7_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- migration ---- */

static bool has_changed(void *opaque)
{
    return ((FDrive *)opaque)->media_changed;
}

static bool has_perpendicular(void *opaque)
{
    return ((FDrive *)opaque)->perpendicular;
}

static bool always(void *opaque)
{
    return true;
}

static bool never(void *opaque)
{
    return false;
}

#define DRIVE_SUBSECTION(_field, _needed) \
    static const VMStateDescription vmstate_fdrive_##_field = { \
        .name = "fdrive/" #_field, .version_id = 1, .minimum_version_id = 1, .needed = (_needed), \
        .fields = (const VMStateField[]) { VMSTATE_UINT8(_field, FDrive), VMSTATE_END_OF_LIST() }, \
    }
DRIVE_SUBSECTION(media_changed, has_changed);
DRIVE_SUBSECTION(media_rate, always);
DRIVE_SUBSECTION(perpendicular, has_perpendicular);

static bool head_valid(void *opaque, int version_id)
{
    return ((FDrive *)opaque)->head < 2;
}

static const VMStateDescription vmstate_fdrive = {
    .name = "fdrive",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(head, FDrive),
        VMSTATE_VALIDATE("head 0 or 1", head_valid),
        VMSTATE_UINT8(track, FDrive),
        VMSTATE_UINT8(sect, FDrive),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const[]) {
        &vmstate_fdrive_media_changed, &vmstate_fdrive_media_rate, &vmstate_fdrive_perpendicular, NULL
    },
};

static bool has_sensei(void *opaque)
{
    return ((FDCtrl *)opaque)->reset_sensei != 0;
}

static const VMStateDescription vmstate_fdc_reset_sensei = {
    .name = "fdc/reset_sensei",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = has_sensei,
    .fields = (const VMStateField[]) { VMSTATE_INT32(reset_sensei, FDCtrl), VMSTATE_END_OF_LIST() },
};

static const VMStateDescription vmstate_fdc_result_timer = {
    .name = "fdc/result_timer",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = never,
    .fields = (const VMStateField[]) { VMSTATE_TIMER_PTR(result_timer, FDCtrl), VMSTATE_END_OF_LIST() },
};

static const VMStateDescription vmstate_fdc_phase = {
    .name = "fdc/phase",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = never,
    .fields = (const VMStateField[]) { VMSTATE_UINT8(phase, FDCtrl), VMSTATE_END_OF_LIST() },
};

static bool fdc_pre_save(void *opaque, Error **errp)
{
    FDCtrl *s = opaque;

    s->dor_vmstate = s->dor;
    return true;
}

static bool fdc_pre_load(void *opaque, Error **errp)
{
    ((FDCtrl *)opaque)->reset_sensei = 0;
    return true;
}

static bool fdc_post_load(void *opaque, int version_id, Error **errp)
{
    FDCtrl *s = opaque;

    if (s->data_pos > FIFO_SIZE || s->data_len > FIFO_SIZE || s->reset_sensei < 0 || s->reset_sensei > 4) {
        error_setg(errp, "fdc: position %u of %u or %d drives to report are out of range", s->data_pos, s->data_len,
                   s->reset_sensei);
        return false;
    }
    s->dor = s->dor_vmstate;
    return true;
}

static const VMStateDescription vmstate_fdc_state = {
    .name = "fdc",
    .version_id = 2,
    .minimum_version_id = 2,
    .pre_save_errp = fdc_pre_save,
    .pre_load_errp = fdc_pre_load,
    .post_load_errp = fdc_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(sra, FDCtrl),
        VMSTATE_UINT8(srb, FDCtrl),
        VMSTATE_UINT8(dor_vmstate, FDCtrl),
        VMSTATE_UINT8(tdr, FDCtrl),
        VMSTATE_UINT8(dsr, FDCtrl),
        VMSTATE_UINT8(msr, FDCtrl),
        VMSTATE_UINT8(status0, FDCtrl),
        VMSTATE_UINT8(status1, FDCtrl),
        VMSTATE_UINT8(status2, FDCtrl),
        VMSTATE_UINT8_ARRAY(fifo, FDCtrl, FIFO_SIZE),
        VMSTATE_UINT32(data_pos, FDCtrl),
        VMSTATE_UINT32(data_len, FDCtrl),
        VMSTATE_UINT8(data_state, FDCtrl),
        VMSTATE_UINT8(data_dir, FDCtrl),
        VMSTATE_UINT8(eot, FDCtrl),
        VMSTATE_UINT8(timer0, FDCtrl),
        VMSTATE_UINT8(timer1, FDCtrl),
        VMSTATE_UINT8(precomp_trk, FDCtrl),
        VMSTATE_UINT8(config, FDCtrl),
        VMSTATE_UINT8(lock, FDCtrl),
        VMSTATE_UINT8(pwrd, FDCtrl),
        VMSTATE_UINT8_EQUAL(num_floppies, FDCtrl, NULL),
        VMSTATE_STRUCT_ARRAY(drives, FDCtrl, DRIVES, 1, vmstate_fdrive, FDrive),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const[]) {
        &vmstate_fdc_reset_sensei, &vmstate_fdc_result_timer, &vmstate_fdc_phase, NULL
    },
};

static const VMStateDescription vmstate_isa_fdc = {
    .name = "fdc",
    .version_id = 2,
    .minimum_version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(state, FDCtrlISABus, 0, vmstate_fdc_state, FDCtrl),
        VMSTATE_END_OF_LIST()
    },
};

/* ---- device ---- */

static void no_timer(void *opaque)
{
}

static void isa_fdc_reset(DeviceState *dev)
{
    FDCtrl *s = &ISA_FDC(dev)->state;

    s->lock = 0;
    s->sra = SRA_NDRV2;
    s->srb = SRB_ALWAYS;
    s->dor = DOR_NRESET | DOR_DMAEN;
    s->tdr = s->dsr = s->pwrd = s->eot = s->timer0 = s->timer1 = 0;
    fdctrl_reset(s, false);
}

static void isa_fdc_realize(DeviceState *dev, Error **errp)
{
    FDCtrlISABus *isa = ISA_FDC(dev);
    FDCtrl *s = &isa->state;
    MemoryRegion *io = isa_address_space_io(ISA_DEVICE(dev));

    if (isa->irq >= ISA_NUM_IRQS || isa->dma > 3 || isa->iobase > 0xfff8) {
        error_setg(errp, "isa-fdc: irq %u, dma %u or iobase 0x%x is not one that ISA has", isa->irq, isa->dma, isa->iobase);
        return;
    }
    s->num_floppies = DRIVES;
    s->irq = isa_get_irq(ISA_DEVICE(dev), isa->irq);
    s->result_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, no_timer, s);
    memory_region_init_io(&s->io, OBJECT(dev), &fdc_ops, s, "fdc", 5);
    memory_region_init_io(&s->io7, OBJECT(dev), &fdc7_ops, s, "fdc", 1);
    isa_register_ioport(ISA_DEVICE(dev), &s->io, isa->iobase + 1);
    memory_region_add_subregion(io, isa->iobase + 7, &s->io7);
    ISA_DEVICE(dev)->ioport_id = isa->iobase;
}

static const Property isa_fdc_props[] = {
    DEFINE_PROP_UINT32("iobase", FDCtrlISABus, iobase, 0x3f0),
    DEFINE_PROP_UINT32("irq", FDCtrlISABus, irq, 6),
    DEFINE_PROP_UINT32("dma", FDCtrlISABus, dma, 2),
};

static void isa_fdc_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = isa_fdc_realize;
    dc->reset = isa_fdc_reset;
    dc->vmsd = &vmstate_isa_fdc;
    dc->fw_name = "fdc";
    dc->user_creatable = false;         /* the board has one; without disks another is of no use */
    device_class_set_props(dc, isa_fdc_props);
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
}

static const TypeInfo isa_fdc_types[] = {
    {
        .name = TYPE_ISA_FDC,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(FDCtrlISABus),
        .class_init = isa_fdc_class_init,
    },
};
DEFINE_TYPES(isa_fdc_types)
