/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * High precision event timer, IA-PC HPET specification 1.0a: one 64-bit main counter of 100 MHz and 3 to 32
 * comparators at 0xfed00000.
 *
 * The counter is the virtual clock plus an offset while enabled, and a stored value while halted. A comparator
 * keeps the full 64-bit counter value at which it fires next (cmp64), so 32-bit mode needs no wrap handling of
 * its own beyond the register view. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/timer/hpet.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/timer.h"
#include "system/address-spaces.h"

#define REG_CAP 0x000
#define REG_CFG 0x010
#define REG_ISR 0x020
#define REG_COUNTER 0x0f0
#define REG_TIMERS 0x100
#define TN_CFG 0x00
#define TN_CMP 0x08
#define TN_FSB 0x10

#define CFG_ENABLE 0x1
#define CFG_LEGACY 0x2
#define CFG_WRITE_MASK 0x3

#define TN_TYPE_LEVEL 0x0002
#define TN_ENABLE 0x0004
#define TN_PERIODIC 0x0008
#define TN_PERIODIC_CAP 0x0010
#define TN_SIZE_CAP 0x0020
#define TN_SETVAL 0x0040
#define TN_32BIT 0x0100
#define TN_INT_ROUTE_SHIFT 9
#define TN_INT_ROUTE_MASK 0x1f
#define TN_FSB_ENABLE 0x4000
#define TN_FSB_CAP 0x8000
#define TN_CFG_WRITE_MASK 0x7f4e

/* vendor 8086, legacy route and 64-bit counter capable, revision 1 */
#define CAP_BASE 0x8086a001ULL
#define FS_PER_NS 1000000ULL
#define MSI_FLAG 0

OBJECT_DECLARE_SIMPLE_TYPE(HPETState, HPET)

typedef struct HPETTimer {
    uint8_t tn;
    uint64_t config;
    uint64_t cmp;               /* register; in 32-bit mode the low half */
    uint64_t fsb;
    uint64_t period;
    uint8_t wrap_flag;          /* wire format only */
    QEMUTimer *qemu_timer;
    uint64_t cmp64;             /* counter value of the next match */
    HPETState *state;
} HPETTimer;

struct HPETState {
    SysBusDevice parent_obj;

    MemoryRegion iomem;
    uint64_t hpet_offset;       /* ns to add to the virtual clock */
    bool hpet_offset_saved;
    qemu_irq irqs[HPET_NUM_IRQ_ROUTES];
    uint32_t flags;
    uint8_t rtc_irq_level;
    qemu_irq pit_enabled;
    uint8_t nr_timers;
    uint8_t num_timers;
    uint32_t intcap;
    HPETTimer timer[HPET_MAX_TIMERS];
    uint64_t capability;
    uint64_t config;
    uint64_t isr;
    uint64_t hpet_counter;
};

static bool hpet_enabled(const HPETState *s)
{
    return s->config & CFG_ENABLE;
}

static bool hpet_legacy(const HPETState *s)
{
    return s->config & CFG_LEGACY;
}

static uint64_t hpet_counter(const HPETState *s)
{
    if (!hpet_enabled(s)) {
        return s->hpet_counter;
    }
    return (qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->hpet_offset) / HPET_CLK_PERIOD_NS;
}

static void hpet_fire(HPETTimer *t, bool raise)
{
    HPETState *s = t->state;
    int route;

    if (t->tn <= 1 && hpet_legacy(s)) {
        route = t->tn == 0 ? 0 : RTC_ISA_IRQ_LINE;
    } else {
        route = (t->config >> TN_INT_ROUTE_SHIFT) & TN_INT_ROUTE_MASK;
    }
    if (!raise || !hpet_enabled(s) || !(t->config & TN_ENABLE)) {
        s->isr &= ~(1ULL << t->tn);
        qemu_irq_lower(s->irqs[route]);
    } else if (t->config & TN_FSB_ENABLE) {
        address_space_stl_le(&address_space_memory, t->fsb >> 32, (uint32_t)t->fsb, MEMTXATTRS_UNSPECIFIED, NULL);
    } else if (t->config & TN_TYPE_LEVEL) {
        s->isr |= 1ULL << t->tn;
        qemu_irq_raise(s->irqs[route]);
    } else {
        s->isr &= ~(1ULL << t->tn);
        qemu_irq_pulse(s->irqs[route]);
    }
}

/* For the moment when the counter reaches cmp64: now when it has, never when that is further away than a clock can say. */
static void hpet_arm(HPETTimer *t)
{
    HPETState *s = t->state;
    uint64_t counter = hpet_counter(s);
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);

    if (t->cmp64 <= counter) {
        timer_mod(t->qemu_timer, now);
    } else if (t->cmp64 - counter > (uint64_t)(INT64_MAX - now) / HPET_CLK_PERIOD_NS) {
        timer_del(t->qemu_timer);
    } else {
        timer_mod(t->qemu_timer, t->cmp64 * HPET_CLK_PERIOD_NS - s->hpet_offset);
    }
}

/* The 64-bit counter value at which the comparator register matches next, from @now on. */
static uint64_t hpet_next_match(const HPETTimer *t, uint64_t now)
{
    if (t->config & TN_32BIT) {
        return now + (uint32_t)((uint32_t)t->cmp - (uint32_t)now);
    }
    return t->cmp;
}

static void hpet_set_timer(HPETTimer *t)
{
    uint64_t now = hpet_counter(t->state);

    t->cmp64 = hpet_next_match(t, now);
    /* A one-shot comparator already passed matches after a full wrap of 64 bits: never, for practical purposes. */
    if (!(t->config & TN_32BIT) && t->cmp64 < now && !(t->config & TN_PERIODIC)) {
        timer_del(t->qemu_timer);
        return;
    }
    hpet_arm(t);
}

static void hpet_timer(void *opaque)
{
    HPETTimer *t = opaque;
    uint64_t now = hpet_counter(t->state);

    if (!hpet_enabled(t->state)) {
        return;                         /* a counter that stands still matches nothing; a stream may have armed us */
    }
    if (now < t->cmp64) {
        hpet_arm(t);
        return;
    }
    if ((t->config & TN_PERIODIC) && t->period) {
        t->cmp64 += t->period;
        if (t->cmp64 <= now) {          /* late: skip the periods that are gone */
            t->cmp64 += (now - t->cmp64) / t->period * t->period + t->period;
        }
        t->cmp = t->config & TN_32BIT ? (uint32_t)t->cmp64 : t->cmp64;
        hpet_arm(t);
    } else if (t->config & TN_32BIT) {
        t->cmp64 += 1ULL << 32;         /* a 32-bit comparator matches once per wrap */
        hpet_arm(t);
    }
    hpet_fire(t, true);
}

static void hpet_start(HPETState *s)
{
    s->hpet_offset = s->hpet_counter * HPET_CLK_PERIOD_NS - qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    for (int i = 0; i < s->nr_timers; i++) {
        HPETTimer *t = &s->timer[i];

        if ((t->config & TN_ENABLE) && (s->isr & (1ULL << i))) {
            hpet_fire(t, true);
        }
        hpet_set_timer(t);
    }
}

static void hpet_stop(HPETState *s, uint64_t counter)
{
    s->hpet_counter = counter;
    for (int i = 0; i < s->nr_timers; i++) {
        timer_del(s->timer[i].qemu_timer);
    }
}

static void hpet_write_config(HPETState *s, uint64_t val)
{
    uint64_t old = s->config, counter = hpet_counter(s);

    s->config = (val & CFG_WRITE_MASK) | (old & ~(uint64_t)CFG_WRITE_MASK);
    if (~old & s->config & CFG_ENABLE) {
        hpet_start(s);
    } else if (old & ~s->config & CFG_ENABLE) {
        hpet_stop(s, counter);
    }
    if (~old & s->config & CFG_LEGACY) {
        qemu_set_irq(s->pit_enabled, 0);
        qemu_irq_lower(s->irqs[0]);
        qemu_irq_lower(s->irqs[RTC_ISA_IRQ_LINE]);
    } else if (old & ~s->config & CFG_LEGACY) {
        qemu_irq_lower(s->irqs[0]);
        qemu_set_irq(s->pit_enabled, 1);
        qemu_set_irq(s->irqs[RTC_ISA_IRQ_LINE], s->rtc_irq_level);
    }
}

static void hpet_write_tn_config(HPETTimer *t, uint64_t val)
{
    uint64_t old = t->config;

    val &= TN_CFG_WRITE_MASK;
    if (!(old & TN_FSB_CAP)) {
        val &= ~(uint64_t)TN_FSB_ENABLE;
    }
    if ((old & TN_ENABLE) && !(val & TN_ENABLE)) {
        hpet_fire(t, false);
    }
    t->config = val | (old & ~(uint64_t)TN_CFG_WRITE_MASK);
    if (val & TN_32BIT) {
        t->cmp = (uint32_t)t->cmp;
        t->period = (uint32_t)t->period;
    }
    if (hpet_enabled(t->state)) {
        hpet_set_timer(t);
    }
}

static void hpet_write_tn_cmp(HPETTimer *t, uint64_t val, uint64_t mask)
{
    bool periodic = t->config & TN_PERIODIC;

    if (t->config & TN_32BIT) {
        if (mask >> 32) {
            if (!(uint32_t)mask) {
                return;
            }
            mask = UINT32_MAX;
        }
        val &= UINT32_MAX;
    }
    if (!periodic || (t->config & TN_SETVAL)) {
        t->cmp = (t->cmp & ~mask) | (val & mask);
    }
    if (periodic) {
        t->period = (t->period & ~mask) | (val & mask);
    }
    /* Value-set covers one write of the accumulator; a split 64-bit write ends with the high half. */
    if ((mask >> 32) || (t->config & TN_32BIT)) {
        t->config &= ~(uint64_t)TN_SETVAL;
    }
    if (hpet_enabled(t->state)) {
        hpet_set_timer(t);
    }
}

static uint64_t hpet_reg_read(HPETState *s, hwaddr reg)
{
    if (reg >= REG_TIMERS) {
        unsigned n = (reg - REG_TIMERS) / 0x20;
        HPETTimer *t;

        if (n >= s->nr_timers) {
            return 0;
        }
        t = &s->timer[n];
        switch (reg & 0x18) {
        case TN_CFG:
            return t->config;
        case TN_CMP:
            return t->cmp;
        case TN_FSB:
            return t->fsb;
        }
        return 0;
    }
    switch (reg) {
    case REG_CAP:
        return s->capability;
    case REG_CFG:
        return s->config;
    case REG_ISR:
        return s->isr;
    case REG_COUNTER:
        return hpet_counter(s);
    }
    return 0;
}

/* @val is placed within the 64-bit register at @reg; @mask says which bits the access covers. */
static void hpet_reg_write(HPETState *s, hwaddr reg, uint64_t val, uint64_t mask)
{
    uint64_t merged;

    if (reg >= REG_TIMERS) {
        unsigned n = (reg - REG_TIMERS) / 0x20;
        HPETTimer *t;

        if (n >= s->nr_timers) {
            return;
        }
        t = &s->timer[n];
        switch (reg & 0x18) {
        case TN_CFG:
            hpet_write_tn_config(t, (t->config & ~mask) | (val & mask));
            break;
        case TN_CMP:
            hpet_write_tn_cmp(t, val, mask);
            break;
        case TN_FSB:
            t->fsb = (t->fsb & ~mask) | (val & mask);
            break;
        }
        return;
    }
    switch (reg) {
    case REG_CFG:
        hpet_write_config(s, (s->config & ~mask) | (val & mask));
        break;
    case REG_ISR:
        val &= mask & s->isr;
        for (int i = 0; i < s->nr_timers; i++) {
            if (val & (1ULL << i)) {
                hpet_fire(&s->timer[i], false);
            }
        }
        break;
    case REG_COUNTER:
        merged = (hpet_counter(s) & ~mask) | (val & mask);
        s->hpet_counter = merged;
        if (hpet_enabled(s)) {
            hpet_start(s);
        }
        break;
    }
}

static uint64_t hpet_ram_read(void *opaque, hwaddr addr, unsigned size)
{
    return hpet_reg_read(opaque, addr & ~7ULL) >> ((addr & 4) * 8);
}

static void hpet_ram_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    unsigned shift = (addr & 4) * 8;
    uint64_t mask = size == 8 ? UINT64_MAX : (uint64_t)UINT32_MAX << shift;

    hpet_reg_write(opaque, addr & ~7ULL, value << shift, mask);
}

static const MemoryRegionOps hpet_ram_ops = {
    .read = hpet_ram_read,
    .write = hpet_ram_write,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void hpet_handle_legacy_irq(void *opaque, int n, int level)
{
    HPETState *s = opaque;

    if (n == HPET_LEGACY_PIT_INT) {
        if (!hpet_legacy(s)) {
            qemu_set_irq(s->irqs[0], level);
        }
    } else {
        s->rtc_irq_level = level;
        if (!hpet_legacy(s)) {
            qemu_set_irq(s->irqs[RTC_ISA_IRQ_LINE], level);
        }
    }
}

static void hpet_reset(DeviceState *d)
{
    HPETState *s = HPET(d);

    for (int i = 0; i < s->nr_timers; i++) {
        HPETTimer *t = &s->timer[i];

        timer_del(t->qemu_timer);
        t->cmp = UINT64_MAX;
        t->cmp64 = UINT64_MAX;
        t->config = TN_PERIODIC_CAP | TN_SIZE_CAP | (uint64_t)s->intcap << 32;
        if (s->flags & (1 << MSI_FLAG)) {
            t->config |= TN_FSB_CAP;
        }
        t->period = 0;
        t->fsb = 0;
        t->wrap_flag = 0;
    }
    qemu_set_irq(s->pit_enabled, 1);
    s->hpet_counter = 0;
    s->hpet_offset = 0;
    s->config = 0;
    s->isr = 0;
    s->rtc_irq_level = 0;
}

static int hpet_pre_save(void *opaque)
{
    HPETState *s = opaque;

    s->hpet_counter = hpet_counter(s);
    s->num_timers = s->nr_timers;
    return 0;
}

static bool hpet_validate_num_timers(void *opaque, int version_id)
{
    HPETState *s = opaque;

    return s->nr_timers == s->num_timers;
}

static int hpet_post_load(void *opaque, int version_id)
{
    HPETState *s = opaque;

    if (hpet_enabled(s) && !s->hpet_offset_saved) {
        s->hpet_offset = s->hpet_counter * HPET_CLK_PERIOD_NS - qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    }
    for (int i = 0; i < s->nr_timers; i++) {
        HPETTimer *t = &s->timer[i];

        t->tn = i;
        t->cmp64 = hpet_next_match(t, hpet_counter(s));
        s->flags = (s->flags & ~(1U << MSI_FLAG)) | (t->config & TN_FSB_CAP ? 1U << MSI_FLAG : 0);
    }
    return 0;
}

static bool hpet_rtc_irq_level_needed(void *opaque)
{
    HPETState *s = opaque;

    return s->rtc_irq_level != 0;
}

static bool hpet_offset_needed(void *opaque)
{
    HPETState *s = opaque;

    return hpet_enabled(s) && s->hpet_offset_saved;
}

static const VMStateDescription vmstate_hpet_rtc_irq_level = {
    .name = "hpet/rtc_irq_level",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = hpet_rtc_irq_level_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(rtc_irq_level, HPETState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_hpet_offset = {
    .name = "hpet/offset",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = hpet_offset_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(hpet_offset, HPETState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_hpet_timer = {
    .name = "hpet_timer",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(tn, HPETTimer),
        VMSTATE_UINT64(config, HPETTimer),
        VMSTATE_UINT64(cmp, HPETTimer),
        VMSTATE_UINT64(fsb, HPETTimer),
        VMSTATE_UINT64(period, HPETTimer),
        VMSTATE_UINT8(wrap_flag, HPETTimer),
        VMSTATE_TIMER_PTR(qemu_timer, HPETTimer),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_hpet = {
    .name = "hpet",
    .version_id = 2,
    .minimum_version_id = 1,
    .pre_save = hpet_pre_save,
    .post_load = hpet_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(config, HPETState),
        VMSTATE_UINT64(isr, HPETState),
        VMSTATE_UINT64(hpet_counter, HPETState),
        VMSTATE_UINT8_V(num_timers, HPETState, 2),
        VMSTATE_VALIDATE("num_timers must match", hpet_validate_num_timers),
        VMSTATE_STRUCT_VARRAY_UINT8(timer, HPETState, nr_timers, 0, vmstate_hpet_timer, HPETTimer),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_hpet_rtc_irq_level,
        &vmstate_hpet_offset,
        NULL
    }
};

static const Property hpet_properties[] = {
    DEFINE_PROP_UINT8("timers", HPETState, nr_timers, HPET_MIN_TIMERS),
    DEFINE_PROP_BIT("msi", HPETState, flags, MSI_FLAG, false),
    DEFINE_PROP_UINT32(HPET_INTCAP, HPETState, intcap, 0),
    DEFINE_PROP_BOOL("hpet-offset-saved", HPETState, hpet_offset_saved, true),
};

static void hpet_init(Object *obj)
{
    HPETState *s = HPET(obj);

    memory_region_init_io(&s->iomem, obj, &hpet_ram_ops, s, "hpet", HPET_LEN);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->iomem);
}

static void hpet_realize(DeviceState *dev, Error **errp)
{
    HPETState *s = HPET(dev);

    if (!s->intcap) {
        error_setg(errp, "hpet: property '" HPET_INTCAP "' must name at least one interrupt line");
        return;
    }
    if (s->nr_timers < HPET_MIN_TIMERS || s->nr_timers > HPET_MAX_TIMERS) {
        error_setg(errp, "hpet: property 'timers' must be between %d and %d", HPET_MIN_TIMERS, HPET_MAX_TIMERS);
        return;
    }
    for (int i = 0; i < HPET_NUM_IRQ_ROUTES; i++) {
        sysbus_init_irq(SYS_BUS_DEVICE(dev), &s->irqs[i]);
    }
    for (int i = 0; i < HPET_MAX_TIMERS; i++) {
        HPETTimer *t = &s->timer[i];

        t->qemu_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, hpet_timer, t);
        t->tn = i;
        t->state = s;
    }
    s->capability = CAP_BASE | (uint64_t)(s->nr_timers - 1) << 8 | (HPET_CLK_PERIOD_NS * FS_PER_NS) << 32;
    qdev_init_gpio_in(dev, hpet_handle_legacy_irq, 2);
    qdev_init_gpio_out(dev, &s->pit_enabled, 1);
}

static void hpet_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = hpet_realize;
    dc->reset = hpet_reset;
    dc->vmsd = &vmstate_hpet;
    dc->user_creatable = false;
    device_class_set_props(dc, hpet_properties);
}

static const TypeInfo hpet_types[] = {
    {
        .name = TYPE_HPET,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(HPETState),
        .instance_init = hpet_init,
        .class_init = hpet_class_init,
    },
};
DEFINE_TYPES(hpet_types)

bool hpet_find(void)
{
    return object_resolve_path_type("", TYPE_HPET, NULL) != NULL;
}

uint32_t hpet_event_timer_block_id(void)
{
    Object *o = object_resolve_path_type("", TYPE_HPET, NULL);

    return o ? (uint32_t)HPET(o)->capability : 0;
}
