#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: bad input ends at once with status 1 and one line that names what is wrong; help; run control.

usage: test_cmdline.py [CASE...]        TAP; $SWITCHOVER_BINARY is the emulator.  No guest runs.
"""
import contextlib
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import Machine, QMPClient, QMPError, Skip, Suite, default_binary, find_kernel  # noqa: E402  pylint: disable=wrong-import-position

BINARY = default_binary()
AT_ONCE = 20            # seconds; generous for a host with other work, far below a hang
suite = Suite()
TMP = tempfile.mkdtemp(prefix='swo-cmdline-')


def path(name):
    return os.path.join(TMP, name)


def run(*args, timeout=AT_ONCE, stdin=None):
    return subprocess.run([BINARY, *args], stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout, check=False)


def text_of(*args):
    """What a help option prints; it must succeed and not warn."""
    r = run(*args)
    assert r.returncode == 0, '%s: status %d: %s' % (args, r.returncode, r.stderr)
    assert not r.stderr, r.stderr
    assert r.stdout.strip(), '%s prints nothing' % (args,)
    return r.stdout


# --- bad input -------------------------------------------------------------------------------------------------

# (options, what the one line must contain)
BAD = [
    ('-frobnicate', '-frobnicate'),
    ('-m', '-m'),
    ('-device nosuch', 'nosuch'),
    ('-device virtio-balloon-pci,nosuch=1', 'nosuch'),
    ('-device virtio-balloon-pci,vectors=abc', 'vectors'),
    ('-device virtio-balloon-pci,vectors=99999999999', 'vectors'),
    ('-device virtio-net-pci,mac=zz', 'mac'),
    ('-device virtio-balloon-pci,addr=99', 'addr'),
    ('-device virtio-balloon-pci,addr=5 -device virtio-serial-pci,addr=5', '5'),
    ('-device virtio-balloon-pci,bus=nosuch', 'nosuch'),
    ('-device virtio-balloon-pci,id=a -device virtio-serial-pci,id=a', "'a'"),
    ('-device virtio-blk-pci', 'drive'),
    ('-device virtio-blk-pci,drive=nosuch', 'nosuch'),
    ('-device virtio-net-pci,netdev=nosuch', 'nosuch'),
    ('-device {"driver":"nosuch"}', 'nosuch'),
    ('-device {"driver":', '-device'),
    ('-device isa-debug-exit,iobase=0x70000', 'iobase'),
    ('-kernel @/missing', '-kernel'),
    ('-kernel @', '-kernel'),
    ('-kernel @/truncated-kernel', '-kernel'),
    ('-kernel @/junk', '-kernel'),
    ('-kernel @/kernel -initrd @/missing', '-initrd'),
    ('-initrd @/junk', '-initrd'),
    ('-drive file=@/missing,if=virtio,format=raw', '@/missing'),
    ('-drive file=@,if=virtio,format=raw', '@'),
    ('-drive nosuch=1', 'nosuch'),
    ('-drive file=@/junk,format=nosuch', 'nosuch'),
    ('-drive if=nosuch,file=@/junk', 'nosuch'),
    ('-blockdev driver=nosuch,node-name=a', 'nosuch'),
    ('-blockdev driver=null-co,node-name=a -blockdev driver=null-co,node-name=a', 'a'),
    ('-blockdev {"driver"', '-blockdev'),
    ('-chardev null,id=a -chardev null,id=a', "'a'"),
    ('-chardev nosuch,id=a', 'nosuch'),
    ('-chardev null,id=a,nosuch=1', 'nosuch'),
    ('-chardev null', 'id'),
    ('-chardev socket,id=a', '-chardev'),
    ('-chardev file,id=a,path=@/no/such', '@/no/such'),
    ('-chardev socket,id=a,path=@/no/such', '@/no/such'),
    ('-chardev socket,id=a,host=127.0.0.1,port=BUSY,server=on,wait=off', 'BUSY'),
    ('-qmp tcp:127.0.0.1:BUSY,server=on,wait=off', 'BUSY'),
    ('-incoming tcp:127.0.0.1:BUSY', 'BUSY'),
    ('-netdev user,id=a -netdev user,id=a', "'a'"),
    ('-netdev nosuch,id=a', 'nosuch'),
    ('-netdev user', 'id'),
    ('-netdev user,id=a,nosuch=1', 'nosuch'),
    ('-netdev user,id=a,hostfwd=tcp:127.0.0.1:BUSY-:80', 'BUSY'),
    ('-netdev user,id=a,hostfwd=junk', 'hostfwd|host forwarding'),
    ('-object nosuch,id=a', 'nosuch'),
    ('-object memory-backend-ram,size=1M', 'id'),
    ('-object memory-backend-ram,id=a', 'size'),
    ('-object memory-backend-ram,id=a,size=1M -object memory-backend-ram,id=a,size=1M', "'a'"),
    ('-object memory-backend-ram,id=a,size=1M,nosuch=1', 'nosuch'),
    ('-object memory-backend-file,id=a,size=1M,mem-path=@/no/such', '@/no/such'),
    ('-machine nosuch', 'nosuch'),
    ('-machine pc,nosuch=1', 'nosuch'),
    ('-machine pc,acpi=maybe', 'acpi'),
    ('-machine pc,memory-backend=nosuch', 'nosuch'),
    ('-smp 0', 'cpus'),
    ('-smp abc', 'abc'),
    ('-smp 2,cores=3', '-smp'),
    ('-smp 4,maxcpus=2', '-smp'),
    ('-smp 99999', '99999'),
    ('-smp 2,nosuch=1', 'nosuch'),
    ('-m abc', 'abc'),
    ('-m 9999999T', 'memory'),
    ('-m size=64,nosuch=1', 'nosuch'),
    ('-cpu nosuch', 'nosuch'),
    ('-cpu max,nosuch=on', 'nosuch'),
    ('-cpu max,avx=maybe', 'avx'),
    ('-accel nosuch', 'nosuch'),
    ('-accel tcg,nosuch=on', 'nosuch'),
    ('-serial nosuch', 'nosuch'),
    ('-monitor nosuch', 'nosuch'),
    ('-qmp nosuch', 'nosuch'),
    ('-mon chardev=nosuch', 'nosuch'),
    ('-rtc base=never', 'never'),
    ('-rtc nosuch=1', 'nosuch'),
    ('-global nosuch', 'nosuch'),
    ('-readconfig @/missing', '@/missing'),
    ('-readconfig @/junk', '@/junk'),
    ('-uuid 123', '-uuid'),
    ('-action nosuch=1', 'nosuch'),
    ('-action reboot=maybe', 'maybe'),
    ('-pidfile @/no/such', '@/no/such'),
    ('-D @/no/such', '@/no/such'),
    ('-d nosuch', 'nosuch'),
    ('-name a,nosuch=1', 'nosuch'),
    ('-msg nosuch=1', 'nosuch'),
    ('-overcommit nosuch=1', 'nosuch'),
    ('-boot order=zz', 'order'),
    ('-boot nosuch=1', 'nosuch'),
    ('-numa node,nodeid=999', '999'),
    ('-add-fd fd=99,set=1', '99'),
    ('-runas nosuch', 'nosuch'),
    ('-vga nosuch', 'nosuch'),
    ('-display nosuch', 'nosuch'),
    ('-incoming nosuch:x', 'nosuch'),
    ('-incoming exec:exit', 'migration'),
    ('-incoming file:@/missing', '@/missing'),
    ('-incoming file:@/junk', 'migration'),
]


@contextlib.contextmanager
def busy_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen(1)
        yield s.getsockname()[1]


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def expect_refusal(args, want):
    """Status 1, one line (and at most one of advice) that matches."""
    p = subprocess.Popen([BINARY, '-display', 'none', *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, preexec_fn=no_core)
    try:
        out, err = p.communicate(timeout=AT_ONCE)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise AssertionError('accepted, or hangs: ' + ' '.join(args)) from None
    lines = err.splitlines()
    assert p.returncode == 1, 'status %d: %s' % (p.returncode, err)
    assert not out, 'prints on standard output: ' + out
    assert 1 <= len(lines) <= 2, 'not one line:\n' + err
    assert lines[0].startswith('qemu-system-x86_64: '), err
    assert re.search(want, lines[0]), '%r does not say %r' % (lines[0], want)


def bad(options, want):
    with busy_port() as port:
        def fill(text):
            return text.replace('@', TMP).replace('BUSY', str(port))
        expect_refusal([fill(o) for o in options.split(' ')], fill(want))


def make_files():
    with open(path('junk'), 'wb') as f:
        f.write(b'this is no file of any kind\n' * 100)
    try:
        kernel, _ = find_kernel()
    except (OSError, subprocess.CalledProcessError):
        return False
    os.symlink(kernel, path('kernel'))
    with open(kernel, 'rb') as f, open(path('truncated-kernel'), 'wb') as g:
        g.write(f.read(100000))
    return True


def needs_kernel(options, want):
    if not os.path.exists(path('kernel')):
        raise Skip('no kernel')
    bad(options, want)


@suite.case('unreadable kernel')
def _():
    if os.geteuid() == 0:
        raise Skip('root reads everything')
    shutil.copy(path('junk'), path('secret'))
    os.chmod(path('secret'), 0)
    bad('-kernel @/secret', '-kernel.*ermission')


# --- migration streams -----------------------------------------------------------------------------------------

def saved_stream():
    """A stream of a paused pc with little memory."""
    name = path('stream')
    if not os.path.exists(name):
        with Machine('-M', 'pc', '-m', '16', '-S', '-accel', 'tcg', serial=False) as m:
            m.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
            m.qmp.cmd('migrate', uri='file:' + name)
            m.qmp.wait_event('MIGRATION', lambda d: d['status'] in ('completed', 'failed'))
            assert m.qmp.cmd('query-migrate')['status'] == 'completed', m.qmp.cmd('query-migrate')
    with open(name, 'rb') as f:
        return f.read()


def incoming(data, *args):
    with open(path('in'), 'wb') as f:
        f.write(data)
    return ['-accel', 'tcg', '-m', '16', *args, '-S', '-incoming', 'file:' + path('in')]


@suite.case('stream of another machine type')
def _():
    expect_refusal(incoming(saved_stream(), '-M', 'q35'), 'pc-i440fx.*pc-q35|machine type')


@suite.case('stream with another memory size')
def _():
    expect_refusal(incoming(saved_stream(), '-M', 'pc', '-m', '32'), 'pc.ram')


@suite.case('stream without a device')
def _():
    expect_refusal(incoming(saved_stream(), '-M', 'pc,hpet=off'), 'hpet')


@suite.case('truncated streams')
def _():
    data = saved_stream()
    for part in (1, 7, 8, 30, len(data) // 3, len(data) // 2):
        expect_refusal(incoming(data[:part], '-M', 'pc'), 'migration')


@suite.case('corrupt streams')
def _():
    data = saved_stream()
    for at in (0, 4, 8, 20):
        expect_refusal(incoming(data[:at] + b'\xee\xee\xee\xee' + data[at + 4:], '-M', 'pc'), 'migration')
    with_device = data.index(b'i8254')
    expect_refusal(incoming(data[:with_device] + b'xxxxx' + data[with_device + 5:], '-M', 'pc'), 'xxxxx')


# --- help ------------------------------------------------------------------------------------------------------

@suite.case('-version')
def _():
    assert re.match(r'QEMU emulator version 11\.1', text_of('-version')), text_of('-version')


@suite.case('-help lists options')
def _():
    out = text_of('-help')
    for o in 'machine cpu smp m device drive blockdev netdev chardev serial monitor qmp mon S no-reboot incoming'.split():
        assert re.search('^-%s\\b' % o, out, re.M), '-%s is not in -help' % o
    assert text_of('-h') == out and text_of('--help') == out


@suite.case('-machine help')
def _():
    out = text_of('-machine', 'help')
    for m in ('pc', 'q35', 'microvm', 'none', 'pc-i440fx-7.2', 'pc-q35-7.2'):
        assert re.search(r'^%s +\S' % re.escape(m), out, re.M), m + ' is not listed'
    assert text_of('-M', '?') == out
    assert 'acpi' in text_of('-machine', 'pc,help')


@suite.case('-cpu help')
def _():
    out = text_of('-cpu', 'help')
    for m in ('qemu64', 'max', 'host', 'Haswell', 'x86-64-v3'):
        assert re.search(r'\b%s\b' % m, out), m + ' is not listed'


@suite.case('-accel, -chardev, -netdev, -object, -d and -trace help')
def _():
    assert 'tcg' in text_of('-accel', 'help')
    assert 'socket' in text_of('-chardev', 'help')
    assert 'user' in text_of('-netdev', 'help')
    assert 'memory-backend-ram' in text_of('-object', 'help')
    assert 'size' in text_of('-object', 'memory-backend-ram,help')
    assert 'in_asm' in text_of('-d', 'help')
    text_of('-trace', 'help')


@suite.case('-device X,help for every X')
def _():
    names = re.findall(r'^name "([^"]+)"', text_of('-device', 'help'), re.M)
    assert len(names) > 20, names
    for name in names:
        r = run('-device', name + ',help')
        assert r.returncode == 0 and not r.stderr, '%s: %d %s' % (name, r.returncode, r.stderr)
        assert r.stdout.startswith(name + ' options:') or 'no options' in r.stdout, name + ': ' + r.stdout


# --- processes -------------------------------------------------------------------------------------------------

def connect(name, timeout=AT_ONCE):
    """A connected unix socket, or AssertionError at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(name)
            return s
        except OSError:
            s.close()
            assert time.monotonic() < deadline, 'no one listens on ' + name
            select.select([], [], [], 0.02)


@suite.case('-daemonize and -pidfile')
def _():
    r = run('-M', 'none', '-display', 'none', '-daemonize', '-pidfile', path('pid'),
            '-qmp', 'unix:%s,server=on,wait=off' % path('daemon'))
    assert r.returncode == 0 and not r.stderr, r.stderr
    # the parent only returns when the socket is there: no waiting
    s = socket.socket(socket.AF_UNIX)
    s.connect(path('daemon'))
    with open(path('pid'), encoding='ascii') as f:
        pid = int(f.read())
    try:
        q = QMPClient(s, AT_ONCE)
        assert os.getsid(pid) != os.getsid(0)
        expect_refusal(['-M', 'none', '-pidfile', path('pid')], 'pid')      # held by the first
        q.cmd('quit')
        deadline = time.monotonic() + AT_ONCE
        while os.path.exists(path('pid')):
            assert time.monotonic() < deadline, 'the PID file stays'
            select.select([], [], [], 0.02)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        raise


@suite.case('a daemon that cannot start says so to its parent')
def _():
    expect_refusal(['-daemonize', '-device', 'nosuch'], 'nosuch')


@suite.case('-readconfig')
def _():
    with open(path('config'), 'w', encoding='ascii') as f:
        f.write('# comment\n[machine]\n  type = "q35"\n[memory]\n  size = "64M"\n\n[smp-opts]\n  cpus = "2"\n\n'
                '[device "bal"]\n  driver = "virtio-balloon-pci"\n[name]\n  guest = "from file"\n')
    with Machine('-readconfig', path('config'), '-S', serial=False) as m:
        assert m.qmp.cmd('query-name') == {'name': 'from file'}
        assert len(m.qmp.cmd('query-cpus-fast')) == 2
        assert m.qmp.cmd('query-memory-size-summary')['base-memory'] == 64 << 20
        assert m.qmp.cmd('qom-get', path='/machine/peripheral/bal', property='type') == 'virtio-balloon-pci'
        assert m.qmp.cmd('query-current-machine') is not None


@suite.case('-S, cont, stop, events and run states')
def _():
    with Machine('-M', 'pc', '-S', '-m', '16', serial=False) as m:
        assert m.qmp.cmd('query-status') == {'running': False, 'status': 'prelaunch'}
        m.qmp.cmd('cont')
        m.qmp.wait_event('RESUME')
        assert m.qmp.cmd('query-status') == {'running': True, 'status': 'running'}
        m.qmp.cmd('stop')
        m.qmp.wait_event('STOP')
        assert m.qmp.cmd('query-status') == {'running': False, 'status': 'paused'}
        m.qmp.cmd('quit')
        event = m.qmp.wait_event('SHUTDOWN')
        assert event['data'] == {'guest': False, 'reason': 'host-qmp-quit'}, event
        assert m.wait() == 0


@suite.case('signals end the process in order')
def _():
    for sig, name in ((signal.SIGTERM, 'host-signal'), (signal.SIGINT, 'host-signal'), (signal.SIGHUP, 'host-signal')):
        with Machine('-M', 'pc', '-m', '16', serial=False) as m:
            m.process.send_signal(sig)
            assert m.qmp.wait_event('SHUTDOWN')['data']['reason'] == name
            assert m.wait() == 0


@suite.case('-action and -no-shutdown')
def _():
    # no guest code: without firmware it would run into a reset of its own
    with Machine('-M', 'pc', '-accel', 'qtest', '-m', '16', '-action', 'reboot=shutdown,shutdown=pause',
                 serial=False) as m:
        m.qmp.cmd('system_reset')       # a reset becomes a shutdown, and that a pause
        assert m.qmp.wait_event('SHUTDOWN')['data'] == {'guest': False, 'reason': 'host-qmp-system-reset'}
        m.qmp.wait_event('STOP')
        assert m.qmp.cmd('query-status')['status'] == 'shutdown'
    with Machine('-M', 'pc', '-m', '16', '-no-shutdown', '-S', serial=False) as m:
        m.qmp.cmd('set-action', shutdown='poweroff', reboot='reset', panic='pause', watchdog='none')
        m.qmp.cmd('quit')               # not held up by -no-shutdown
        assert m.wait() == 0


@suite.case('-global')
def _():
    with Machine('-M', 'pc', '-m', '16', '-S', '-device', 'virtio-balloon-pci,id=b', '-global',
                 'virtio-balloon-pci.vectors=7', serial=False) as m:
        assert m.qmp.cmd('qom-get', path='/machine/peripheral/b', property='vectors') == 7


@suite.case('-device in JSON')
def _():
    with Machine('-M', 'q35', '-m', '16', '-S', '-device',
                 '{"driver":"pcie-root-port","id":"r","port":16,"chassis":1,"addr":"0x2","multifunction":true}',
                 serial=False) as m:
        assert m.qmp.cmd('qom-get', path='/machine/peripheral/r', property='chassis') == 1


@suite.case('-name, -uuid, -rtc')
def _():
    uuid = '01234567-89ab-cdef-0123-456789abcdef'
    with Machine('-M', 'pc', '-m', '16', '-S', '-name', 'guest=some one,debug-threads=on', '-uuid', uuid,
                 '-rtc', 'base=2020-02-29T12:00:00,clock=vm', serial=False) as m:
        assert m.qmp.cmd('query-name') == {'name': 'some one'}
        assert m.qmp.cmd('query-uuid') == {'UUID': uuid}
        date = m.qmp.cmd('qom-get', path='/machine', property='rtc-time')
        assert (date['tm_year'], date['tm_mon'], date['tm_mday'], date['tm_hour']) == (120, 1, 29, 12), date


@suite.case('-D, -d and -trace')
def _():
    with Machine('-M', 'none', '-D', path('log'), '-d', 'guest_errors', '-trace', '*', serial=False) as m:
        m.qmp.cmd('query-status')
    assert os.path.exists(path('log'))
    with Machine('-M', 'none', serial=False) as m:
        events = m.qmp.cmd('trace-event-get-state', name='*')
        assert events, 'no trace events'
        m.qmp.cmd('trace-event-set-state', name=events[0]['name'], enable=True)
        assert m.qmp.cmd('trace-event-get-state', name=events[0]['name'])[0]['state'] == 'enabled'


# --- monitors --------------------------------------------------------------------------------------------------

@suite.case('QMP on unix, tcp and stdio at once')
def _():
    with socket.socket() as listener, socket.socket(socket.AF_UNIX) as u:
        listener.bind(('127.0.0.1', 0))
        listener.listen(1)
        u.bind(path('multi'))
        u.listen(1)
        ours, theirs = socket.socketpair()
        with Machine('-M', 'none', '-qmp', 'tcp:127.0.0.1:%d' % listener.getsockname()[1],
                     '-qmp', 'unix:' + path('multi'), serial=False) as m:
            clients = [m.qmp]
            for s in (listener, u):
                s.settimeout(AT_ONCE)
                conn, _ = s.accept()
                conn.settimeout(None)
                clients.append(QMPClient(conn, AT_ONCE))
            for c in clients:
                assert c.cmd('query-status')['status'] in ('running', 'prelaunch')
            clients[1].cmd('stop')
            for c in clients:
                c.wait_event('STOP')
        p = subprocess.Popen([BINARY, '-M', 'none', '-display', 'none', '-qmp', 'stdio'], stdin=theirs, stdout=theirs,
                             stderr=subprocess.PIPE)
        theirs.close()
        try:
            q = QMPClient(ours, AT_ONCE)
            assert q.cmd('query-version')['qemu']['major'] == 11
            q.cmd('quit')
            assert p.wait(AT_ONCE) == 0
        finally:
            p.kill()
            p.communicate()


def raw_qmp(sock):
    f = sock.makefile('rwb', buffering=0)
    reader = sock.makefile('r')

    def ask(message):
        f.write(message if isinstance(message, bytes) else json.dumps(message).encode() + b'\n')
        return json.loads(reader.readline())
    return ask, reader


@contextlib.contextmanager
def raw_session(*args):
    ours, theirs = socket.socketpair()
    ours.settimeout(AT_ONCE)
    p = subprocess.Popen([BINARY, '-M', 'none', '-display', 'none', '-qmp', 'stdio', *args], stdin=theirs, stdout=theirs,
                         stderr=subprocess.PIPE)
    theirs.close()
    try:
        yield raw_qmp(ours)
    finally:
        p.kill()
        p.communicate()
        ours.close()


@suite.case('QMP greeting, negotiation, errors')
def _():
    with raw_session() as (ask, reader):
        greeting = json.loads(reader.readline())['QMP']
        assert greeting['version']['qemu'] == {'major': 11, 'minor': 1, 'micro': 0}, greeting
        assert 'capabilities' in greeting
        assert ask({'execute': 'query-status', 'id': 1})['error']['class'] == 'CommandNotFound'
        assert ask({'execute': 'qmp_capabilities', 'arguments': {'enable': ['nosuch']}})['error']['class'] == 'GenericError'
        assert ask({'execute': 'qmp_capabilities', 'id': {'any': 'thing'}}) == {'return': {}, 'id': {'any': 'thing'}}
        assert ask({'execute': 'qmp_capabilities'})['error']['class'] == 'CommandNotFound'
        for junk in (b'{"execute": 1}\n', b'[]\n', b'{"a": }\n', b'{"execute": "query-status", "nosuch": 1}\n',
                     b'\xff\n', b'{"execute": "nosuch"}\n'):
            reply = ask(junk)
            assert 'error' in reply and reply['error']['desc'], reply
        # the session survives
        assert 'return' in ask({'execute': 'query-status'})


@suite.case('QMP out of band')
def _():
    with raw_session() as (ask, reader):
        assert 'oob' in json.loads(reader.readline())['QMP']['capabilities']
        assert ask({'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}) == {'return': {}}
        assert 'error' in ask({'exec-oob': 'query-status', 'id': 1})        # not allowed out of band
        assert ask({'exec-oob': 'migrate-pause', 'id': 2})['id'] == 2       # allowed, fails without a migration
        assert ask({'execute': 'query-status', 'id': 3})['id'] == 3


@suite.case('HMP prompt, errors and info')
def _():
    p = subprocess.Popen([BINARY, '-M', 'pc', '-S', '-m', '16', '-display', 'none', '-monitor', 'stdio'],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    out, _ = p.communicate('info status\nnosuch\ninfo nosuch\nhelp cont\ninfo mtree\ninfo qtree\nquit\n', timeout=AT_ONCE)
    assert p.returncode == 0
    assert re.match(r'QEMU 11\.1\S* monitor - type \'help\' for more information\n\(qemu\) ', out), out[:200]
    assert 'VM status: paused (prelaunch)' in out, out
    assert "unknown command: 'nosuch'" in out, out
    assert 'bus: pci.0' in out and 'pc.ram' in out


class Terminal:
    """A process on a pseudo terminal."""

    def __init__(self, *args):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execv(BINARY, [BINARY, *args])
        self.seen = ''

    def wait_for(self, pattern, timeout=AT_ONCE):
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, 'no %r in %r' % (pattern, self.seen)
            try:
                self.seen += os.read(self.fd, 4096).decode('utf-8', 'replace')
            except OSError:
                raise AssertionError('ended before %r: %r' % (pattern, self.seen)) from None
        self.seen = self.seen[re.search(pattern, self.seen).end():]

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, timeout=AT_ONCE):
        """Exit status; output is read on, so that the process is not held up."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            if ready:
                with contextlib.suppress(OSError):
                    os.read(self.fd, 4096)
        raise AssertionError('still runs')

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@suite.case('-nographic keys')
def _():
    t = Terminal('-M', 'pc', '-S', '-m', '16', '-nographic')
    try:
        t.wait_for('')
        t.type('\x01h')
        t.wait_for('C-a x|Ctrl-A x|C-a h')
        t.type('\x01c')
        t.wait_for(r'\(qemu\) ')
        t.type('info status\r')
        t.wait_for('VM status: paused')
        t.type('\x01c\x01x')
        assert t.wait() == 0
    finally:
        t.close()


@suite.case('standard input keeps its flags')
def _():
    import fcntl                        # pylint: disable=import-outside-toplevel
    ours, theirs = socket.socketpair()
    before = fcntl.fcntl(theirs, fcntl.F_GETFL)
    p = subprocess.Popen([BINARY, '-M', 'none', '-display', 'none', '-qmp', 'stdio'], stdin=theirs, stdout=theirs)
    try:
        QMPClient(ours, AT_ONCE).cmd('quit')
        assert p.wait(AT_ONCE) == 0
        assert fcntl.fcntl(theirs, fcntl.F_GETFL) == before
    finally:
        p.kill()
        p.wait()


def main():
    # pylint: disable=import-outside-toplevel
    make_files()
    for options, want in BAD:
        suite.add('bad: ' + options, needs_kernel if 'kernel' in options.split('@/')[-1] or '@/kernel' in options else bad,
                  options, want)
    try:
        return suite.main()
    finally:
        shutil.rmtree(TMP, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
