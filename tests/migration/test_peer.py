#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams between this emulator and Debian's QEMU 7.2: a stopped machine is saved by one, loaded and run by the other,
and back again. The guest (tests/tcg/system/peer64.c) checks itself after each move.

usage: test_peer.py GUEST.elf        TAP; $SWITCHOVER_PEER is the other emulator (default /usr/bin/qemu-system-x86_64)
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'functional'))
from switchover import Machine, MachineError, default_binary  # noqa: E402  pylint: disable=wrong-import-position
from switchover.tap import Skip, Suite  # noqa: E402  pylint: disable=wrong-import-position

PEER = os.environ.get('SWITCHOVER_PEER', '/usr/bin/qemu-system-x86_64')
MACHINES = ('pc-i440fx-7.2', 'pc-q35-7.2')
PATIENCE = 120


def need_peer():
    try:
        said = subprocess.run([PEER, '-version'], capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError) as e:
        raise Skip('no other emulator: %s' % e) from None
    if 'version 7.2' not in said:
        raise Skip('%s is not version 7.2: %s' % (PEER, said.splitlines()[0]))


def machine(name, binary, guest, *more):
    return Machine('-M', name, '-accel', 'tcg', '-cpu', 'qemu64', '-m', '96', '-smp', '1', '-kernel', guest, *more,
                   binary=binary, timeout=60)


def wait_migration(m):
    while True:
        event = m.qmp.wait_event('MIGRATION', timeout=PATIENCE)
        if event['data']['status'] in ('completed', 'failed'):
            return event['data']['status']


def events(m):
    m.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])


def save(m, path):
    """Stop the guest and write everything to a file."""
    m.qmp.cmd('stop')
    events(m)
    m.qmp.cmd('migrate', uri='exec:cat > ' + path)
    if wait_migration(m) != 'completed':
        raise MachineError('not saved: %r' % m.qmp.cmd('query-migrate'))


def run_and_check(m):
    """It lives: interrupts come, and the guest finds nothing changed."""
    m.console.wait_for(r'TICK [0-9a-fx]+\r?\n', PATIENCE, 'BAD|WRONG')
    m.console.send('x')
    m.console.wait_for(r'MOVED\r?\n', PATIENCE, 'WRONG')


def hop(name, guest, binary, path):
    """Load into a new process, run, check, save again."""
    with machine(name, binary, guest, '-incoming', 'defer') as m:
        events(m)
        m.qmp.cmd('migrate-incoming', uri='exec:cat ' + path)
        if wait_migration(m) != 'completed':
            raise MachineError('%s does not load it' % binary)
        m.qmp.cmd('cont')
        run_and_check(m)
        save(m, path)


def there_and_back(name, guest, first, second):
    need_peer()
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, 'stream')
        with machine(name, first, guest) as m:
            run_and_check(m)
            save(m, path)
        for binary in (second, first, second):
            hop(name, guest, binary, path)


def main():
    suite = Suite()
    guest = sys.argv[1]
    for name in MACHINES:
        suite.add('%s: from QEMU 7.2 to here, and back' % name, there_and_back, name, guest, PEER, default_binary())
        suite.add('%s: from here to QEMU 7.2, and back' % name, there_and_back, name, guest, default_binary(), PEER)
    return suite.main(sys.argv[2:])


if __name__ == '__main__':
    sys.exit(main())
