#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a bare-metal guest of tests/tcg/system on the emulator; its debug console is the TAP output.

usage: run-guest.py [--binary QEMU] [--engine interp|jit] GUEST.elf [emulator options]

The guest must have printed its plan and ended with status 0: a guest that dies half-way has not passed.
"""
import os
import subprocess
import sys

TIMEOUT = float(os.environ.get('GUEST_TIMEOUT', '60'))


def main():
    args = sys.argv[1:]
    binary = os.environ.get('SWITCHOVER_BINARY') or os.path.join(os.environ.get('SWITCHOVER_BUILD', 'build'),
                                                                 'qemu-system-x86_64')
    if args[0] == '--binary':
        binary, args = args[1], args[2:]
    accel = 'tcg'
    if args[0] == '--engine':
        # translate what runs once, too
        accel, args = 'tcg,engine=' + args[1] + (',x-heat=1' if args[1] == 'jit' else ''), args[2:]
    command = [binary, '-M', 'pc', '-accel', accel, '-cpu', 'max', '-m', '64', '-nodefaults', '-display', 'none',
               '-no-reboot', '-device', 'isa-debug-exit,iobase=0xf4,iosize=1', '-debugcon', 'stdio', '-kernel', args[0]]
    with subprocess.Popen(command + args[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as p:
        try:
            out, _ = p.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            p.kill()
            out, _ = p.communicate()
            print('# no end within %g s' % TIMEOUT)
    text = out.decode('ascii', 'replace')
    sys.stdout.write(text)
    if p.returncode != 1 or '\n1..' not in '\n' + text:
        print('Bail out! guest ended with status %d' % p.returncode)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
