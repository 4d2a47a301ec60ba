#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine without firmware hands to a Linux guest: SMBIOS, fw_cfg files, a device tree; PVH kernels.

TAP; $SWITCHOVER_BINARY is the emulator.
"""
import gzip
import lzma
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import SERVE, Initramfs, Machine, Shell, Skip, Suite, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

BOOT = 180          # seconds a boot may take on a busy host
END = 60


def extract_vmlinux(bzimage):
    """The ELF file inside a bzImage (x86 boot protocol 2.08: payload_offset and payload_length)."""
    with open(bzimage, 'rb') as f:
        image = f.read()
    setup = ((image[0x1f1] or 4) + 1) * 512
    offset, length = struct.unpack('<II', image[0x248:0x250])
    payload = image[setup + offset:setup + offset + length]
    if payload[:6] == b'\xfd7zXZ\0':
        return lzma.LZMADecompressor().decompress(payload)
    if payload[:2] == b'\x1f\x8b':
        return gzip.decompress(payload)
    if payload[:4] == b'\x28\xb5\x2f\xfd':
        return subprocess.run(['zstd', '-dc'], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout
    raise Skip('the kernel is compressed in a way this test does not know')


class Guest:
    def __init__(self, directory):
        self.directory = directory
        self.kernel, modules = find_kernel()
        image = Initramfs()
        image.busybox()
        image.modules(modules, ['qemu_fw_cfg', 'button'])
        image.init(SERVE)
        self.image = image.write(os.path.join(directory, 'initramfs'))

    def start(self, machine, *options, kernel=None, append=''):
        return Machine('-M', machine, '-accel', 'tcg', '-m', '512', '-kernel', kernel or self.kernel, '-initrd', self.image,
                       '-append', 'console=ttyS0 panic=-1 quiet ' + append, *options)


def dmi(shell, field):
    return shell.run('cat /sys/class/dmi/id/' + field).strip()


def smbios_and_fw_cfg(guest, machine):
    """Options arrive in the guest; after a reboot with two processors they are still there."""
    blob = os.path.join(guest.directory, 'blob')
    data = bytes(range(256)) * 300
    with open(blob, 'wb') as f:
        f.write(data)
    with guest.start(machine, '-smp', '2', '-uuid', '6dd0b1b2-8d3a-4a53-9cbd-0123456789ab',
                     '-smbios', 'type=1,manufacturer=Maker,serial=S-1', '-smbios', 'type=3,asset=tag',
                     '-smbios', 'type=0,vendor=Firm,version=7.7,date=02/03/2024',
                     '-fw_cfg', 'name=opt/org.example/text,string=some text', '-fw_cfg', 'opt/org.example/blob,file=' + blob) as m:
        shell = Shell(m, BOOT)
        for again in (True, False):
            assert dmi(shell, 'sys_vendor') == 'Maker'
            assert dmi(shell, 'product_serial') == 'S-1'
            assert dmi(shell, 'product_uuid') == '6dd0b1b2-8d3a-4a53-9cbd-0123456789ab'
            assert dmi(shell, 'chassis_asset_tag') == 'tag'
            assert 'BIOS 7.7 02/03/2024' in shell.run('dmesg | grep DMI:')
            by_name = '/sys/firmware/qemu_fw_cfg/by_name/opt/org.example/'
            assert shell.run('cat %stext/raw' % by_name).strip() == 'some text'
            assert shell.run('cat %sblob/size' % by_name).strip() == str(len(data))
            digest = shell.run('sha256sum <%sblob/raw' % by_name).split()[0]
            expected = subprocess.run(['sha256sum', blob], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[0]
            assert digest == expected
            assert shell.run('grep -c ^processor /proc/cpuinfo').strip() == '2'
            if again:
                shell.send('reboot -f')
                m.qmp.wait_event('RESET', timeout=END)
                shell.wait_ready(BOOT)
        shell.send('poweroff -f')
        assert m.wait(END) == 0


def pvh(guest, machine):
    """The ELF kernel, through its PVH entry, finds its initramfs, command line, ACPI tables and processors."""
    kernel = os.path.join(guest.directory, 'vmlinux')
    if not os.path.exists(kernel):
        with open(kernel, 'wb') as f:
            f.write(extract_vmlinux(guest.kernel))
    with guest.start(machine, '-smp', '2', kernel=kernel, append='needle=1') as m:
        shell = Shell(m, BOOT)
        assert 'needle=1' in shell.run('cat /proc/cmdline')
        assert shell.run('grep -c ^processor /proc/cpuinfo').strip() == '2'
        assert os.path.basename(guest.kernel).startswith('vmlinuz-' + shell.run('uname -r').strip())
        shell.send('poweroff -f')
        assert m.wait(END) == 0


def without_acpi(guest, machine):
    """acpi=off: boots to a shell on the 8259s and a serial port; `reboot` ends it with -no-reboot."""
    with guest.start(machine + ',acpi=off', '-no-reboot') as m:
        shell = Shell(m, BOOT)
        assert 'acpi' not in shell.run('ls /sys/firmware')
        shell.send('reboot -f')
        assert m.wait(END) == 0


def main():
    suite = Suite()
    with tempfile.TemporaryDirectory() as tmp:
        guest = Guest(tmp)
        for machine in ('pc', 'q35'):
            suite.add('smbios and fw_cfg ' + machine, smbios_and_fw_cfg, guest, machine)
        for machine in ('q35', 'microvm'):
            suite.add('pvh ' + machine, pvh, guest, machine)
        for machine in ('pc', 'microvm'):
            suite.add('acpi=off ' + machine, without_acpi, guest, machine)
        return suite.main()


if __name__ == '__main__':
    sys.exit(main())
