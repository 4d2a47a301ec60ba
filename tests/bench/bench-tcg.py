#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Software emulation against the peer and the host itself: `make bench-tcg`.

Boots a Linux guest whose init is tests/bench/tcg-bench, once per round and emulator, in turn. A row's cost is the time
its vCPU thread spent on a CPU (schedstat), so that what else the host does hardly matters; natively, the process's and
its children's. Prints medians and ratios; checksums must agree. Writes JSON and a chart, SVG and (with rsvg-convert) PNG,
to DIR/bench.

usage: bench-tcg.py [--build DIR] [--rounds N] [--scale PERCENT] [--rows ROW,...] [--peer BINARY] [--accel ARGUMENT]
"""
import argparse
import json
import math
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'functional'))
from switchover import Initramfs, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

PEER = '/usr/bin/qemu-system-x86_64'
FLOAT = ('scalar', 'sse2', 'pmaddwd', 'avx2', 'x87')
INTEGER = ('hash', 'sort', 'sieve', 'calls', 'dispatch', 'crc')


def make_initrd(path, program, what):
    i = Initramfs()
    i.busybox()
    i.add(program, 'bin/tcg-bench')
    i.init('exec </dev/ttyS0 >/dev/ttyS0 2>&1; stty -echo; WAIT=1 tcg-bench %s; echo BENCH-END; poweroff -f' % what)
    i.write(path)


def cpu_time(pid):
    """Seconds on a CPU of the busiest thread: the vCPU's."""
    best = 0
    for tid in os.listdir('/proc/%d/task' % pid):
        try:
            with open('/proc/%d/task/%s/schedstat' % (pid, tid), encoding='ascii') as f:
                best = max(best, int(f.read().split()[0]))
        except OSError:
            pass
    return best * 1e-9


def run_guest(binary, args, kernel, initrd, rows, timeout):
    cmd = ['timeout', str(timeout), binary, '-M', 'q35', '-cpu', 'max', '-m', '512', '-nodefaults', '-display', 'none',
           '-no-reboot', '-serial', 'stdio', '-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet'] + args
    with subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        pid, start, boot = None, 0, None
        for line in p.stdout:
            line = line.decode('ascii', 'replace')
            m = re.search(r'(START|ROW) (\w+)(?: \S+ (\w+))?', line)
            if 'BENCH-END' in line:
                break
            if not m:
                continue
            if pid is None:
                with open('/proc/%d/task/%d/children' % (p.pid, p.pid), encoding='ascii') as f:
                    pid = int(f.read().split()[0])
            now = cpu_time(pid)
            if m[1] == 'START':
                if boot is None:
                    boot = now
                    rows.setdefault('boot', []).append((boot, ''))
                start = now
                p.stdin.write(b'\n')
                p.stdin.flush()
            else:
                rows.setdefault(m[2], []).append((now - start, m[3]))
        p.wait()


def used():
    t = 0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        r = resource.getrusage(who)
        t += r.ru_utime + r.ru_stime
    return t


def run_native(program, scale, names, rows):
    for name in names:
        before = used()
        out = subprocess.run([program, str(scale), name], stdout=subprocess.PIPE, check=True, encoding='ascii').stdout
        m = re.search(r'ROW (\w+) \S+ (\w+)', out)
        if m:
            rows.setdefault(name, []).append((used() - before, m[2]))


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def table(res):
    lines = ['%-9s %9s %9s %9s %11s %9s' % ('row', 'native s', 'ours s', 'peer s', 'ours/native', 'peer/ours')]
    for r in res['rows']:
        lines.append('%-9s %9s %9s %9s %11s %9s%s' % (
            r['row'], *('%.3f' % r[k] if r[k] else '-' for k in ('native', 'ours', 'peer')),
            *('%.2f' % r[k] if r[k] else '-' for k in ('slowdown', 'ratio')), '' if r['same'] else '  CHECKSUM DIFFERS'))
    for k, v in res['geomean'].items():
        if v:
            lines.append('geometric mean of peer/ours, %s: %.2f' % (k, v))
    return '\n'.join(lines)


def svg(res):
    rows = [r for r in res['rows'] if r['ratio']]
    top, high = 30, 22
    scale = 300 / math.log(max([r['ratio'] for r in rows] + [10]) / 0.5)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="560" height="%d" font-family="sans-serif" font-size="12">'
           % (top + high * len(rows) + 10),
           '<text x="10" y="18">times faster than the peer (logarithmic; line: equal)</text>']
    for i, r in enumerate(rows):
        y = top + i * high
        w = max(2, scale * math.log(max(r['ratio'], 0.51) / 0.5))
        out.append('<text x="10" y="%d">%s</text><rect x="90" y="%d" width="%.0f" height="14" fill="%s"/>'
                   '<text x="%.0f" y="%d">%.1f</text>' % (y + 14, r['row'], y + 3, w,
                                                          '#3a6ea5' if r['ratio'] >= 1 else '#b5413a', 95 + w, y + 14,
                                                          r['ratio']))
    x = 90 + scale * math.log(2)
    out.append('<line x1="%.0f" x2="%.0f" y1="%d" y2="%d" stroke="#333"/></svg>' % (x, x, top, top + high * len(rows)))
    return '\n'.join(out)


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--build', default='build')
    a.add_argument('--accel', default='tcg')
    a.add_argument('--peer', default=PEER)
    a.add_argument('--rounds', type=int, default=5)
    a.add_argument('--scale', type=int, default=100)
    a.add_argument('--rows', default='')
    a.add_argument('--timeout', type=int, default=600)
    o = a.parse_args()
    source, out = os.path.join(HERE, 'tcg-bench.c'), os.path.join(o.build, 'bench')
    os.makedirs(out, exist_ok=True)
    program = os.path.join(out, 'tcg-bench')
    subprocess.run(['cc', '-O2', '-static', '-fno-math-errno', '-o', program, source], check=True)
    with open(source, encoding='utf-8') as f:
        names = o.rows.split(',') if o.rows else re.findall(r'"(\w+)", row_', f.read())
    kernel = find_kernel()[0]
    native, ours, peer = {}, {}, {}
    with tempfile.TemporaryDirectory() as tmp:
        initrd = os.path.join(tmp, 'initrd')
        make_initrd(initrd, program, ' '.join([str(o.scale)] + names))
        for i in range(o.rounds):
            print('round %d of %d' % (i + 1, o.rounds), flush=True)
            run_native(program, o.scale, names, native)
            run_guest(os.path.join(o.build, 'qemu-system-x86_64'), ['-accel', o.accel], kernel, initrd, ours, o.timeout)
            if os.path.exists(o.peer):
                run_guest(o.peer, ['-accel', 'tcg'], kernel, initrd, peer, o.timeout)
    rows = []
    for name in ['boot'] + names:
        n, u, p = (statistics.median(x[0] for x in d[name]) if name in d else None for d in (native, ours, peer))
        sums = {x[1] for d in (native, ours, peer) for x in d.get(name, [])}
        rows.append({'row': name, 'native': n, 'ours': u, 'peer': p, 'slowdown': u / n if u and n else None,
                     'ratio': p / u if u and p else None, 'same': len(sums) < 2})
    ratio = {r['row']: r['ratio'] for r in rows if r['ratio']}
    res = {'rows': rows, 'geomean': {
        'all rows': geomean([v for k, v in ratio.items() if k != 'boot']),
        'integer': geomean([ratio[k] for k in INTEGER if k in ratio]),
        'float and vector': geomean([ratio[k] for k in FLOAT if k in ratio])}}
    print(table(res))
    base = os.path.join(out, 'bench-tcg')
    with open(base + '.json', 'w', encoding='utf-8') as f:
        json.dump(res, f, indent=1)
    with open(base + '.svg', 'w', encoding='utf-8') as f:
        f.write(svg(res))
    if shutil.which('rsvg-convert'):
        subprocess.run(['rsvg-convert', '-o', base + '.png', base + '.svg'], check=True)
    return 0 if all(r['same'] for r in rows) else 1


if __name__ == '__main__':
    sys.exit(main())
