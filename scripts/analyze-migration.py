#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read a migration stream and print it as JSON.

The stream says itself how its devices are laid out: after the end mark comes a JSON description, which this tool looks
up first and then follows while it walks the bytes. Layout: docs/specs/migration-stream.md.

  analyze-migration.py -f FILE              devices as JSON
  analyze-migration.py -f FILE -d desc      the description itself
  analyze-migration.py -f FILE -d sections  one line per section: offset, kind, name, size
  analyze-migration.py -f FILE -m           include a summary of RAM; -x DIR writes each block to a file

A stream need not have RAM, or pages for all of it. Exit status 1 with the offset when it is malformed or ends too early.
"""
import argparse
import json
import os
import struct
import sys

MAGIC, VERSION = 0x5145564D, 3
EOF, START, PART, END, FULL, SUBSECTION, VMDESC, CONFIG, COMMAND, FOOTER = 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x7E
KINDS = {START: 'start', PART: 'part', END: 'end', FULL: 'full'}
ZERO, MEM_SIZE, PAGE, RAM_EOS, CONTINUE = 2, 4, 8, 0x10, 0x20
PAGE_SIZE = 4096
INTS = {'int8': 'b', 'uint8': 'B', 'int16': 'h', 'uint16': 'H', 'int32': 'i', 'uint32': 'I', 'int64': 'q',
        'uint64': 'Q', 'int32 equal': 'i', 'int32 le': 'i', 'uint8 equal': 'B', 'uint16 equal': 'H',
        'uint32 equal': 'I', 'int64 equal': 'q', 'uint64 equal': 'Q', 'timer': 'q'}
MARKERS = ('ptr-marker', 'ptr_marker', 'nullptr')


class Malformed(Exception):
    """The stream cannot be what it claims to be; the message has the offset."""


class Stream:
    """Big-endian reads that know where they are."""

    def __init__(self, data):
        self.data, self.pos = data, 0

    def fail(self, what):
        raise Malformed(f'offset {self.pos} (0x{self.pos:x}): {what}')

    def take(self, n, what):
        if n > len(self.data) - self.pos:
            self.fail(f'file ends inside {what}: {n} bytes wanted, {len(self.data) - self.pos} left')
        out = self.data[self.pos:self.pos + n]
        self.pos += n
        return out

    def num(self, fmt, what):
        return struct.unpack('>' + fmt, self.take(struct.calcsize(fmt), what))[0]

    def counted(self, what):
        return self.take(self.num('B', what), what).decode('ascii', 'backslashreplace')


class Ram:
    """The section "ram": block list and pages."""

    def __init__(self, extract):
        self.blocks, self.stats, self.current, self.extract = {}, {}, None, extract

    def section(self, s):
        while True:
            header = s.num('Q', 'RAM page header')
            flags, addr = header & (PAGE_SIZE - 1), header & ~(PAGE_SIZE - 1)
            if flags & RAM_EOS:
                return
            if flags & MEM_SIZE:
                self.block_list(s, addr)
                continue
            if flags & ~CONTINUE not in (ZERO, PAGE):
                s.fail(f'RAM page header 0x{header:x} has unknown flags')
            if not flags & CONTINUE:
                self.current = s.counted('RAM block name')
            if self.current not in self.blocks:
                s.fail(f'page of unknown RAM block {self.current!r}')
            if addr >= self.blocks[self.current]:
                s.fail(f'page 0x{addr:x} is outside RAM block {self.current!r}')
            self.page(s, addr, flags)

    def block_list(self, s, total):
        while total > 0:
            name = s.counted('RAM block name')
            size = s.num('Q', 'RAM block size')
            if size == 0 or size > total:
                s.fail(f'size of RAM block {name!r} does not fit the total')
            self.blocks[name] = size
            self.stats[name] = {'size': size, 'zero': 0, 'normal': 0}
            total -= size
            if self.extract:
                with open(self.path(name), 'wb') as f:
                    f.truncate(size)

    def path(self, name):
        return os.path.join(self.extract, name.replace('/', '_') + '.bin')

    def page(self, s, addr, flags):
        if flags & ZERO:
            data = s.take(1, 'zero page') * PAGE_SIZE
            self.stats[self.current]['zero'] += 1
        else:
            data = s.take(PAGE_SIZE, 'RAM page')
            self.stats[self.current]['normal'] += 1
        if self.extract:
            with open(self.path(self.current), 'r+b') as f:
                f.seek(addr)
                f.write(data)


def read_value(s, field, where):
    """One element of @field, as Python data."""
    kind = field['type']
    if 'struct' in field:
        return read_struct(s, field['struct'], where)
    if kind == 'tmp':
        return read_struct(s, field, where)
    if kind == 'bool':
        return bool(s.num('B', where))
    if kind in MARKERS:
        return {0x30: 'null', 0x31: 'valid'}.get(s.num('B', where)) or s.fail(f'{where}: bad pointer marker')
    if kind in INTS and field['size'] == struct.calcsize(INTS[kind]):
        return s.num(INTS[kind], where)
    return s.take(field['size'], where).hex()


def read_array(s, field, where):
    """A compressed array; @size is one element's in our streams and in the reference's."""
    if field['size'] * field['array_len'] > len(s.data) - s.pos:
        s.fail(f'file ends inside {where}: {field["size"] * field["array_len"]} bytes wanted, {len(s.data) - s.pos} left')
    return [read_value(s, field, f'{where}[{i}]') for i in range(field['array_len'])]


def add(out, key, index, value):
    """Entries of one name: a list by index, a marker and its object side by side."""
    if index is None:
        out[key] = value
        return
    items = out.setdefault(key, [])
    while len(items) <= index:
        items.append(None)
    if value != 'valid':
        items[index] = None if value == 'null' else value


def read_struct(s, desc, where):
    out = {}
    for field in desc.get('fields', []):
        name = field['name']
        here = f'{where}/{name}'
        if 'array_len' in field:
            out[name] = read_array(s, field, here)
        else:
            add(out, name, field.get('index'), read_value(s, field, here))
    for sub in desc.get('subsections', []):
        if s.num('B', where) != SUBSECTION:
            s.fail(f'{where}: subsection {sub["vmsd_name"]} expected')
        name = s.counted(where)
        if name != sub['vmsd_name']:
            s.fail(f'{where}: subsection {sub["vmsd_name"]} expected, found {name!r}')
        s.num('I', where)
        out[name] = read_struct(s, sub, f'{where}/{name}')
    return out


def find_description(data):
    """The JSON after the end mark, found from the end of the file."""
    at = data.rfind(b'{"page_size"')
    if at < 0:
        at = data.rfind(b'{"configuration"')
    if at < 5 or data[at - 5] != VMDESC:
        raise Malformed(f'offset {len(data)}: no description at the end of the file: it is truncated, or no stream')
    size = struct.unpack('>I', data[at - 4:at])[0]
    if at + size > len(data):
        raise Malformed(f'offset {len(data)}: file ends inside the description')
    try:
        return json.loads(data[at:at + size])
    except ValueError as e:
        raise Malformed(f'offset {at}: description is not JSON: {e}') from None


class Reader:
    def __init__(self, data, extract=None):
        self.s, self.ram = Stream(data), Ram(extract)
        self.open, self.devices, self.sections = {}, {}, []
        self.desc = None

    def configuration(self):
        s = self.s
        name = s.take(s.num('I', 'configuration'), 'machine name').decode('ascii', 'backslashreplace')
        out = {'machine': name}
        while s.pos < len(s.data) and s.data[s.pos] == SUBSECTION:
            s.take(1, 'configuration')
            sub = s.counted('configuration')
            s.num('I', sub)
            if sub.endswith('/target-page-bits'):
                out[sub] = s.num('I', sub)
            elif sub.endswith('/capabilities'):
                out[sub] = [s.counted(sub) for _ in range(s.num('I', sub))]
            else:
                s.fail(f'subsection {sub!r} is unknown')
        return out

    def section(self, kind):
        s = self.s
        start = s.pos - 1
        number = s.num('I', 'section header')
        if kind in (START, FULL):
            name = s.counted('section header')
            instance = s.num('I', 'section header')
            version = s.num('I', 'section header')
            self.open[number] = (name, instance, version)
        elif number not in self.open:
            s.fail(f'section number {number} was never started')
        name, instance, version = self.open[number]
        self.contents(name, instance)
        if s.num('B', f'footer of {name}') != FOOTER or s.num('I', f'footer of {name}') != number:
            s.pos -= 5
            s.fail(f'section {name!r} does not end where its description says')
        self.sections.append((start, KINDS[kind], name, instance, version, s.pos - start))

    def contents(self, name, instance):
        if name == 'ram':
            return self.ram.section(self.s)
        for dev in self.desc['devices']:
            if dev['name'] == name and dev['instance_id'] == instance:
                self.devices[f'{name} ({instance})' if instance else name] = read_struct(self.s, dev, name)
                return None
        return self.s.fail(f'section {name!r} instance {instance} is not in the description')

    def run(self):
        s = self.s
        if s.num('I', 'header') != MAGIC:
            s.pos = 0
            s.fail('not a migration stream')
        if s.num('I', 'header') != VERSION:
            s.fail('stream format is not 3')
        self.desc = find_description(s.data)
        out = {}
        while True:
            kind = s.num('B', 'section type')
            if kind == EOF:
                break
            if kind == CONFIG:
                out['configuration'] = self.configuration()
            elif kind in KINDS:
                self.section(kind)
            elif kind == COMMAND:
                s.num('H', 'command')
                s.take(s.num('H', 'command'), 'command')
            else:
                s.pos -= 1
                s.fail(f'unknown section type 0x{kind:02x}')
        out['devices'] = self.devices
        return out


def main():
    p = argparse.ArgumentParser(description='print a migration stream as JSON')
    p.add_argument('-f', '--file', required=True)
    p.add_argument('-m', '--memory', action='store_true', help='include a summary of RAM')
    p.add_argument('-x', '--extract', metavar='DIR', help='write each RAM block to a file in DIR')
    p.add_argument('-d', '--dump', choices=['state', 'desc', 'sections'], default='state')
    args = p.parse_args()
    try:
        with open(args.file, 'rb') as f:
            data = f.read()
        if args.extract:
            os.makedirs(args.extract, exist_ok=True)
        reader = Reader(data, args.extract)
        out = reader.run()
    except (Malformed, OSError) as e:
        print(f'{args.file}: {e}', file=sys.stderr)
        return 1
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as e:
        # Only the description is trusted to have a shape; this one has another.
        print(f'{args.file}: offset {reader.s.pos} (0x{reader.s.pos:x}): the description at the end is malformed '
              f'({type(e).__name__}: {e})', file=sys.stderr)
        return 1
    if args.dump == 'sections':
        for start, kind, name, instance, version, size in reader.sections:
            print(f'{start:#10x} {kind:5} {name} ({instance}) version {version}, {size} bytes')
        return 0
    if args.dump == 'desc':
        out = reader.desc
    elif args.memory:
        out['ram'] = reader.ram.stats
    print(json.dumps(out, indent=4))
    return 0


if __name__ == '__main__':
    sys.exit(main())
