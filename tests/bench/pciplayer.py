# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines with many virtio functions whose PCI configuration is written by a guest of 4 KiB, pci-player.S.

The guest enumerates the machine as firmware would, then plays lists of configuration writes as often as asked. It runs on
the reference too, so both do exactly the same.
"""
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'functional'))
from switchover import Machine, Suite, default_binary  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import

MEMORY = 0x2
MASTER = 0x4
MEM_BASE, PREF_BASE = 0xc0000000, 0xd0000000
PORT_WINDOW = 0x100000
WAIT = 600              # for hangs only


def config(bus, dev, fn, reg):
    return 0x80000000 | bus << 16 | dev << 11 | fn << 8 | reg


class Layout:
    """n functions of one type: behind root ports of q35, eight each, or behind bridges of pc, 31 each."""

    def __init__(self, kind, n, device='virtio-rng-pci'):
        self.kind, self.n = kind, n
        self.machine = 'q35' if kind == 'ports' else 'pc'
        self.args, self.init, self.functions = ['-M', self.machine, '-m', '64'], [], []
        per = 8 if kind == 'ports' else 31
        for port in range((n + per - 1) // per):
            slot, fn, bus = 2 + port // 8, port % 8, port + 1
            driver = 'pcie-root-port,chassis=%d' if kind == 'ports' else 'pci-bridge,chassis_nr=%d,shpc=off'
            self.args += ['-device', (driver + ',id=b%d,addr=%x.%x,multifunction=on') % (bus, bus, slot, fn)]
            self._bridge(config(0, slot, fn, 0), bus)
            for i in range(min(per, n - port * per)):
                dev, f = (0, i) if kind == 'ports' else (i + 1, 0)
                self.args += ['-device', '%s,bus=b%d,addr=%x.%x,disable-legacy=on,disable-modern=off%s' % (
                    device, bus, dev, f, ',multifunction=on' if kind == 'ports' else '')]
                self._function(config(bus, dev, f, 0), bus - 1, i)

    def _bridge(self, at, bus):
        mem, pref = MEM_BASE + (bus - 1) * PORT_WINDOW, PREF_BASE + (bus - 1) * PORT_WINDOW
        self.init += [(at | 0x18, bus << 16 | bus << 8), (at | 0x20, (mem >> 16) * 0x10001),
                      (at | 0x24, (pref >> 16) * 0x10001), (at | 0x04, MEMORY | MASTER)]

    def _function(self, at, port, i):
        self.functions.append((at, MEM_BASE + port * PORT_WINDOW + i * 0x2000))
        self.init += [(at | 0x14, self.functions[-1][1]),
                      (at | 0x20, PREF_BASE + port * PORT_WINDOW + i * 0x4000), (at | 0x24, 0), (at | 0x04, MEMORY | MASTER)]

    # Lists that leave things as they were. Each does two changes.
    def toggle_master(self):
        at, _ = self.functions[self.n // 2]
        return [(at | 0x04, MEMORY), (at | 0x04, MEMORY | MASTER)]

    def move_bar(self):
        at, bar = self.functions[self.n // 2]
        return [(at | 0x14, bar + 0x1000), (at | 0x14, bar)]

    def toggle_memory(self):
        at, _ = self.functions[self.n // 2]
        return [(at | 0x04, MASTER), (at | 0x04, MEMORY | MASTER)]

    def nothing(self):
        """Writes that change no mapping: what the way into the device costs."""
        at, _ = self.functions[self.n // 2]
        return [(at | 0x3c, 0x10), (at | 0x3c, 0x10)]


def assemble(path):
    """pci-player.S as 4 KiB of code."""
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(['gcc', '-m32', '-c', '-o', tmp + '/p.o', os.path.join(HERE, 'pci-player.S')], check=True)
        subprocess.run(['objcopy', '-O', 'binary', '-j', '.text', tmp + '/p.o', path], check=True)
    with open(path, 'rb') as f:
        return f.read()


def write_image(path, lists):
    """lists: [([(address, data), ...], how often), ...], at most 16."""
    code = assemble(path)
    body, heads = bytearray(), bytearray()
    for pairs, repeat in lists:
        heads += struct.pack('<4I', 256 + len(body), len(pairs), repeat, 0)
        for pair in pairs:
            body += struct.pack('<2I', *pair)
    size = -(-(256 + len(body) + len(code)) // 0x10000) * 0x10000
    image = (bytes(heads).ljust(256, b'\0') + bytes(body)).ljust(size - len(code), b'\0') + code
    image = bytearray(image)
    image[-32:-28] = struct.pack('<I', (1 << 32) - size)
    with open(path, 'wb') as f:
        f.write(image)


class Player(Machine):
    """with Player(layout, lists) as p: p.play(0)"""

    def __init__(self, layout, lists, *args, binary=None, waits=True, timeout=WAIT):
        self._tmp = tempfile.TemporaryDirectory()       # pylint: disable=consider-using-with
        image = self._tmp.name + '/image'
        write_image(image, lists)
        self._waits = waits             # does the guest start by itself?
        super().__init__('-bios', image, *layout.args, *args, binary=binary, timeout=timeout)

    def start(self):
        super().start()
        if self._waits:
            self.console.wait_for('R', WAIT)

    def stop(self):
        super().stop()
        self._tmp.cleanup()

    def play(self, n):
        self.console.send(chr(ord('0') + n))
        self.console.wait_for('R', WAIT)
