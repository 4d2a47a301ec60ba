#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of tests/tcg/user print in a guest, under Debian's kernel, exactly what they print on the host.

usage: test_guest_programs.py [--smp 1,2,4] PROGRAM...       TAP; $SWITCHOVER_BINARY is the emulator
"""
import argparse
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import Initramfs, Machine, MachineError, default_binary, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

BAD = 'Kernel panic|end Kernel|BUG:|Oops'


def host_output(program):
    r = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
    return r.stdout, r.returncode


def make_image(path, programs):
    image = Initramfs()
    image.busybox()
    script = ['echo 1 > /proc/sys/kernel/printk']
    for name, source in programs.items():
        image.add(source, 'prog/' + name)
        script.append('echo "BEGIN %s"; /prog/%s 2>&1; echo "END %s $?"' % (name, name, name))
    script.append('echo SUITE-DONE; poweroff -f')
    image.init('\n'.join(script))
    image.write(path)


def guest_outputs(image, programs, smp, a):
    """{name: (output, status)}"""
    timeout = a.timeout
    kernel, _ = find_kernel()
    out = {}
    with Machine('-M', a.machine, '-cpu', a.cpu, '-accel', 'tcg', '-smp', smp, '-m', '512', '-kernel', kernel, '-initrd', image,
                 '-append', 'console=ttyS0 panic=-1 quiet', '-no-reboot') as m:
        for name in programs:
            m.console.wait_for('BEGIN %s\r?\n' % name, timeout, BAD)
            end = m.console.wait_for('END %s ([0-9]+)' % name, timeout, BAD)
            text = m.console.text
            body = text[text.index('BEGIN %s\n' % name) + len(name) + 7:text.index('END %s ' % name)]
            out[name] = (body, int(end.group(1)))
        m.console.wait_for('SUITE-DONE', timeout, BAD)
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--smp', default='1,2')
    p.add_argument('--machine', default='pc')
    p.add_argument('--cpu', default='max', help='the vector program needs AVX2, FMA, F16C, AES')
    p.add_argument('--timeout', type=float, default=300)
    p.add_argument('programs', nargs='+')
    a = p.parse_args()
    if not os.path.exists(default_binary()):
        print('1..0 # SKIP no emulator at ' + default_binary())
        return 0
    programs = {os.path.basename(x): x for x in a.programs}
    want = {n: host_output(x) for n, x in programs.items()}
    smps = a.smp.split(',')
    failed = n = 0
    print('1..%d' % (len(smps) * len(programs)))
    with tempfile.TemporaryDirectory() as tmp:
        image = os.path.join(tmp, 'initramfs')
        make_image(image, programs)
        for smp in smps:
            try:
                got = guest_outputs(image, programs, smp, a)
            except (MachineError, TimeoutError) as e:
                print('# ' + str(e), file=sys.stderr)
                got = {}
            for name in programs:
                n += 1
                ok = got.get(name) == want[name]
                failed += not ok
                print('%sok %d %s with %s vCPU' % ('' if ok else 'not ', n, name, smp))
                if not ok and name in got:
                    host, guest = want[name][0].splitlines(), got[name][0].splitlines()
                    for i in range(max(len(host), len(guest))):
                        h, g = ((x[i] if i < len(x) else '(nothing)') for x in (host, guest))
                        if h != g:
                            print('#   host:  %s\n#   guest: %s' % (h, g))
                    print('#   status: host %d, guest %d' % (want[name][1], got[name][1]))
                sys.stdout.flush()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
