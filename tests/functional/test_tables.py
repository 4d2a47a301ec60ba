#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables a machine without firmware leaves in memory: ACPI through iasl, the device tree of a microvm.

TAP; $SWITCHOVER_BINARY is the emulator.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import Skip, Suite, default_binary  # noqa: E402  pylint: disable=wrong-import-position

F_SEGMENT = 0xf0000
SIGNATURES = {
    'pc': {'DSDT', 'FACP', 'FACS', 'APIC', 'HPET', 'WAET'},
    'q35': {'DSDT', 'FACP', 'FACS', 'APIC', 'HPET', 'MCFG', 'WAET'},
    'microvm': {'DSDT', 'FACP', 'APIC'},
}


class Memory:
    """Guest memory of a machine that does not run, through the qtest protocol."""

    def __init__(self, *args):
        self.command = [default_binary(), '-accel', 'qtest', '-qtest', 'stdio', '-qtest-log', '/dev/null', '-display', 'none',
                        '-nodefaults', *args]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, bufsize=1)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def read(self, address, size):
        self.process.stdin.write('read %#x %#x\n' % (address, size))
        answer = self.process.stdout.readline()
        assert answer.startswith('OK 0x'), '%s: %r' % (' '.join(self.command), answer or self.process.stderr.read())
        return bytes.fromhex(answer[5:].strip())

    def table(self, address):
        return self.read(address, struct.unpack('<I', self.read(address + 4, 4))[0])


def acpi_tables(memory):
    """{signature: bytes} of what the RSDP leads to."""
    segment = memory.read(F_SEGMENT, 0x10000)
    rsdp = next(segment[i:i + 20] for i in range(0, len(segment), 16) if segment[i:i + 8] == b'RSD PTR ')
    rsdt = memory.table(struct.unpack('<I', rsdp[16:20])[0])
    tables = [memory.table(a) for a, in struct.iter_unpack('<I', rsdt[36:])]
    fadt = next(t for t in tables if t[:4] == b'FACP')
    for offset in (36, 40):                     # FACS, DSDT
        address = struct.unpack('<I', fadt[offset:offset + 4])[0]
        if address:
            tables.append(memory.table(address))
    return {t[:4].decode(): t for t in tables}


def iasl(directory, *args):
    p = subprocess.run(['iasl', *args], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       check=False)
    problems = [line for line in p.stdout.splitlines() if re.search(r'^(Error|Warning)\b|\berror:|Invalid|Unknown', line)]
    assert not p.returncode and not problems, 'iasl %s: status %d\n%s' % (' '.join(args), p.returncode, p.stdout)


def acpi(machine, *options):
    """Each table is taken apart, and what comes out compiles again, without errors or warnings."""
    if not shutil.which('iasl'):
        raise Skip('no iasl: install Debian package acpica-tools')
    with tempfile.TemporaryDirectory() as tmp, Memory('-M', machine, '-m', '512', '-smp', '3', *options) as m:
        tables = acpi_tables(m)
        assert set(tables) == SIGNATURES[machine], sorted(tables)
        for name, data in tables.items():
            with open(os.path.join(tmp, name + '.dat'), 'wb') as f:
                f.write(data)
            iasl(tmp, '-d', name + '.dat')
            iasl(tmp, '-p', name + '.again', name + '.dsl')


def device_tree():
    """Without ACPI a microvm has a device tree that dtc can read; it names each virtio slot in use."""
    if not shutil.which('dtc'):
        raise Skip('no dtc: install Debian package device-tree-compiler')
    with tempfile.TemporaryDirectory() as tmp:
        blob = os.path.join(tmp, 'dtb')
        p = subprocess.run([default_binary(), '-M', 'microvm,acpi=off,dumpdtb=' + blob, '-smp', '3', '-display', 'none',
                            '-nodefaults', '-device', 'virtio-rng-device', '-device', 'virtio-balloon-device'],
                           stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
        if 'without libfdt' in p.stderr:
            raise Skip('built without libfdt')
        assert p.returncode == 0, p.stderr
        text = subprocess.run(['dtc', '-q', '-I', 'dtb', '-O', 'dts', blob], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        assert text.count('virtio,mmio') == 2 and text.count('device_type = "cpu"') == 3, text


def bad_device_tree():
    """-dtb with something else is refused at once."""
    p = subprocess.run([default_binary(), '-M', 'microvm,acpi=off', '-display', 'none', '-nodefaults', '-kernel', sys.argv[0],
                        '-dtb', sys.argv[0]], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30,
                       check=False)
    assert p.returncode == 1 and p.stderr.count('\n') == 1, p.stderr


def main():
    suite = Suite()
    suite.add('acpi pc', acpi, 'pc', '-device', 'virtio-rng-pci')
    suite.add('acpi q35', acpi, 'q35', '-device', 'pcie-root-port,id=p', '-device', 'virtio-rng-pci,bus=p')
    suite.add('acpi microvm', acpi, 'microvm', '-device', 'virtio-rng-device', '-device', 'virtio-balloon-device')
    suite.add('device tree', device_tree)
    suite.add('bad device tree', bad_device_tree)
    return suite.main()


if __name__ == '__main__':
    sys.exit(main())
