/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 16550A UART (National Semiconductor PC16550D datasheet): register file, FIFOs and interrupts, over a character
 * back end. Wrappers (isa-serial, serial-mm) map it.
 *
 * Transmitting: THR or the transmit FIFO feeds tsr; a byte the back end does not take is retried when it becomes
 * writable. Data written while the back end is disconnected is dropped, as on an open line. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "chardev/char-serial.h"
#include "hw/char/serial.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties-system.h"
#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/timer.h"
#include "system/runstate.h"

#define UART_LCR_DLAB 0x80
#define UART_LCR_SBC 0x40
#define UART_IER_MSI 0x08
#define UART_IER_RLSI 0x04
#define UART_IER_THRI 0x02
#define UART_IER_RDI 0x01
#define UART_IIR_NO_INT 0x01
#define UART_IIR_ID 0x06
#define UART_IIR_MSI 0x00
#define UART_IIR_THRI 0x02
#define UART_IIR_RDI 0x04
#define UART_IIR_RLSI 0x06
#define UART_IIR_CTI 0x0c
#define UART_IIR_FENF 0x80
#define UART_IIR_FE 0xc0
#define UART_MCR_LOOP 0x10
#define UART_MCR_OUT2 0x08
#define UART_MCR_OUT1 0x04
#define UART_MCR_RTS 0x02
#define UART_MCR_DTR 0x01
#define UART_MSR_DCD 0x80
#define UART_MSR_RI 0x40
#define UART_MSR_DSR 0x20
#define UART_MSR_CTS 0x10
#define UART_MSR_TERI 0x04
#define UART_MSR_ANY_DELTA 0x0f
#define UART_LSR_TEMT 0x40
#define UART_LSR_THRE 0x20
#define UART_LSR_BI 0x10
#define UART_LSR_FE 0x08
#define UART_LSR_PE 0x04
#define UART_LSR_OE 0x02
#define UART_LSR_DR 0x01
#define UART_LSR_INT_ANY 0x1e
#define UART_FCR_TL_SHIFT 6
#define UART_FCR_DMS 0x08
#define UART_FCR_XFR 0x04
#define UART_FCR_RFR 0x02
#define UART_FCR_FE 0x01

#define MAX_XMIT_RETRY 4

static void serial_xmit(SerialState *s);

static void serial_receive_byte(SerialState *s, uint8_t c)
{
    if (fifo8_is_full(&s->recv_fifo)) {
        s->lsr |= UART_LSR_OE;
    } else {
        fifo8_push(&s->recv_fifo, c);
    }
}

/* The pending source of highest priority becomes IIR, and decides the line. */
static void serial_update_irq(SerialState *s)
{
    uint8_t iir = UART_IIR_NO_INT;

    if ((s->ier & UART_IER_RLSI) && (s->lsr & UART_LSR_INT_ANY)) {
        iir = UART_IIR_RLSI;
    } else if ((s->ier & UART_IER_RDI) && s->timeout_ipending) {
        iir = UART_IIR_CTI;
    } else if ((s->ier & UART_IER_RDI) && (s->lsr & UART_LSR_DR) &&
               (!(s->fcr & UART_FCR_FE) || fifo8_num_used(&s->recv_fifo) >= s->recv_fifo_itl)) {
        iir = UART_IIR_RDI;
    } else if ((s->ier & UART_IER_THRI) && s->thr_ipending) {
        iir = UART_IIR_THRI;
    } else if ((s->ier & UART_IER_MSI) && (s->msr & UART_MSR_ANY_DELTA)) {
        iir = UART_IIR_MSI;
    }
    s->iir = iir | (s->iir & 0xf0);
    qemu_set_irq(s->irq, iir != UART_IIR_NO_INT);
}

static void serial_update_parameters(SerialState *s)
{
    QEMUSerialSetParams ssp;
    float speed;
    int frame_bits = 1 + (s->lcr & 0x08 ? 1 : 0);

    ssp.parity = s->lcr & 0x08 ? (s->lcr & 0x10 ? 'E' : 'O') : 'N';
    ssp.stop_bits = s->lcr & 0x04 ? 2 : 1;
    ssp.data_bits = (s->lcr & 0x03) + 5;
    frame_bits += ssp.data_bits + ssp.stop_bits;
    speed = s->divider ? (float)s->baudbase / s->divider : s->baudbase;
    ssp.speed = speed;
    s->char_transmit_time = speed > 0 ? NANOSECONDS_PER_SECOND / speed * frame_bits : 0;
    qemu_chr_fe_ioctl(&s->chr, CHR_IOCTL_SERIAL_SET_PARAMS, &ssp);
}

static void serial_update_msl(SerialState *s)
{
    uint8_t old = s->msr;
    int flags;

    timer_del(s->modem_status_poll);
    if (qemu_chr_fe_ioctl(&s->chr, CHR_IOCTL_SERIAL_GET_TIOCM, &flags) == -ENOTSUP) {
        s->poll_msl = -1;
        return;
    }
    s->msr = (s->msr & 0x0f) | (flags & CHR_TIOCM_CTS ? UART_MSR_CTS : 0) |
             (flags & CHR_TIOCM_DSR ? UART_MSR_DSR : 0) | (flags & CHR_TIOCM_CAR ? UART_MSR_DCD : 0) |
             (flags & CHR_TIOCM_RI ? UART_MSR_RI : 0);
    if (s->msr != old) {
        s->msr |= (s->msr ^ old) >> 4 & 0x0b;           /* delta bits; RI counts only its trailing edge */
        if ((old & UART_MSR_RI) && !(s->msr & UART_MSR_RI)) {
            s->msr |= UART_MSR_TERI;
        }
        serial_update_irq(s);
    }
    if (s->poll_msl > 0) {
        timer_mod(s->modem_status_poll, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + NANOSECONDS_PER_SECOND / 100);
    }
}

static void serial_modem_poll(void *opaque)
{
    serial_update_msl(opaque);
}

static gboolean serial_watch_cb(void *do_not_use, GIOCondition cond, void *opaque)
{
    SerialState *s = opaque;

    s->watch_tag = 0;
    serial_xmit(s);
    return G_SOURCE_REMOVE;
}

/* Move the next byte to tsr; false when there is none. */
static bool serial_load_tsr(SerialState *s)
{
    if (s->fcr & UART_FCR_FE) {
        if (fifo8_is_empty(&s->xmit_fifo)) {
            return false;
        }
        s->tsr = fifo8_pop(&s->xmit_fifo);
        if (!fifo8_is_empty(&s->xmit_fifo)) {
            return true;
        }
    } else {
        if (s->lsr & UART_LSR_THRE) {
            return false;
        }
        s->tsr = s->thr;
    }
    s->lsr |= UART_LSR_THRE;
    if (!s->thr_ipending) {
        s->thr_ipending = 1;
        serial_update_irq(s);
    }
    return true;
}

/* False: the back end is busy and a watch will call again. */
static bool serial_send_tsr(SerialState *s)
{
    if (s->mcr & UART_MCR_LOOP) {
        serial_receive_byte(s, s->tsr);
        s->lsr |= UART_LSR_DR;
        serial_update_irq(s);
    } else if (qemu_chr_fe_write(&s->chr, &s->tsr, 1) != 1 && s->tsr_retry < MAX_XMIT_RETRY &&
               qemu_chr_fe_backend_connected(&s->chr)) {
        s->watch_tag = qemu_chr_fe_add_watch(&s->chr, G_IO_OUT | G_IO_HUP, serial_watch_cb, s);
        if (s->watch_tag) {
            s->tsr_retry++;
            return false;
        }
    }
    s->tsr_retry = 0;
    return true;
}

static void serial_xmit(SerialState *s)
{
    if (s->watch_tag) {
        return;
    }
    do {
        if (s->tsr_retry == 0 && !serial_load_tsr(s)) {
            s->lsr |= UART_LSR_TEMT;
            break;
        }
        s->lsr &= ~UART_LSR_TEMT;
        if (!serial_send_tsr(s)) {
            return;
        }
    } while (true);
    s->last_xmit_ts = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

/* Trigger level and FIFO enable, from a register write or a stream. */
static void serial_write_fcr(SerialState *s, uint8_t val)
{
    static const uint8_t trigger[] = { 1, 4, 8, 14 };

    s->fcr = val & 0xc9;
    if (val & UART_FCR_FE) {
        s->iir |= UART_IIR_FE;
        s->recv_fifo_itl = trigger[val >> UART_FCR_TL_SHIFT];
    } else {
        s->iir &= ~UART_IIR_FE;
    }
}

static void serial_ioport_write_fcr(SerialState *s, uint8_t val)
{
    if ((val ^ s->fcr) & UART_FCR_FE) {
        val |= UART_FCR_XFR | UART_FCR_RFR;             /* switching modes empties both */
    }
    if (val & UART_FCR_RFR) {
        s->lsr &= ~(UART_LSR_DR | UART_LSR_BI);
        timer_del(s->fifo_timeout_timer);
        s->timeout_ipending = 0;
        fifo8_reset(&s->recv_fifo);
    }
    if (val & UART_FCR_XFR) {
        s->lsr |= UART_LSR_THRE;
        s->thr_ipending = 1;
        fifo8_reset(&s->xmit_fifo);
    }
    serial_write_fcr(s, val);
    serial_update_irq(s);
}

static void serial_write_ier(SerialState *s, uint8_t val)
{
    uint8_t changed = (s->ier ^ val) & 0x0f;

    s->ier = val & 0x0f;
    if ((changed & UART_IER_MSI) && s->poll_msl >= 0) {
        if (s->ier & UART_IER_MSI) {
            s->poll_msl = 1;
            serial_update_msl(s);
        } else {
            timer_del(s->modem_status_poll);
            s->poll_msl = 0;
        }
    }
    /* Enabling the THR interrupt while THR is empty asserts it at once: drivers rely on it. */
    if (changed & UART_IER_THRI) {
        s->thr_ipending = (s->ier & UART_IER_THRI) && (s->lsr & UART_LSR_THRE);
    }
    if (changed) {
        serial_update_irq(s);
    }
}

static void serial_write_thr(SerialState *s, uint8_t val)
{
    s->thr = val;
    if (s->fcr & UART_FCR_FE) {
        if (fifo8_is_full(&s->xmit_fifo)) {
            fifo8_pop(&s->xmit_fifo);                   /* overrun: the oldest byte is lost */
        }
        fifo8_push(&s->xmit_fifo, val);
    }
    s->thr_ipending = 0;
    s->lsr &= ~(UART_LSR_THRE | UART_LSR_TEMT);
    serial_update_irq(s);
    if (s->tsr_retry == 0) {
        serial_xmit(s);
    }
}

static void serial_write_mcr(SerialState *s, uint8_t val)
{
    uint8_t old = s->mcr;
    int flags;

    s->mcr = val & 0x1f;
    if ((val & UART_MCR_LOOP) || s->poll_msl < 0 || old == s->mcr) {
        return;
    }
    if (qemu_chr_fe_ioctl(&s->chr, CHR_IOCTL_SERIAL_GET_TIOCM, &flags) == 0) {
        flags &= ~(CHR_TIOCM_RTS | CHR_TIOCM_DTR);
        flags |= (val & UART_MCR_RTS ? CHR_TIOCM_RTS : 0) | (val & UART_MCR_DTR ? CHR_TIOCM_DTR : 0);
        qemu_chr_fe_ioctl(&s->chr, CHR_IOCTL_SERIAL_SET_TIOCM, &flags);
    }
    if (s->poll_msl > 0) {
        timer_mod(s->modem_status_poll, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->char_transmit_time);
    }
}

static void serial_ioport_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    SerialState *s = opaque;
    int break_enable;

    switch (addr & 7) {
    case 0:
        if (s->lcr & UART_LCR_DLAB) {
            s->divider = size == 1 ? (s->divider & 0xff00) | (val & 0xff) : val;
            serial_update_parameters(s);
        } else {
            serial_write_thr(s, val);
        }
        break;
    case 1:
        if (s->lcr & UART_LCR_DLAB) {
            s->divider = (s->divider & 0x00ff) | (val & 0xff) << 8;
            serial_update_parameters(s);
        } else {
            serial_write_ier(s, val);
        }
        break;
    case 2:
        serial_ioport_write_fcr(s, val);
        break;
    case 3:
        s->lcr = val;
        serial_update_parameters(s);
        break_enable = (val >> 6) & 1;
        if (break_enable != s->last_break_enable) {
            s->last_break_enable = break_enable;
            qemu_chr_fe_ioctl(&s->chr, CHR_IOCTL_SERIAL_SET_BREAK, &break_enable);
        }
        break;
    case 4:
        serial_write_mcr(s, val);
        break;
    case 7:
        s->scr = val;
        break;
    default:
        break;                                          /* LSR and MSR are read only */
    }
}

static uint8_t serial_read_rbr(SerialState *s)
{
    uint8_t ret;

    if (s->fcr & UART_FCR_FE) {
        ret = fifo8_is_empty(&s->recv_fifo) ? 0 : fifo8_pop(&s->recv_fifo);
        if (fifo8_is_empty(&s->recv_fifo)) {
            s->lsr &= ~(UART_LSR_DR | UART_LSR_BI);
        } else {
            timer_mod(s->fifo_timeout_timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->char_transmit_time * 4);
        }
        s->timeout_ipending = 0;
    } else {
        if (s->mcr & UART_MCR_LOOP && !fifo8_is_empty(&s->recv_fifo)) {
            s->rbr = fifo8_pop(&s->recv_fifo);
        }
        ret = s->rbr;
        s->lsr &= ~(UART_LSR_DR | UART_LSR_BI);
    }
    serial_update_irq(s);
    if (!(s->mcr & UART_MCR_LOOP)) {
        qemu_chr_fe_accept_input(&s->chr);
    }
    return ret;
}

static uint8_t serial_read_msr(SerialState *s)
{
    uint8_t ret;

    if (s->mcr & UART_MCR_LOOP) {                       /* modem outputs come back as inputs */
        return (s->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0) | (s->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
               (s->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) | (s->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0);
    }
    if (s->poll_msl >= 0) {
        serial_update_msl(s);
    }
    ret = s->msr;
    if (s->msr & UART_MSR_ANY_DELTA) {
        s->msr &= 0xf0;
        serial_update_irq(s);
    }
    return ret;
}

static uint64_t serial_ioport_read(void *opaque, hwaddr addr, unsigned size)
{
    SerialState *s = opaque;
    uint8_t ret;

    switch (addr & 7) {
    case 0:
        return s->lcr & UART_LCR_DLAB ? s->divider & 0xff : serial_read_rbr(s);
    case 1:
        return s->lcr & UART_LCR_DLAB ? (s->divider >> 8) & 0xff : s->ier;
    case 2:
        ret = s->iir;
        if ((ret & UART_IIR_ID) == UART_IIR_THRI && !(ret & UART_IIR_NO_INT)) {
            s->thr_ipending = 0;
            serial_update_irq(s);
        }
        return ret;
    case 3:
        return s->lcr;
    case 4:
        return s->mcr;
    case 5:
        ret = s->lsr;
        if (ret & (UART_LSR_BI | UART_LSR_OE)) {
            s->lsr &= ~(UART_LSR_BI | UART_LSR_OE);
            serial_update_irq(s);
        }
        return ret;
    case 6:
        return serial_read_msr(s);
    default:
        return s->scr;
    }
}

const MemoryRegionOps serial_io_ops = {
    .read = serial_ioport_read,
    .write = serial_ioport_write,
    .valid = { .unaligned = 1 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- back end ---- */

static int serial_can_receive1(void *opaque)
{
    SerialState *s = opaque;
    uint32_t used = fifo8_num_used(&s->recv_fifo);

    if (s->fcr & UART_FCR_FE) {
        if (used >= UART_FIFO_LENGTH) {
            return 0;
        }
        /* Up to the trigger level at once, then one at a time, so that the guest sees no needless overrun. */
        return used <= s->recv_fifo_itl ? s->recv_fifo_itl - used + (used == s->recv_fifo_itl) : 1;
    }
    return !(s->lsr & UART_LSR_DR);
}

static void fifo_timeout_int(void *opaque)
{
    SerialState *s = opaque;

    if (fifo8_num_used(&s->recv_fifo)) {
        s->timeout_ipending = 1;
        serial_update_irq(s);
    }
}

static void serial_receive1(void *opaque, const uint8_t *buf, int size)
{
    SerialState *s = opaque;

    if (s->wakeup) {
        qemu_system_wakeup_request(QEMU_WAKEUP_REASON_OTHER, NULL);
    }
    if (s->fcr & UART_FCR_FE) {
        for (int i = 0; i < size; i++) {
            serial_receive_byte(s, buf[i]);
        }
        s->lsr |= UART_LSR_DR;
        timer_mod(s->fifo_timeout_timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->char_transmit_time * 4);
    } else {
        if (s->lsr & UART_LSR_DR) {
            s->lsr |= UART_LSR_OE;
        }
        s->rbr = buf[0];
        s->lsr |= UART_LSR_DR;
    }
    serial_update_irq(s);
}

static void serial_event(void *opaque, QEMUChrEvent event)
{
    SerialState *s = opaque;

    if (event == CHR_EVENT_BREAK) {
        s->rbr = 0;
        serial_receive_byte(s, 0);
        s->lsr |= UART_LSR_BI | UART_LSR_DR;
        serial_update_irq(s);
    }
}

static int serial_be_change(void *opaque)
{
    SerialState *s = opaque;

    qemu_chr_fe_set_handlers(&s->chr, serial_can_receive1, serial_receive1, serial_event, serial_be_change, s, NULL,
                             true);
    serial_update_parameters(s);
    if (s->watch_tag > 0) {
        g_source_remove(s->watch_tag);
        s->watch_tag = qemu_chr_fe_add_watch(&s->chr, G_IO_OUT | G_IO_HUP, serial_watch_cb, s);
    }
    return 0;
}

/* ---- state ---- */

static int serial_pre_save(void *opaque)
{
    SerialState *s = opaque;

    s->fcr_vmstate = s->fcr;
    return 0;
}

static int serial_pre_load(void *opaque)
{
    SerialState *s = opaque;

    s->thr_ipending = -1;
    s->poll_msl = -1;
    return 0;
}

static int serial_post_load(void *opaque, int version_id)
{
    SerialState *s = opaque;

    if (version_id < 3) {
        s->fcr_vmstate = 0;
    }
    if (s->thr_ipending == -1) {
        s->thr_ipending = (s->iir & UART_IIR_ID) == UART_IIR_THRI;
    }
    if (s->tsr_retry > 0) {
        /* Bytes wait for the back end: watch it, or drop the one in flight when there is nothing to watch. */
        if (s->lsr & UART_LSR_TEMT) {
            return -EINVAL;
        }
        s->tsr_retry = MIN(s->tsr_retry, MAX_XMIT_RETRY);
        s->watch_tag = qemu_chr_fe_add_watch(&s->chr, G_IO_OUT | G_IO_HUP, serial_watch_cb, s);
        if (!s->watch_tag) {
            s->tsr_retry = 0;
        }
    } else if (!(s->lsr & UART_LSR_TEMT) && !(s->fcr_vmstate & UART_FCR_FE) && (s->lsr & UART_LSR_THRE)) {
        s->lsr |= UART_LSR_TEMT;
    }
    s->last_break_enable = (s->lcr >> 6) & 1;
    serial_write_fcr(s, s->fcr_vmstate);
    serial_update_parameters(s);
    return 0;
}

static bool serial_thr_ipending_needed(void *opaque)
{
    SerialState *s = opaque;
    bool guess = (s->iir & UART_IIR_ID) == UART_IIR_THRI;

    return (s->ier & UART_IER_THRI) && s->thr_ipending != guess;
}

static bool serial_tsr_needed(void *opaque)
{
    return ((SerialState *)opaque)->tsr_retry != 0;
}

static bool serial_recv_fifo_needed(void *opaque)
{
    return !fifo8_is_empty(&((SerialState *)opaque)->recv_fifo);
}

static bool serial_xmit_fifo_needed(void *opaque)
{
    return !fifo8_is_empty(&((SerialState *)opaque)->xmit_fifo);
}

static bool serial_fifo_timeout_timer_needed(void *opaque)
{
    return timer_pending(((SerialState *)opaque)->fifo_timeout_timer);
}

static bool serial_timeout_ipending_needed(void *opaque)
{
    return ((SerialState *)opaque)->timeout_ipending != 0;
}

static bool serial_poll_needed(void *opaque)
{
    return ((SerialState *)opaque)->poll_msl >= 0;
}

#define SERIAL_SUBSECTION(_name, _needed, ...)                          \
    static const VMStateDescription vmstate_serial_##_name = {          \
        .name = "serial/" #_name,                                       \
        .version_id = 1,                                                \
        .minimum_version_id = 1,                                        \
        .needed = _needed,                                              \
        .fields = (const VMStateField[]) {                              \
            __VA_ARGS__,                                                \
            VMSTATE_END_OF_LIST()                                       \
        }                                                               \
    }

SERIAL_SUBSECTION(thr_ipending, serial_thr_ipending_needed, VMSTATE_INT32(thr_ipending, SerialState));
SERIAL_SUBSECTION(tsr, serial_tsr_needed, VMSTATE_UINT32(tsr_retry, SerialState), VMSTATE_UINT8(thr, SerialState),
                  VMSTATE_UINT8(tsr, SerialState));
SERIAL_SUBSECTION(recv_fifo, serial_recv_fifo_needed, VMSTATE_STRUCT(recv_fifo, SerialState, 1, vmstate_fifo8, Fifo8));
SERIAL_SUBSECTION(xmit_fifo, serial_xmit_fifo_needed, VMSTATE_STRUCT(xmit_fifo, SerialState, 1, vmstate_fifo8, Fifo8));
SERIAL_SUBSECTION(fifo_timeout_timer, serial_fifo_timeout_timer_needed,
                  VMSTATE_TIMER_PTR(fifo_timeout_timer, SerialState));
SERIAL_SUBSECTION(timeout_ipending, serial_timeout_ipending_needed, VMSTATE_INT32(timeout_ipending, SerialState));
SERIAL_SUBSECTION(poll, serial_poll_needed, VMSTATE_INT32(poll_msl, SerialState),
                  VMSTATE_TIMER_PTR(modem_status_poll, SerialState));

const VMStateDescription vmstate_serial = {
    .name = "serial",
    .version_id = 3,
    .minimum_version_id = 2,
    .pre_save = serial_pre_save,
    .pre_load = serial_pre_load,
    .post_load = serial_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16_V(divider, SerialState, 2),
        VMSTATE_UINT8(rbr, SerialState),
        VMSTATE_UINT8(ier, SerialState),
        VMSTATE_UINT8(iir, SerialState),
        VMSTATE_UINT8(lcr, SerialState),
        VMSTATE_UINT8(mcr, SerialState),
        VMSTATE_UINT8(lsr, SerialState),
        VMSTATE_UINT8(msr, SerialState),
        VMSTATE_UINT8(scr, SerialState),
        VMSTATE_UINT8_V(fcr_vmstate, SerialState, 3),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_serial_thr_ipending,
        &vmstate_serial_tsr,
        &vmstate_serial_recv_fifo,
        &vmstate_serial_xmit_fifo,
        &vmstate_serial_fifo_timeout_timer,
        &vmstate_serial_timeout_ipending,
        &vmstate_serial_poll,
        NULL
    }
};

static void serial_reset(DeviceState *dev)
{
    SerialState *s = SERIAL(dev);

    if (s->watch_tag > 0) {
        g_source_remove(s->watch_tag);
        s->watch_tag = 0;
    }
    s->rbr = 0;
    s->ier = 0;
    s->iir = UART_IIR_NO_INT;
    s->lcr = 0;
    s->lsr = UART_LSR_TEMT | UART_LSR_THRE;
    s->msr = UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS;
    s->divider = 0x0c;                                  /* 9600 baud */
    s->mcr = UART_MCR_OUT2;
    s->scr = 0;
    s->tsr_retry = 0;
    s->char_transmit_time = NANOSECONDS_PER_SECOND / 9600 * 10;
    s->poll_msl = 0;
    s->timeout_ipending = 0;
    timer_del(s->fifo_timeout_timer);
    timer_del(s->modem_status_poll);
    fifo8_reset(&s->recv_fifo);
    fifo8_reset(&s->xmit_fifo);
    s->last_xmit_ts = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    s->thr_ipending = 0;
    s->last_break_enable = 0;
    s->fcr = 0;
    s->recv_fifo_itl = 1;
    qemu_irq_lower(s->irq);
    serial_update_msl(s);
    s->msr &= ~UART_MSR_ANY_DELTA;
}

static void serial_realize(DeviceState *dev, Error **errp)
{
    SerialState *s = SERIAL(dev);

    s->modem_status_poll = timer_new_ns(QEMU_CLOCK_VIRTUAL, serial_modem_poll, s);
    s->fifo_timeout_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, fifo_timeout_int, s);
    fifo8_create(&s->recv_fifo, UART_FIFO_LENGTH);
    fifo8_create(&s->xmit_fifo, UART_FIFO_LENGTH);
    qemu_chr_fe_set_handlers(&s->chr, serial_can_receive1, serial_receive1, serial_event, serial_be_change, s, NULL,
                             true);
    serial_reset(dev);
}

static void serial_unrealize(DeviceState *dev)
{
    SerialState *s = SERIAL(dev);

    if (s->watch_tag > 0) {
        g_source_remove(s->watch_tag);
    }
    qemu_chr_fe_deinit(&s->chr, false);
    timer_free(s->modem_status_poll);
    timer_free(s->fifo_timeout_timer);
    fifo8_destroy(&s->recv_fifo);
    fifo8_destroy(&s->xmit_fifo);
}

void serial_set_frequency(SerialState *s, uint32_t frequency)
{
    s->baudbase = frequency;
    serial_update_parameters(s);
}

static const Property serial_properties[] = {
    DEFINE_PROP_CHR("chardev", SerialState, chr),
    DEFINE_PROP_UINT32("baudbase", SerialState, baudbase, 115200),
    DEFINE_PROP_BOOL("wakeup", SerialState, wakeup, false),
};

static void serial_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->user_creatable = false;     /* part of another device */
    dc->realize = serial_realize;
    dc->unrealize = serial_unrealize;
    dc->reset = serial_reset;
    device_class_set_props(dc, serial_properties);
}

static const TypeInfo serial_types[] = {
    {
        .name = TYPE_SERIAL,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(SerialState),
        .class_init = serial_class_init,
    },
};
DEFINE_TYPES(serial_types)
