#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One side of a live migration dies, at pseudo-random bytes of the stream: never two guests, and none lost before the commit.

usage: test_kill.py [--seed N] WORKLOAD      TAP
"""
import argparse
import os
import random
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import ENDS, CountingProxy, Guest, MachineError, QMPError, Results, wait_status, wait_ticks  # noqa: E402  pylint: disable=wrong-import-position

# What a destination that got everything but no GO says, and how its guest is settled (docs/devel/migration.md).
UNSETTLED = '`cont` runs it here'
# The last message of a source: command, ping, value (docs/specs/migration-stream.md).
GO_BYTES = 9


def capability(machine, name, state=True):
    machine.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': name, 'state': state}])


def kill_destination(guest, source, at):
    """After @at bytes: the source's guest runs on as if nothing had been."""
    destination, port = guest.destination()
    try:
        proxy = CountingProxy(port, limit=at, on_limit=destination.kill)
        source.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % proxy.port)
        if wait_status(source, ENDS) != 'failed':
            raise MachineError('not failed: %r' % source.qmp.cmd('query-migrate'))
        info = source.qmp.cmd('query-migrate')
        if not info.get('error-desc'):
            raise MachineError('no reason given: %r' % info)
        status = source.qmp.cmd('query-status')
        if status != {'status': 'running', 'running': True}:
            raise MachineError('source is %r' % status)
        wait_ticks(source, 3)
        guest.consoles.remove(destination.console)
        guest.check()
    finally:
        destination.kill()


def kill_destination_paused(guest, source):
    """The guest stands still, waiting for migrate-continue."""
    capability(source, 'pause-before-switchover')
    destination, port = guest.destination()
    try:
        source.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % port)
        wait_status(source, ('pre-switchover',))
        destination.kill()
        try:
            source.qmp.cmd('migrate-continue', state='pre-switchover')
        except QMPError:
            pass                    # it may have noticed by itself
        if wait_status(source, ENDS) != 'failed':
            raise MachineError('not failed')
        wait_ticks(source, 3)
        guest.consoles.remove(destination.console)
        guest.check()
    finally:
        capability(source, 'pause-before-switchover', False)
        destination.kill()


def fresh(guest, path):
    """The saved guest runs in a new process."""
    guest.consoles.clear()
    m = guest.start('-incoming', 'defer')
    m.qmp.cmd('migrate-incoming', uri='file:' + path)
    if wait_status(m, ENDS) != 'completed':
        raise MachineError('the saved guest does not start')
    wait_ticks(m, 2)
    return m


def settle(destination):
    """What became of the guest: 'runs', 'unsettled' or 'exited'."""
    try:
        status = wait_status(destination, ('completed', 'failed'), 60)
    except EOFError:
        status = 'failed'
    if status == 'completed':
        return 'runs'
    # The status is there before the message is printed, or before the process has ended.
    deadline = time.monotonic() + 60
    while UNSETTLED not in destination.stderr and destination.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if UNSETTLED in destination.stderr:
        if destination.qmp.cmd('query-status')['running']:
            raise MachineError('runs without having been handed over')
        destination.qmp.cmd('cont')
        return 'unsettled'
    if destination.wait(30) != 1 or destination.stderr.count('\n'):
        raise MachineError('ended with %d: %s' % (destination.process.returncode, destination.stderr))
    return 'exited'


def kill_source(guest, path, at, expect, from_switchover=False):
    """After @at bytes, counted from the start or from where the guest stopped."""
    source = fresh(guest, path)
    destination, port = guest.destination()
    try:
        proxy = CountingProxy(port, on_limit=source.kill)
        proxy.limit = None if from_switchover else at
        capability(source, 'pause-before-switchover', from_switchover)
        source.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % proxy.port)
        if from_switchover:
            wait_status(source, ('pre-switchover',))
            proxy.settle()
            proxy.limit = proxy.bytes + at
            try:
                source.qmp.cmd('migrate-continue', state='pre-switchover')
            except EOFError:
                pass                # killed before it could answer
        outcome = settle(destination)
        source.kill()
        if outcome not in expect:
            raise MachineError('the guest %s, not %s' % (outcome, ' or '.join(expect)))
        if outcome != 'exited':
            wait_ticks(destination, 3)
            guest.check()
            guest.finish(destination)
        return outcome
    except BaseException:
        destination.report()
        raise
    finally:
        source.kill()
        destination.kill()


def measure(guest, path):
    """(bytes until the guest stops, bytes from there to the end) of an undisturbed migration."""
    source = fresh(guest, path)
    destination, port = guest.destination()
    try:
        capability(source, 'pause-before-switchover')
        proxy = CountingProxy(port)
        source.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % proxy.port)
        wait_status(source, ('pre-switchover',))
        proxy.settle()
        before = proxy.bytes
        source.qmp.cmd('migrate-continue', state='pre-switchover')
        wait_status(source, ENDS)
        return before, proxy.join() - before
    finally:
        source.kill()
        destination.kill()


def kill_destinations(a, tmp, rnd, results):
    guest = Guest(tmp, a.workload, machine='pc-q35-7.2', smp=2, ram=256, mem=8, rate=100)
    source = guest.boot(a.boot_timeout)
    try:
        wait_ticks(source, 3)
        # The untouched memory of this guest is not sent: some 100 MB are.
        for at in [1, 4096] + [rnd.randrange(1 << 20, 70 << 20) for _ in range(8)]:
            results.run('destination killed at byte %d' % at, kill_destination, guest, source, at)
        results.run('destination killed while the guest waits for migrate-continue', kill_destination_paused, guest,
                    source)
        results.run('the guest is whole after all that', guest.finish, source)
    finally:
        source.stop()
        guest.close()


def kill_sources(a, tmp, rnd, results):
    guest = Guest(tmp, a.workload, machine='pc-i440fx-7.2', smp=2, ram=128, mem=8, rate=50, devices=False)
    saved = os.path.join(tmp, 'saved')
    source = guest.boot(a.boot_timeout)
    wait_ticks(source, 3)
    source.qmp.cmd('migrate', uri='file:' + saved)
    wait_status(source, ENDS)
    source.stop()
    guest.begun = guest.text().rpartition('\n')[2]
    if a.part == 'go':
        results.run('source killed around its last word', kill_around_go, guest, saved)
        return
    before, rest = measure(guest, saved)
    print('# %d bytes before the guest stops, %d after' % (before, rest))
    for at in [rnd.randrange(1, before // 2) for _ in range(4)]:
        results.run('source killed at byte %d' % at, kill_source, guest, saved, at, ('exited',))
    # How much is left depends on what was dirty just then: the whole state may be over before the cut. Then the guest
    # runs at the destination, complete, and the source is dead; never may half of it run.
    for at in sorted(rnd.randrange(1, max(rest // 2, 2)) for _ in range(3)):
        results.run('source killed %d bytes after its guest stopped' % at, kill_source, guest, saved, at,
                    ('exited', 'unsettled', 'runs'), True)
    results.run('source killed around its last word', kill_around_go, guest, saved)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--part', choices=('destination', 'source', 'go'), help='only this')
    p.add_argument('--boot-timeout', type=float, default=300)
    p.add_argument('workload')
    a = p.parse_args()
    rnd = random.Random(a.seed)
    results = Results()
    with tempfile.TemporaryDirectory() as tmp:
        if a.part in (None, 'destination'):
            kill_destinations(a, tmp, rnd, results)
        if a.part != 'destination':
            kill_sources(a, tmp, rnd, results)
    return results.end()


def kill_around_go(guest, path):
    """It waits for the destination's confirmation before the last message, so the stream pauses right before that."""
    for cut in (GO_BYTES, 1, 0):
        source = fresh(guest, path)
        destination, port = guest.destination()
        try:
            proxy = CountingProxy(port, on_limit=source.kill, hold_message=bytes.fromhex('0800020004' '53570005'),
                                  hold_back=cut)
            source.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % proxy.port)
            outcome = settle(destination)
            if outcome != ('unsettled' if cut else 'runs'):
                raise MachineError('without the last %d bytes the guest %s' % (cut, outcome))
            proxy.join()
            if source.process.poll() is None:
                raise MachineError('the source lives')
            wait_ticks(destination, 3)
            guest.check()
            guest.finish(destination)
        except BaseException:
            destination.report()
            raise
        finally:
            source.kill()
            destination.kill()


if __name__ == '__main__':
    sys.exit(main())
