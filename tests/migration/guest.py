# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests for the migration tests: a Linux that runs tests/migration/workload.c, and what its consoles must show."""
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'functional'))
import dmesg  # noqa: E402  pylint: disable=wrong-import-position
from switchover import (Initramfs, Machine, MachineError, QMPError, default_binary,  # noqa: E402,F401  pylint: disable=wrong-import-position
                        find_kernel)

MODULES = ['virtio_pci', 'virtio_blk', 'virtio_net', 'virtio_rng', 'ext4', 'crc32c_generic']
DISKS = {'virtio-blk-pci': ('vda', []), 'nvme': ('nvme0n1', ['nvme']), 'ide-hd': ('sda', ['ahci', 'sd_mod'])}
TICK = re.compile(r'TICK (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)')
BAD = 'Kernel panic|BUG:|Oops|ERROR'
# The kernel writes to the port directly: its line may stand in the middle of another.
KERNEL_LINE = re.compile(r'\[ *\d+\.\d+\] ([^\n]*)\n')
# Said by the driver each time it has created its queues again.
QUEUES = re.compile(r'nvme nvme0: (\d+/0/0 default/read/poll queues|Ignoring bogus Namespace Identifiers)')
# The end of the boot, before the workload's first line or after it: the interface comes up, the TSC has been measured.
LATE_BOOT = re.compile(r'IPv6: ADDRCONF\(NETDEV_CHANGE\): eth0: link becomes ready|'
                       r'tsc: Refined TSC clocksource calibration: [\d.]+ MHz|clocksource: tsc: mask: .*|'
                       r'clocksource: Switched to clocksource \w+|random: crng init done')


class EchoServer:
    """Sends back what comes in, on 127.0.0.1."""

    def __init__(self):
        self._sock = socket.create_server(('127.0.0.1', 0))
        self.port = self._sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self._sock.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(conn,), daemon=True).start()

    @staticmethod
    def _echo(conn):
        with conn:
            try:
                while data := conn.recv(65536):
                    conn.sendall(data)
            except OSError:
                pass

    def close(self):
        self._sock.close()


class CountingProxy:
    """Forwards one TCP connection to a port and counts what the client sent.

    limit: forward so many bytes, then call on_limit and break both connections.
    hold_message, hold_back: the same where a chunk ends with that message, without its last hold_back bytes.
    """

    def __init__(self, port, limit=None, on_limit=None, hold_message=None, hold_back=0):
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        self._target = port
        self.limit = limit
        self._on_limit = on_limit
        self._hold_message, self._hold_back = hold_message, hold_back
        self.bytes = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        self._listener.close()
        with client, socket.create_connection(('127.0.0.1', self._target)) as server:
            back = threading.Thread(target=self._back, args=(server, client), daemon=True)
            back.start()
            self._forth(client, server)
            back.join()

    @staticmethod
    def _back(server, client):
        try:
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _cut(self, data):
        """How much of data may pass before all is over; None: all, and more."""
        if self.limit is not None and self.bytes + len(data) >= self.limit:
            return self.limit - self.bytes
        if self._hold_message and data[-len(self._hold_message):] == self._hold_message:
            return len(data) - self._hold_back
        return None

    def _forth(self, client, server):
        buf = bytearray(1 << 20)
        try:
            while n := client.recv_into(buf):
                data = memoryview(buf)[:n]
                cut = self._cut(data)
                server.sendall(data if cut is None else data[:cut])
                self.bytes += n if cut is None else cut
                if cut is not None:
                    self._on_limit()
                    self._end(client, socket.SHUT_RDWR)
                    break
        except OSError:
            pass
        # Whatever became of the client: a process that was killed before it read everything resets its connection.
        self._end(server, socket.SHUT_WR)

    @staticmethod
    def _end(sock, how):
        try:
            sock.shutdown(how)
        except OSError:
            pass

    def settle(self):
        """Until nothing more comes: the client has stopped sending."""
        last = -1
        while last != self.bytes:
            last = self.bytes
            time.sleep(0.2)

    def join(self, timeout=30):
        self._thread.join(timeout)
        return self.bytes


class Guest:
    """One guest, living in one process after another.

    g = Guest(tmp, workload, machine='pc', smp=2, ram=512, mem=64, rate=200)
    with g.boot() as source: ...
    """

    def __init__(self, tmp, workload, machine='pc-q35-7.2', smp=2, ram=256, mem=32, rate=100, tick=50, devices=True,
                 binary=None, cpu=None, disk='virtio-blk-pci', churn=False):
        self.tmp, self.machine, self.smp, self.ram, self.binary = tmp, machine, smp, ram, binary
        self.kernel, modules = find_kernel()
        self.initrd = os.path.join(tmp, 'initrd-%s' % ('full' if devices else 'small'))
        self.disk = os.path.join(tmp, 'disk')
        self.echo = EchoServer() if devices else None
        self.devices = devices
        self.disk_device = disk
        self.cpu = cpu
        self.consoles = []
        self.begun = ''         # a line that was not complete when the guest was saved
        self.kernel_said = []
        args = 'mem=%d rate=%d tick=%d' % (mem, rate, tick)
        i = Initramfs()
        i.busybox()
        i.add(workload, 'bin/workload')
        script = ['dmesg -n 8', 'stty -F /dev/console -echo -icrnl -opost 2>/dev/null']
        if devices:
            with open(self.disk, 'wb') as f:
                f.truncate(32 << 20)
            name, drivers = DISKS[disk]
            name = '/dev/' + name
            i.modules(modules, MODULES + drivers)
            i.file('bin/mke2fs', '#!/bin/sh\nexec /bin/busybox mke2fs "$@"\n', 0o755)
            script = ['n=0; while [ ! -b %s ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done' % name,
                      'mke2fs -q %s >/dev/null && mount -t ext2 %s /mnt || echo ERROR mount' % (name, name),
                      'ip link set lo up; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0',
                      'ip route add default via 10.0.2.2'] + script
            args += ' dir=/mnt net=10.0.2.2:%d rng=/dev/hwrng' % self.echo.port
        if churn:
            # Linux deletes the queues and creates them again, under I/O and wherever a migration is just then.
            script.append('while sleep 2; do echo 1 >/sys/class/nvme/nvme0/reset_controller; done >/dev/null 2>&1 &')
        # stdin and stdout are the console: what the kernel says would show between the ticks.
        script.append('exec_it() { /bin/workload %s; }' % args)
        script.append('exec_it </dev/console >/dev/console; umount /mnt 2>/dev/null; echo FINISHED; poweroff -f')
        i.init('\n'.join(script))
        i.write(self.initrd)

    def args(self):
        a = ['-M', self.machine, '-smp', self.smp, '-m', self.ram, '-kernel', self.kernel, '-initrd', self.initrd,
             '-append', 'console=ttyS0 panic=-1 quiet', '-no-reboot']
        if self.cpu:
            a += ['-cpu', self.cpu]
        if self.devices:
            disk = self.disk_device + {'nvme': ',serial=moves,aerl=3', 'ide-hd': ',bus=ide.0'}.get(self.disk_device, '')
            a += ['-drive', 'file=%s,format=raw,if=none,id=d0' % self.disk, '-device', disk + ',drive=d0',
                  '-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0', '-device', 'virtio-rng-pci']
        return a

    def start(self, *more):
        """A process of this guest; the caller stops it."""
        m = Machine(*self.args(), *more, binary=self.binary, timeout=60)
        m.start()
        self.consoles.append(m.console)
        m.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
        return m

    def boot(self, timeout=180):
        """Running, the workload started."""
        m = self.start()
        try:
            m.console.wait_for('START\r?\n', timeout, 'Kernel panic|ERROR|not found')
        except BaseException:
            m.report()
            m.stop()
            raise
        return m

    def destination(self, *more):
        """(process, port) that waits for a stream."""
        m = self.start('-incoming', 'defer', *more)
        m.qmp.cmd('migrate-incoming', uri='tcp:127.0.0.1:0')
        return m, int(m.qmp.cmd('query-migrate')['socket-address'][0]['port'])

    def text(self):
        """All consoles, from START on, as one."""
        text = self.begun + ''.join(c.text for c in self.consoles)
        text = text[text.index('START\n') + 6:] if 'START\n' in text else text
        self.kernel_said = KERNEL_LINE.findall(text)
        return KERNEL_LINE.sub('', text)

    def check(self, finished=False):
        """Every line is a tick, in order, time advancing; returns the ticks."""
        lines = self.text().split('\n')
        tail = lines.pop()
        said = [x for x in self.kernel_said if not dmesg.starved(x) and
                not QUEUES.fullmatch(x) and not LATE_BOOT.fullmatch(x) and not (finished and 'unmounting' in x)]
        if said:
            raise MachineError('the kernel said %r' % said)
        ticks = []
        done = None
        for line in lines:
            m = TICK.fullmatch(line)
            if m:
                ticks.append([int(x) for x in m.groups()])
            elif finished and line.startswith('DONE '):
                done = [int(x) for x in line.split()[1:]]
                break
            else:
                raise MachineError('console shows %r; each as it came: %r' % (line, [c.text[-400:] for c in self.consoles]))
        first = ticks[0][0] if ticks else 0
        if [t[0] for t in ticks] != list(range(first, first + len(ticks))):
            wrong = next(i for i, t in enumerate(ticks) if t[0] != i + first)
            raise MachineError('tick %d follows tick %d' % (ticks[wrong][0], ticks[wrong - 1][0]))
        for a, b in zip(ticks, ticks[1:]):
            if b[1] <= a[1] or b[2] < a[2]:
                raise MachineError('guest time runs backwards: %r, %r' % (a, b))
        if finished and done is None:
            raise MachineError('no totals; the console ends with %r' % tail)
        return (ticks, done) if finished else ticks

    def finish(self, machine, timeout=120):
        """End the workload; all that must hold at the end."""
        machine.console.send_line('stop')
        machine.console.wait_for('FINISHED', timeout)
        ticks, done = self.check(finished=True)
        if done[0] != ticks[-1][0] + 1:
            raise MachineError('%d ticks said, the last seen is %d' % (done[0], ticks[-1][0]))
        return ticks, done

    def close(self):
        if self.echo:
            self.echo.close()


def wait_status(machine, wanted, timeout=120, seen=None):
    """Wait for a MIGRATION event with one of these states; returns it. seen: collects states and pass numbers."""
    while True:
        e = machine.qmp.wait_event(('MIGRATION', 'MIGRATION_PASS'), timeout=timeout)
        what = e['data'].get('status', e['data'].get('pass'))
        if seen is not None:
            seen.append(what)
        if what in wanted:
            return what


ENDS = ('completed', 'failed', 'cancelled')


def migrate(guest, source, seen=None, **parameters):
    """Move the guest; returns (destination, query-migrate of the source, bytes that crossed the socket)."""
    if parameters:
        source.qmp.cmd('migrate-set-parameters', **parameters)
    destination, port = guest.destination()
    try:
        proxy = CountingProxy(port)
        source.qmp.cmd('migrate', uri='tcp:127.0.0.1:%d' % proxy.port)
        status = wait_status(source, ENDS, seen=seen)
        info = source.qmp.cmd('query-migrate')
        if status != 'completed':
            raise MachineError('migration %s: %s\n%s' % (status, info.get('error-desc'), destination.stderr))
        wait_status(destination, ENDS)
        return destination, info, proxy.join()
    except BaseException:
        destination.report()
        destination.kill()
        raise


def wait_ticks(machine, n=3, timeout=60):
    """The guest runs here: so many whole ticks come out."""
    for _ in range(n):
        machine.console.wait_for(r'TICK [^\n]*\n', timeout, BAD)


def end(machine):
    """quit; a process that ends with an error (a leak, with sanitizers) or says something fails the test."""
    machine.stop()
    if machine.process.returncode or machine.stderr:
        raise MachineError('process ended with %s: %s' % (machine.process.returncode, machine.stderr))


class Results:
    """Test Anything Protocol."""

    def __init__(self):
        self.n = self.failed = 0

    def add(self, name, error=None):
        self.n += 1
        self.failed += error is not None
        print('%sok %d %s' % ('not ' if error else '', self.n, name))
        sys.stdout.flush()
        if error:       # on stderr: test runners show that of a failing test, and swallow the comments of TAP
            print('\n'.join('# %s: %s' % (name, x) for x in str(error).splitlines()), file=sys.stderr, flush=True)

    def run(self, name, function, *args):
        try:
            function(*args)
        except (MachineError, TimeoutError, QMPError, EOFError, OSError) as e:
            self.add(name, '%s: %s' % (type(e).__name__, e))
        else:
            self.add(name)

    def end(self):
        print('1..%d' % self.n)
        return 1 if self.failed else 0
