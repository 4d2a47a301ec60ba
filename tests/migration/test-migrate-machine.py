#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Migrate machines without a guest program between two emulators, over each transport; bad streams end with one line."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

BINARY = os.environ.get('SWITCHOVER_BINARY', 'build/qemu-system-x86_64')
ANALYZE = os.path.join(os.path.dirname(__file__), '..', '..', 'scripts', 'analyze-migration.py')


class Emulator:
    """One process with QMP on a socket pair."""

    def __init__(self, machine, *args):
        mine, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        self.proc = subprocess.Popen(
            [BINARY, '-M', machine, '-m', '32', '-nodefaults', '-display', 'none', '-S', '-chardev',
             f'socket,id=qmp,fd={theirs.fileno()}', '-mon', 'chardev=qmp,mode=control', *args],
            close_fds=False, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        theirs.close()
        mine.settimeout(60)
        self.file, self.events = mine.makefile('rw'), []
        self.sock = mine
        self.read()
        self.cmd('qmp_capabilities')

    def read(self):
        line = self.file.readline()
        if not line:
            raise RuntimeError(f'emulator is gone: {self.proc.stderr.read()}')
        return json.loads(line)

    def cmd(self, name, **args):
        self.file.write(json.dumps({'execute': name, 'arguments': args}) + '\n')
        self.file.flush()
        while 'return' not in (r := self.read()):
            if 'error' in r:
                raise RuntimeError(f'{name}: {r["error"]["desc"]}')
            self.events.append(r)
        return r['return']

    def events_on(self):
        self.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])

    def wait_migration(self):
        while True:
            for e in self.events:
                if e['event'] == 'MIGRATION' and e['data']['status'] in ('completed', 'failed', 'cancelled'):
                    return e['data']['status']
            self.events = [self.read()]

    def close(self):
        self.proc.kill()
        self.proc.wait()
        self.proc.stderr.close()
        self.file.close()
        self.sock.close()


def move(machine, uri, tmp):
    src, dst = Emulator(machine), Emulator(machine, '-incoming', 'defer')
    try:
        for e in (src, dst):
            e.events_on()
        if uri == 'tcp':
            dst.cmd('migrate-incoming', uri='tcp:127.0.0.1:0')
            uri = 'tcp:127.0.0.1:' + dst.cmd('query-migrate')['socket-address'][0]['port']
        else:
            uri = f'unix:{tmp}/m-{machine}'
            dst.cmd('migrate-incoming', uri=uri)
        src.cmd('migrate', uri=uri)
        states = src.wait_migration(), dst.wait_migration(), src.cmd('query-status')['status'], \
            dst.cmd('query-status')['status']
        return states == ('completed', 'completed', 'postmigrate', 'prelaunch'), \
            f'{states} {src.cmd("query-migrate").get("error-desc")}'
    finally:
        src.close()
        dst.close()


def save(machine, path):
    src = Emulator(machine)
    try:
        src.events_on()
        src.cmd('migrate', uri=f'exec:cat > {path}')
        return src.wait_migration() == 'completed', src.cmd('query-migrate')['ram']['transferred']
    finally:
        src.close()


def settled(path, size):
    """The file has that size; 'completed' says the command was given everything, not that it wrote everything."""
    deadline = time.monotonic() + 20
    while os.path.getsize(path) < size and time.monotonic() < deadline:
        time.sleep(0.01)
    return os.path.getsize(path) == size


def load(machine, path):
    """Exit status and messages of a destination that reads a file and stops at once when it fails."""
    return subprocess.run([BINARY, '-M', machine, '-m', '32', '-nodefaults', '-display', 'none', '-S', '-incoming',
                           f'file:{path}'], capture_output=True, text=True, timeout=60, check=False)


def main():
    results = []

    def check(name, cond, detail=''):
        results.append(cond)
        print(f'{"ok" if cond else "not ok"} {len(results)} {name}' + ('' if cond else f' # {detail}'), flush=True)

    with tempfile.TemporaryDirectory() as tmp:
        for machine in ('none', 'pc-i440fx-7.2', 'pc-q35-7.2'):
            for uri in ('tcp', 'unix'):
                try:
                    check(f'{machine} over {uri}', *move(machine, uri, tmp))
                except RuntimeError as e:
                    check(f'{machine} over {uri}', False, str(e))
        path = f'{tmp}/q35'
        ok, size = save('pc-q35-7.2', path)
        check('bytes reported are bytes written', ok and settled(path, size), f'{size}')
        r = subprocess.run([sys.executable, ANALYZE, '-f', path], capture_output=True, text=True, check=False)
        check('our stream follows its own description', r.returncode == 0, r.stderr)
        r = load('pc-i440fx-7.2', path)
        check('another machine type is refused in one line',
              r.returncode == 1 and "machine type 'pc-q35-7.2'" in r.stderr and r.stderr.count('\n') == 1, r.stderr)
        with open(path, 'r+b') as f:
            f.truncate(size // 2)
        r = load('pc-q35-7.2', path)
        check('a truncated stream is refused in one line',
              r.returncode == 1 and 'ends too early' in r.stderr and r.stderr.count('\n') == 1, r.stderr)
        r = load('pc-q35-7.2', f'{tmp}/missing')
        check('a missing file is refused in one line',
              r.returncode == 1 and f"'{tmp}/missing'" in r.stderr and r.stderr.count('\n') == 1, r.stderr)
    print(f'1..{len(results)}')
    return 0 if all(results) else 1


if __name__ == '__main__':
    sys.exit(main())
