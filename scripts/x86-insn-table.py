#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Instruction tables (target/i386/tcg/insn-*.tbl) to C arrays for the decoder.

usage: x86-insn-table.py [--bare] OUT.c TABLE...
--bare leaves the handlers out, for users of the decoder alone.

A table line is   MNEMONIC | operands | encoding | feature | attributes | handler
`#` starts a comment.

operands    the vendor's opcode-map letters (SDM vol. 2, appendix A): Eb Gv Ib Iz Jb Ob Mq Vx Hx Wx Lx Pq Qq Nq Ux
            Rd Sw Cd Dd Bv, Zv/Zb for a register in the opcode's low bits, fixed registers (AL rAX CL DX 1), or `-`
encoding    SDM notation: [NP|66|F3|F2] [REX.W|W0] [REX.B0] [0F|0F 38|0F 3A] opcode [/r|/0../7|modrm byte|modrm byte+i]
            or VEX.<128|256|LIG|L0|L1>.<NP|66|F3|F2>.<0F|0F38|0F3A>.<W0|W1|WIG> opcode ...; EVEX. likewise.
            opcode+r: eight opcodes; opcode+cc: sixteen conditions, `cc` in the mnemonic and @ in the handler follow.
            Without NP/66/F3/F2 any prefix matches. Rows are tried from most to least specific.
feature     name from FEATURES below, several joined by +, or `-`. A row whose feature is off does not match.
attributes  lock  may carry LOCK with a memory destination     i64/o64  invalid in / only in 64-bit mode
            d64   64-bit operand by default in 64-bit mode      f64      always, there
            jump  sets RIP itself, ends the block               end      ends the block
            cpl0  #GP(0) unless CPL is 0                        pe       #UD in real and virtual-8086 mode
            x87 mmx sse avx  check CR0.EM/TS, CR4.OSFXSR, XCR0 and raise #UD/#NM accordingly
            rep   F2/F3 repeat the instruction                  mem/reg  ModRM must be memory / a register
            vector rows: fp uses MXCSR; ua a 16-byte operand may be unaligned; al aligned in VEX too; flags writes
            EFLAGS; nodest first operand only read; rmw VEX destination also read
handler     C function (see tcg-cpu.h), or %NAME: a set of handlers by size and form of the integer core
"""
import re
import sys

FEATURES = {}
for word, names in {
    'FEAT_1_EDX': 'FPU:0 TSC:4 MSR:5 CX8:8 SEP:11 CMOV:15 CLFSH:19 MMX:23 FXSR:24 SSE:25 SSE2:26',
    'FEAT_1_ECX': 'SSE3:0 PCLMULQDQ:1 MONITOR:3 SSSE3:9 FMA:12 CX16:13 SSE41:19 SSE42:20 MOVBE:22 POPCNT:23 '
                  'AES:25 XSAVE:26 AVX:28 F16C:29 RDRAND:30',
    'FEAT_7_0_EBX': 'FSGSBASE:0 BMI1:3 AVX2:5 BMI2:8 ERMS:9 INVPCID:10 RTM:11 AVX512F:16 AVX512DQ:17 RDSEED:18 '
                    'ADX:19 SMAP:20 AVX512IFMA:21 CLFLUSHOPT:23 CLWB:24 AVX512CD:28 SHA:29 AVX512BW:30 AVX512VL:31',
    'FEAT_7_0_ECX': 'AVX512VBMI:1 UMIP:2 PKU:3 WAITPKG:5 AVX512VBMI2:6 GFNI:8 VAES:9 VPCLMULQDQ:10 AVX512VNNI:11 '
                    'AVX512BITALG:12 AVX512VPOPCNTDQ:14 RDPID:22 CLDEMOTE:25 MOVDIRI:27 MOVDIR64B:28',
    'FEAT_7_0_EDX': 'SERIALIZE:14 AVX512FP16:23',
    'FEAT_7_1_EAX': 'AVXVNNI:4 AVX512BF16:5 AVXIFMA:23',
    'FEAT_8000_0001_EDX': 'SYSCALL:11 MMXEXT:22 RDTSCP:27 LM:29 3DNOWEXT:30 3DNOW:31',
    'FEAT_8000_0001_ECX': 'LAHF64:0 SVM:2 LZCNT:5 SSE4A:6 3DNOWPREFETCH:8 XOP:11 FMA4:16 TBM:21',
    'FEAT_8000_0008_EBX': 'CLZERO:0 WBNOINVD:9',
    'FEAT_XSAVE': 'XSAVEOPT:0 XSAVEC:1 XGETBV1:2 XSAVES:3',
}.items():
    for n in names.split():
        name, bit = n.split(':')
        FEATURES[name] = (word, int(bit))

ATTRS = ('lock i64 o64 d64 f64 jump end cpl0 pe x87 mmx sse avx rep fp ua al nodest rmw flags').split()
CC = 'O NO B NB Z NZ BE NBE S NS P NP L NL LE NLE'.split()
PP = {'NP': 1, '66': 2, 'F3': 3, 'F2': 4}
MAPS = {'0F': 1, '0F38': 2, '0F3A': 3, 'MAP5': 5, 'MAP6': 6}
ANY = 255


class Row:
    pass


def fail(where, text):
    sys.exit('%s: %s' % (where, text))


def is_byte(op):
    return op in ('AL', 'Eb', 'Gb', 'Zb', 'Mb', 'Rb', 'Yb', 'Xb', 'Ob')


def parse_encoding(r, text, where):
    toks = text.split()
    r.space, r.map, r.pp, r.w, r.l, r.reg, r.rm, r.mod = 0, 0, ANY, ANY, ANY, ANY, ANY, ANY
    r.count, r.hasmodrm = 1, False
    if toks[0].startswith(('VEX.', 'EVEX.')):
        parts = toks.pop(0).split('.')
        r.space = 1 if parts[0] == 'VEX' else 2
        r.pp = 1
        for p in parts[1:]:
            if p in ('128', 'L0', 'LZ'):
                r.l = 0
            elif p in ('256', 'L1'):
                r.l = 1
            elif p == '512':
                r.l = 2
            elif p in PP:
                r.pp = PP[p]
            elif p in MAPS:
                r.map = MAPS[p]
            elif p in ('W0', 'W1'):
                r.w = int(p[1])
            elif p not in ('LIG', 'WIG'):
                fail(where, 'unknown VEX field ' + p)
    else:
        while toks[0] in ('NP', 'F2', 'F3', 'REX.W', 'W0', 'REX.B0') or (toks[0] == '66' and len(toks) > 1):
            t = toks.pop(0)
            if t == 'REX.W':
                r.w = 1
            elif t == 'W0':
                r.w = 0
            elif t == 'REX.B0':
                r.rm = 0
            else:
                r.pp = PP[t]
        if toks[0] == '0F' and len(toks) > 1:
            r.map = 1
            toks.pop(0)
            if toks[0] in ('38', '3A') and len(toks) > 1 and re.match(r'^[0-9A-F]{2}', toks[1]):
                r.map = {'38': 2, '3A': 3}[toks.pop(0)]
    m = re.match(r'^([0-9A-F]{2})(\+r|\+cc)?$', toks.pop(0))
    if not m:
        fail(where, 'no opcode in ' + text)
    r.opcode = int(m.group(1), 16)
    r.cc = m.group(2) == '+cc'
    r.count = {None: 1, '+r': 8, '+cc': 16}[m.group(2)]
    for t in toks:
        if t == '/r':
            r.hasmodrm = True
        elif re.match(r'^/[0-7]$', t):
            r.hasmodrm, r.reg = True, int(t[1])
        elif re.match(r'^[0-9A-F]{2}(\+i)?$', t):
            b = int(t[:2], 16)
            r.hasmodrm, r.mod, r.reg = True, 1, b >> 3 & 7
            if not t.endswith('+i'):
                r.rm = b & 7
        elif t not in ('ib', 'iw', 'id', 'io', 'cb', 'cw', 'cd', 'is4', '/is4'):
            fail(where, 'unknown encoding part ' + t)


def imm_kind(ops, where):
    k = 'NONE'
    for o in ops:
        new = None
        if o in ('Ib', 'Iw', 'Iz', 'Iv', 'Jb', 'Jz'):
            new = o.upper()
        elif o[0] == 'O' and len(o) == 2:
            new = 'O'
        elif o in ('Ap', 'Aw'):
            new = 'AP'
        elif o[0] == 'L' and len(o) <= 3 and o[1:] in ('x', 'o', 'q', 'd', 'dq', 'pd', 'ps', 'ss', 'sd'):
            new = 'IB'
        if new:
            if k == 'IW' and new == 'IB':
                k = 'IWIB'
            elif k == 'IB' and new == 'IB':
                k = 'IB' if o[0] == 'L' or 'L' in ''.join(x[0] for x in ops) else 'IBIB'
            elif k == 'NONE':
                k = new
            else:
                fail(where, 'two immediates')
    return k


def parse(path, rows):
    for n, line in enumerate(open(path, encoding='utf-8'), 1):
        line = line.split('#')[0].strip()
        if not line:
            continue
        where = '%s:%d' % (path, n)
        col = [c.strip() for c in line.split('|')]
        if len(col) != 6:
            fail(where, 'expected 6 columns')
        r = Row()
        r.where = where
        r.name, optext, enc, feat, attrs, r.handler = col
        ops = [] if optext == '-' else [o.strip() for o in optext.split(',')]
        r.optext = ', '.join(ops)
        parse_encoding(r, enc, where)
        if any(o[0] in 'EGMVWPQRSCDNU' and o not in ('CL', 'DX', 'CS', 'DS', 'SS', 'ES', 'GS') and
               (len(o) > 1 and o[1].islower()) for o in ops):
            if not (r.hasmodrm or r.reg != ANY):
                fail(where, 'operands need /r or a digit')
        attrs = [] if attrs == '-' else attrs.replace(',', ' ').split()
        for o in ops:
            if o[0] == 'M' and r.mod == ANY:
                r.mod = 0
            if o[0] in 'RNU' and len(o) > 1 and o[1].islower() and r.mod == ANY:
                r.mod = 1
        if 'mem' in attrs:
            r.mod = 0
            attrs.remove('mem')
        if 'reg' in attrs:
            r.mod = 1
            attrs.remove('reg')
        for a in attrs:
            if a not in ATTRS:
                fail(where, 'unknown attribute ' + a)
        r.attrs = ['X86_ATTR_' + a.upper() for a in attrs]
        if r.hasmodrm:
            r.attrs.append('X86_ATTR_MODRM')
        if ops and is_byte(ops[0]):
            r.attrs.append('X86_ATTR_BYTE')
        if 'Gb' in ops:
            r.attrs.append('X86_ATTR_REG8')
        if any(o in ('Eb', 'Zb', 'Rb') for o in ops):
            r.attrs.append('X86_ATTR_RM8')
        if r.space and not any(o[0] in 'HB' for o in ops):
            r.attrs.append('X86_ATTR_NOVVVV')
        if any(o[0] == 'L' and len(o) > 1 and o[1].islower() for o in ops):
            r.attrs.append('X86_ATTR_IS4')
        if any(len(o) >= 2 and o[0] == 'Z' for o in ops):
            r.attrs.append('X86_ATTR_OPREG')
        r.imm = imm_kind(ops, where)
        r.features = []
        if feat != '-':
            for f in feat.split('+'):
                if f not in FEATURES:
                    fail(where, 'unknown feature ' + f)
                r.features.append(FEATURES[f])
        if len(r.features) > 2:
            fail(where, 'at most two features')
        rows.append(r)


def expand(rows):
    for r in rows:
        for i in range(r.count):
            e = Row()
            e.__dict__.update(r.__dict__)
            e.opcode = r.opcode + i
            if r.cc:
                e.name = r.name.replace('cc', CC[i])
            e.handler = r.handler.replace('@', str(i))
            yield e


def specificity(r):
    return sum(x != ANY for x in (r.pp, r.reg, r.rm, r.mod, r.w, r.l)) + (2 if r.pp in (3, 4) else 0)


def main():
    bare = sys.argv[1] == '--bare'
    out, tables = sys.argv[1 + bare], sys.argv[2 + bare:]
    rows = []
    for t in tables:
        parse(t, rows)
    rows = sorted(expand(rows), key=lambda r: (r.space, r.map, r.opcode, -specificity(r)))
    seen = {}
    for r in rows:
        key = (r.space, r.map, r.opcode, r.pp, r.reg, r.rm, r.mod, r.w, r.l, tuple(r.features),
               'i64' if 'X86_ATTR_I64' in r.attrs else 'o64' if 'X86_ATTR_O64' in r.attrs else '')
        if key in seen:
            fail(r.where, 'same encoding as ' + seen[key])
        seen[key] = r.where
    w = open(out, 'w', encoding='utf-8')
    w.write('/* Generated by scripts/x86-insn-table.py. */\n#include "qemu/osdep.h"\n#include "target/i386/tcg/insn.h"\n\n')
    for h in sorted({r.handler for r in rows if not bare}):
        if h.startswith('%'):
            w.write('extern const X86OpSet x86_ops_%s;\n' % h[1:])
        else:
            w.write('extern X86Exec %s;\n' % h)
    w.write('\nconst X86InsnDesc x86_insn_descs[] = {\n')
    index = {}
    for i, r in enumerate(rows):
        first, n = index.get((r.space, r.map, r.opcode), (i, 0))
        index[(r.space, r.map, r.opcode)] = (first, n + 1)
        f = (r.features + [None, None])[:2]
        w.write('    { "%s", "%s", %s, %s, %s,\n      %d, 0x%02x, %d, %d, %d, %d, %d, %d, %d, X86_IMM_%s, 0, %s, %s },\n' % (
            r.name, r.optext,
            'NULL' if bare or r.handler[0] == '%' else r.handler,
            '&x86_ops_' + r.handler[1:] if not bare and r.handler[0] == '%' else 'NULL',
            ' | '.join(r.attrs) or '0', r.map, r.opcode, r.pp, r.reg, r.rm, r.mod, r.w, r.l, r.space, r.imm,
            '%s, %d' % f[0] if f[0] else '-1, 0', '%s, %d' % f[1] if f[1] else '0, 255'))
    w.write('};\nconst unsigned x86_insn_count = %d;\n\n' % len(rows))
    w.write('const X86InsnIndex x86_insn_index[3][X86_NB_MAPS][256] = {\n')
    for (s, m, o), (first, n) in sorted(index.items()):
        w.write('    [%d][%d][0x%02x] = { %d, %d },\n' % (s, m, o, first, n))
    w.write('};\n')


main()
