#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Saved streams: through files and programs; from another machine; cut off; with wrong bytes. Bad ones end with status 1
and one line, never with a signal and never in silence.

usage: test_streams.py [--seed N] [--cuts N] [--flips N]      TAP
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import ENDS, Machine, MachineError, Results, default_binary, wait_status  # noqa: E402  pylint: disable=wrong-import-position

DEVICES = ['-m', '32', '-smp', '2', '-S', '-device', 'virtio-rng-pci', '-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0',
           '-blockdev', 'driver=null-co,node-name=d0', '-device', 'virtio-blk-pci,drive=d0', '-device', 'virtio-balloon-pci',
           '-device', 'virtio-serial-pci', '-device', 'pcie-root-port,id=rp']


def devices(machine):
    return DEVICES if 'q35' in machine else DEVICES[:-2]


def machine(name, *args):
    return Machine('-M', name, *devices(name), *args)


def enable_events(m):
    m.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])


def save(name, uri):
    with machine(name) as m:
        enable_events(m)
        m.qmp.cmd('migrate', uri=uri)
        if wait_status(m, ENDS) != 'completed':
            raise MachineError('not saved: %r' % m.qmp.cmd('query-migrate'))
        return m.qmp.cmd('query-migrate')['ram']['transferred']


def load(name, uri):
    """(status or None if it loaded, messages)"""
    m = machine(name, '-incoming', 'defer')
    with m:
        enable_events(m)
        try:
            m.qmp.cmd('migrate-incoming', uri=uri)
            if wait_status(m, ENDS) == 'completed':
                return None, m.stderr
        except (EOFError, OSError):
            pass
        return m.wait(30), m.stderr


def round_trip(tmp, name, out, back):
    path = os.path.join(tmp, 'roundtrip')
    sent = save(name, out % path)
    if '%s' in out and out.startswith('file:') and os.path.getsize(path) != sent:
        raise MachineError('%d bytes in the file, %d reported' % (os.path.getsize(path), sent))
    status, said = load(name, back % path)
    if status is not None or said:
        raise MachineError('ended with %r: %s' % (status, said))


def refused(name, path, *wanted):
    status, said = load(name, 'file:' + path)
    if status != 1 or said.count('\n') or not all(w in said for w in wanted):
        raise MachineError('ended with %r: %s' % (status, said))


def no_such_file(path):
    r = subprocess.run([default_binary(), '-M', 'none', '-nodefaults', '-display', 'none', '-incoming', 'file:' + path],
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if r.returncode != 1 or path not in r.stderr or r.stderr.count('\n') != 1:
        raise MachineError('ended with %d: %s' % (r.returncode, r.stderr))


def check_bad(name, path, what):
    """Loads (a byte nobody checks), or ends as it should; true when it was refused."""
    status, said = load(name, 'file:' + path)
    if status not in (None, 1) or (status == 1 and ('load of migration failed' not in said or said.count('\n'))):
        raise MachineError('%s: ended with %r: %s' % (what, status, said))
    return status == 1


def cut(name, stream, tmp, rnd, count):
    path = os.path.join(tmp, 'cut')
    # What follows the end mark is not needed to load.
    whole = stream.index(b'{"page_size"') - 6
    for n in [0, 1, 4, 8, 9] + [rnd.randrange(whole) for _ in range(count)]:
        with open(path, 'wb') as f:
            f.write(stream[:n])
        if not check_bad(name, path, 'cut at %d' % n):
            raise MachineError('a stream cut at %d loads' % n)


def flip(name, stream, tmp, rnd, count):
    path = os.path.join(tmp, 'flipped')
    whole = stream.index(b'{"page_size"') - 6
    refusals = 0
    for _ in range(count):
        bad = bytearray(stream)
        at = [rnd.randrange(whole) for _ in range(rnd.choice((1, 1, 4)))]
        for i in at:
            bad[i] = rnd.randrange(256)
        with open(path, 'wb') as f:
            f.write(bad)
        refusals += check_bad(name, path, 'bytes %s' % ', '.join('%d=%02x' % (i, bad[i]) for i in at))
    print('# %s: %d of %d streams with wrong bytes refused' % (name, refusals, count))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--cuts', type=int, default=8)
    p.add_argument('--flips', type=int, default=30)
    a = p.parse_args()
    rnd = random.Random(a.seed)
    results = Results()
    with tempfile.TemporaryDirectory() as tmp:
        for name, out, back in (('pc-q35-7.2', 'file:%s', 'file:%s'),
                                ('pc-i440fx-7.2', 'exec:gzip -1 > %s', 'exec:gzip -dc %s')):
            results.run('%s: %s, %s' % (name, out, back), round_trip, tmp, name, out, back)
        paths = {}
        for name in ('pc-q35-7.2', 'pc-i440fx-7.2'):
            paths[name] = os.path.join(tmp, name)
            save(name, 'file:' + paths[name])
        results.run('another machine type', refused, 'pc-q35-7.2', paths['pc-i440fx-7.2'], 'pc-i440fx-7.2', 'pc-q35-7.2')
        for name, path in paths.items():
            with open(path, 'rb') as f:
                stream = f.read()
            results.run(name + ': cut off', cut, name, stream, tmp, rnd, a.cuts)
            results.run(name + ': wrong bytes', flip, name, stream, tmp, rnd, a.flips)
        with open(os.path.join(tmp, 'text'), 'wb') as f:
            f.write(subprocess.run(['uname', '-a'], stdout=subprocess.PIPE, check=True).stdout)
        results.run('not a stream', refused, 'pc-q35-7.2', f.name, 'not a migration stream')
        results.run('no such file', no_such_file, os.path.join(tmp, 'missing'))
    return results.end()


if __name__ == '__main__':
    sys.exit(main())
