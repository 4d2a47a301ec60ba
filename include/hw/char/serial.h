/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 16550A UART core and its ISA and memory-mapped wrappers. Registers by offset, DLAB in brackets:
 * 0 RBR/THR [DLL], 1 IER [DLM], 2 IIR/FCR, 3 LCR, 4 MCR, 5 LSR, 6 MSR, 7 SCR.
 */
#ifndef HW_CHAR_SERIAL_H
#define HW_CHAR_SERIAL_H

#include "chardev/char-fe.h"
#include "system/memory.h"
#include "hw/core/qdev.h"
#include "hw/isa/isa.h"
#include "qemu/timer.h"
#include "hw/char/fifo8.h"

#define UART_FIFO_LENGTH 16
#define MAX_ISA_SERIAL_PORTS 4

#define TYPE_SERIAL "serial"
#define TYPE_ISA_SERIAL "isa-serial"
#define TYPE_SERIAL_MM "serial-mm"
OBJECT_DECLARE_SIMPLE_TYPE(SerialState, SERIAL)

struct SerialState {
    DeviceState parent;

    uint16_t divider;
    uint8_t rbr, ier, iir, lcr, mcr, lsr, msr, scr, fcr;
    uint8_t thr, tsr;
    uint8_t fcr_vmstate;
    int thr_ipending;           /* THR-empty interrupt not yet read from IIR */
    int timeout_ipending;       /* character timeout pending */
    qemu_irq irq;
    CharFrontend chr;
    int last_break_enable;
    uint32_t baudbase;
    uint32_t tsr_retry;
    uint32_t watch_tag;
    bool wakeup;
    uint64_t last_xmit_ts;      /* virtual clock, ns */
    Fifo8 recv_fifo;
    Fifo8 xmit_fifo;
    uint8_t recv_fifo_itl;
    QEMUTimer *fifo_timeout_timer;
    uint64_t char_transmit_time; /* ns */
    int poll_msl;               /* -1 off, 0 not yet, 1 polling modem lines */
    QEMUTimer *modem_status_poll;
    MemoryRegion io;
};

extern const VMStateDescription vmstate_serial;
extern const MemoryRegionOps serial_io_ops;
void serial_set_frequency(SerialState *s, uint32_t frequency);

/* Create isa-serial ports @from .. @to-1 for the configured -serial back ends. */
void serial_hds_isa_init(ISABus *bus, int from, int to);

#endif
