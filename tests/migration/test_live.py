#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A busy Linux guest moves back and forth between processes: nothing is lost, nothing comes twice, all bytes are counted.

usage: test_live.py [--rounds N] [--ram MIB] [--mem MIB] [--rate MIB_PER_S] [--guest MACHINE,VCPUS]...
                    [--disk virtio-blk-pci|nvme|ide-hd] [--churn] WORKLOAD      TAP
"""
import argparse
import os
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import Guest, MachineError, QMPError, Results, end, migrate, wait_ticks  # noqa: E402  pylint: disable=wrong-import-position

STATES = ['setup', 'active', 'device', 'completed']


def check_figures(info, seen, crossed):
    ram = info['ram']
    if ram['transferred'] != crossed or ram['precopy-bytes'] + ram['downtime-bytes'] != crossed:
        raise MachineError('%d bytes crossed the socket, query-migrate says %r' % (crossed, ram))
    if [x for x in seen if isinstance(x, str)] != STATES:
        raise MachineError('states %r' % seen)
    passes = [x for x in seen if isinstance(x, int)]
    if passes != list(range(1, ram['dirty-sync-count'] + 1)):
        raise MachineError('passes %r, dirty-sync-count %d' % (passes, ram['dirty-sync-count']))
    if ram['remaining'] or not 0 < info['downtime'] <= info['total-time']:
        raise MachineError('query-migrate at the end: %r' % info)


def check_ledger(info):
    ledger = info['x-switchover']
    phases = sum(ledger[x + '-us'] for x in ('stop', 'hold', 'iterable', 'images', 'devices', 'load-wait', 'hand-over'))
    if phases != ledger['actual-us'] or not ledger['estimate-us'] or not ledger['sections']:
        raise MachineError('ledger: %r' % ledger)
    if 'destination-load-us' not in ledger:
        raise MachineError('the destination reports no times: %r' % ledger)


def check_source(source):
    """It does not run the guest again."""
    status = source.qmp.cmd('query-status')
    if status['status'] != 'postmigrate' or status['running']:
        raise MachineError('source after the hand-over: %r' % status)
    try:
        source.qmp.cmd('cont')
    except QMPError:
        return
    raise MachineError('cont runs the source again')


def one_round(guest, here):
    seen = []
    there, info, crossed = migrate(guest, here, seen)
    try:
        check_figures(info, seen, crossed)
        check_ledger(info)
        check_source(here)
        end(here)
        wait_ticks(there, 5)
        ticks = guest.check()
    except BaseException:
        there.report()
        there.stop()
        raise
    return there, info, ticks


def run(a, tmp, machine, smp):
    guest = Guest(tmp, a.workload, machine=machine, smp=smp, ram=a.ram, mem=a.mem, rate=a.rate, disk=a.disk,
                  churn=a.churn)
    here = guest.boot(a.boot_timeout)
    pauses, totals, sent = [], [], 0
    try:
        wait_ticks(here, 5)
        for n in range(a.rounds):
            there, info, ticks = one_round(guest, here)
            here = there
            pauses.append(info['downtime'])
            totals.append(info['total-time'])
            sent += info['ram']['transferred']
            if a.verbose:
                print('# round %d: pause %d ms, %d ms, %d MB, dirties %d MiB/s' % (
                    n + 1, pauses[-1], totals[-1], info['ram']['transferred'] >> 20, ticks[-1][3]), flush=True)
        ticks, done = guest.finish(here)
        end(here)
        rates = [t[3] for t in ticks]
        print('# %s, %d vCPUs: %d rounds, %d ticks, %d files, %d records, %d connections' % (
            machine, smp, a.rounds, len(ticks), done[2], done[3], done[4]))
        print('# dirtied %d MiB/s (median); pause %d ms (median), %d ms (longest); %.1f s each; %d MiB sent' % (
            statistics.median(rates), statistics.median(pauses), max(pauses), statistics.mean(totals) / 1000, sent >> 20))
        for line in guest.kernel_said:
            print('# the kernel said: ' + line)
        if ticks[0][0]:
            raise MachineError('the first tick is %d' % ticks[0][0])
        if not done[2] or not done[3]:
            raise MachineError('disk or network did nothing: %r' % done)
    except BaseException:
        here.report()
        raise
    finally:
        here.stop()
        guest.close()


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--rounds', type=int, default=3)
    p.add_argument('--ram', type=int, default=512)
    p.add_argument('--mem', type=int, default=48, help='MiB that are written in turn')
    p.add_argument('--rate', type=int, default=200, help='MiB per second to dirty, if the processor can')
    p.add_argument('--guest', action='append', help='default: pc-q35-7.2,2')
    p.add_argument('--boot-timeout', type=float, default=300)
    p.add_argument('--disk', default='virtio-blk-pci', choices=['virtio-blk-pci', 'nvme', 'ide-hd'])
    p.add_argument('--churn', action='store_true', help='nvme: the guest resets the controller every two seconds')
    p.add_argument('--verbose', action='store_true')
    p.add_argument('workload')
    a = p.parse_args()
    results = Results()
    for spec in a.guest or ['pc-q35-7.2,2']:
        machine, smp = spec.split(',')
        with tempfile.TemporaryDirectory() as tmp:
            results.run('%s with %s vCPUs, %d rounds' % (machine, smp, a.rounds), run, a, tmp, machine, int(smp))
    return results.end()


if __name__ == '__main__':
    sys.exit(main())
