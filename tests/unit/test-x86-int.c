// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Integer instructions of the interpreter against the host CPU: random operands, prefixes and flags; registers, defined
 * flags and memory must agree. Every row of the integer table that is not a control transfer is tried, in 64-bit mode and,
 * through a far jump to Linux's 32-bit code segment, in compatibility mode. And loops,
 * self-modifying code and the cost of a loop in instructions that only the interpreter runs.
 */
#include "qemu/osdep.h"
#include "x86-int-harness.h"

#define SCRATCH 0x30000000ull           /* three pages, native and guest at the same address */
#define SCRATCH_SIZE 0x3000u
#define CODE 0x40000000ull
#define STATE 0x31000000ull             /* the native stub's registers */

typedef struct Native {
    uint64_t regs[16];
    uint64_t flags;
    uint64_t host_rsp;
} Native;

static Native *nat;
static uint8_t *scratch, *guest_scratch, *stub, *code;
static sigjmp_buf native_fault;
static uint64_t seed;
static bool mode32;
static bool jit;                        /* run the translator, not the interpreter */
static bool only_absolute;              /* memory operands without registers */
static unsigned compared;               /* instructions that the host executed without a fault */

static uint64_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1dull;
}

/* Values at which things happen. */
static uint64_t rnd_value(void)
{
    static const uint64_t odd[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
                                    0xffffffff, INT64_MAX, 1ull << 63, UINT64_MAX };

    switch (rnd() % 4) {
    case 0:
        return odd[rnd() % ARRAY_SIZE(odd)];
    case 1:
        return rnd() >> (rnd() & 63);
    default:
        return rnd();
    }
}

static void on_fault(int sig)
{
    siglongjmp(native_fault, sig);
}

/* ---- running natively ---- */
static uint8_t *emit_abs(uint8_t *p, uint8_t rex, uint8_t op, unsigned reg, uint64_t addr)
{
    uint32_t a = addr;

    *p++ = rex | (reg >> 3) << 2;
    *p++ = op;
    *p++ = 0x04 | (reg & 7) << 3;
    *p++ = 0x25;
    memcpy(p, &a, 4);
    return p + 4;
}

static bool run_native(const uint8_t *bytes, unsigned len)
{
    static const uint8_t push[] = { 0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57 };
    static const uint8_t pop[] = { 0xfc, 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3 };
    uint64_t flags_at = STATE + offsetof(Native, flags), rsp_at = STATE + offsetof(Native, host_rsp);
    uint8_t *p = stub;

    memcpy(p, push, sizeof(push));
    p = emit_abs(p + sizeof(push), 0x48, 0x89, R_ESP, rsp_at);
    p = emit_abs(p, 0x48, 0xff, 6, flags_at);           /* push flags */
    *p++ = 0x9d;
    for (unsigned i = 0; i < 16; i++) {
        unsigned r = i == 15 ? R_ESP : i >= R_ESP ? i + 1 : i;

        p = emit_abs(p, 0x48, 0x8b, r, STATE + r * 8);
    }
    memcpy(p, bytes, len);
    p += len;
    for (unsigned r = 0; r < 16; r++) {
        p = emit_abs(p, 0x48, 0x89, r, STATE + r * 8);
    }
    p = emit_abs(p, 0x48, 0x8b, R_ESP, rsp_at);
    *p++ = 0x9c;
    p = emit_abs(p, 0x48, 0x8f, 0, flags_at);           /* pop flags */
    memcpy(p, pop, sizeof(pop));
    if (sigsetjmp(native_fault, 1)) {
        return false;
    }
    ((void (*)(void))(uintptr_t)stub)();
    return true;
}

/* ---- the same in compatibility mode ---- */
#define USER32_CS 0x23
#define USER_CS 0x33
#define USER_DS 0x2b
#define STACK32 (STATE + 0xff0)

static uint8_t *emit(uint8_t *p, const void *bytes, unsigned n)
{
    memcpy(p, bytes, n);
    return p + n;
}

static uint8_t *emit32(uint8_t *p, uint32_t v)
{
    return emit(p, &v, 4);
}

/* opcode, ModRM with reg and a 32-bit address */
static uint8_t *emit_abs32(uint8_t *p, uint8_t op, unsigned reg, uint32_t addr)
{
    *p++ = op;
    *p++ = 0x05 | reg << 3;
    return emit32(p, addr);
}

static bool run_native32(const uint8_t *bytes, unsigned len)
{
    static const uint8_t push[] = { 0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57 };
    static const uint8_t segs[] = { 0xb8, USER_DS, 0, 0, 0, 0x8e, 0xd8, 0x8e, 0xc0 };     /* DS, ES */
    static const uint8_t pop[] = { 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3 };
    static const uint8_t order[] = { R_EAX, R_ECX, R_EDX, R_EBX, R_EBP, R_ESI, R_EDI, R_ESP };
    uint64_t flags_at = STATE + offsetof(Native, flags), rsp_at = STATE + offsetof(Native, host_rsp);
    uint8_t *p = emit(stub, push, sizeof(push)), *far;

    p = emit_abs(p, 0x48, 0x89, R_ESP, rsp_at);
    p = emit(p, segs, sizeof(segs));
    *p++ = 0xff;                                        /* jmp far [rip + 0] */
    *p++ = 0x2d;
    p = emit32(p, 0);
    far = p;
    p = emit32(p, (uintptr_t)far + 6);
    *p++ = USER32_CS;
    *p++ = 0;
    *p++ = 0xbc;
    p = emit32(p, STACK32);
    p = emit_abs32(p, 0xff, 6, flags_at);
    *p++ = 0x9d;
    for (unsigned i = 0; i < 8; i++) {
        p = emit_abs32(p, 0x8b, order[i], STATE + order[i] * 8);
    }
    p = emit(p, bytes, len);
    for (unsigned i = 0; i < 8; i++) {
        p = emit_abs32(p, 0x89, i, STATE + i * 8);
    }
    *p++ = 0xbc;
    p = emit32(p, STACK32);
    *p++ = 0x9c;
    p = emit_abs32(p, 0x8f, 0, flags_at);
    *p++ = 0xfc;
    *p++ = 0xea;
    far = p;
    p = emit32(p, (uintptr_t)far + 6);
    *p++ = USER_CS;
    *p++ = 0;
    p = emit_abs(p, 0x48, 0x8b, R_ESP, rsp_at);
    emit(p, pop, sizeof(pop));
    if (sigsetjmp(native_fault, 1)) {
        return false;
    }
    ((void (*)(void))(uintptr_t)stub)();
    return true;
}

/* ---- making instructions ---- */
typedef struct Case {
    const X86InsnDesc *d;
    uint8_t bytes[32];
    unsigned len;
    unsigned osz;               /* log2 */
    bool mem;
    unsigned imm;
    unsigned modrm;
    unsigned rex;
} Case;

static bool has(const Case *c, const char *operand)
{
    return strstr(c->d->operands, operand) != NULL;
}

static bool is_string(const X86InsnDesc *d)
{
    return d->attrs & X86_ATTR_REP;
}

static bool testable(const X86InsnDesc *d)
{
    static const char *const skip[] = { "UD0", "UD1", "UD2", "CLFLUSH", "CLFLUSHOPT", "CLWB", "PREFETCHW", "PAUSE",
                                        NULL };

    for (unsigned i = 0; skip[i]; i++) {
        if (!strcmp(d->name, skip[i])) {
            return false;
        }
    }
    if (mode32 ? (d->attrs & X86_ATTR_O64) || d->wbit == 1 : (d->attrs & X86_ATTR_I64) != 0) {
        return false;
    }
    return d->ops && !(d->attrs & X86_ATTR_JUMP) && !(d->map == 0 && (d->opcode & 0xf0) == 0x40 && !mode32) &&
           !(d->map == 1 && d->opcode >= 0x18 && d->opcode <= 0x1e);
}

static void put(Case *c, uint64_t v, unsigned n)
{
    memcpy(c->bytes + c->len, &v, n);
    c->len += n;
}

static void put_modrm(Case *c)
{
    const X86InsnDesc *d = c->d;
    unsigned reg = d->reg == 255 ? rnd() & 7 : d->reg, rm = d->rm == 255 ? rnd() & 7 : d->rm;
    static const uint8_t bases[] = { R_EBX, R_ESI, R_EDI, R_EBP };
    unsigned b;

    c->mem = d->mod == 255 ? rnd() & 1 : d->mod == 0;
    if (!c->mem) {
        c->modrm = 0xc0 | reg << 3 | rm;
        put(c, c->modrm, 1);
        return;
    }
    switch (only_absolute ? 0 : rnd() % 3) {
    case 0:                                             /* absolute */
        c->modrm = reg << 3 | 4;
        put(c, c->modrm, 1);
        put(c, 0x25, 1);
        put(c, SCRATCH + 0x1000 + rnd() % 0xff0, 4);
        break;
    case 1:                                             /* base + disp8; crosses pages at times */
        b = bases[rnd() % 4];
        c->modrm = 0x40 | reg << 3 | b;
        put(c, c->modrm, 1);
        put(c, rnd(), 1);
        break;
    default:                                            /* base + index * scale + disp32 */
        b = bases[rnd() % 4];
        c->modrm = 0x80 | reg << 3 | 4;
        put(c, c->modrm, 1);
        put(c, (rnd() & 3) << 6 | R_EDX << 3 | b, 1);
        put(c, (int32_t)(rnd() % 512) - 256, 4);
    }
}

static void put_vex(Case *c)
{
    const X86InsnDesc *d = c->d;
    unsigned w = d->wbit == 255 ? !mode32 && (rnd() & 1) : d->wbit;
    unsigned vvvv = d->attrs & X86_ATTR_NOVVVV ? 15 : ((unsigned)rnd() & 15) | mode32 << 3;

    if (vvvv == (~R_ESP & 15)) {
        vvvv = mode32 ? 8 : 0;
    }
    c->osz = w ? 3 : 2;
    put(c, 0xc4, 1);
    put(c, 0xe0 | d->map, 1);
    put(c, w << 7 | vvvv << 3 | (d->pp == 255 ? 0 : d->pp - 1), 1);
    put(c, d->opcode, 1);
}

static void put_legacy(Case *c)
{
    const X86InsnDesc *d = c->d;
    bool p66 = d->pp == 2 || ((d->pp == 255) && !(rnd() & 3));
    bool w = !mode32 && (d->wbit == 1 || (d->wbit == 255 && !(rnd() & 1)));

    if (is_string(d) && (rnd() & 1)) {
        put(c, rnd() & 1 ? 0xf2 : 0xf3, 1);
    }
    if (!strcmp(d->name, "CRC32") || !strcmp(d->name, "MOVBE")) {
        p66 = rnd() & 1;
    }
    if (!strcmp(d->name, "NOP") || !strcmp(d->name, "BSWAP")) {
        p66 = d->pp == 2;
    }
    if (p66) {
        put(c, 0x66, 1);
    }
    if (d->pp == 3 || d->pp == 4) {
        put(c, d->pp == 3 ? 0xf3 : 0xf2, 1);
    }
    if (w || (!mode32 && !(rnd() & 3))) {
        c->rex = 0x40 | (w ? 8 : 0) | (rnd() & (c->d->attrs & X86_ATTR_MODRM ? 4 : 0));
        put(c, c->rex, 1);
    }
    c->osz = w ? 3 : p66 ? 1 : d->attrs & X86_ATTR_D64 && !mode32 ? 3 : 2;
    if (d->map) {
        put(c, 0x0f, 1);
        if (d->map > 1) {
            put(c, d->map == 2 ? 0x38 : 0x3a, 1);
        }
    }
    put(c, d->opcode, 1);
}

static void put_imm(Case *c)
{
    switch (c->d->immkind) {
    case X86_IMM_IB:
        c->imm = rnd() & 0xff;
        put(c, c->imm, 1);
        break;
    case X86_IMM_IW:
        put(c, rnd(), 2);
        break;
    case X86_IMM_IZ:
        put(c, rnd_value(), c->osz == 1 ? 2 : 4);
        break;
    case X86_IMM_IV:
        put(c, rnd_value(), 1 << c->osz);
        break;
    case X86_IMM_O:
        put(c, SCRATCH + 0x1000 + rnd() % 0xff8, mode32 ? 4 : 8);
        break;
    case X86_IMM_IWIB:                                  /* ENTER: a frame that fits */
        put(c, rnd() % 0x400, 2);
        put(c, rnd() % 40, 1);
        break;
    }
}

/* Registers that a form uses for addresses or counts get values that keep it inside the scratch pages. */
static void choose_registers(const Case *c, uint64_t regs[16])
{
    unsigned reg = (c->modrm >> 3 & 7) | (c->rex & 4) << 1;

    for (int i = 0; i < 16; i++) {
        regs[i] = rnd_value();
    }
    regs[R_ESP] = SCRATCH + 0x1800;
    if (!strcmp(c->d->name, "LEAVE") || !strcmp(c->d->name, "ENTER")) {
        regs[R_EBP] = SCRATCH + 0x1900 + rnd() % 0x100;
    } else if (!strcmp(c->d->name, "XLAT")) {
        regs[R_EBX] = SCRATCH + 0x1000 + rnd() % 0x100;
    }
    if (c->mem) {
        regs[R_EDX] = rnd() & 63;
        regs[R_EBX] = SCRATCH + 0x1000 + rnd() % 0x800;
        regs[R_ESI] = SCRATCH + 0x1000 - 8 + rnd() % 16;
        regs[R_EDI] = SCRATCH + 0x1800;
        regs[R_EBP] = SCRATCH + 0x2000 - rnd() % 16;
        if (c->d->name[0] == 'B' && c->d->name[1] == 'T' && has(c, "Gv") && reg != R_EBX && reg != R_ESI &&
            reg != R_EDI && reg != R_EBP && reg != R_EDX) {
            regs[reg] = (rnd() & 0xfff) - 0x800;
        }
        if (!strncmp(c->d->name, "CMPXCHG16", 9)) {
            regs[R_EBX] &= ~15ull;
        }
    }
    if (is_string(c->d)) {
        regs[R_ECX] = rnd() % 40;
        regs[R_ESI] = SCRATCH + 0x1000 + rnd() % 0x800;
        regs[R_EDI] = rnd() & 1 ? regs[R_ESI] + rnd() % 64 - 32 : SCRATCH + 0x1000 + rnd() % 0x800;
    }
    if (strstr(c->d->name, "DIV") && (rnd() & 1)) {
        regs[R_EDX] = rnd() & 1;
    }
    for (int i = 0; i < 16 && mode32; i++) {
        regs[i] = i < 8 ? (uint32_t)regs[i] : 0;
    }
}

/* Bit string operands may lie anywhere when their index register also serves the address: leave those out. */
static bool stays_inside(const Case *c)
{
    unsigned reg = (c->modrm >> 3 & 7) | (c->rex & 4) << 1;

    if (!c->mem) {
        return c->d->attrs & X86_ATTR_OPREG ? (c->bytes[c->len - 1] & 7) != R_ESP || c->d->immkind : true;
    }
    return !(c->d->name[0] == 'B' && c->d->name[1] == 'T' && has(c, "Gv")) ||
           !(reg == R_EBX || reg == R_ESI || reg == R_EDI || reg == R_EBP || reg == R_EDX || reg == R_ESP);
}

static bool make_case(Case *c, const X86InsnDesc *d)
{
    *c = (Case){ .d = d };
    if (d->space) {
        put_vex(c);
    } else {
        put_legacy(c);
    }
    if (d->attrs & X86_ATTR_MODRM) {
        put_modrm(c);
    }
    put_imm(c);
    return stays_inside(c);
}

/* ---- which flags count ---- */
static uint32_t undefined_flags(const Case *c, uint64_t rcx)
{
    const char *n = c->d->name;
    unsigned bits = c->d->attrs & X86_ATTR_BYTE ? 8 : 8 << c->osz;
    unsigned count = has(c, "CL") ? rcx & 0xff : c->d->immkind == X86_IMM_IB ? c->imm : 1;

    count &= bits == 64 ? 63 : 31;
    if (strstr(n, "DIV")) {
        return CC_OSZAPC;
    }
    if (!strcmp(n, "DAA") || !strcmp(n, "DAS")) {
        return CC_O;
    }
    if (!strcmp(n, "AAA") || !strcmp(n, "AAS")) {
        return CC_O | CC_S | CC_Z | CC_P;
    }
    if (!strcmp(n, "AAM") || !strcmp(n, "AAD")) {
        return CC_O | CC_A | CC_C;
    }
    if (!strcmp(n, "MUL") || !strcmp(n, "IMUL")) {
        return CC_S | CC_Z | CC_A | CC_P;
    }
    if (!strcmp(n, "AND") || !strcmp(n, "OR") || !strcmp(n, "XOR") || !strcmp(n, "TEST")) {
        return CC_A;
    }
    if (!strcmp(n, "SHL") || !strcmp(n, "SHR") || !strcmp(n, "SAR") || !strncmp(n, "SHLD", 4) ||
        !strncmp(n, "SHRD", 4)) {
        if (!count || n[3] == 'X') {
            return 0;
        }
        return CC_A | (count != 1 ? CC_O : 0) | (count >= bits && n[1] == 'H' ? CC_C : 0) |
               (n[3] && count > bits ? CC_OSZAPC : 0);
    }
    if (!strcmp(n, "ROL") || !strcmp(n, "ROR") || !strcmp(n, "RCL") || !strcmp(n, "RCR")) {
        return count > 1 ? CC_O : 0;
    }
    if (n[0] == 'B' && n[1] == 'T') {
        return CC_O | CC_S | CC_A | CC_P;
    }
    if (!strcmp(n, "BSF") || !strcmp(n, "BSR")) {
        return CC_OSZAPC & ~CC_Z;
    }
    if (!strcmp(n, "TZCNT") || !strcmp(n, "LZCNT")) {
        return CC_O | CC_S | CC_A | CC_P;
    }
    if (!strcmp(n, "BEXTR")) {
        return CC_A | CC_S | CC_P;
    }
    if (!strcmp(n, "ANDN") || !strncmp(n, "BLS", 3) || !strcmp(n, "BZHI")) {
        return CC_A | CC_P;
    }
    return 0;
}

static bool undefined_result(const Case *c, uint64_t rcx)
{
    const char *n = c->d->name;
    unsigned count = (has(c, "CL") ? rcx : c->imm) & 31;

    return (!strcmp(n, "SHLD") || !strcmp(n, "SHRD")) && c->osz == 1 && count > 16;
}

/* ---- one comparison ---- */
static char *describe(const Case *c)
{
    GString *s = g_string_new(c->d->name);

    g_string_append_printf(s, " %s:", c->d->operands);
    for (unsigned i = 0; i < c->len; i++) {
        g_string_append_printf(s, " %02x", c->bytes[i]);
    }
    return g_string_free(s, false);
}

static void check_case(CPUX86State *env, const Case *c)
{
    uint64_t regs[16], flags = (rnd() & CC_OSZAPC) | 0x202, mask;
    g_autofree char *text = describe(c);
    bool ok;

    choose_registers(c, regs);
    if (undefined_result(c, regs[R_ECX])) {
        return;
    }
    if (is_string(c->d) && (rnd() & 1)) {
        flags |= DF_MASK;
    }
    for (unsigned i = 0; i < SCRATCH_SIZE; i += 8) {
        uint64_t v = rnd_value();

        memcpy(scratch + i, &v, 8);
    }
    if (is_string(c->d)) {
        memset(scratch + 0x1000, 0x55, 0x1000);
    }
    memcpy(guest_scratch, scratch, SCRATCH_SIZE);
    memcpy(nat->regs, regs, sizeof(regs));
    nat->flags = flags;
    ok = mode32 ? run_native32(c->bytes, c->len) : run_native(c->bytes, c->len);

    memcpy(env->regs, regs, sizeof(regs));
    cpu_load_eflags(env, flags, CC_OSZAPC | DF_MASK);
    memcpy(code, c->bytes, c->len);
    code[c->len] = 0x90;
    if (jit) {
        memcpy(code + c->len, "\x0f\x0b", 2);
    }
    x86_code_written(env, CODE, c->len);
    env->eip = CODE;
    harness_misses = 0;
    if (jit) {
        harness_run(env);
        if (env->eip == CODE + c->len && harness_exception == EXCP06_ILLOP) {
            harness_exception = -1;
        }
    } else {
        harness_step(env);
    }
    if (!ok) {
        g_assert_cmpint(harness_exception, >=, 0);
        g_assert_cmphex(env->eip, ==, CODE);
        g_assert_cmpmem(env->regs, sizeof(regs), regs, sizeof(regs));
        return;
    }
    compared++;
    if (harness_exception >= 0 || harness_misses) {
        g_test_message("%s: exception %d, %u misses", text, harness_exception, harness_misses);
        g_test_fail();
        return;
    }
    for (int r = 0; r < 16; r++) {
        if (env->regs[r] != nat->regs[r]) {
            g_test_message("%s: register %d was %" PRIx64 ", is %" PRIx64 ", host says %" PRIx64 " (rcx %" PRIx64 ")",
                           text, r, regs[r], env->regs[r], nat->regs[r], regs[R_ECX]);
            g_test_fail();
        }
    }
    mask = CC_OSZAPC & ~undefined_flags(c, regs[R_ECX]);
    if ((cpu_compute_eflags(env) ^ nat->flags) & (mask | DF_MASK)) {
        g_test_message("%s: flags were %" PRIx64 ", are %x, host says %" PRIx64, text, flags,
                       cpu_compute_eflags(env), nat->flags);
        g_test_fail();
    }
    if (memcmp(scratch, guest_scratch, SCRATCH_SIZE)) {
        g_test_message("%s: memory differs", text);
        g_test_fail();
    }
    g_assert_cmphex(env->eip, ==, CODE + c->len);
}

static void compare_all(CPUX86State *env)
{
    Case c;

    seed = 0x123456789abcdefull;
    compared = 0;
    for (unsigned i = 0; i < x86_insn_count && !g_test_failed(); i++) {
        if (!testable(&x86_insn_descs[i])) {
            continue;
        }
        for (unsigned n = 0; n < 120; n++) {
            if (make_case(&c, &x86_insn_descs[i])) {
                check_case(env, &c);
            }
        }
    }
    harness_free(env);
    g_assert_cmpuint(compared, >, 10000);
}

static void test_random(void)
{
    compare_all(harness_new(HF_LONG));
}

/* ---- sequences: what becomes of flags and registers between instructions ---- */
#define SEQ_MAX 8
#define BAD_ADDRESS 0x1234567890abcdefull               /* not canonical */

static bool starts_with_any(const char *name, const char *const *list)
{
    for (; *list; list++) {
        if (g_str_has_prefix(name, *list)) {
            return true;
        }
    }
    return false;
}

static bool for_sequences(const X86InsnDesc *d)
{
    static const char *const skip[] = { "LEAVE", "ENTER", "XLAT", "DIV", "IDIV", "SHLD", "SHRD", "CMPXCHG16", "STD", "MFENCE",
                                        "POP", NULL };

    return testable(d) && !is_string(d) && !starts_with_any(d->name, skip);
}

/* Flags that are undefined after the instruction, given those before; false: it would read one of them. */
static bool follow_undefined(const Case *c, uint32_t *undefined)
{
    static const char *const read[] = { "ADC", "SBB", "RCL", "RCR", "ADOX", "CMOV", "SET", "LAHF", "CMC", "PUSHF", NULL };
    static const char *const all[] = { "ADD", "ADC", "SUB", "SBB", "CMP", "AND", "OR", "XOR", "TEST", "NEG", "XADD", "MUL",
                                       "IMUL", "POPCNT", NULL };
    static const char *const not_all[] = { "MULX", "CMPXCHG8B", "CMPXCHG16B", NULL };
    static const char *const shifts[] = { "SHL", "SHR", "SAR", "ROL", "ROR", "RCL", "RCR", NULL };
    const char *n = c->d->name;

    if (*undefined && starts_with_any(n, read)) {
        return false;
    }
    if (!strcmp(n, "ANDN") || (starts_with_any(n, shifts) && n[3] == 'X')) {
        *undefined |= undefined_flags(c, 1);
    } else if (starts_with_any(n, all) && !starts_with_any(n, not_all)) {
        *undefined = undefined_flags(c, 1);
    } else if (starts_with_any(n, shifts) && has(c, "CL")) {
        *undefined = CC_OSZAPC;
    } else {
        *undefined |= undefined_flags(c, 1);
    }
    return true;
}

static unsigned put_end(unsigned len, uint64_t *stop, int *exception)
{
    int32_t d;

    *exception = EXCP06_ILLOP;
    switch (rnd() % 4) {
    case 0:                                             /* an undefined instruction */
        *stop = CODE + len;
        memcpy(code + len, "\x0f\x0b", 2);
        return len + 2;
    case 1:                                             /* mov r15, BAD_ADDRESS; mov al, [r15] */
        *stop = CODE + len + 10;
        *exception = EXCP0D_GPF;
        nat->regs[15] = BAD_ADDRESS;
        memcpy(code + len, "\x49\xbf", 2);
        memcpy(code + len + 2, &nat->regs[15], 8);
        memcpy(code + len + 10, "\x41\x8a\x07", 3);
        return len + 13;
    default:                                            /* a jump, inside the page or not */
        *stop = CODE + (rnd() & 1 ? 0xf00 : 0x1000);
        d = *stop - (CODE + len + 5);
        code[len] = 0xe9;
        memcpy(code + len + 1, &d, 4);
        memcpy(code + (*stop - CODE), "\x0f\x0b", 2);
        return len + 5;
    }
}

static void run_sequence(CPUX86State *env, const GString *bytes, uint64_t stop, int exception, uint32_t undefined,
                         const uint64_t regs[16], uint32_t flags, const uint8_t *memory)
{
    memcpy(guest_scratch, memory, SCRATCH_SIZE);
    memcpy(env->regs, regs, sizeof(env->regs));
    cpu_load_eflags(env, flags, CC_OSZAPC | DF_MASK);
    env->eip = CODE;
    harness_run(env);
    if (harness_exception != exception || env->eip != stop) {
        g_test_message("exception %d at %" PRIx64 ", expected %d at %" PRIx64, harness_exception, env->eip, exception, stop);
        g_test_fail();
    }
    for (int r = 0; r < 16; r++) {
        if (env->regs[r] != nat->regs[r]) {
            g_test_message("register %d was %" PRIx64 ", is %" PRIx64 ", host says %" PRIx64, r, regs[r], env->regs[r],
                           nat->regs[r]);
            g_test_fail();
        }
    }
    if ((cpu_compute_eflags(env) ^ nat->flags) & (CC_OSZAPC & ~undefined)) {
        g_test_message("flags were %x, are %x, host says %" PRIx64 ", undefined %x", flags, cpu_compute_eflags(env),
                       nat->flags, undefined);
        g_test_fail();
    }
    if (memcmp(scratch, guest_scratch, SCRATCH_SIZE)) {
        g_test_message("memory differs");
        g_test_fail();
    }
    if (g_test_failed()) {
        g_test_message("sequence:%s", bytes->str);
    }
}

static void check_sequence(CPUX86State *env)
{
    uint64_t regs[16], flags = (rnd() & CC_OSZAPC) | 0x202, stop;
    unsigned len = 0, n = 1 + rnd() % SEQ_MAX;
    static uint8_t memory[SCRATCH_SIZE];
    uint32_t undefined = 0;
    g_autoptr(GString) text = g_string_new(NULL);
    int exception;
    Case c;

    while (n) {
        const X86InsnDesc *d = &x86_insn_descs[rnd() % x86_insn_count];
        g_autofree char *s = NULL;

        if (!for_sequences(d) || !make_case(&c, d) || (d->attrs & X86_ATTR_OPREG && (c.bytes[c.len - 1] & 7) == R_ESP) ||
            (strstr(d->operands, "Gv") && d->name[0] == 'B' && d->name[1] == 'T' && c.mem)) {
            continue;
        }
        if (!follow_undefined(&c, &undefined)) {
            break;
        }
        s = describe(&c);
        g_string_append_printf(text, " %s;", s);
        memcpy(code + len, c.bytes, c.len);
        len += c.len;
        n--;
    }
    for (int i = 0; i < 16; i++) {
        regs[i] = rnd_value();
    }
    regs[R_ESP] = SCRATCH + 0x1800;
    for (unsigned i = 0; i < SCRATCH_SIZE; i += 8) {
        uint64_t v = rnd_value();

        memcpy(memory + i, &v, 8);
    }
    memcpy(scratch, memory, SCRATCH_SIZE);
    memcpy(nat->regs, regs, sizeof(regs));
    nat->flags = flags;
    if (!run_native(code, len)) {
        return;
    }
    compared++;
    put_end(len, &stop, &exception);
    x86_code_written(env, CODE, 8192);
    for (int twice = 0; twice < 2 && !g_test_failed(); twice++) {
        run_sequence(env, text, stop, exception, undefined, regs, flags, memory);
    }
}

static CPUX86State *new_jit(void)
{
    CPUX86State *env = harness_new(HF_LONG);

    x86_jit_init(env, 64u << 20);
    x86_jit_set_heat(env, 1);
    return env;
}

static void test_jit(void)
{
    jit = true;
    compare_all(new_jit());
    jit = false;
}

static void test_jit_sequences(void)
{
    CPUX86State *env = new_jit();

    seed = g_test_rand_int() | 1;
    g_test_message("seed %" PRIx64, seed);
    compared = 0;
    only_absolute = true;
    for (unsigned i = 0; i < (g_getenv("SEQUENCES") ? atoi(g_getenv("SEQUENCES")) : 20000) && !g_test_failed(); i++) {
        check_sequence(env);
    }
    only_absolute = false;
    harness_free(env);
    g_assert_cmpuint(compared, >, 100);
}

static void test_random32(void)
{
    static const uint8_t nop = 0x90;
    CPUX86State *env = harness_new(HF_LONG & ~HF_CS64_MASK);

    mode32 = true;
    if (!run_native32(&nop, 1)) {
        g_test_skip("this kernel runs no 32-bit code");
        harness_free(env);
    } else {
        for (int i = 0; i < 6; i++) {
            env->segs[i].flags = DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_B_MASK;
        }
        compare_all(env);
    }
    mode32 = false;
}

/* ---- whole programs ---- */
static void load(CPUX86State *env, const uint8_t *bytes, unsigned len)
{
    memcpy(code, bytes, len);
    x86_code_written(env, CODE, 4096);
    env->eip = CODE;
}

/* mov ecx, 1000000; l: add rax, rcx; dec ecx; jnz l; ud2 */
static const uint8_t loop_code[] = { 0xb9, 0x40, 0x42, 0x0f, 0x00, 0x48, 0x01, 0xc8, 0xff, 0xc9, 0x75, 0xf9, 0x0f, 0x0b };

static void test_loop(void)
{
    CPUX86State *env = harness_new(HF_LONG);
    int64_t start = g_get_monotonic_time();

    load(env, loop_code, sizeof(loop_code));
    env->regs[R_EAX] = 0;
    harness_run(env);
    g_assert_cmpint(harness_exception, ==, EXCP06_ILLOP);
    g_assert_cmphex(env->eip, ==, CODE + 12);
    g_assert_cmpuint(env->regs[R_EAX], ==, 1000000ull * 1000001 / 2);
    g_test_message("%.0f million instructions per second", 3.0 * 1000000 / MAX(g_get_monotonic_time() - start, 1));
    harness_free(env);
}

/* A store into the running block takes effect at once: mov byte [rip+1], 7 changes the immediate of mov al, 1. */
static void test_self_modifying(void)
{
    static const uint8_t smc[] = { 0xc6, 0x05, 0x01, 0, 0, 0, 7, 0xb0, 0x01, 0x0f, 0x0b };
    CPUX86State *env = harness_new(HF_LONG);

    for (int i = 0; i < 3; i++) {
        load(env, smc, sizeof(smc));
        env->regs[R_EAX] = 0;
        harness_run(env);
        g_assert_cmphex(env->regs[R_EAX], ==, 7);
        g_assert_cmphex(env->eip, ==, CODE + 9);
    }
    harness_free(env);
}

static void *map_at(uint64_t addr, size_t size, int prot)
{
    void *p = mmap((void *)addr, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    g_assert(p == (void *)addr);
    return p;
}

int main(int argc, char **argv)
{
    struct sigaction sa = { .sa_handler = on_fault };
    static char fault_stack[65536];
    stack_t ss = { .ss_sp = fault_stack, .ss_size = sizeof(fault_stack) };

    g_test_init(&argc, &argv, NULL);
    sa.sa_flags = SA_ONSTACK;
    sigaltstack(&ss, NULL);
    sigaction(SIGFPE, &sa, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGILL, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    nat = map_at(STATE, 4096, PROT_READ | PROT_WRITE);
    scratch = map_at(SCRATCH, SCRATCH_SIZE, PROT_READ | PROT_WRITE);
    stub = map_at(STATE + 0x10000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
    guest_scratch = g_aligned_alloc0(1, SCRATCH_SIZE, 4096);
    code = g_aligned_alloc0(1, 8192, 4096);
    harness_map(SCRATCH, guest_scratch, SCRATCH_SIZE);
    harness_map(CODE, code, 8192);
    g_test_add_func("/x86/int/random", test_random);
    g_test_add_func("/x86/int/random32", test_random32);
    g_test_add_func("/x86/int/jit", test_jit);
    g_test_add_func("/x86/int/jit-sequences", test_jit_sequences);
    g_test_add_func("/x86/int/loop", test_loop);
    g_test_add_func("/x86/int/self-modifying", test_self_modifying);
    return g_test_run();
}
