#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel uses the devices: disk, network, random numbers, consoles, balloon, clocks; the host sees the same.

usage: test_devices.py MACHINE [CASE...]        TAP; $SWITCHOVER_BINARY is the emulator.  One boot serves all cases.
"""
import calendar
import contextlib
import hashlib
import http.server
import os
import random
import re
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dmesg  # noqa: E402  pylint: disable=wrong-import-position
from switchover import SERVE, Initramfs, Machine, MachineError, Shell, Suite, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

BOOT = 180
DISK = 16 << 20
DOWNLOAD = 4 << 20
MODULES = ('virtio_pci virtio_mmio virtio_blk virtio_net virtio_rng virtio_console virtio_balloon af_packet').split()


class Files(http.server.BaseHTTPRequestHandler):
    """Serves one body, whatever the path; keeps what is sent to it."""
    body = b''
    received = []

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def do_POST(self):
        self.received.append(self.rfile.read(int(self.headers['Content-Length'])))
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *args):       # pylint: disable=arguments-differ
        pass


@contextlib.contextmanager
def web_server(body):
    Files.body, Files.received = body, []
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Guest:
    """One guest with every device, and what the host side of each needs."""

    def __init__(self, machine, directory):
        self.machine = machine
        self.bus = 'device' if machine == 'microvm' else 'pci'
        self.disk = os.path.join(directory, 'disk')
        self.contents = random.Random(2).randbytes(DISK)
        with open(self.disk, 'wb') as f:
            f.write(self.contents)
        self.console_listener = self.listen(os.path.join(directory, 'hvc'))
        self.port_listener = self.listen(os.path.join(directory, 'port'))
        self.forward = free_port()
        kernel, modules = find_kernel()
        image = Initramfs()
        image.busybox()
        image.modules(modules, MODULES)
        image.init(SERVE)
        path = image.write(os.path.join(directory, 'initramfs'))
        bus = self.bus
        options = ['-M', machine, '-accel', 'tcg', '-smp', '2', '-m', '256', '-kernel', kernel, '-initrd', path,
                   '-append', 'console=ttyS0 panic=-1 quiet', '-no-reboot',
                   '-blockdev', 'driver=raw,node-name=disk,file.driver=file,file.filename=' + self.disk,
                   '-device', 'virtio-blk-%s,drive=disk,serial=serial-of-disk' % bus,
                   '-netdev', 'user,id=net,hostfwd=tcp:127.0.0.1:%d-:8000' % self.forward,
                   '-device', 'virtio-net-%s,netdev=net,mac=52:54:00:01:02:03' % bus,
                   '-device', 'virtio-rng-' + bus,
                   '-device', 'virtio-balloon-%s,id=balloon' % bus,
                   '-device', 'virtio-serial-' + bus,
                   '-chardev', 'socket,id=hvc,path=' + os.path.join(directory, 'hvc'), '-device', 'virtconsole,chardev=hvc',
                   '-chardev', 'socket,id=port,path=' + os.path.join(directory, 'port'),
                   '-device', 'virtserialport,chardev=port,id=vsp,name=org.example.port',
                   '-rtc', 'base=2031-05-06T07:08:09,clock=vm']
        if machine != 'microvm':
            options += ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4']
        self.process = Machine(*options)
        self.shell = None

    @staticmethod
    def listen(path):
        s = socket.socket(socket.AF_UNIX)
        s.bind(path)
        s.listen(1)
        s.settimeout(BOOT)
        return s

    def __enter__(self):
        self.process.__enter__()
        self.qmp = self.process.qmp
        self.hvc = self.console_listener.accept()[0]
        self.port = self.port_listener.accept()[0]
        self.shell = Shell(self.process, BOOT)
        self.shell.run('dmesg -n 1; ip link set lo up; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; '
                       'ip route add default via 10.0.2.2')
        return self

    def __exit__(self, *exc):
        self.console_listener.close()
        self.port_listener.close()
        return self.process.__exit__(*exc)


def disk(g):
    """Read back whole, write, and the host sees the bytes after sync."""
    run = g.shell.run
    assert int(run('cat /sys/block/vda/size')) * 512 == DISK
    assert run('cat /sys/block/vda/serial').strip() == 'serial-of-disk'
    assert run('sha256sum < /dev/vda').split()[0] == hashlib.sha256(g.contents).hexdigest(), 'the guest reads something else'
    run('dd if=/dev/urandom of=/tmp/data bs=64k count=33 2>/dev/null; dd if=/tmp/data of=/dev/vda bs=64k seek=7 conv=notrunc 2>/dev/null')
    run('sync')
    digest = run('sha256sum /tmp/data').split()[0]
    with open(g.disk, 'rb') as f:
        now = f.read()
    assert len(now) == DISK
    start, end = 7 * 65536, 40 * 65536
    assert hashlib.sha256(now[start:end]).hexdigest() == digest, 'what the guest wrote is not in the file'
    assert now[:start] == g.contents[:start] and now[end:] == g.contents[end:], 'other bytes changed'
    run('echo 3 > /proc/sys/vm/drop_caches')
    assert run('dd if=/dev/vda bs=64k skip=7 count=33 2>/dev/null | sha256sum').split()[0] == digest
    run('rm /tmp/data')


def download(g):
    """Megabytes over TCP from a server on the host, whole and unchanged."""
    body = random.Random(3).randbytes(DOWNLOAD)
    with web_server(body) as port:
        out = g.shell.run('wget -q -O - http://10.0.2.2:%d/file | sha256sum' % port, 120)
    assert out.split()[0] == hashlib.sha256(body).hexdigest(), out


def hostfwd(g):
    """The host connects to a server in the guest, sends and receives."""
    body = random.Random(4).randbytes(1 << 20)
    g.shell.run('(nc -l -p 8000 < /dev/vda > /tmp/in; echo done > /tmp/in.done) >/dev/null 2>&1 &')
    g.shell.run('i=0; until grep -q :1F40 /proc/net/tcp /proc/net/tcp6 2>/dev/null; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done')
    with open(g.disk, 'rb') as f:
        want = f.read()
    with socket.create_connection(('127.0.0.1', g.forward), 30) as s:
        s.settimeout(120)
        threading.Thread(target=s.sendall, args=(body,), daemon=True).start()
        got = bytearray()
        while len(got) < DISK:
            chunk = s.recv(1 << 20)
            if not chunk:
                break
            got += chunk
        s.shutdown(socket.SHUT_WR)
        g.shell.run('i=0; until [ -e /tmp/in.done ]; do i=$((i+1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done', 60)
    assert bytes(got) == want, 'received %d bytes' % len(got)
    assert g.shell.run('sha256sum < /tmp/in').split()[0] == hashlib.sha256(body).hexdigest()
    g.shell.run('rm /tmp/in')


def link(g):
    """set_link reaches the guest."""
    run = g.shell.run
    assert run('cat /sys/class/net/eth0/address').strip() == '52:54:00:01:02:03'
    assert run('cat /sys/class/net/eth0/carrier').strip() == '1'
    for up in (False, True):
        g.qmp.cmd('set_link', name='net', up=up)
        run('i=0; until [ "$(cat /sys/class/net/eth0/carrier)" = %d ]; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done' % up)


def rng(g):
    run = g.shell.run
    assert 'virtio_rng.0' in run('cat /sys/class/misc/hw_random/rng_available')
    run('echo virtio_rng.0 > /sys/class/misc/hw_random/rng_current')
    data = run('dd if=/dev/hwrng bs=16 count=4 iflag=fullblock 2>/dev/null | od -An -tx1 | tr -d " \\n"; echo').strip()
    assert len(data) == 128 and len({data[i:i + 2] for i in range(0, 128, 2)}) > 20, data


def console(g):
    """Lines both ways over hvc0; a named port with open and close events."""
    run = g.shell.run
    g.hvc.settimeout(60)
    run('stty raw -echo < /dev/hvc0; echo to the host > /dev/hvc0')
    got = b''
    while b'to the host' not in got:
        got += g.hvc.recv(100)
    g.shell.send('head -n 1 < /dev/hvc0')
    g.hvc.sendall(b'to the guest\n')
    g.process.console.wait_for('to the guest', 60)
    g.process.console.wait_for('=STATUS 0=', 60)
    port = run('for p in /sys/class/virtio-ports/*; do if [ -s $p/name ]; then echo ${p##*/} $(cat $p/name); fi; done')
    name = [x.split()[0] for x in port.splitlines() if x.endswith(' org.example.port')]
    assert name, port
    body = random.Random(5).randbytes(300000).hex().encode() + b'\n'
    g.port.settimeout(60)
    threading.Thread(target=g.port.sendall, args=(body,), daemon=True).start()
    run('exec 5<>/dev/%s' % name[0])
    opened = g.qmp.wait_event('VSERPORT_CHANGE')['data']
    assert opened == {'id': 'vsp', 'open': True}, opened
    assert run('head -n 1 <&5 | sha256sum').split()[0] == hashlib.sha256(body).hexdigest()
    run('seq 1 5000 >&5')
    want = ''.join('%d\n' % i for i in range(1, 5001)).encode()
    got = b''
    while len(got) < len(want):
        got += g.port.recv(65536)
    assert got == want
    run('exec 5>&-')
    assert g.qmp.wait_event('VSERPORT_CHANGE')['data'] == {'id': 'vsp', 'open': False}


def balloon(g):
    """It inflates, deflates, and says so."""
    full = 256 << 20
    assert g.qmp.cmd('query-balloon') == {'actual': full}
    before = int(re.search(r'MemTotal: +(\d+)', g.shell.run('cat /proc/meminfo')).group(1))
    for target in (200 << 20, full):
        g.qmp.cmd('balloon', value=target)
        # events are limited to one a second: the last one has the target
        g.qmp.wait_event('BALLOON_CHANGE', lambda d, t=target: d['actual'] == t, 60)
        assert g.qmp.cmd('query-balloon') == {'actual': target}
        now = int(re.search(r'MemTotal: +(\d+)', g.shell.run('cat /proc/meminfo')).group(1))
        assert now == before - (full - target) // 1024, 'the guest has %d KiB, had %d' % (now, before)
    g.qmp.cmd('qom-set', path='/machine/peripheral/balloon', property='guest-stats-polling-interval', value=1)
    deadline = time.monotonic() + 60
    while True:
        stats = g.qmp.cmd('qom-get', path='/machine/peripheral/balloon', property='guest-stats')
        if stats['last-update']:
            break
        assert time.monotonic() < deadline, stats
        time.sleep(0.2)
    assert 100 << 20 < stats['stats']['stat-total-memory'] <= full, stats


def clocks(g):
    """The RTC has the date that was asked for; clocks agree; every clock source goes forward."""
    run = g.shell.run
    base = calendar.timegm((2031, 5, 6, 7, 8, 9))
    seconds = int(run('cat /sys/class/rtc/rtc0/since_epoch'))
    assert base <= seconds < base + 3600, 'RTC says %d' % seconds
    assert abs(int(run('date +%s')) - int(run('cat /sys/class/rtc/rtc0/since_epoch'))) <= 5
    path = '/sys/devices/system/clocksource/clocksource0/'
    available = run('cat %savailable_clocksource' % path).split()
    original = run('cat %scurrent_clocksource' % path).strip()
    assert 'tsc' in available or 'acpi_pm' in available, available
    if g.machine != 'microvm':
        assert {'hpet', 'acpi_pm'} <= set(available), available
    for source in available:
        run('echo %s > %scurrent_clocksource' % (source, path))
        assert run('cat %scurrent_clocksource' % path).strip() == source
        start = time.monotonic()
        first = float(run('cat /proc/uptime').split()[0])
        run('sleep 1')
        passed, outside = float(run('cat /proc/uptime').split()[0]) - first, time.monotonic() - start
        assert 0.99 <= passed <= outside + 0.5, '%s: %.2f s in the guest, %.2f s outside' % (source, passed, outside)
    run('echo %s > %scurrent_clocksource' % (original, path))


def kernel_log(g):
    complaints = dmesg.unknown(g.shell.run('dmesg -r'))
    assert not complaints, 'the kernel complains:\n' + '\n'.join(complaints)


def debug_exit(g):
    """A write of V ends the process with status 2V+1.  Must be the last."""
    g.shell.send("printf '\\x15' | dd of=/dev/port bs=1 count=1 seek=244 2>/dev/null")
    assert g.process.wait(60) == 0x15 * 2 + 1


def main():
    suite = Suite()
    machine = sys.argv[1]
    cases = [disk, download, hostfwd, link, rng, console, balloon, clocks, kernel_log]
    if machine != 'microvm':
        cases.append(debug_exit)
    with tempfile.TemporaryDirectory() as tmp:
        try:
            with Guest(machine, tmp) as guest:
                for case in cases:
                    suite.add('%s %s' % (machine, case.__name__), case, guest)
                return suite.main(sys.argv[2:])
        except MachineError as e:
            print('1..1\nnot ok 1 %s boots\n# %s' % (machine, e))
            return 1


if __name__ == '__main__':
    sys.exit(main())
