// SPDX-License-Identifier: GPL-2.0-or-later
/* Bare-metal guests: TAP output and descriptor tables. See guest.h. */
#include "guest.h"

Got got;
Handler *handlers[256];
unsigned failures, checks, print_port = 0xe9;
unsigned long mark, scratch, resume_ip, resume_sp, resume_bp, user_flags = 0x202;
extern char stubs[];                    /* 16 bytes each, by vector */
#ifdef __x86_64__
uint64_t idt[512];
#else
uint64_t idt[256];
#endif

void print(const char *s)
{
    while (*s) {
        while (print_port == 0x3f8 && !(inb(0x3fd) & 0x20)) {
        }
        outb(print_port, *s++);
    }
}

void print_hex(unsigned long v)
{
    char text[20], *p = text + sizeof(text);

    *--p = 0;
    do {
        *--p = "0123456789abcdef"[v & 15];
    } while (v >>= 4);
    print("0x");
    print(p);
}

static void print_unsigned(unsigned v)
{
    char text[12], *p = text + sizeof(text);

    *--p = 0;
    do {
        *--p = '0' + v % 10;
    } while (v /= 10);
    print(p);
}

bool check(bool ok, const char *what)
{
    failures += !ok;
    print(ok ? "ok " : "not ok ");
    print_unsigned(++checks);
    print(" - ");
    print(what);
    print("\n");
    return ok;
}

bool check_eq(unsigned long have, unsigned long want, const char *what)
{
    if (have != want) {
        print("# have ");
        print_hex(have);
        print(", want ");
        print_hex(want);
        print("\n");
    }
    return check(have == want, what);
}

bool fault_is(long vec, long err, unsigned long ip, const char *what)
{
    bool ok = got.vec == vec && (err < 0 || got.err == (unsigned long)err) && (!ip || got.ip == ip);

    if (!ok) {
        print("# vector ");
        print_hex(got.vec);
        print(" error ");
        print_hex(got.err);
        print(" ip ");
        print_hex(got.ip);
        print(" cs ");
        print_hex(got.cs);
        print(" cr2 ");
        print_hex(got.cr2);
        print("\n");
    }
    return check(ok, what);
}

void finish(void)
{
    print("1..");
    print_unsigned(checks);
    print("\n");
    for (;;) {
        outb(0xf4, failures > 99 ? 99 : failures);
        asm volatile("cli; hlt");
    }
}

/* Interrupt and exception entry, from the stubs: false: go on at resume_ip */
bool trap_entry(Frame *f);
bool trap_entry(Frame *f)
{
    if (handlers[f->vec & 0xff]) {
        handlers[f->vec & 0xff](f);
        return true;
    }
    got = (Got) {
        .vec = f->vec, .err = f->err, .ip = f->ip, .cs = f->cs, .flags = f->flags, .sp = f->sp, .ss = f->ss,
        .es = f->es, .ds = f->ds, .fs = f->fs, .gs = f->gs, .cr2 = read_cr2(), .handler_sp = (unsigned long)f,
    };
    if (f->vec == 1) {
        got.dr6 = read_dr6();
        write_dr6(0);
    }
    return false;
}

void *default_gate(unsigned vec)
{
    return stubs + vec * 16;
}

void set_gate(unsigned vec, void *handler, unsigned type, unsigned dpl, unsigned ist)
{
    unsigned long a = (unsigned long)handler;
    uint64_t gate = (a & 0xffff) | KCS << 16 | (uint64_t)(ist | (0x80 | dpl << 5 | type) << 8) << 32 |
                    (uint64_t)(a >> 16 & 0xffff) << 48;

#ifdef __x86_64__
    idt[vec * 2] = gate;
    idt[vec * 2 + 1] = a >> 32;
#else
    idt[vec] = gate;
#endif
}

/* @access: the descriptor's sixth byte; @flags: G 8, D/B 4, L 2 */
void set_desc(unsigned selector, unsigned long base, uint32_t limit, unsigned access, unsigned flags)
{
    gdt[selector / 8] = (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)access << 40 |
                        (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)flags << 52 |
                        (uint64_t)(base >> 24 & 0xff) << 56;
}

/* From the start code, before guest_main() */
void guest_init(void);
void guest_init(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        unsigned long base;
    } idtr = { sizeof(idt) - 1, (unsigned long)idt };

    for (unsigned i = 0; i < 256; i++) {
        set_gate(i, default_gate(i), 14, i == 3 || i == 4 || i == 0x80 ? 3 : 0, 0);
    }
    asm volatile("lidt %0" :: "m"(idtr));
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
    guest_main();
    finish();
}
