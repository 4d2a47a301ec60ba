#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A bare-metal guest (tests/tcg/system/migrate64.c) is saved and started again in the middle of its checks.

usage: test_cpu_migration.py GUEST.elf       TAP; $SWITCHOVER_BINARY is the emulator

The guest stops before each group of checks, is moved to a new process, and is told to go on; what it prints there are
this test's results.
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import Machine, MachineError  # noqa: E402  pylint: disable=wrong-import-position

PHASES = ['registers', 'deadline', 'pending', 'halted', 'sipi']


def machine(guest, *args):
    return Machine('-M', 'pc', '-accel', 'tcg', '-cpu', 'max', '-m', '32', '-smp', '2', '-no-reboot', '-kernel', guest,
                   '-device', 'isa-debug-exit,iobase=0xf4,iosize=1', *args)


def wait_migration(m):
    while True:
        event = m.qmp.wait_event('MIGRATION', timeout=30)
        status = event['data']['status']
        if status in ('completed', 'failed'):
            return status


def save(m, path):
    m.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
    m.qmp.cmd('migrate', uri='file:' + path)
    if wait_migration(m) != 'completed':
        raise MachineError('not saved: %s' % m.qmp.cmd('query-migrate').get('error-desc'))


def move(old, guest, path):
    save(old, path)
    old.stop()
    new = machine(guest, '-incoming', 'defer')
    new.start()
    try:
        new.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
        new.qmp.cmd('migrate-incoming', uri='file:' + path)
        if wait_migration(new) != 'completed':
            raise MachineError('not loaded: %s' % new.qmp.cmd('query-migrate').get('error-desc'))
        # saved from a running machine: it runs on by itself
        new.qmp.cmd('cont')
    except BaseException:
        new.report()
        new.kill()
        raise
    return new


def run(guest, path):
    m = machine(guest)
    m.start()
    try:
        for phase in PHASES:
            m.console.wait_for('# PHASE %s\r?\n' % phase, 60, fail='PHASE %s' % PHASES[-1] if phase != PHASES[-1] else None)
            shown = m.console.text
            sys.stdout.write(''.join(line + '\n' for line in shown.splitlines() if line.startswith(('ok', 'not ok', '#'))))
            sys.stdout.flush()
            m = move(m, guest, path)
            m.console.send('x')
        m.console.wait_for(r'1\.\.[0-9]+\r?\n', 60)
        sys.stdout.write(m.console.text)
        status = m.wait(30)
        if status != 1:
            print('# guest reports failures: status %d' % status)
    except BaseException:
        print('# status %s' % m.process.poll())
        m.report()
        raise
    finally:
        m.kill()


def main():
    with tempfile.TemporaryDirectory(prefix='cpumig-') as d:
        try:
            run(sys.argv[1], os.path.join(d, 'state'))
        except Exception as e:          # pylint: disable=broad-except
            print('Bail out! %s' % e)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
