#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux with its root file system on an NVMe or SATA disk: boots from it, writes, powers off, and what it wrote is there.

usage: test_nvme.py [CASE...]        TAP; $SWITCHOVER_BINARY is the emulator
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dmesg  # noqa: E402  pylint: disable=wrong-import-position
from switchover import SERVE, Initramfs, Machine, Shell, Suite, find_kernel  # noqa: E402  pylint: disable=wrong-import-position
from switchover.initramfs import APPLETS  # noqa: E402  pylint: disable=wrong-import-position

BOOT = 240          # seconds a boot may take on a busy host
WAIT_FOR = '''
n=0
while [ ! -b /dev/%(disk)s ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done
'''
PIVOT = WAIT_FOR + '''
mount -t ext4 /dev/%(disk)s /mnt || echo "Kernel panic: no root"
umount /proc; umount /sys
exec /bin/busybox switch_root /mnt /init
'''
ROOT_INIT = '''#!/bin/sh
export PATH=/bin HOME=/
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev 2>/dev/null
mount -t tmpfs none /tmp
exec </dev/console >/dev/console 2>&1
'''


def make_root(directory, size_mib=96):
    """An ext4 image with busybox in it."""
    root = os.path.join(directory, 'root')
    for d in ('bin', 'dev', 'proc', 'sys', 'tmp', 'mnt'):
        os.makedirs(os.path.join(root, d))
    busybox = next(p for p in ('/bin/busybox', '/usr/bin/busybox') if os.path.exists(p))
    with open(busybox, 'rb') as src, open(os.path.join(root, 'bin/busybox'), 'wb') as dst:
        dst.write(src.read())
    os.chmod(os.path.join(root, 'bin/busybox'), 0o755)
    for a in APPLETS:
        os.symlink('busybox', os.path.join(root, 'bin', a))
    with open(os.path.join(root, 'init'), 'w', encoding='utf-8') as f:
        f.write(ROOT_INIT + SERVE)
    os.chmod(os.path.join(root, 'init'), 0o755)
    image = os.path.join(directory, 'root.img')
    subprocess.run(['/sbin/mke2fs', '-q', '-t', 'ext4', '-E', 'root_owner=0:0', '-d', root, image, '%dM' % size_mib],
                   check=True, stdout=subprocess.DEVNULL)
    return image


class Boot:
    def __init__(self, directory):
        self.directory = directory
        self.kernel, self.modules = find_kernel()
        self.root = make_root(directory)

    def initrd(self, disk):
        path = os.path.join(self.directory, 'initrd-' + disk)
        if not os.path.exists(path):
            i = Initramfs()
            i.busybox()
            i.modules(self.modules, (['ahci', 'sd_mod'] if disk == 'sda' else ['nvme']) + ['ext4', 'crc32c_generic'])
            i.init(PIVOT % {'disk': disk})
            i.write(path)
        return path

    def start(self, machine, smp, *devices, disk='nvme0n1', append='', interface='none,id=root'):
        return Machine('-M', machine, '-accel', 'tcg', '-smp', smp, '-m', '256', '-kernel', self.kernel,
                       '-initrd', self.initrd(disk), '-append', 'console=ttyS0 panic=-1 ' + append,
                       '-drive', 'if=%s,format=raw,file=%s' % (interface, self.root), *devices)


def check_kernel(shell):
    shell.run('dmesg -n 1')
    complaints = dmesg.unknown(shell.run('dmesg -r'))
    assert not complaints, 'the kernel complains:\n' + '\n'.join(complaints)


def power_off(m, shell):
    shell.send('sync; poweroff -f')
    assert m.wait(BOOT) == 0


def root_disk(boot):
    """The root is ext4 on NVMe; files written come back from the medium, after a reboot too; discard and flush work."""
    with boot.start('q35', 2, '-device', 'nvme,drive=root,serial=root1') as m:
        shell = Shell(m, BOOT)
        assert '/dev/root / ext4' in (x := shell.run('cat /proc/mounts')) or 'nvme0n1 / ext4' in x, x
        assert shell.run('cat /sys/class/nvme/nvme0/serial').strip() == 'root1'
        queues = shell.run('grep -c nvme0q /proc/interrupts').strip()
        assert queues == '3', 'admin and one queue per processor, not ' + queues
        shell.run('seq 1 60000 >/data; sync; echo 3 >/proc/sys/vm/drop_caches')
        first = shell.run('md5sum /data').split()[0]
        shell.run('dd if=/data of=/copy bs=1M conv=fsync; cmp /data /copy')
        check_kernel(shell)
        shell.send('sync; reboot -f')
        shell.wait_ready(BOOT)
        assert shell.run('md5sum /data').split()[0] == first
        power_off(m, shell)
    fsck = subprocess.run(['/sbin/e2fsck', '-fn', boot.root], capture_output=True, text=True, check=False)
    assert fsck.returncode == 0, fsck.stdout


def controller_reset(boot):
    """Linux resets the controller while it writes: queues go and come, nothing is lost."""
    with boot.start('q35', 2, '-device', 'nvme,drive=root,serial=r') as m:
        shell = Shell(m, BOOT)
        shell.run('(while [ ! -e /tmp/stop ]; do dd if=/bin/busybox of=/w bs=64k conv=fsync 2>/dev/null; '
                  'cmp /w /bin/busybox || echo BAD >/tmp/bad; done; echo >/tmp/stopped) & true')
        for _ in range(4):
            shell.run('echo 1 >/sys/class/nvme/nvme0/reset_controller; sleep 0.3')
        shell.run('touch /tmp/stop; while [ ! -e /tmp/stopped ]; do sleep 0.1; done; [ ! -e /tmp/bad ]', BOOT)
        shell.run('cmp /w /bin/busybox')
        power_off(m, shell)


def sata(boot):
    """The root on a SATA disk of q35's AHCI controller, with queued commands; nothing is lost."""
    with boot.start('q35', 2, disk='sda', interface='ide') as m:
        shell = Shell(m, BOOT)
        assert '/dev/sda / ext4' in (x := shell.run('cat /proc/mounts')), x
        assert shell.run('cat /sys/block/sda/device/queue_depth').strip() == '32'
        shell.run('for i in 1 2 3 4; do dd if=/bin/busybox of=/w$i bs=64k conv=fsync 2>/dev/null & done; wait')
        shell.run('echo 3 >/proc/sys/vm/drop_caches')
        for i in range(1, 5):
            shell.run('cmp /w%d /bin/busybox' % i)
        check_kernel(shell)
        power_off(m, shell)
    fsck = subprocess.run(['/sbin/e2fsck', '-fn', boot.root], capture_output=True, text=True, check=False)
    assert fsck.returncode == 0, fsck.stdout


def intx_and_namespaces(boot):
    """pc, no MSI: pin interrupts; three namespaces at ids with gaps, the root on the second; 4 KiB blocks on one."""
    for name in ('a', 'b'):
        with open(os.path.join(boot.directory, name), 'wb') as f:
            f.truncate(8 << 20)
    drives = []
    for name in ('a', 'b'):
        drives += ['-drive', 'if=none,id=%s,format=raw,file=%s' % (name, os.path.join(boot.directory, name))]
    with boot.start('pc', 1, *drives, '-device', 'nvme,serial=many,id=nv', '-device', 'nvme-ns,bus=nv,drive=a,nsid=2',
                    '-device', 'nvme-ns,bus=nv,drive=root,nsid=7',
                    '-device', 'nvme-ns,bus=nv,drive=b,nsid=200,logical_block_size=4096,physical_block_size=4096',
                    disk='nvme0n2', append='pci=nomsi') as m:
        shell = Shell(m, BOOT)
        assert 'MSI' not in shell.run('grep nvme /proc/interrupts')
        ids = shell.run('cat /sys/block/nvme0n1/nsid /sys/block/nvme0n2/nsid /sys/block/nvme0n3/nsid').split()
        assert ids == ['2', '7', '200'], ids
        assert shell.run('cat /sys/block/nvme0n3/queue/logical_block_size').strip() == '4096'
        shell.run('seq 1 50000 >/tmp/x; dd if=/tmp/x of=/dev/nvme0n1 conv=fsync; dd if=/tmp/x of=/dev/nvme0n3 conv=fsync')
        shell.run('echo 3 >/proc/sys/vm/drop_caches')
        size = shell.run('wc -c </tmp/x').strip()
        for d in ('nvme0n1', 'nvme0n3'):
            shell.run('cmp -n %s /tmp/x /dev/%s' % (size, d))
        check_kernel(shell)
        power_off(m, shell)


def main():
    suite = Suite()
    with tempfile.TemporaryDirectory() as tmp:
        boot = Boot(tmp)
        for case in (root_disk, controller_reset, intx_and_namespaces, sata):
            suite.add('disks %s' % case.__name__, case, boot)
        return suite.main(sys.argv[1:])


if __name__ == '__main__':
    sys.exit(main())
