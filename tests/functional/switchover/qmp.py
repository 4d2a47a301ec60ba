# SPDX-License-Identifier: GPL-2.0-or-later
"""A small QMP client.

One thread reads messages; callers wait on a condition with a deadline, never by sleeping.
"""
import collections
import json
import threading
import time


class QMPError(Exception):
    """The peer answered with an error; .error_class and .desc are its parts."""

    def __init__(self, error):
        super().__init__('%s: %s' % (error.get('class'), error.get('desc')))
        self.error_class = error.get('class')
        self.desc = error.get('desc')


class QMPClient:
    """Speaks QMP over a connected stream socket.

    cmd() returns the `return` member; events are kept in order until wait_event() takes them.
    """

    def __init__(self, sock, timeout=30.0):
        self.timeout = timeout
        self._file = sock.makefile('rwb', buffering=0)
        self._reader = sock.makefile('rb')
        self._cond = threading.Condition()
        self._replies = {}
        self._next_id = 0
        self.events = collections.deque()
        self.greeting = None
        self.closed = False
        threading.Thread(target=self._read, daemon=True).start()
        self._wait(lambda: self.greeting, self.timeout, 'QMP greeting')
        self.cmd('qmp_capabilities')

    def _read(self):
        try:
            for line in self._reader:
                msg = json.loads(line)
                with self._cond:
                    if 'QMP' in msg:
                        self.greeting = msg['QMP']
                    elif 'event' in msg:
                        self.events.append(msg)
                    else:
                        self._replies[msg.get('id')] = msg
                    self._cond.notify_all()
        except (OSError, ValueError):
            pass
        with self._cond:
            self.closed = True
            self._cond.notify_all()

    def _wait(self, predicate, timeout, what):
        deadline = time.monotonic() + timeout
        with self._cond:
            while True:
                found = predicate()
                if found:
                    return found
                left = deadline - time.monotonic()
                if self.closed:
                    raise EOFError('connection closed while waiting for ' + what)
                if left <= 0:
                    raise TimeoutError('no %s within %g s' % (what, timeout))
                self._cond.wait(left)

    def cmd(self, name, /, timeout=None, **arguments):
        """Execute a command; `_` in argument names stands for `-`.  Raises QMPError."""
        self._next_id += 1
        ident = self._next_id
        msg = {'execute': name, 'id': ident}
        if arguments:
            msg['arguments'] = {k.replace('_', '-'): v for k, v in arguments.items()}
        self._file.write(json.dumps(msg).encode() + b'\n')
        reply = self._wait(lambda: self._replies.pop(ident, None), timeout or self.timeout, 'reply to ' + name)
        if 'error' in reply:
            raise QMPError(reply['error'])
        return reply['return']

    def wait_event(self, name, match=None, timeout=None):
        """The first event of that name (or one of a tuple) for which match(data) holds; those before it are dropped."""
        names = (name,) if isinstance(name, str) else name

        def take():
            for i, e in enumerate(self.events):
                if e['event'] in names and (match is None or match(e.get('data', {}))):
                    for _ in range(i + 1):
                        self.events.popleft()
                    return e
            return None
        return self._wait(take, timeout or self.timeout, 'event ' + ' or '.join(names))

    def close(self):
        self._file.close()
        self._reader.close()
