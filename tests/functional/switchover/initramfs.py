# SPDX-License-Identifier: GPL-2.0-or-later
"""Initramfs images (newc cpio, Linux Documentation/driver-api/early-userspace/buffer-format) and kernels to boot."""
import glob
import os
import re
import stat
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

APPLETS = ('sh mount umount cat echo ls mkdir mknod insmod poweroff reboot taskset sleep dmesg ps ip wget dd md5sum sha256sum '
           'grep sed awk head tail seq true false test uname free sync stty setsid date cmp find kill nc od tr rm printf').split()


def find_kernel():
    """(vmlinuz, module directory) as scripts/fetch-kernel finds or downloads it."""
    build = os.environ.get('SWITCHOVER_BUILD', os.path.join(TOP, 'build'))
    root = subprocess.run([os.path.join(TOP, 'scripts', 'fetch-kernel'), build], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()
    kernels = sorted(k for k in glob.glob(os.path.join(root, 'boot/vmlinuz-*')) if os.access(k, os.R_OK))
    for k in reversed(kernels):
        modules = os.path.join(root, 'lib/modules', os.path.basename(k)[len('vmlinuz-'):])
        if os.path.isdir(modules):
            return k, modules
    raise FileNotFoundError('no kernel with modules under ' + root)


def module_dependencies(path):
    """The `depends=` entry of a module's .modinfo."""
    with open(path, 'rb') as f:
        m = re.search(rb'\0depends=([^\0]*)\0', f.read())
    return [d for d in m.group(1).decode().split(',') if d] if m else []


def load_order(modules, names):
    """Paths of the named modules and all they need, each after what it needs; built-in ones are left out."""
    files = {}
    for d, _, fs in os.walk(os.path.join(modules, 'kernel')):
        for f in fs:
            if f.endswith('.ko'):
                files[f[:-3].replace('-', '_')] = os.path.join(d, f)
    with open(os.path.join(modules, 'modules.builtin'), encoding='utf-8') as f:
        builtin = {os.path.basename(x.strip())[:-3].replace('-', '_') for x in f}
    order = []

    def visit(name):
        name = name.replace('-', '_')
        if name in builtin:
            return
        if name not in files:
            raise FileNotFoundError('kernel module %s not under %s' % (name, modules))
        if files[name] in order:
            return
        for d in module_dependencies(files[name]):
            visit(d)
        order.append(files[name])

    for n in names:
        visit(n)
    return order


class Initramfs:
    """Collects files and writes the archive.

    i = Initramfs()
    i.busybox(); i.modules(directory, ['virtio_pci', 'virtio_blk'])
    i.init('echo ready; exec sh')          # runs after mounts and modules
    i.write('build/initramfs.cpio')
    """

    def __init__(self):
        self._entries = {}          # name: (mode, data, (major, minor))
        self._order = []
        for d in ('bin', 'dev', 'proc', 'sys', 'tmp', 'mnt', 'lib'):
            self._entries[d] = (stat.S_IFDIR | 0o755, b'', (0, 0))
        self._entries['dev/console'] = (stat.S_IFCHR | 0o600, b'', (5, 1))

    def file(self, name, data, mode=0o644):
        parent = os.path.dirname(name)
        while parent and parent not in self._entries:
            self._entries[parent] = (stat.S_IFDIR | 0o755, b'', (0, 0))
            parent = os.path.dirname(parent)
        self._entries[name] = (stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data, (0, 0))

    def add(self, source, name, mode=0o755):
        with open(source, 'rb') as f:
            self.file(name, f.read(), mode)

    def busybox(self, path=None):
        path = path or next((p for p in ('/bin/busybox', '/usr/bin/busybox') if os.path.exists(p)), None)
        if not path:
            raise FileNotFoundError('busybox not found: install Debian package busybox-static')
        self.add(path, 'bin/busybox')
        for a in APPLETS:
            self._entries['bin/' + a] = (stat.S_IFLNK | 0o777, b'busybox', (0, 0))

    def modules(self, directory, names):
        for path in load_order(directory, names):
            name = 'lib/' + os.path.basename(path)
            self.add(path, name, 0o644)
            self._order.append('/' + name)

    def init(self, script):
        lines = ['#!/bin/sh', 'export PATH=/bin HOME=/', 'mount -t proc none /proc', 'mount -t sysfs none /sys',
                 'mount -t devtmpfs none /dev 2>/dev/null', 'mount -t tmpfs none /tmp']
        lines += ['insmod ' + m for m in self._order]
        self.file('init', '\n'.join(lines) + '\n' + script + '\n', 0o755)

    def write(self, path):
        out = bytearray()
        for ino, (name, (mode, data, dev)) in enumerate(
                sorted(self._entries.items(), key=lambda e: (e[0].count('/'), e[0])), 1):
            self._record(out, ino, name, mode, data, dev)
        self._record(out, 0, 'TRAILER!!!', 0, b'', (0, 0))
        with open(path, 'wb') as f:
            f.write(out)
        return path

    @staticmethod
    def _record(out, ino, name, mode, data, dev):
        fields = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, dev[0], dev[1], len(name) + 1, 0)
        out += b'070701' + b''.join(b'%08X' % f for f in fields) + name.encode() + b'\0'
        out += b'\0' * (-len(out) % 4)
        out += data
        out += b'\0' * (-len(out) % 4)
