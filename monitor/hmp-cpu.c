/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP commands that look into the guest: registers, memory, I/O ports. What they call is weak, so that the monitor links
 * without a machine. Addresses are
 * numbers: decimal, 0x hexadecimal or 0 octal.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "system/address-spaces.h"
#include "system/memory.h"

extern __attribute__((weak)) typeof(qemu_get_cpu) qemu_get_cpu;
extern __attribute__((weak)) typeof(cpu_dump_state) cpu_dump_state;
extern __attribute__((weak)) typeof(cpu_memory_rw_debug) cpu_memory_rw_debug;
extern __attribute__((weak)) typeof(address_space_rw) address_space_rw;
extern __attribute__((weak)) typeof(address_space_memory) address_space_memory;
extern __attribute__((weak)) typeof(address_space_io) address_space_io;

static CPUState *current_cpu_of(Monitor *mon)
{
    CPUState *cpu = qemu_get_cpu ? qemu_get_cpu(MAX(mon->cpu_index, 0)) : NULL;

    if (!cpu) {
        monitor_printf(mon, "No CPU %d available\n", MAX(mon->cpu_index, 0));
    }
    return cpu;
}

static void dump_cpu(Monitor *mon, int index, CPUState *cpu)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (f) {
        cpu_dump_state(cpu, f, 0);
        fclose(f);
        monitor_printf(mon, "\nCPU#%d\n%s", index, text);
        free(text);
    }
}

static void info_registers(Monitor *mon, const QDict *qdict)
{
    CPUState *cpu;

    if (!qdict_get_bool(qdict, "cpustate_all")) {
        cpu = current_cpu_of(mon);
        if (cpu) {
            dump_cpu(mon, MAX(mon->cpu_index, 0), cpu);
        }
        return;
    }
    for (int i = 0; qemu_get_cpu && (cpu = qemu_get_cpu(i)); i++) {
        dump_cpu(mon, i, cpu);
    }
}

/* Least significant byte first. */
static uint64_t load(const uint8_t *p, int size)
{
    uint64_t v = 0;

    while (size--) {
        v = v << 8 | p[size];
    }
    return v;
}

static void print_value(Monitor *mon, uint64_t v, int format, int size)
{
    int bits = size * 8;
    int64_t s = bits < 64 ? (int64_t)(v << (64 - bits)) >> (64 - bits) : (int64_t)v;

    switch (format) {
    case 'o':
        monitor_printf(mon, "0%" PRIo64, v);
        break;
    case 'u':
        monitor_printf(mon, "%" PRIu64, v);
        break;
    case 'd':
        monitor_printf(mon, "%" PRId64, s);
        break;
    case 'c':
        monitor_printf(mon, g_ascii_isprint(v & 0xff) ? "'%c'" : "'\\x%02x'", (int)(v & 0xff));
        break;
    default:
        monitor_printf(mon, "0x%0*" PRIx64, size * 2, v);
        break;
    }
}

static bool read_guest(CPUState *cpu, bool physical, uint64_t addr, uint8_t *buf, int size)
{
    if (physical) {
        return address_space_rw
               && address_space_rw(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED, buf, size, false) == MEMTX_OK;
    }
    return cpu_memory_rw_debug && !cpu_memory_rw_debug(cpu, addr, buf, size, false);
}

static void dump_memory(Monitor *mon, const QDict *qdict, bool physical)
{
    int64_t count = qdict_get_int(qdict, "count");
    int format = qdict_get_int(qdict, "format"), size = qdict_get_int(qdict, "size");
    uint64_t addr = qdict_get_int(qdict, "addr");
    CPUState *cpu = physical ? NULL : current_cpu_of(mon);
    int per_line = format == 'c' ? 8 : 16 / size;
    uint8_t buf[8];

    if (!physical && !cpu) {
        return;
    }
    if (format == 'i' || format == 's') {
        monitor_puts(mon, "Error: this format is not supported here\n");
        return;
    }
    size = format == 'c' ? 1 : size;
    for (int64_t i = 0; i < count; i++, addr += size) {
        if (i % per_line == 0) {
            monitor_printf(mon, "%s%016" PRIx64 ":", i ? "\n" : "", addr);
        }
        if (!read_guest(cpu, physical, addr, buf, size)) {
            monitor_printf(mon, " Cannot access memory\n");
            return;
        }
        monitor_puts(mon, " ");
        print_value(mon, load(buf, size), format, size);
    }
    monitor_puts(mon, "\n");
}

static void hmp_x(Monitor *mon, const QDict *qdict)
{
    dump_memory(mon, qdict, false);
}

static void hmp_xp(Monitor *mon, const QDict *qdict)
{
    dump_memory(mon, qdict, true);
}

static void hmp_print(Monitor *mon, const QDict *qdict)
{
    print_value(mon, qdict_get_int(qdict, "val"), qdict_get_int(qdict, "format"), 8);
    monitor_puts(mon, "\n");
}

static bool port_args(Monitor *mon, const QDict *qdict, uint64_t *port, int *size)
{
    *port = qdict_get_int(qdict, "addr") & 0xffff;
    *size = qdict_get_int(qdict, "size");
    if (*size > 4 || !address_space_rw) {
        monitor_puts(mon, "Error: ports are read and written by 1, 2 or 4 bytes\n");
        return false;
    }
    return true;
}

static void hmp_in(Monitor *mon, const QDict *qdict)
{
    uint8_t buf[8] = { 0 };
    uint64_t port;
    int size;

    if (port_args(mon, qdict, &port, &size)) {
        address_space_rw(&address_space_io, port, MEMTXATTRS_UNSPECIFIED, buf, size, false);
        monitor_printf(mon, "port%c[0x%04" PRIx64 "] = 0x%0*" PRIx64 "\n", size == 1 ? 'b' : size == 2 ? 'w' : 'l', port,
                       size * 2, load(buf, size));
    }
}

static void hmp_out(Monitor *mon, const QDict *qdict)
{
    uint64_t port, val = qdict_get_int(qdict, "val");
    uint8_t buf[8];
    int size;

    if (port_args(mon, qdict, &port, &size)) {
        for (int i = 0; i < size; i++) {
            buf[i] = val >> (8 * i);
        }
        address_space_rw(&address_space_io, port, MEMTXATTRS_UNSPECIFIED, buf, size, true);
    }
}

const HMPCommand hmp_cpu_commands[] = {
    { .name = "x", .args_type = "fmt:/,addr:l", .params = "/fmt addr", .help = "show virtual memory from addr",
      .cmd = hmp_x },
    { .name = "xp", .args_type = "fmt:/,addr:l", .params = "/fmt addr", .help = "show physical memory from addr",
      .cmd = hmp_xp },
    { .name = "print|p", .args_type = "fmt:/,val:l", .params = "/fmt value", .help = "show a number in a format",
      .cmd = hmp_print },
    { .name = "i", .args_type = "fmt:/,addr:i", .params = "/fmt addr", .help = "read an I/O port", .cmd = hmp_in },
    { .name = "o", .args_type = "fmt:/,addr:i,val:i", .params = "/fmt addr value", .help = "write an I/O port",
      .cmd = hmp_out },
    { .name = NULL },
};

const HMPCommand hmp_cpu_info_commands[] = {
    { .name = "registers", .args_type = "cpustate_all:-a", .params = "[-a]", .help = "registers of the CPU, or of all",
      .cmd = info_registers },
    { .name = NULL },
};
