#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/migration-top in a pipe: what it prints and how it ends.  TAP."""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import MachineError, Results  # noqa: E402  pylint: disable=wrong-import-position

BINARY = os.environ.get('SWITCHOVER_BINARY', 'build/qemu-system-x86_64')
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'scripts', 'migration-top')
LOADER = importlib.machinery.SourceFileLoader('migration_top', TOP)
migration_top = importlib.util.module_from_spec(importlib.util.spec_from_loader('migration_top', LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(migration_top)


def expect(what, condition):
    if not condition:
        raise MachineError(what)


def run_top(uri, tmp, state):
    """A migration to @uri watched from before its start; (status, lines)."""
    sockets = [os.path.join(tmp, name) for name in ('control', 'top')]
    for path in sockets:
        if os.path.exists(path):
            os.unlink(path)
    args = [BINARY, '-M', 'none', '-nodefaults', '-display', 'none', '-device',
            'migration-testdev,id=td,initial-size=3000000,stopcopy-size=1000']
    for path in sockets:
        args += ['-qmp', 'unix:%s,server=on,wait=off' % path]
    with subprocess.Popen(args, stdin=subprocess.DEVNULL) as machine:
        try:
            while not all(os.path.exists(path) for path in sockets):
                expect('the machine ended', machine.poll() is None)
                time.sleep(0.01)
            with subprocess.Popen([sys.executable, TOP, '--wait', '-i', '0.01', sockets[1]], stdout=subprocess.PIPE,
                                  text=True) as top:
                first = top.stdout.readline()
                expect('first line %r' % first, first == 'status: none\n')
                control = migration_top.QMP(sockets[0])
                control.sock.sendall(b'{"execute": "migrate", "arguments": {"uri": "%s"}}\n' % uri.encode())
                out, _ = top.communicate(timeout=60)
            lines = out.splitlines()
            expect('%r does not say %s' % (lines[-20:], state), any(x.startswith('status: ' + state) for x in lines))
            return top.returncode, lines
        finally:
            machine.kill()


def completed(tmp):
    status, lines = run_top('file:/dev/null', tmp, 'completed')
    expect('status %d' % status, status == 0)
    expect('no progress: %r' % lines, any('progress: 100.0%' in x for x in lines))
    start = [i for i, x in enumerate(lines) if x.startswith('pause ')]
    expect('no ledger: %r' % lines, len(start) == 1)
    names = [x.split()[0] for x in lines[start[0] + 1:start[0] + 8]]
    expect('phases %r' % names, names == list(migration_top.PHASES))
    expect('no section: %r' % lines, any('td/migration-testdev:' in x for x in lines))


def failed(tmp):
    status, lines = run_top('unix:' + os.path.join(tmp, 'nobody'), tmp, 'failed')
    expect('status %d: %r' % (status, lines), status == 1)
    expect('no reason: %r' % lines, any('error: ' in x for x in lines))


def nobody(tmp):
    r = subprocess.run([sys.executable, TOP, os.path.join(tmp, 'nothing')], capture_output=True, text=True, timeout=60,
                       check=False)
    expect('%r' % r, r.returncode == 2 and r.stderr.count('\n') == 1 and not r.stdout)


def main():
    results = Results()
    for test in (completed, failed, nobody):
        with tempfile.TemporaryDirectory() as tmp:
            results.run('migration-top, ' + test.__name__, test, tmp)
    return results.end()


if __name__ == '__main__':
    sys.exit(main())
