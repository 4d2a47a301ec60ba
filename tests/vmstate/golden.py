#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden streams: what this tree once saved, and every later build must load (rule B10).

  golden.py make TOOL [NAME...]   make those that do not exist yet; existing files are never touched
  golden.py test TOOL             load them all, compare, look for devices that have none

TOOL is vmstate-machine of the build folder. In tests/data/vmstate/golden/: NAME.args, the machine's arguments;
NAME.stream.xz, the stream without RAM pages; NAME.dump.xz, -dump-vmstate of that day for some of them.

A golden stream is a promise. When its test fails, the layout has changed: give the field a version or put it into a
subsection (migration/vmstate.h). When a new device is missing, add it to machines.py under a new name and run `make`.
"""
import json
import lzma
import os
import shlex
import subprocess
import sys
import tempfile

from machines import machines
import streams

GOLDEN = os.path.join(streams.TOP, 'tests', 'data', 'vmstate', 'golden')
CHECKER = os.path.join(streams.TOP, 'scripts', 'vmstate-static-checker.py')
DUMPS = ('pc-q35-11.1-full', 'pc-i440fx-11.1-full', 'microvm-full', 'pc-q35-11.1-bare-2', 'pc-i440fx-11.1-bare-2')
# Types with a state that no machine of ours has, or that others stand for.
NO_STREAM = {'fw_cfg_mem': 'fw_cfg_io has the same description'}


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, errors='replace', check=False, timeout=120)


def path(name, kind):
    return os.path.join(GOLDEN, f'{name}.{kind}')


def pack(name, data):
    with open(name, 'wb') as f:
        f.write(lzma.compress(data, preset=9))


def unpack(name):
    with open(name, 'rb') as f:
        return lzma.decompress(f.read())


def dump(tool, args, tmp):
    out = os.path.join(tmp, 'dump')
    result = run(tool, 'dump', out, *shlex.split(args))
    if result.returncode:
        raise RuntimeError(result.stdout + result.stderr)
    with open(out, 'rb') as f:
        return f.read()


def make(tool, names):
    os.makedirs(GOLDEN, exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp:
        for name, args in machines().items():
            if names and name not in names:
                continue
            if name in DUMPS and not os.path.exists(path(name, 'dump.xz')):
                pack(path(name, 'dump.xz'), dump(tool, args, tmp))
                print(f'{name}.dump')
            if os.path.exists(path(name, 'stream.xz')):
                continue
            out = os.path.join(tmp, 'out')
            result = run(tool, 'busy' if name.endswith('-busy') else 'save', out, *shlex.split(args))
            if result.returncode:
                print(f'{name}: {result.stdout}{result.stderr}', file=sys.stderr)
                return 1
            with open(out, 'rb') as f:
                pack(path(name, 'stream.xz'), streams.strip(f.read()))
            with open(path(name, 'args'), 'w', encoding='ascii') as f:
                f.write(args.strip() + '\n')
            print(name)
    return 0


def missing(then, now, where=''):
    """What @then, a state as JSON, has that @now lacks or has otherwise."""
    if where.startswith('/globalstate/'):
        return                              # it is about the process
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            if key not in now:
                yield f'{where}/{key} is gone'
            else:
                yield from missing(value, now[key], f'{where}/{key}')
    elif then != now:
        yield f'{where} was {str(then)[:60]}, is {str(now)[:60]}'


class Test:
    def __init__(self, tool):
        self.tool, self.count, self.ok = tool, 0, True
        self.descriptions = set()

    def check(self, name, problems):
        self.count += 1
        problems = list(problems)
        self.ok = self.ok and not problems
        print(f'{"not ok" if problems else "ok"} {self.count} {name}', flush=True)
        for line in problems[:20]:
            print(f'# {line}')

    def note_names(self, desc):
        if isinstance(desc, dict):
            if 'vmsd_name' in desc:
                self.descriptions.add(desc['vmsd_name'])
            desc = desc.values()
        if not isinstance(desc, str) and hasattr(desc, '__iter__'):
            for item in desc:
                self.note_names(item)

    def load(self, name, data, tmp):
        """Problems of loading @data into the machine @name; and what the machine saves then."""
        with open(path(name, 'args'), encoding='ascii') as f:
            args = shlex.split(f.read())
        before, after = os.path.join(tmp, 'before'), os.path.join(tmp, 'after')
        with open(before, 'wb') as f:
            f.write(data)
        result = run(self.tool, 'resave', before, after, *args)
        if result.returncode:
            return [result.stdout.strip() or result.stderr.strip()], None
        with open(after, 'rb') as f:
            return [], f.read()

    def golden(self, name, tmp):
        data = unpack(path(name, 'stream.xz'))
        problems, again = self.load(name, data, tmp)
        if again:
            then, now = streams.read(data), streams.read(again)
            self.note_names(then.desc)
            mine, theirs = streams.sections(data), streams.sections(again)
            # Names of fields may change as long as the bytes stay.
            same = {streams.key(*k) for k, v in mine.items() if theirs.get(k) == v}
            problems = list(missing({k: v for k, v in then.devices.items() if k not in same}, now.devices))
        self.check(f'B10 {name}: loads, and is saved with the same values', problems)

    def broken(self, name, tmp):
        """A stream of another layout is noticed: a field one byte shorter, two sections swapped round in their contents."""
        data = unpack(path(name, 'stream.xz'))
        reader, problems = streams.read(data), []
        full = [s for s in reader.sections if s[1] == 'full' and s[5] > 60]
        for start, _, section, _, _, size in full:
            problem, again = self.load(name, data[:start + size - 6] + data[start + size - 5:], tmp)
            if again or 'section' not in problem[0]:
                problems.append(f'{section} without its last byte: {problem or "accepted"}')
        self.check(f'B10 {name}: a shorter section is refused ({len(full)} sections)', problems)

    def static(self, name, tmp):
        then, now = os.path.join(tmp, 'then.json'), os.path.join(tmp, 'now.json')
        with open(path(name, 'args'), encoding='ascii') as f:
            args = f.read()
        with open(then, 'wb') as f:
            f.write(unpack(path(name, 'dump.xz')))
        with open(now, 'wb') as f:
            f.write(dump(self.tool, args, tmp))
        result = run(sys.executable, CHECKER, '-s', then, '-d', now)
        self.check(f'B10 {name}: every description reads what it used to save', (result.stdout + result.stderr).splitlines())
        return now

    def coverage(self, dumps):
        problems, seen = [], set()
        for file in dumps:
            with open(file, encoding='utf-8') as f:
                for name, entry in json.load(f).items():
                    vmsd = entry.get('Description', {}).get('name')
                    if vmsd and vmsd not in self.descriptions and name not in NO_STREAM and name not in seen:
                        seen.add(name)
                        problems.append(f'{name}: its state ({vmsd}) is in no golden stream: add it to '
                                        f'tests/vmstate/machines.py and run tests/vmstate/golden.py make')
        self.check('B10 every device with a state has a golden stream', problems)

    def run(self):
        names = sorted(n[:-len('.stream.xz')] for n in os.listdir(GOLDEN) if n.endswith('.stream.xz'))
        with tempfile.TemporaryDirectory() as tmp:
            for name in names:
                self.golden(name, tmp)
            for name in names:
                if name.endswith('11.1-bare'):
                    self.broken(name, tmp)
            dumps = []
            for name in names:
                if os.path.exists(path(name, 'dump.xz')):
                    now = self.static(name, tmp)
                    dumps.append(os.path.join(tmp, f'{name}.json'))
                    os.rename(now, dumps[-1])
            self.coverage(dumps)
        print(f'1..{self.count}')
        return 0 if self.ok and names else 1


def main():
    if len(sys.argv) >= 3 and sys.argv[1] == 'make':
        return make(sys.argv[2], sys.argv[3:])
    if len(sys.argv) == 3 and sys.argv[1] == 'test':
        return Test(sys.argv[2]).run()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
