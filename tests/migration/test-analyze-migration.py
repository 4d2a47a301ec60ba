#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/analyze-migration.py on a stream made here: values, old and new marker names, and every possible cut."""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

TOOL = os.path.join(os.path.dirname(__file__), '..', '..', 'scripts', 'analyze-migration.py')


def counted(s):
    return bytes([len(s)]) + s.encode()


def section(number, name, body, kind=4, version=1):
    return (struct.pack('>BI', kind, number) + counted(name) + struct.pack('>II', 0, version) + body +
            struct.pack('>BI', 0x7E, number))


def stream(marker):
    elem = {'vmsd_name': 'e', 'version': 0, 'fields': [{'name': 'v', 'type': 'uint16', 'size': 2}]}
    slots = [{'name': 'q', 'index': 0, 'type': marker, 'size': 1},
             {'name': 'q', 'index': 0, 'type': 'struct', 'struct': elem, 'size': 2},
             {'name': 'q', 'index': 1, 'type': marker, 'size': 1}]
    desc = {'page_size': 4096, 'devices': [{
        'name': 'dev', 'instance_id': 0, 'vmsd_name': 'dev', 'version': 1,
        'fields': [{'name': 'a', 'type': 'uint32', 'size': 4},
                   {'name': 'arr', 'array_len': 2, 'type': 'int8', 'size': 1}] + slots,
        'subsections': [{'vmsd_name': 'dev/sub', 'version': 1, 'fields': [{'name': 'b', 'type': 'bool', 'size': 1}]}]}]}
    ram = struct.pack('>Q', 0x1000 | 4) + counted('r') + struct.pack('>QQ', 0x1000, 0x10)
    pages = struct.pack('>Q', 8) + counted('r') + b'x' * 4096 + struct.pack('>Q', 0x10)
    dev = struct.pack('>Ibb', 7, -1, 2) + b'\x31\x00\x05\x30' + b'\x05' + counted('dev/sub') + struct.pack('>I', 1) + b'\x01'
    text = json.dumps(desc).encode()
    return (struct.pack('>IIBI', 0x5145564D, 3, 7, 4) + b'none' + section(2, 'ram', ram, 1, 4) +
            struct.pack('>BI', 3, 2) + pages + struct.pack('>BI', 0x7E, 2) + struct.pack('>BHHI', 8, 2, 4, 1) +
            section(3, 'dev', dev) + b'\x00\x06' + struct.pack('>I', len(text)) + text)


def run(data, *args):
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        return subprocess.run([sys.executable, TOOL, '-f', f.name, *args], capture_output=True, text=True, timeout=60)


def without_ram(data):
    """The sections of RAM are numbers 2; they end with the last footer of that number."""
    footer = struct.pack('>BI', 0x7E, 2)
    return data[:17] + data[data.rindex(footer) + len(footer):]


def relengthed(data, old, new):
    """@data with @old replaced in the description, whose length is put right."""
    at = data.rindex(b'{"page_size"')
    text = data[at:].replace(old, new, 1)
    assert text != data[at:]
    return data[:at - 4] + struct.pack('>I', len(text)) + text


def main():
    ok, n = True, 0

    def check(name, cond, detail=''):
        nonlocal ok, n
        n += 1
        print(f'{"ok" if cond else "not ok"} {n} {name}' + ('' if cond else f' # {detail}'))
        ok = ok and cond

    for marker in ('ptr-marker', 'nullptr'):
        r = run(stream(marker), '-m')
        out = json.loads(r.stdout) if r.returncode == 0 else {}
        want = {'a': 7, 'arr': [-1, 2], 'q': [{'v': 5}, None], 'dev/sub': {'b': True}}
        check(f'values with {marker}', out.get('devices') == {'dev': want}, f'{r.stderr}{out}')
        check(f'ram with {marker}', out.get('ram') == {'r': {'size': 4096, 'zero': 0, 'normal': 1}}, str(out))
    data = stream('nullptr')
    r = run(without_ram(data), '-m')
    check('RAM is optional', r.returncode == 0 and json.loads(r.stdout)['ram'] == {}, r.stderr)
    check('sections without RAM', 'dev (0)' in run(without_ram(data), '-d', 'sections').stdout)
    for what, old, new in (('no devices', b'"devices"', b'"devixes"'), ('fields are a number', b'[{"name": "a"', b'7, "x": [{"name": "a"'),
                           ('a field without a type', b'"type": "uint32"', b'"tipe": "uint32"'),
                           ('an array of billions', b'"array_len": 2', b'"array_len": 99999999999')):
        r = run(relengthed(data, old, new))
        check(f'{what}: an error with the offset', r.returncode == 1 and 'offset' in r.stderr and r.stderr.count('\n') == 1,
              f'{r.returncode} {r.stderr}')
    random.seed(1)
    wild = []
    for _ in range(60):
        junk = bytearray(data)
        for _ in range(random.randrange(1, 6)):
            junk[random.choice((random.randrange(150), random.randrange(len(junk) - 900, len(junk))))] = random.randrange(256)
        r = run(bytes(junk))
        if r.returncode not in (0, 1) or 'Traceback' in r.stderr or (r.returncode and 'offset' not in r.stderr):
            wild.append(r.stderr)
    check('changed bytes: an answer or an error with the offset', not wild, str(wild[:1]))
    bad = [cut for cut in list(range(0, 60, 7)) + list(range(4200, len(data), 41))
           if (r := run(data[:cut])).returncode != 1 or 'offset' not in r.stderr or 'Traceback' in r.stderr]
    check('every cut is refused with an offset', not bad, str(bad))
    print(f'1..{n}')
    return 0 if ok else 1


if __name__ == '__main__':
    sys.exit(main())
