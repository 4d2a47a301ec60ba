#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client can do to a live migration: cancel it in every phase, hold it before the switchover, limit its rate and
its pause, change its mind.  The guest runs on, or runs at the destination, and says every tick once.

usage: test_control.py WORKLOAD      TAP
"""
import argparse
import os
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import ENDS, CountingProxy, Guest, MachineError, QMPError, Results, wait_status, wait_ticks  # noqa: E402  pylint: disable=wrong-import-position

MIB = 1 << 20


def capability(machine, name, state=True):
    machine.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': name, 'state': state}])


def expect(what, got, wanted):
    if got != wanted:
        raise MachineError('%s is %r, not %r' % (what, got, wanted))


def refused(machine, command, **arguments):
    try:
        machine.qmp.cmd(command, **arguments)
    except QMPError:
        return
    raise MachineError(command + ' is not refused')


class Control:
    """The tests share one guest; self.here is the process that runs it."""

    def __init__(self, guest, here):
        self.guest, self.here = guest, here

    def forget(self, destination):
        """A destination that never ran."""
        destination.kill()
        self.guest.consoles.remove(destination.console)

    def runs_on(self, wanted='cancelled'):
        expect('state', wait_status(self.here, ENDS), wanted)
        expect('run state', self.here.qmp.cmd('query-status'), {'status': 'running', 'running': True})
        wait_ticks(self.here, 2)
        self.guest.check()

    def start(self, target=None, rate=0):
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=rate, downtime_limit=300)
        destination, port = self.guest.destination()
        self.here.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % (target or port))
        return destination

    def cancel_setup(self):
        """connect() waits: the listener's queue is full."""
        path = os.path.join(self.guest.tmp, 'busy')
        with socket.socket(socket.AF_UNIX) as s, socket.socket(socket.AF_UNIX) as a:
            s.bind(path)
            s.listen(0)
            a.connect(path)
            self.here.qmp.cmd('migrate', uri='unix:' + path)
            wait_status(self.here, ('setup',))
            expect('status', self.here.qmp.cmd('query-migrate')['status'], 'setup')
            refused(self.here, 'migrate', uri='unix:' + path)
            self.here.qmp.cmd('migrate_cancel')
            self.runs_on()

    def cancel_active(self):
        destination = self.start(rate=4 * MIB)
        wait_status(self.here, ('active',))
        info = self.here.qmp.cmd('query-migrate')
        for name in ('remaining', 'expected-downtime', 'setup-time', 'total-time'):
            if info.get(name) is None or info[name] < 0:
                raise MachineError('%s missing: %r' % (name, info))
        refused(self.here, 'migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
        self.here.qmp.cmd('migrate_cancel')
        self.runs_on()
        expect('exit status of the destination', destination.wait(), 1)
        self.forget(destination)

    def cancel_stuck(self):
        """The destination does not read: the source waits in the middle of a write."""
        destination, port = self.guest.destination()
        destination.process.send_signal(signal.SIGSTOP)
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=0)
        self.here.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % port)
        wait_status(self.here, ('active',))
        wait_ticks(self.here, 5)
        self.here.qmp.cmd('migrate_cancel')
        self.runs_on()
        self.forget(destination)

    def cancel_pre_switchover(self):
        capability(self.here, 'pause-before-switchover')
        destination = self.start()
        wait_status(self.here, ('pre-switchover',))
        expect('running', self.here.qmp.cmd('query-status')['running'], False)
        refused(self.here, 'cont')
        self.here.qmp.cmd('migrate_cancel')
        self.runs_on()
        expect('exit status of the destination', destination.wait(), 1)
        self.forget(destination)

    def cancel_device(self):
        """Everything was sent, and the destination does not say that it has it."""
        capability(self.here, 'pause-before-switchover')
        destination = self.start()
        wait_status(self.here, ('pre-switchover',))
        destination.process.send_signal(signal.SIGSTOP)
        self.here.qmp.cmd('migrate-continue', state='pre-switchover')
        wait_status(self.here, ('device',))
        self.here.qmp.cmd('migrate_cancel')
        self.runs_on()
        destination.process.send_signal(signal.SIGCONT)
        try:
            if destination.qmp.cmd('query-status')['running']:
                raise MachineError('two guests run')
        except (EOFError, OSError, QMPError):
            expect('exit status of the destination', destination.wait(), 1)
        self.forget(destination)
        capability(self.here, 'pause-before-switchover', False)

    def nowhere_to_go(self):
        with socket.create_server(('127.0.0.1', 0)) as s:
            port = s.getsockname()[1]
        self.here.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % port)
        self.runs_on('failed')
        if not self.here.qmp.cmd('query-migrate').get('error-desc'):
            raise MachineError('no reason given')

    def bandwidth(self):
        """Over a while no more than the limit went out; a new limit counts at once."""
        destination, port = self.guest.destination()
        rate = 8 * MIB
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=rate)
        proxy = CountingProxy(port)
        # Counted from before the first byte: what waits in the channel's buffers can only make the count too small.
        began = time.monotonic()
        self.here.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % proxy.port)
        wait_status(self.here, ('active',))
        while proxy.bytes < 2 * rate:
            if time.monotonic() - began > 60:
                raise MachineError('%d bytes in 60 s, the limit is %d per s' % (proxy.bytes, rate))
            time.sleep(0.05)
        sent, took = proxy.bytes, time.monotonic() - began
        # A window's worth and a page run more; the limit holds whatever the machine's speed.
        if sent > rate * (took + 0.3) + MIB:
            raise MachineError('%d bytes in %g s, the limit is %d per s' % (sent, took, rate))
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=0)
        self.arrive(destination)

    def downtime_limit(self):
        """With a limit that cannot be met it goes on for ever; with one that can it ends."""
        destination, port = self.guest.destination()
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=8 * MIB, downtime_limit=1)
        self.here.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % port)
        for _ in range(3):
            self.here.qmp.wait_event('MIGRATION_PASS', timeout=120)
        expect('status', self.here.qmp.cmd('query-migrate')['status'], 'active')
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=0, downtime_limit=2000)
        self.arrive(destination)

    def pause_and_continue(self):
        capability(self.here, 'pause-before-switchover')
        destination = self.start()
        wait_status(self.here, ('pre-switchover',))
        refused(self.here, 'migrate-continue', state='active')
        self.here.qmp.cmd('migrate-continue', state='pre-switchover')
        self.arrive(destination)

    def to_file_and_on(self):
        """After a save to a file the same process may run the guest on."""
        path = os.path.join(self.guest.tmp, 'saved')
        self.here.qmp.cmd('migrate-set-parameters', max_bandwidth=0, downtime_limit=300)
        self.here.qmp.cmd('migrate', uri='file:' + path)
        expect('state', wait_status(self.here, ENDS), 'completed')
        expect('bytes', os.path.getsize(path), self.here.qmp.cmd('query-migrate')['ram']['transferred'])
        self.here.qmp.cmd('cont')
        wait_ticks(self.here, 2)
        self.guest.check()

    def arrive(self, destination):
        expect('state', wait_status(self.here, ENDS), 'completed')
        wait_status(destination, ENDS)
        wait_ticks(destination, 3)
        self.guest.check()
        refused(self.here, 'cont')
        self.here.stop()
        self.here = destination

    def finish(self):
        self.guest.finish(self.here)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--boot-timeout', type=float, default=300)
    p.add_argument('workload')
    a = p.parse_args()
    results = Results()
    with tempfile.TemporaryDirectory() as tmp:
        guest = Guest(tmp, a.workload, machine='pc-q35-7.2', smp=2, ram=192, mem=16, rate=100)
        control = Control(guest, guest.boot(a.boot_timeout))
        try:
            wait_ticks(control.here, 3)
            for name in ('cancel_setup', 'cancel_active', 'cancel_stuck', 'cancel_pre_switchover', 'cancel_device',
                         'nowhere_to_go', 'to_file_and_on', 'bandwidth', 'downtime_limit', 'pause_and_continue', 'finish'):
                results.run(name.replace('_', ' '), getattr(control, name))
                if results.failed:
                    control.here.report()
                    break           # they share the guest
        finally:
            control.here.stop()
            guest.close()
    return results.end()


if __name__ == '__main__':
    sys.exit(main())
