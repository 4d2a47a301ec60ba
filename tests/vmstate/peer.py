#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our descriptions of the 7.2 machine types against those of the reference, from the JSON at the end of two streams.

  peer.py test TOOL DOC    differences found = differences DOC explains; skipped where the reference is not installed
  peer.py show TOOL        the differences, in the form of DOC's table

Both programs save the same stopped machine. Compared, for each section: name, instance and version; and its fields in
order, structures opened up, by name, codec and bytes on the wire; subsections by name and version.
"""
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

import streams

PEER = shutil.which('qemu-system-x86_64', path='/usr/bin') or '/usr/bin/qemu-system-x86_64'
COMMON = '-m 16 -smp 2 -cpu qemu64 -bios @disk@ '
BACKENDS = ('-drive if=none,id=d0,file=@disk@,format=raw -drive if=none,id=d1,file=@disk@,format=raw '
            '-chardev null,id=c0 -chardev null,id=c1 -chardev null,id=c2 -chardev null,id=c3 ')
DEVICES = ('-device virtio-blk-pci,drive=d0 -device virtio-blk-pci-transitional,drive=d1 -device virtio-net-pci,romfile= '
           '-device virtio-balloon-pci -device virtio-rng-pci -device virtio-serial-pci -device virtconsole,chardev=c0 '
           '-device virtserialport,chardev=c1,name=port -device pci-testdev -device isa-serial,chardev=c2 '
           '-device isa-debugcon,chardev=c3 -device isa-debug-exit ')
MACHINES = {
    'pc-i440fx-7.2': '-M pc-i440fx-7.2 ' + COMMON + BACKENDS + DEVICES + '-device pci-bridge,id=br,chassis_nr=2',
    'pc-q35-7.2': '-M pc-q35-7.2 ' + COMMON + BACKENDS + DEVICES +
                  '-device pcie-root-port,id=rp,chassis=1 -device i82801b11-bridge,id=db '
                  '-device pci-bridge,id=br,bus=db,chassis_nr=2',
}


def ours(tool, args, tmp):
    out = os.path.join(tmp, 'ours')
    result = subprocess.run([tool, 'save', out, *shlex.split(args)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(result.stdout + result.stderr)
    with open(out, 'rb') as f:
        return f.read()


def theirs(args, tmp):
    """A stream of the reference; its images are files of zeroes."""
    words, out = [], os.path.join(tmp, 'theirs')
    for i, word in enumerate(shlex.split(args)):
        if '@disk@' in word:
            disk = os.path.join(tmp, f'disk{i}')
            with open(disk, 'wb') as f:
                f.truncate(65536)
            word = word.replace('@disk@', disk)
        words.append(word)
    mine, other = socket.socketpair()
    with subprocess.Popen([PEER, '-accel', 'tcg', '-display', 'none', '-S', '-nodefaults', '-rtc', 'base=2026-01-01,clock=vm',
                           *words, '-chardev', f'socket,id=q,fd={other.fileno()}', '-mon', 'chardev=q,mode=control'],
                          pass_fds=[other.fileno()], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as proc:
        other.close()
        mine.settimeout(60)
        try:
            file = mine.makefile('rw')
            wanted = [('qmp_capabilities', {}),
                      ('migrate-set-capabilities', {'capabilities': [{'capability': 'events', 'state': True}]}),
                      ('migrate', {'uri': f'exec:cat > {shlex.quote(out)}'})]
            file.readline()
            for name, arguments in wanted:
                file.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
                file.flush()
            for line in file:
                message = json.loads(line)
                status = message.get('data', {}).get('status')
                if 'error' in message or status == 'failed':
                    raise RuntimeError(line)
                if status == 'completed':
                    break
            else:
                raise RuntimeError(proc.stderr.read())
            # The command may still be writing; it ends when the emulator closes the pipe.
            file.write('{"execute": "quit"}\n')
            file.flush()
            proc.wait(60)
        finally:
            proc.kill()
            mine.close()
    with open(out, 'rb') as f:
        return f.read()


def plain(kind):
    return kind.replace(' equal', '').replace(' le', '')


def entries(desc, path=''):
    """
    (path, codec, bytes) of each field as it was written; structures and subsections have an entry with their version.
    Arrays are written out element by element, whether or not the stream's description does so.
    """
    for field in desc.get('fields', []):
        if 'array_len' in field:
            elements = [f'{path}{field["name"]}[{i}]' for i in range(field['array_len'])]
        else:
            elements = [path + field['name'] + (f'[{field["index"]}]' if 'index' in field else '')]
        for where in elements:
            if 'struct' in field:
                yield where, f'struct {field["struct"]["vmsd_name"]} v{field["struct"]["version"]}', None
                yield from entries(field['struct'], where + '.')
            else:
                yield where, plain(field['type']), field['size']
    for sub in desc.get('subsections', []):
        yield f'{path}<{sub["vmsd_name"]}>', f'subsection v{sub["version"]}', None
        yield from entries(sub, f'{path}<{sub["vmsd_name"]}>.')


def by_section(reader):
    return {(d['name'], d['instance_id']): d for d in reader.desc['devices']}


def section_name(name, instance):
    return name if not instance else f'{name} ({instance})'


def compare(machine, mine, peer):
    """Lines 'machine | section | what'."""
    a, b = by_section(mine), by_section(peer)
    versions = [{(n, i): v for _, _, n, i, v, _ in r.sections} for r in (mine, peer)]
    for key in sorted(set(a) | set(b)):
        where = section_name(*key)
        if key not in a or key not in b:
            yield machine, where, f'only {"here" if key in a else "there"}'
            continue
        if versions[0].get(key) != versions[1].get(key):
            yield machine, where, f'version {versions[0].get(key)} here, {versions[1].get(key)} there'
        yield from ((machine, where, what) for what in fields(list(entries(a[key])), list(entries(b[key]))))


def fields(mine, peer):
    """Differences of two lists of entries, the same bytes under another name or structure left out of account last."""
    if mine == peer:
        return
    wire = [[(kind, size) for _, kind, size in x if size is not None] for x in (mine, peer)]
    if wire[0] == wire[1]:
        leaves = [[e for e in x if e[2] is not None] for x in (mine, peer)]
        names = [f'`{x[0]}` is `{y[0]}` there' for x, y in zip(*leaves) if x[0] != y[0]]
        yield 'same bytes, ' + ('; '.join(names[:3]) if names else 'structured otherwise: ' + first(mine, peer))
        return
    if sum(s for _, s in wire[0]) == sum(s for _, s in wire[1]):
        yield 'same number of bytes, other codecs: ' + first(mine, peer)
        return
    yield f'{sum(s for _, s in wire[0])} bytes here, {sum(s for _, s in wire[1])} there: ' + first(mine, peer)


def first(mine, peer):
    for x, y in zip(mine, peer):
        if x != y:
            return f'`{show(x)}` here, `{show(y)}` there'
    longer = mine if len(mine) > len(peer) else peer
    return f'`{show(longer[min(len(mine), len(peer))])}` only {"here" if longer is mine else "there"}'


def show(entry):
    return f'{entry[0]}: {entry[1]}' + (f', {entry[2]}' if entry[2] is not None else '')


def differences(tool):
    found = []
    for machine, args in MACHINES.items():
        with tempfile.TemporaryDirectory() as tmp:
            found += compare(machine, streams.read(ours(tool, args, tmp)), streams.read(theirs(args, tmp)))
    return found


def documented(doc):
    """Rows '| machine | section | what | why |' of @doc."""
    rows = {}
    with open(doc, encoding='utf-8') as f:
        for line in f:
            cells = [c.strip() for c in re.split(r'(?<!\\)\|', line.strip().strip('|'))]
            if len(cells) == 4 and cells[0] in MACHINES:
                rows[cells[0], cells[1], cells[2]] = cells[3]
    return rows


def test(tool, doc):
    if not os.path.exists(PEER):
        print('1..0 # SKIP no reference emulator')
        return 0
    found, rows = set(differences(tool)), documented(doc)
    problems = [f'not explained: | {" | ".join(d)} |' for d in sorted(found - set(rows))]
    problems += [f'explained but not there: | {" | ".join(d)} |' for d in sorted(set(rows) - found)]
    problems += [f'without a reason: {" ".join(d)}' for d, why in rows.items() if not why]
    print(f'{"not ok" if problems else "ok"} 1 every difference to the reference is explained ({len(found)})')
    for line in problems:
        print(f'# {line}')
    print('1..1')
    return 1 if problems else 0


def main():
    if len(sys.argv) == 4 and sys.argv[1] == 'test':
        return test(sys.argv[2], sys.argv[3])
    if len(sys.argv) == 3 and sys.argv[1] == 'show':
        for row in differences(sys.argv[2]):
            print(f'| {" | ".join(row)} | |')
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
