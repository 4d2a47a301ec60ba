#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/vmstate-static-checker.py (rule B10): what it must find and what it must let pass."""
import copy
import json
import os
import subprocess
import sys
import tempfile

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'scripts', 'vmstate-static-checker.py')


def field(name, size=4, version=0, exists=False, **more):
    return {'field': name, 'version_id': version, 'field_exists': exists, 'size': size, **more}


def desc(name, fields, version=1, minimum=1, subsections=()):
    out = {'name': name, 'version_id': version, 'minimum_version_id': minimum, 'Fields': fields}
    return out | ({'Subsections': list(subsections)} if subsections else {})


def device(description):
    return {'Name': description['name'], 'version_id': description['version_id'], 'Description': description}


def base():
    inner = desc('inner', [field('x', 2), field('y', 2)])
    return {'vmschkmachine': {'Name': 'pc'},
            'foo': device(desc('foo', [field('a', 8, type='uint64'), field('b', num=3, type='uint32'),
                                       field('in', 40, Description=inner), field('opt', 1, exists=True),
                                       field('t', 40, type='timer'), field('last', 1)], 2, 1,
                               [desc('foo/s', [field('z')])]))}


def fields(dump):
    return dump['foo']['Description']['Fields']


def changed(change):
    dump = copy.deepcopy(base())
    change(dump)
    return dump


def set_field(index, **values):
    return changed(lambda d: fields(d)[index].update(values))


def inner(dump):
    return fields(dump)[2]['Description']


# name, dump of the destination, what the one line must contain (None: compatible)
CASES = [
    ('the same', base(), None),
    ('a field larger', set_field(0, size=4, type='uint32'), 'foo: field a (uint64, size 8) is read as a (uint32, size 4)'),
    ('another codec of the same size', set_field(0, type='int64'), 'foo: field a'),
    ('a codec that checks', set_field(0, type='uint64 equal'), None),
    ('a longer array', set_field(1, num=4), 'foo: field b (uint32, size 4 x 3) is read as b (uint32, size 4 x 4)'),
    ('a field gone', changed(lambda d: fields(d).pop(0)), 'foo: field a (uint64, size 8) is saved but not read'),
    ('a field more', changed(lambda d: fields(d).append(field('new'))), 'foo: field new (size 4) is read but not saved'),
    ('a field more, of a version', changed(lambda d: (fields(d).append(field('new', version=3)),
                                                     d['foo']['Description'].update(version_id=3))), None),
    ('a field more, if asked for', changed(lambda d: fields(d).append(field('new', exists=True))), None),
    ('a field that may be there', changed(lambda d: fields(d).pop(3)), None),
    ('another name', changed(lambda d: fields(d)[5].update(field='end')), None),
    ('fields swapped', changed(lambda d: inner(d)['Fields'].reverse()), 'foo: field in.x is read as in.y'),
    ('a field of a structure gone', changed(lambda d: inner(d)['Fields'].pop()), 'foo: field in.y'),
    ('a structure in memory larger', set_field(2, size=48), None),
    ('a structure opened up', changed(lambda d: fields(d).__setitem__(slice(2, 3), [field('x', 2), field('y', 2)])), None),
    ('padding instead of fields', changed(lambda d: inner(d).update(Fields=[field('unused', 4)])), None),
    ('too little padding', changed(lambda d: inner(d).update(Fields=[field('unused', 3)])), 'foo: field'),
    ('a timer of another size in memory', set_field(4, size=8, type='timer'), None),
    ('newer', changed(lambda d: d['foo']['Description'].update(minimum_version_id=3, version_id=3)),
     'foo: foo: version 2 is saved, 3 to 3 are read'),
    ('older', changed(lambda d: d['foo']['Description'].update(version_id=1)), 'version 2 is saved, 1 to 1 are read'),
    ('a subsection gone', changed(lambda d: d['foo']['Description'].pop('Subsections')), 'subsection foo/s is not read'),
    ('a subsection more', changed(lambda d: d['foo']['Description']['Subsections'].append(desc('foo/t', []))), None),
    ('a subsection changed', changed(lambda d: d['foo']['Description']['Subsections'][0]['Fields'].append(field('q'))),
     'foo: field q (size 4) is read but not saved'),
    ('a device gone', changed(lambda d: d.pop('foo')), 'foo: is not in the destination'),
    ('a device more', changed(lambda d: d.update(bar=device(desc('bar', [])))), None),
    ('another description', changed(lambda d: d['foo']['Description'].update(name='fu')), "is named 'foo'"),
]


def main():
    ok, n = True, 0

    def check(name, good, detail=''):
        nonlocal ok, n
        n += 1
        ok = ok and good
        print(f'{"ok" if good else "not ok"} {n} {name}' + ('' if good else f' # {detail}'))

    with tempfile.TemporaryDirectory() as tmp:
        def run(src, dst, *args):
            for name, data in (('s', src), ('d', dst)):
                with open(os.path.join(tmp, name), 'w', encoding='utf-8') as f:
                    f.write(data if isinstance(data, str) else json.dumps(data))
            return subprocess.run([sys.executable, TOOL, '-s', f'{tmp}/s', '-d', f'{tmp}/d', *args], capture_output=True,
                                  text=True, check=False)

        for name, dst, want in CASES:
            r = run(base(), dst)
            good = (r.returncode, r.stdout) == (0, '') if want is None else r.returncode == 1 and want in r.stdout
            check(f'B10 {name}', good, f'{r.returncode} {r.stdout!r} {r.stderr!r}')
        r = run(CASES[6][1], base(), '--reverse')
        check('--reverse', r.returncode == 1 and 'read but not saved' in r.stdout, r.stdout)
        r = run(base(), CASES[10][1], '--names')
        check('--names', r.returncode == 1 and 'field last is read as end' in r.stdout, r.stdout)
        r = run(base(), changed(lambda d: d.pop('foo')), '--common')
        check('--common', r.returncode == 0 and not r.stdout, r.stdout)
        for name, junk in (('empty', ''), ('no JSON', '{'), ('no dump', '{}'), ('a list', '[1]'),
                           ('odd', '{"vmschkmachine": 1, "foo": {"Description": {"Fields": 7}}}')):
            r = run(base(), junk)
            check(f'{name} file: status 2 and one line',
                  r.returncode == 2 and r.stderr.count('\n') == 1 and 'Traceback' not in r.stderr, r.stderr)
    print(f'1..{n}')
    return 0 if ok else 1


if __name__ == '__main__':
    sys.exit(main())
