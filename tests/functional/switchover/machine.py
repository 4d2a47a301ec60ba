# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine under test: process, QMP, serial console.

The emulator connects to sockets this side listens on, so nothing it prints can be lost and no test waits for a
socket file to appear.  Every wait has a deadline; a failed one shows the end of the console and stderr.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from .qmp import QMPClient

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


class MachineError(Exception):
    """The machine did not do what the test waited for."""


def default_binary():
    """$SWITCHOVER_BINARY, or what this tree built."""
    build = os.environ.get('SWITCHOVER_BUILD', os.path.join(TOP, 'build'))
    places = [os.path.join(build, d, 'qemu-system-x86_64') for d in ('', 'system/startup')]
    return os.environ.get('SWITCHOVER_BINARY') or next((p for p in places if os.path.exists(p)), places[0])


class Console:
    """The guest's serial port: everything it printed, and input to it."""

    def __init__(self, sock):
        self._sock = sock
        self._cond = threading.Condition()
        self._data = bytearray()
        self._seen = 0              # wait_for() looks behind this
        self.closed = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                chunk = self._sock.recv(65536)
            except OSError:
                chunk = b''
            with self._cond:
                self._data += chunk
                self.closed = self.closed or not chunk
                self._cond.notify_all()
            if not chunk:
                return

    @property
    def text(self):
        """All output so far, carriage returns removed."""
        with self._cond:
            return self._data.decode('utf-8', 'replace').replace('\r', '')

    def wait_for(self, pattern, timeout=60.0, fail=None):
        """Wait for a regular expression after the last match; returns the match.

        fail: another expression that ends the wait with MachineError, for example 'Kernel panic'.
        """
        want = re.compile(pattern.encode() if isinstance(pattern, str) else pattern)
        bad = re.compile(fail.encode()) if fail else None
        deadline = time.monotonic() + timeout
        with self._cond:
            while True:
                m = want.search(self._data, self._seen)
                if m:
                    self._seen = m.end()
                    return m
                if bad and bad.search(self._data, self._seen):
                    raise MachineError('console shows %r while waiting for %r' % (fail, pattern))
                left = deadline - time.monotonic()
                if self.closed or left <= 0:
                    raise MachineError('console %s before %r' % (
                        'closed' if self.closed else 'silent for %g s' % timeout, pattern))
                self._cond.wait(left)

    def send(self, text):
        """Type into the guest."""
        self._sock.sendall(text.encode() if isinstance(text, str) else text)

    def send_line(self, text):
        self.send(text + '\n')


class Machine:
    """with Machine('-M', 'q35', '-m', '256') as m: m.console.wait_for('login')

    The arguments follow the binary; -nodefaults, -display none, QMP (m.qmp) and a serial port (m.console) are added.
    qmp=False or serial=False leaves one out.  After the with block the process is gone.
    """

    def __init__(self, *args, binary=None, qmp=True, serial=True, timeout=30.0):
        self.args = [str(a) for a in args]
        self.binary = binary or default_binary()
        self.want_qmp, self.want_serial = qmp, serial
        self.timeout = timeout
        self.qmp = self.console = self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, exc_type, exc, tb):
        try:
            self.stop()
        finally:
            if exc_type and not issubclass(exc_type, KeyboardInterrupt):
                self.report()
            shutil.rmtree(self.dir, ignore_errors=True)

    def _listen(self, name):
        path = os.path.join(self.dir, name)
        s = socket.socket(socket.AF_UNIX)
        s.bind(path)
        s.listen(1)
        return s, path

    def _accept(self, listener, what):
        """The emulator's connection; an emulator that exits instead is reported with its message."""
        deadline = time.monotonic() + self.timeout
        listener.settimeout(0.1)
        while True:
            try:
                conn, _ = listener.accept()
                conn.settimeout(None)
                listener.close()
                return conn
            except socket.timeout:
                if self.process.poll() is not None:
                    raise MachineError('exited with status %s: %s' % (self.process.returncode, self.stderr)) from None
                if time.monotonic() > deadline:
                    raise MachineError('no %s connection within %g s' % (what, self.timeout)) from None

    def start(self):
        self.dir = tempfile.mkdtemp(prefix='swo-')
        cmd = [self.binary, '-nodefaults', '-display', 'none']
        if self.want_qmp:
            qmp_listener, path = self._listen('qmp')
            cmd += ['-qmp', 'unix:' + path]
        if self.want_serial:
            con_listener, path = self._listen('console')
            cmd += ['-chardev', 'socket,id=console,path=' + path, '-serial', 'chardev:console']
        cmd += self.args
        self._stderr_path = os.path.join(self.dir, 'stderr')
        with open(self._stderr_path, 'wb') as err:
            self.process = subprocess.Popen(cmd, stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        try:
            if self.want_qmp and self.want_serial:
                self._accept_both(qmp_listener, con_listener)
            elif self.want_qmp:
                self.qmp = QMPClient(self._accept(qmp_listener, 'QMP'), self.timeout)
            elif self.want_serial:
                self.console = Console(self._accept(con_listener, 'console'))
        except BaseException as e:
            self.kill()
            message = self.stderr
            shutil.rmtree(self.dir, ignore_errors=True)
            if isinstance(e, (EOFError, OSError)):
                raise MachineError('%s: %s' % (e, message)) from e
            raise

    def _accept_both(self, qmp_listener, con_listener):
        # backlog holds whichever connects first
        self.console = Console(self._accept(con_listener, 'console'))
        self.qmp = QMPClient(self._accept(qmp_listener, 'QMP'), self.timeout)

    @property
    def stderr(self):
        with open(self._stderr_path, encoding='utf-8', errors='replace') as f:
            return f.read().strip()

    def wait(self, timeout=None):
        """Wait for the process to end by itself; its status."""
        try:
            return self.process.wait(timeout or self.timeout)
        except subprocess.TimeoutExpired:
            raise MachineError('still running after %g s' % (timeout or self.timeout)) from None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        """quit through QMP if it still runs, SIGKILL if that does not help."""
        if self.process.poll() is None and self.qmp:
            try:
                self.qmp.cmd('quit', timeout=5)
                self.process.wait(10)
            except Exception:           # pylint: disable=broad-except
                pass
        self.kill()

    def report(self):
        """What the machine said last, for a failing test's log."""
        print('# command: ' + ' '.join([self.binary] + self.args))
        if self.console:
            for line in self.console.text.splitlines()[-40:]:
                print('# console: ' + line)
        for line in self.stderr.splitlines()[-10:]:
            print('# stderr: ' + line)
