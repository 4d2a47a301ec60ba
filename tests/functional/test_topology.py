#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The memory topology of whole machines with up to 1000 virtio functions (docs/devel/memory.md, rules A1 to A14).

usage: test_topology.py [--toggles N] [CASE...]      a guest of 4 KiB (tests/bench/pci-player.S) does the writes
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'bench'))
from pciplayer import Layout, Player, Suite, default_binary  # noqa: E402  pylint: disable=wrong-import-position

LISTS = ('init', 'toggle_master', 'move_bar', 'toggle_memory')
MAX_VIEWS = 4
HEAP_SLACK = 64 << 10       # QMP's own buffers, and tree nodes kept for the next change
suite = Suite()


def lists(layout, repeat=1):
    return [(layout.init, 1)] + [(getattr(layout, name)(), repeat) for name in LISTS[1:]]


def stats(p):
    """With everything settled: the guest waits for us, and stopped it owes nothing to RCU."""
    p.qmp.cmd('stop')
    s = p.qmp.cmd('x-query-memory-stats')
    p.qmp.cmd('cont')
    return s


def work(p, n):
    before = stats(p)
    p.play(n)
    after = stats(p)
    return {k: after[k] - before[k] for k in after if k not in ('heap', 'nodes-copied')}, \
        after['nodes-copied'] - before['nodes-copied']


def measure(kind, n):
    layout = Layout(kind, n)
    with Player(layout, lists(layout), '-accel', 'tcg') as p:
        off = stats(p)['views-alive']
        p.play(0)
        on = stats(p)['views-alive']
        return off, on, [work(p, i) for i in (1, 2, 3)]


def equal_work(kind):
    few, many = measure(kind, 10), measure(kind, 1000)
    for off, on, _ in (few, many):
        assert off <= MAX_VIEWS and on <= MAX_VIEWS, (off, on)
    for name, (a, a_nodes), (b, b_nodes) in zip(LISTS[1:], few[2], many[2]):
        print('# %s %s: %s; tree nodes written with 10, 1000 devices: %d, %d' % (kind, name, a, a_nodes, b_nodes))
        assert a == b, '%s: 10 devices %s, 1000 devices %s' % (name, a, b)
        assert b_nodes <= 3 * a_nodes, 'more than a path of the tree: %d, %d' % (a_nodes, b_nodes)


for _kind in ('ports', 'bridges'):
    suite.add('A12: one change among 1000 devices is the work of one among 10 (%s)' % _kind, equal_work, _kind)


def owners(p):
    """References on the owners of all regions."""
    p.qmp.cmd('stop')
    p.qmp.cmd('x-query-memory-stats')           # waits for what is being given back
    regions = p.qmp.cmd('x-query-mtree', ranges=False)['regions']
    p.qmp.cmd('cont')
    return sorted((r['name'], r.get('owner', ''), r.get('owner-refs', 0)) for r in regions)


def toggles(count):
    """A9: memory, bus master and BARs, again and again."""
    layout = Layout('ports', 20)
    with Player(layout, lists(layout, count // 6), '-accel', 'tcg') as p:
        p.play(0)
        p.play(2)                       # what is kept for reuse is there
        refs, before = owners(p), stats(p)
        for i in (1, 2, 3):
            p.play(i)
        after = stats(p)
        assert after['commits'] - before['commits'] >= count - 6, (before, after)
        assert owners(p) == refs, 'references: %s' % set(owners(p)).symmetric_difference(refs)
        print('# %d commits; heap %+d bytes' % (after['commits'] - before['commits'], after['heap'] - before['heap']))
        assert abs(after['heap'] - before['heap']) <= HEAP_SLACK, (before['heap'], after['heap'])
        assert after['views-alive'] == before['views-alive'], (before, after)


def shown(p):
    t = p.qmp.cmd('x-query-mtree')
    names = {r['id']: r['name'] + ' ' + r.get('owner', '') for r in t['regions']}
    return sorted((sorted(v['users']), [(r['first'], r['last'], names[r['region']], r['offset']) for r in v['ranges']])
                  for v in t['views'])


def one_commit(kind, n):
    """A14, with a guest that programmed every BAR and window."""
    layout = Layout(kind, n)
    with tempfile.TemporaryDirectory() as tmp:
        with Player(layout, lists(layout), '-accel', 'tcg') as p:
            p.play(0)
            p.qmp.cmd('stop')
            p.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
            p.qmp.cmd('migrate', uri='file:%s/state' % tmp)
            p.qmp.wait_event('MIGRATION', lambda d: d['status'] in ('completed', 'failed'))
            assert p.qmp.cmd('query-migrate')['status'] == 'completed', p.qmp.cmd('query-migrate')
            source = shown(p)
        with Player(layout, lists(layout), '-accel', 'tcg', '-S', '-incoming', 'defer', waits=False) as p:
            p.qmp.cmd('migrate-set-capabilities', capabilities=[{'capability': 'events', 'state': True}])
            p.qmp.cmd('migrate-incoming', uri='file:%s/state' % tmp)
            p.qmp.wait_event('MIGRATION', lambda d: d['status'] in ('completed', 'failed'))
            s = p.qmp.cmd('x-query-memory-stats')
            assert s.get('load-commits') == 1, s
            assert shown(p) == source, 'the destination shows something else'
            p.qmp.cmd('cont')
            p.play(2)                   # and it runs
    print('# %d devices: %d commit' % (n, s['load-commits']))


suite.add('A14: loading the state of 200 devices is one commit (ports)', one_commit, 'ports', 200)
suite.add('A14: loading the state of 200 devices is one commit (bridges)', one_commit, 'bridges', 200)


FLAT_RANGE = re.compile(r'^  ([0-9a-f]{16})-([0-9a-f]{16}) \(prio [-0-9]+, [^)]*\): (.*?)(?: @([0-9a-f]{16}))?$')


@suite.case('A10: x-query-mtree says what info mtree -f says')
def _text():
    layout = Layout('bridges', 40)
    with Player(layout, lists(layout), '-accel', 'tcg') as p:
        p.play(0)
        p.qmp.cmd('stop')
        text = p.qmp.cmd('human-monitor-command', command_line='info mtree -f')
        info = p.qmp.cmd('x-query-mtree')
    names = {r['id']: r['name'] for r in info['regions']}
    blocks = text.replace('\r', '').split('FlatView #')[1:]
    assert len(blocks) == len(info['views']) <= MAX_VIEWS, text
    for block, view in zip(blocks, info['views']):
        users = re.findall(r'^ AS "(.*)", root: ', block, re.M)
        ranges = [m.groups() for m in map(FLAT_RANGE.match, block.split('\n')) if m]
        assert users == view['users'], (users, view['users'])
        assert [(int(a, 16), int(b, 16), name, int(at or '0', 16)) for a, b, name, at in ranges] == \
            [(r['first'], r['last'], names[r['region']], r['offset']) for r in view['ranges']], block
    assert max(len(v['ranges']) for v in info['views']) > 80, text


@suite.case('A10: mtree-graph draws who shares which view')
def _graph():
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([os.path.join(HERE, '..', '..', 'scripts', 'mtree-graph'), '-o', tmp + '/t.dot', '--binary',
                        default_binary(), '--', '-M', 'q35', '-nodefaults', '-device', 'virtio-rng-pci', '-device',
                        'virtio-net-pci'], check=True, timeout=120)
        with open(tmp + '/t.dot', encoding='utf-8') as f:
            text = f.read()
        # bus masters are off: all of them show nothing, together
        assert re.search('[0-9]+ address spaces[^"]*virtio-rng-pci[^"]*virtio-net-pci', text) and 'pc.ram' in text, text
        assert text.count('shape=note') == 3, text
        if shutil.which('dot'):
            subprocess.run(['dot', '-Tsvg', '-o', tmp + '/t.svg', tmp + '/t.dot'], check=True, timeout=120)


def main():
    args = sys.argv[1:]
    count = 1000000
    if '--toggles' in args:
        at = args.index('--toggles')
        count = int(args[at + 1])
        del args[at:at + 2]
    suite.add('A9: %d changes leave references and the heap as they were' % count, toggles, count)
    return suite.main(args)


sys.exit(main())
