#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What 0 to 1000 virtio functions cost: start, memory, views, one BAR move, one bus-master toggle, a boot, hot-plug.

usage: bench-memory.py [--build DIR] [--rounds N] [--quick] [--no-peer]

The peer (qemu-system-x86_64 7.2) takes part in the same run, alternately, where it is installed. Times are medians.
Host instructions are counted exactly by callgrind, inside the configuration write and in what RCU frees later (perf events
are often missing in virtual machines); the peer's are not. Figures, picture and JSON go to DIR/bench.
"""
import argparse
import glob
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, '..', 'functional'))
import plot  # noqa: E402  pylint: disable=wrong-import-position
from pciplayer import Layout, Player  # noqa: E402  pylint: disable=wrong-import-position
from switchover import SERVE, Initramfs, Machine, MachineError, Shell, default_binary, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

PEER = '/usr/bin/qemu-system-x86_64'
SIZES = [0, 1, 10, 50, 100, 200, 400, 700, 1000]
PATIENCE = 40           # seconds of enumeration after which the peer is spared larger machines
OPERATIONS = ('bus-master toggle', 'BAR move')


class Progress:
    """One line: a bar and what is being done; plain lines when nobody is watching."""

    def __init__(self, total):
        self.total, self.done, self.tty = total, 0, sys.stderr.isatty()

    def step(self, what):
        bar = '#' * (30 * self.done // self.total)
        text = '[%-30s] %3d%% %s' % (bar, 100 * self.done // self.total, what)
        print(('\r\033[K' if self.tty else '') + text, end='' if self.tty else '\n', file=sys.stderr, flush=True)
        self.done = min(self.done + 1, self.total)

    def end(self):
        print('\r\033[K' if self.tty else '', end='', file=sys.stderr, flush=True)


def status(pid, key):
    """kB, from /proc/PID/status."""
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        return int(re.search(key + r':\s+(\d+)', f.read()).group(1))


def ticks(pid):
    """Processor seconds used so far."""
    with open('/proc/%d/stat' % pid, encoding='ascii') as f:
        v = f.read().rsplit(')', 1)[1].split()
    return (int(v[11]) + int(v[12])) / os.sysconf('SC_CLK_TCK')


def start_cost(binary, layout):
    """(seconds to the first QMP reply, kB resident then)"""
    began = time.monotonic()
    with Machine(*layout.args, '-S', '-accel', 'tcg', binary=binary, serial=False, timeout=600) as m:
        took = time.monotonic() - began
        return took, status(m.process.pid, 'VmRSS')


def views(m, ours):
    if ours:
        return m.qmp.cmd('x-query-memory-stats')
    text = m.qmp.cmd('human-monitor-command', timeout=300, command_line='info mtree -f')
    return {'views-alive': len(re.findall(r'^FlatView #', text, re.M))}


def median_play(p, n, rounds):
    out = []
    for _ in range(rounds):
        began = time.monotonic()
        p.play(n)
        out.append(time.monotonic() - began)
    return statistics.median(out)


def counted(p, n):
    p.qmp.cmd('stop')
    before = p.qmp.cmd('x-query-memory-stats')
    p.qmp.cmd('cont')
    p.play(n)
    p.qmp.cmd('stop')
    after = p.qmp.cmd('x-query-memory-stats')
    p.qmp.cmd('cont')
    return {k: (after[k] - before[k]) / 2 for k in after if k not in ('heap', 'views-alive')}


def changes(binary, layout, ours, rounds):
    """Costs of single changes, in a machine that a guest has enumerated with all bus masters on."""
    repeat = 1000 if ours else 5
    ops = [layout.nothing(), layout.toggle_master(), layout.move_bar()]
    lists = [(layout.init, 1)] + [(o, repeat) for o in ops] + [(o, 1) for o in ops]
    row = {}
    with Player(layout, lists, '-accel', 'tcg', binary=binary) as p:
        row['views with bus masters off'] = views(p, ours)['views-alive']
        began = time.monotonic()
        p.play(0)
        row['enumeration seconds'] = time.monotonic() - began
        v = views(p, ours)
        row['views with bus masters on'] = v['views-alive']
        if ours:
            row['views ever rendered'], row['ranges rendered'] = v['views-created'], v['ranges-rendered']
        idle = median_play(p, 1, rounds)
        for i, name in enumerate(OPERATIONS):
            row[name + ' us'] = max(median_play(p, i + 2, rounds) - idle, 0) / repeat / 2 * 1e6
            if ours:
                row[name + ' work'] = counted(p, i + 5)
        row['peak resident kB'] = status(p.process.pid, 'VmHWM')
    return row


def instructions(binary, layout, plays=10, repeat=5):
    """{operation: host instructions of one change}, by callgrind."""
    out = {}
    with tempfile.TemporaryDirectory() as tmp:
        wrapper = tmp + '/emulator'
        with open(wrapper, 'w', encoding='ascii') as f:
            f.write('#!/bin/sh\nexec valgrind --tool=callgrind --callgrind-out-file=%s/out --fair-sched=yes '
                    '--toggle-collect=pci_data_write --toggle-collect=flatview_free %s "$@"\n' % (tmp, binary))
        os.chmod(wrapper, 0o755)
        lists = [(layout.init, 1), (layout.nothing(), repeat), (layout.toggle_master(), repeat), (layout.move_bar(), repeat)]
        with Player(layout, lists, '-accel', 'tcg', binary=wrapper) as p:
            for n in range(len(lists)):
                for _ in range(plays if n else 1):
                    p.play(n)
                    p.qmp.cmd('stop', timeout=300)
                    p.qmp.cmd('x-query-memory-stats', timeout=300)      # what is given back is counted too
                    p.qmp.cmd('cont', timeout=300)
                subprocess.run(['callgrind_control', '-d', 'list%d' % n, str(p.process.pid)], check=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        totals = {}
        for path in glob.glob(tmp + '/out.*'):
            with open(path, encoding='utf-8') as f:
                s = f.read()
            trigger = re.search(r'^desc: Trigger: .*list(\d)', s, re.M)
            if trigger:
                totals[int(trigger.group(1))] = int(re.search(r'^(?:summary|totals): (\d+)', s, re.M).group(1))
    for n, name in enumerate(OPERATIONS):
        out[name] = totals[n + 2] / plays / repeat / 2
    out['write that changes nothing'] = totals[1] / plays / repeat / 2
    return out


def boot(binary, devices):
    """Linux with that many virtio-net functions behind bridges, until its shell answers."""
    kernel, modules = find_kernel()
    args = []
    for b in range((devices + 27) // 28):
        args += ['-device', 'pci-bridge,id=b%d,chassis_nr=%d,addr=%x' % (b, b + 1, 4 + b)]
    for d in range(devices):
        args += ['-device', 'virtio-net-pci,bus=b%d,addr=%x' % (d // 28, d % 28 + 1)]
    with tempfile.TemporaryDirectory() as tmp:
        image = Initramfs()
        image.busybox()
        image.modules(modules, ['virtio_pci', 'virtio_net'])
        image.init('echo 1 > /proc/sys/kernel/printk' + SERVE)
        initrd = image.write(tmp + '/initrd')
        began = time.monotonic()
        # two processors: one has too few vectors for the interrupts of 112 functions
        with Machine('-M', 'pc', '-m', '1024', '-smp', '2', '-accel', 'tcg', '-kernel', kernel, '-initrd', initrd, '-append',
                     'console=ttyS0 panic=-1 quiet', '-no-reboot', *args, binary=binary, timeout=600) as m:
            sh = Shell(m, 900)
            found = int(sh.run('ls -d /sys/class/net/eth* | wc -l', 300))
            return {'seconds': time.monotonic() - began, 'processor seconds': ticks(m.process.pid),
                    'peak resident kB': status(m.process.pid, 'VmHWM'), 'interfaces found': found}


def hotplug(binary, present):
    """device_add with that many functions present: the first, and the median of the others, in ms."""
    layout = Layout('bridges', present)
    times = []
    with Machine(*layout.args, '-S', '-accel', 'tcg', binary=binary, serial=False, timeout=600) as m:
        for slot in range(10, 30):
            began = time.monotonic()
            m.qmp.cmd('device_add', driver='virtio-net-pci', id='hot%d' % slot, bus='pci.0', addr='%x' % slot, timeout=300)
            times.append((time.monotonic() - began) * 1e3)
    return {'first ms': times[0], 'median ms': statistics.median(times[1:])}


class Bench:
    """The runs, in the order in which both emulators take turns."""

    def __init__(self, a):
        self.binaries = {'switchover': default_binary()}
        if os.path.exists(PEER) and not a.no_peer:
            self.binaries['peer'] = PEER
        self.sizes = [0, 10, 100] if a.quick else SIZES
        self.rounds = 1 if a.quick else a.rounds
        self.out = os.path.join(a.build, 'bench')
        os.makedirs(self.out, exist_ok=True)
        self.devices = 20 if a.quick else 112
        self.spared = {}
        self.results = {name: {kind: {} for kind in ('ports', 'bridges')} for name in self.binaries}
        self.progress = Progress(2 * len(self.sizes) * 2 * len(self.binaries) + 3 + 2 * len(self.binaries))

    def sweep(self, kind):
        for n in self.sizes:
            layout = Layout(kind, n)
            rows = {name: {'starts': []} for name in self.binaries}
            for _ in range(self.rounds):
                for name, binary in self.binaries.items():
                    rows[name]['starts'].append(start_cost(binary, layout))
            for name, binary in self.binaries.items():
                self.progress.step('%s: %d devices behind %s' % (name, n, kind))
                row, starts = rows[name], rows[name].pop('starts')
                row['start seconds'] = statistics.median(s[0] for s in starts)
                row['resident kB'] = statistics.median(s[1] for s in starts)
                self.progress.step('%s: changes among %d devices behind %s' % (name, n, kind))
                if n and not self.spared.get((name, kind)):
                    self.measure_changes(name, binary, layout, row)
                self.results[name][kind][n] = row
                self.save()

    def measure_changes(self, name, binary, layout, row):
        try:
            row.update(changes(binary, layout, name == 'switchover', min(self.rounds, 3)))
        except MachineError as e:
            if name == 'switchover':
                raise
            row['gave up'] = str(e)
        self.spared[name, layout.kind] = row.get('enumeration seconds', PATIENCE + 1) > PATIENCE

    def save(self):
        with open(self.out + '/memory.json', 'w', encoding='utf-8') as f:
            json.dump(self.results, f, indent=1)

    def run(self):
        for kind in ('ports', 'bridges'):
            self.sweep(kind)
        for n in (10, 100, 1000):
            self.progress.step('host instructions among %d devices' % n)
            if shutil.which('valgrind') and n <= max(self.sizes):
                self.results['switchover']['ports'][n]['instructions'] = \
                    instructions(self.binaries['switchover'], Layout('ports', n))
        for name, binary in self.binaries.items():
            self.progress.step('%s: boot with %d virtio-net' % (name, self.devices))
            self.results[name]['boot'] = boot(binary, self.devices)
            self.progress.step('%s: hot-plug' % name)
            self.results[name]['hot-plug of the 200th'] = hotplug(binary, 199)
        self.progress.end()


def value(row, key):
    for part in key.split('/'):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def series(results, key, kinds=('ports', 'bridges')):
    out = {}
    for name, r in results.items():
        for kind in kinds:
            points = [(n, value(row, key)) for n, row in r[kind].items() if value(row, key) is not None]
            if points:
                out['%s, %s' % (name, kind)] = points
    return out


def draw(base, results):
    charts = [plot.Chart(title, 'virtio functions', unit, series(results, key)) for title, unit, key in (
        ('exec to first QMP reply', 'seconds', 'start seconds'), ('resident then', 'kB', 'resident kB'),
        ('flat views alive, bus masters on', 'views', 'views with bus masters on'),
        ('enumeration by a guest', 'seconds', 'enumeration seconds'),
        ('one bus-master toggle', 'us', 'bus-master toggle us'), ('one BAR move', 'us', 'BAR move us'),
        ('host instructions of one BAR move', 'instructions', 'instructions/BAR move'),
        ('ranges rendered by one BAR move', 'ranges', 'BAR move work/ranges-rendered'))]
    return plot.write(base, 'Memory topology, 0 to 1000 virtio functions', [c for c in charts if c.series])


def table(results):
    def cell(v):
        return '-' if v is None else '%.3g' % v if isinstance(v, float) and v < 1000 else '%d' % v

    keys = ('start seconds', 'resident kB', 'views with bus masters off', 'views with bus masters on',
            'views ever rendered', 'ranges rendered', 'enumeration seconds', 'bus-master toggle us', 'BAR move us',
            'instructions/bus-master toggle', 'instructions/BAR move')
    for kind in ('ports', 'bridges'):
        for name, r in results.items():
            print('\n%s, behind %s' % (name, 'root ports (q35)' if kind == 'ports' else 'bridges (pc)'))
            print('%-32s' % 'devices' + ''.join('%10d' % n for n in r[kind]))
            for key in keys:
                cells = [value(row, key) for row in r[kind].values()]
                if any(c is not None for c in cells):
                    print('%-32s' % key + ''.join('%10s' % cell(c) for c in cells))
            for n, row in r[kind].items():
                if 'gave up' in row:
                    print('%d devices: the guest was not enumerated: %s' % (n, row['gave up']))
            last = max(r[kind])
            if last:
                grown = r[kind][last]['resident kB'] - r[kind][0]['resident kB']
                print('%-32s%10.1f' % ('resident kB per device', grown / last))
    for name, r in results.items():
        print('\n%s: boot %s\n%s: hot-plug of the 200th device %s' % (
            name, {k: round(v, 2) for k, v in r['boot'].items()}, name,
            {k: round(v, 3) for k, v in r['hot-plug of the 200th'].items()}))


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--build', default='build')
    p.add_argument('--quick', action='store_true', help='three small sizes, one round: does it work?')
    p.add_argument('--no-peer', action='store_true')
    p.add_argument('--rounds', type=int, default=5)
    a = p.parse_args()
    os.environ.setdefault('SWITCHOVER_BUILD', os.path.abspath(a.build))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    bench = Bench(a)
    bench.run()
    bench.save()
    table(bench.results)
    print('\n' + '\n'.join([bench.out + '/memory.json'] + draw(bench.out + '/memory', bench.results)))


main()
