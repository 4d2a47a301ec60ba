#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices come and go below a running Linux that reads its disk and its network all the while.

usage: test_hotplug.py [--devices N] [--rounds N] [MACHINE...]

pc: ACPI hot-plug into pci.0 and into bridges. q35: native hot-plug of PCI Express root ports. Each round adds all the
devices, waits until the guest has bound a driver to each, asks for all of them back, and waits until they are gone. The
topology must then be what it was after the round before: no region, view or reference left behind.
"""
import argparse
import hashlib
import http.server
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import SERVE, Initramfs, Machine, Shell, Suite, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

TYPES = ('virtio-rng-pci', 'virtio-net-pci', 'virtio-serial-pci')
DISK_SIZE = 4 << 20
WAIT = 300              # for hangs only

# Each loop counts its rounds in a file, and ends with a complaint when the data is not what it was.
LOAD = r'''
disk_loop() {
    while :; do
        s=$(dd if=/dev/vda bs=64k iflag=direct 2>/dev/null | md5sum)
        [ "$s" = "%(disk)s  -" ] || { echo "disk: $s" > /tmp/bad; return; }
        echo x >> /tmp/disk
    done
}
net_loop() {
    while :; do
        s=$(wget -q -O - http://10.0.2.2:%(port)d/data | md5sum)
        [ "$s" = "%(net)s  -" ] || { echo "network: $s" > /tmp/bad; return; }
        echo x >> /tmp/net
    done
}
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
disk_loop &
net_loop &
'''


class Server(http.server.ThreadingHTTPServer):
    """Gives everybody the same bytes."""

    def __init__(self, data):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):                           # pylint: disable=invalid-name
                self.send_response(200)
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):               # pylint: disable=arguments-differ
                pass
        super().__init__(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def places(machine, n):
    """(command line that makes them, [device_add arguments that name one])"""
    args, out = [], []
    if machine == 'q35':
        for i in range(n):
            args += ['-device', 'pcie-root-port,id=rp%d,chassis=%d,addr=%x.%d,multifunction=on' % (
                i, i + 1, 4 + i // 8, i % 8)]
            out.append({'bus': 'rp%d' % i})
        return args, out
    out += [{'bus': 'pci.0', 'addr': '%x' % slot} for slot in range(16, 22)]
    for bridge in range((max(n - len(out), 0) + 29) // 30):
        args += ['-device', 'pci-bridge,id=br%d,chassis_nr=%d,addr=%x' % (bridge, bridge + 1, 8 + bridge)]
        out += [{'bus': 'br%d' % bridge, 'addr': '%x' % slot} for slot in range(1, 31)]
    return args, out[:n]


def wait_guest(sh, command, want):
    """Ask the guest until it says so."""
    deadline = time.monotonic() + WAIT
    while True:
        got = sh.run(command, WAIT).strip()
        if got == str(want):
            return
        if time.monotonic() > deadline:
            raise TimeoutError('guest says %s, must be %s' % (got, want))


def topology(qmp):
    """What must not grow: names and owners of all regions, the references on these, and the views' users."""
    t = qmp.cmd('x-query-mtree', ranges=False)
    # RAM that a busy device has borrowed has a reference more
    return (sorted((r['name'], r.get('owner', ''), 0 if r['type'] == 'ram' else r.get('owner-refs', 0))
                   for r in t['regions']),
            sorted(sorted(v['users']) for v in t['views']))


def progress(sh):
    if sh.run('cat /tmp/bad 2>/dev/null; true').strip():
        raise AssertionError('guest read wrong data: ' + sh.run('cat /tmp/bad'))
    return [int(sh.run('cat /tmp/%s 2>/dev/null | grep -c x; true' % f).strip() or 0) for f in ('disk', 'net')]


def wait_progress(sh, before):
    deadline = time.monotonic() + WAIT
    while any(now <= was for now, was in zip(progress(sh), before)):
        if time.monotonic() > deadline:
            raise TimeoutError('disk and network stand still')


def one_round(m, sh, where, number):
    before = progress(sh)
    began = time.monotonic()
    for i, place in enumerate(where):
        m.qmp.cmd('device_add', driver=TYPES[i % len(TYPES)], id='hot%d' % i, **place)
    wait_guest(sh, 'ls -d /sys/bus/pci/drivers/virtio-pci/0* | grep -c .', len(where) + 2)
    added = time.monotonic()
    for i in range(len(where)):
        m.qmp.cmd('device_del', id='hot%d' % i)
    for _ in where:
        m.qmp.wait_event('DEVICE_DELETED', lambda d: 'device' in d, timeout=WAIT)
    wait_guest(sh, 'ls -d /sys/bus/pci/drivers/virtio-pci/0* | grep -c .', 2)
    wait_progress(sh, before)
    print('# round %d: %d devices added in %.1f s, removed in %.1f s; disk, network rounds %s' % (
        number, len(where), added - began, time.monotonic() - added, progress(sh)), flush=True)


def run(machine, devices, rounds):
    kernel, modules = find_kernel()
    disk, net = os.urandom(DISK_SIZE), os.urandom(1 << 18)
    server = Server(net)
    buses, where = places(machine, devices)
    with tempfile.TemporaryDirectory() as tmp:
        image = Initramfs()
        image.busybox()
        image.modules(modules, ['virtio_pci', 'virtio_blk', 'virtio_net', 'virtio_rng', 'virtio_console'])
        image.init('echo 1 > /proc/sys/kernel/printk\n' + LOAD % {
            'disk': hashlib.md5(disk).hexdigest(), 'net': hashlib.md5(net).hexdigest(),
            'port': server.server_address[1]} + SERVE)
        initrd = image.write(tmp + '/initrd')
        with open(tmp + '/disk', 'wb') as f:
            f.write(disk)
        with Machine('-M', machine, '-m', '512', '-accel', 'tcg', '-kernel', kernel, '-initrd', initrd,
                     '-append', 'console=ttyS0 panic=-1', '-no-reboot',
                     '-drive', 'file=%s/disk,format=raw,if=none,id=d0,read-only=on' % tmp,
                     '-device', 'virtio-blk-pci,drive=d0,addr=3.0', '-netdev', 'user,id=n0',
                     '-device', 'virtio-net-pci,netdev=n0,addr=2.0', *buses) as m:
            sh = Shell(m, WAIT)
            wait_progress(sh, [0, 0])
            one_round(m, sh, where, 0)                  # the guest sets things up on first use
            before = topology(m.qmp)
            for i in range(rounds):
                one_round(m, sh, where, i + 1)
                after = topology(m.qmp)
                if after != before:
                    raise AssertionError('left behind: %s; gone: %s' % (
                        [r for r in after[0] if r not in before[0]], [r for r in before[0] if r not in after[0]]))
            trouble = sh.run("dmesg | grep -E 'BUG|WARNING|Call Trace|hung' ; true").strip()
            if trouble:
                raise AssertionError(trouble)
    server.shutdown()


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--devices', type=int, default=12)
    p.add_argument('--rounds', type=int, default=1)
    p.add_argument('machines', nargs='*', default=['pc', 'q35'])
    a = p.parse_args()
    suite = Suite()
    for machine in a.machines:
        suite.add('%s: %d devices, %d rounds' % (machine, a.devices, a.rounds), run, machine, a.devices, a.rounds)
    return suite.main([])


sys.exit(main())
