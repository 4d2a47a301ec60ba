// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decoder and its tables: lengths, operands, prefixes and reserved forms quoted from the SDM's vol. 2.
 * With a file of lines "hex bytes" on the command line (--lengths FILE), checks that each is one instruction.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/insn.h"

#define LONG (HF_PE_MASK | HF_LMA_MASK | HF_CS64_MASK | HF_CS32_MASK | HF_SS32_MASK)
#define PROT32 (HF_PE_MASK | HF_CS32_MASK | HF_SS32_MASK)
#define REAL 0

static CPUX86State *env;

static unsigned parse_hex(const char *text, uint8_t *out)
{
    unsigned n = 0;

    while (*text && n < 16) {
        while (*text == ' ') {
            text++;
        }
        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1])) {
            break;
        }
        out[n++] = g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]);
        text += 2;
    }
    return n;
}

static X86DecodeStatus decode(const char *text, uint32_t hflags, X86Insn *insn, unsigned *given)
{
    uint8_t bytes[32] = { 0 };

    *given = parse_hex(text, bytes);
    return x86_decode_insn(env, hflags, bytes, 16, insn);
}

/* ---- lengths and names in each mode ---- */
static void test_names(void)
{
    static const struct {
        const char *bytes, *name;
        uint32_t mode;
        unsigned osz;
    } t[] = {
        { "90", "NOP", LONG, 2 }, { "41 90", "XCHG", LONG, 2 }, { "f3 90", "PAUSE", LONG, 2 },
        { "48 8b 04 25 00 00 00 00", "MOV", LONG, 3 }, { "48 8d 05 01 00 00 00", "LEA", LONG, 3 },
        { "66 b8 34 12", "MOV", LONG, 1 }, { "48 b8 01 02 03 04 05 06 07 08", "MOV", LONG, 3 },
        { "a1 01 02 03 04 05 06 07 08", "MOV", LONG, 2 }, { "67 a1 01 02 03 04", "MOV", LONG, 2 },
        { "a1 01 02 03 04", "MOV", PROT32, 2 }, { "a1 01 02", "MOV", REAL, 1 }, { "66 a1 01 02", "MOV", REAL, 2 },
        { "50", "PUSH", LONG, 3 }, { "66 50", "PUSH", LONG, 1 }, { "6a ff", "PUSH", LONG, 3 },
        { "e8 00 00 00 00", "CALL", LONG, 3 }, { "e8 00 00", "CALL", REAL, 1 }, { "40", "INC", PROT32, 2 },
        { "f3 0f bc c1", "TZCNT", LONG, 2 }, { "0f bc c1", "BSF", LONG, 2 }, { "63 c1", "MOVSXD", LONG, 2 },
        { "c4 e2 70 f2 c2", "ANDN", LONG, 2 }, { "c4 e2 f3 f5 c2", "PDEP", LONG, 3 },
        { "c4 00", "LES", PROT32, 2 }, { "c8 10 00 01", "ENTER", LONG, 3 }, { "62 00", "BOUND", PROT32, 2 },
        { "0f c7 0e", "CMPXCHG8B", LONG, 2 }, { "48 0f c7 0e", "CMPXCHG16B", LONG, 3 },
        { "f0 0f b1 0a", "CMPXCHG", LONG, 2 }, { "8b 46 01", "MOV", REAL, 1 }, { "67 8b 40 01", "MOV", REAL, 1 },
        { "66 0f 38 f6 c1", "ADCX", LONG, 2 }, { "f3 0f 38 f6 c1", "ADOX", LONG, 2 }, { "0f 0b", "UD2", LONG, 2 },
        { "f6 c1 01", "TEST", LONG, 2 }, { "f7 c1 01 00 00 00", "TEST", LONG, 2 }, { "26 8b 00", "MOV", LONG, 2 },
    };
    X86Insn insn;
    unsigned n;

    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        X86DecodeStatus st = decode(t[i].bytes, t[i].mode, &insn, &n);

        g_test_message("%s", t[i].bytes);
        g_assert_cmpint(st, ==, X86_DECODE_OK);
        g_assert_cmpstr(insn.desc->name, ==, t[i].name);
        g_assert_cmpuint(insn.len, ==, n);
        g_assert_cmpuint(insn.osz, ==, t[i].osz);
    }
}

static void test_undefined(void)
{
    static const struct {
        const char *bytes;
        uint32_t mode;
    } t[] = {
        { "06", LONG }, { "27", LONG }, { "60", LONG }, { "d4 0a", LONG }, { "f0 01 c0", LONG }, { "f0 8b 00", LONG },
        { "f0 39 00", LONG }, { "8d c0", LONG }, { "0f c7 c8", LONG }, { "c4 e2 78 f7 c0", REAL }, { "fe f8", LONG },
        { "66 c4 e2 70 f2 c2", LONG }, { "48 c4 e2 70 f2 c2", LONG }, { "c4 e2 74 f2 c2", LONG },
    };
    X86Insn insn;
    unsigned n;

    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        g_test_message("%s", t[i].bytes);
        g_assert_cmpint(decode(t[i].bytes, t[i].mode, &insn, &n), ==, X86_DECODE_UD);
    }
}

static void test_operands(void)
{
    X86Insn insn;
    unsigned n;

    decode("88 e0", LONG, &insn, &n);                   /* mov al, ah */
    g_assert_cmpuint(insn.reg, ==, 16);
    g_assert_cmpuint(insn.rm, ==, 0);
    decode("40 88 e0", LONG, &insn, &n);                /* mov al, spl */
    g_assert_cmpuint(insn.reg, ==, R_ESP);
    decode("4f 8b 5c f5 80", LONG, &insn, &n);          /* mov r11, [r13 + r14 * 8 - 128] */
    g_assert_cmpuint(insn.reg, ==, 11);
    g_assert_cmpuint(insn.base, ==, 13);
    g_assert_cmpuint(insn.index, ==, 14);
    g_assert_cmpuint(insn.scale, ==, 3);
    g_assert_cmpint(insn.disp, ==, -128);
    g_assert_cmpuint(insn.seg, ==, R_DS);
    decode("8b 04 24", LONG, &insn, &n);                /* mov eax, [rsp] */
    g_assert_cmpuint(insn.base, ==, R_ESP);
    g_assert_cmpuint(insn.index, ==, X86_SLOT_ZERO);
    g_assert_cmpuint(insn.seg, ==, R_SS);
    decode("8b 05 fc ff ff ff", LONG, &insn, &n);       /* mov eax, [rip - 4] */
    g_assert_cmpuint(insn.base, ==, X86_SLOT_EIP);
    g_assert_cmpint(insn.disp, ==, -4);
    decode("65 48 8b 04 25 28 00 00 00", LONG, &insn, &n);
    g_assert_cmpuint(insn.seg, ==, R_GS);
    g_assert_false(insn.flags & X86_EA_SIMPLE);
    decode("8b 42 02", REAL, &insn, &n);                /* mov ax, [bp + si + 2] */
    g_assert_cmpuint(insn.base, ==, R_EBP);
    g_assert_cmpuint(insn.index, ==, R_ESI);
    g_assert_cmpuint(insn.seg, ==, R_SS);
    decode("ea 01 02 03 04 05 06", PROT32, &insn, &n);
    g_assert_cmphex(insn.imm, ==, 0x04030201);
    g_assert_cmphex(insn.imm2, ==, 0x0605);
}

static void test_bounds(void)
{
    uint8_t many[16];
    X86Insn insn;

    memset(many, 0x66, sizeof(many));
    g_assert_cmpint(x86_decode_insn(env, LONG, many, 16, &insn), ==, X86_DECODE_TOO_LONG);
    many[14] = 0x90;
    g_assert_cmpint(x86_decode_insn(env, LONG, many, 16, &insn), ==, X86_DECODE_OK);
    g_assert_cmpuint(insn.len, ==, 15);
    g_assert_cmpint(x86_decode_insn(env, LONG, many, 14, &insn), ==, X86_DECODE_MORE);
    for (unsigned n = 0; n < 7; n++) {
        g_assert_cmpint(x86_decode_insn(env, LONG, (const uint8_t *)"\x48\x8b\x05\x01\x02\x03\x04", n, &insn), ==,
                        X86_DECODE_MORE);
    }
}

/* A feature that is off makes its instructions undefined, or what they were before it existed. */
static void test_features(void)
{
    X86Insn insn;
    unsigned n;

    env->features[FEAT_7_0_EBX] = 0;
    g_assert_cmpint(decode("c4 e2 70 f2 c2", LONG, &insn, &n), ==, X86_DECODE_UD);
    g_assert_cmpint(decode("f3 0f bc c1", LONG, &insn, &n), ==, X86_DECODE_OK);
    g_assert_cmpstr(insn.desc->name, ==, "BSF");
    env->features[FEAT_7_0_EBX] = UINT64_MAX;
}

/* Whatever the bytes, the decoder ends and stays within 16 bytes. */
static void test_junk(void)
{
    static const uint32_t modes[] = { LONG, PROT32, REAL };
    g_autoptr(GRand) r = g_rand_new_with_seed(7);
    X86Insn insn;

    for (unsigned i = 0; i < 300000; i++) {
        uint8_t b[16];

        for (unsigned j = 0; j < 16; j++) {
            b[j] = g_rand_int(r);
        }
        x86_decode_insn(env, modes[i % 3], b, 16, &insn);
        g_assert_cmpuint(insn.len, <=, 16);
    }
}

static int check_lengths(const char *path)
{
    g_autofree char *text = NULL;
    unsigned bad = 0, total = 0, n;
    X86Insn insn;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return 1;
    }
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        X86DecodeStatus st = decode(line, LONG | HF_OSFXSR_MASK | HF_AVX_EN_MASK, &insn, &n);

        total++;
        if (st != X86_DECODE_OK || insn.len != n) {
            bad++;
            printf("%s: status %d, length %u, %s\n", line, st, insn.len, insn.desc ? insn.desc->name : "?");
        }
    }
    printf("%u lines, %u bad\n", total, bad);
    return bad != 0;
}

int main(int argc, char **argv)
{
    struct ArchCPU *cpu = g_aligned_alloc0(1, sizeof(*cpu), 64);

    env = &cpu->env;
    for (int i = 0; i < FEATURE_WORDS; i++) {
        env->features[i] = UINT64_MAX;
    }
    if (argc == 3 && !strcmp(argv[1], "--lengths")) {
        return check_lengths(argv[2]);
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/x86/decode/names", test_names);
    g_test_add_func("/x86/decode/undefined", test_undefined);
    g_test_add_func("/x86/decode/operands", test_operands);
    g_test_add_func("/x86/decode/bounds", test_bounds);
    g_test_add_func("/x86/decode/features", test_features);
    g_test_add_func("/x86/decode/junk", test_junk);
    return g_test_run();
}
