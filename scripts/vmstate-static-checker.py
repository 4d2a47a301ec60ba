#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare two files made with -dump-vmstate: would what one binary saves be understood by the other?

  vmstate-static-checker.py -s SOURCE -d DESTINATION

One line per incompatibility, by device and field; exit status 1 when there is one, 2 when a file cannot be read. A device
that only the source has is one, unless --common; --names also reports fields that only changed their name. --reverse
swaps the files.

What is compared are the fields that put bytes on the wire, in order, structures opened up. A dump says how large a field
is in memory, which for numbers and buffers is what travels; counts of arrays and kinds of codecs are compared when both
dumps have them (ours do).
"""
import argparse
import json
import sys


# Codecs whose bytes are what the field has in memory. Others (timers, queues, whole virtio devices) write what they like,
# and their size in a dump says nothing.
SIZED = {'bool', 'buffer', 'unused_buffer', 'CPU_Double_U', 'bitmap'} | {
    f'{sign}int{bits}' for sign in ('', 'u') for bits in (8, 16, 32, 64)}


class Leaf:
    """A field that is no structure, with the path to it."""

    def __init__(self, path, field, since, maybe):
        self.path, self.name = path, field['field']
        self.size, self.num, self.type = field.get('size'), field.get('num'), field.get('type')
        self.since, self.maybe = since, maybe

    def unused(self):
        return self.name.startswith('unused')

    def wire(self):
        return None if self.size is None or not self.sized() else self.size * (self.num if self.num is not None else 1)

    def fits(self, other):
        """What @self writes, @other reads."""
        if None not in (self.type, other.type) and plain(self.type) != plain(other.type):
            return False
        if None not in (self.num, other.num) and self.num != other.num:
            return False
        return self.size == other.size or not (self.sized() and other.sized())

    def sized(self):
        return self.type is None or plain(self.type) in SIZED

    def __str__(self):
        count = f' x {self.num}' if self.num is not None else ''
        return f'{self.path} ({self.type + ", " if self.type else ""}size {self.size}{count})'


def plain(kind):
    """Codecs that only check what they load write the same bytes."""
    return kind.replace(' equal', '').replace(' le', '')


def leaves(desc, version, path='', maybe=False):
    """Leaves of @desc as a stream of @version has them."""
    for field in desc.get('Fields') or []:
        since = field.get('version_id', 0)
        conditional = maybe or field.get('field_exists', False)
        if field.get('check') or (since > version and not field.get('field_exists')):
            continue
        where = f'{path}{field["field"]}'
        inner = field.get('Description')
        if inner is None:
            yield Leaf(where, field, since, conditional)
            continue
        if field.get('num') is not None:
            # The elements' number is part of the layout: an entry of its own.
            yield Leaf(where + '[]', {'field': field['field'] + '[]', 'size': 0, 'num': field['num']}, since, conditional)
        yield from leaves(inner, inner.get('version_id', 0), where + '.', conditional)
        yield from inner_subsections(inner, where, conditional)


def inner_subsections(desc, path, maybe):
    """Subsections of a structure travel behind its fields, when they are needed."""
    for sub in desc.get('Subsections') or []:
        yield from leaves(sub, sub.get('version_id', 0), f'{path}/{sub["name"]}.', True)


class Checker:
    def __init__(self, names):
        self.found, self.names = [], names

    def say(self, device, what):
        self.found.append(f'{device}: {what}')

    def versions(self, device, src, dst):
        """False when the destination refuses the source's version."""
        theirs, low, high = src.get('version_id', 0), dst.get('minimum_version_id', 0), dst.get('version_id', 0)
        if not low <= theirs <= high:
            self.say(device, f'{src["name"]}: version {theirs} is saved, {low} to {high} are read')
            return False
        return True

    def describe(self, device, src, dst):
        if src['name'] != dst['name']:
            self.say(device, f'description is named {src["name"]!r} in the source, {dst["name"]!r} in the destination')
        if not self.versions(device, src, dst):
            return
        version = src.get('version_id', 0)
        self.fields(device, list(leaves(src, version)), list(leaves(dst, version)))
        self.subsections(device, src, dst)

    def subsections(self, device, src, dst):
        mine = {s['name']: s for s in dst.get('Subsections') or []}
        for sub in src.get('Subsections') or []:
            if sub['name'] in mine:
                self.describe(device, sub, mine[sub['name']])
            else:
                self.say(device, f'subsection {sub["name"]} is not read')

    @staticmethod
    def moved(a, b, src, dst):
        """Not a new name for an old field: the other side has a field of that name elsewhere."""
        return not a.unused() and not b.unused() and (
            any(leaf.path == a.path for leaf in dst) or any(leaf.path == b.path for leaf in src))

    def padding(self, device, pads, others, at):
        """Leaves of @others from @at on that an unused field stands for; the number of them, or 0."""
        want, have, n = pads.wire(), 0, 0
        while want is not None and at + n < len(others) and have < want and others[at + n].wire() is not None:
            have += others[at + n].wire()
            n += 1
        return n if want and have == want else 0

    def fields(self, device, src, dst):
        i = j = 0
        while i < len(src) and j < len(dst):
            a, b = src[i], dst[j]
            if a.name == b.name or (not a.maybe and not b.maybe):
                if a.fits(b):
                    if a.name != b.name and (self.names or self.moved(a, b, src, dst)):
                        self.say(device, f'field {a.path} is read as {b.path}')
                    i, j = i + 1, j + 1
                    continue
                n = self.padding(device, a, dst, j) if a.unused() else 0
                if n:
                    i, j = i + 1, j + n
                    continue
                n = self.padding(device, b, src, i) if b.unused() else 0
                if n:
                    i, j = i + n, j + 1
                    continue
            if a.path == b.path:
                self.say(device, f'field {a} is read as {b}')
                i, j = i + 1, j + 1
                continue
            step = self.resync(src, dst, i, j)
            if step is None:
                self.say(device, f'field {a} is read as {b}')
                return
            skipped_src, skipped_dst = src[i:step[0]], dst[j:step[1]]
            self.skipped(device, skipped_src, skipped_dst)
            i, j = step
        self.skipped(device, src[i:], dst[j:])

    def skipped(self, device, src, dst):
        for leaf in src:
            if not leaf.maybe and leaf.wire() != 0:
                self.say(device, f'field {leaf} is saved but not read')
        for leaf in dst:
            if not leaf.maybe and leaf.wire() != 0:
                self.say(device, f'field {leaf} is read but not saved')

    @staticmethod
    def resync(src, dst, i, j):
        """The nearest pair with one name and shape; entries in between are skipped."""
        for distance in range(1, len(src) - i + len(dst) - j):
            for back in range(distance + 1):
                x, y = i + distance - back, j + back
                if x < len(src) and y < len(dst) and src[x].name == dst[y].name and src[x].fits(dst[y]):
                    return x, y
        # Nothing in common any more: what is left may be there or not on both sides.
        if all(leaf.maybe for leaf in src[i:]) or all(leaf.maybe for leaf in dst[j:]):
            return len(src), len(dst)
        return None

    def run(self, src, dst, common):
        for device in sorted(src):
            if device == 'vmschkmachine':
                continue
            if device not in dst:
                if not common:
                    self.say(device, 'is not in the destination')
                continue
            if src[device].get('Description') and dst[device].get('Description'):
                self.describe(device, src[device]['Description'], dst[device]['Description'])
        return self.found


def load(path):
    with open(path, encoding='utf-8') as f:
        data = json.load(f)
    if not isinstance(data, dict) or 'vmschkmachine' not in data:
        raise ValueError('not a file made with -dump-vmstate')
    return data


def main():
    p = argparse.ArgumentParser(description='compare two files made with -dump-vmstate')
    p.add_argument('-s', '--src', required=True, metavar='FILE', help='of the binary that saves')
    p.add_argument('-d', '--dest', required=True, metavar='FILE', help='of the binary that loads')
    p.add_argument('--reverse', action='store_true', help='the other way round')
    p.add_argument('--common', action='store_true', help='only devices that both have')
    p.add_argument('--names', action='store_true', help='report renamed fields too')
    args = p.parse_args()
    files = []
    for path in (args.src, args.dest):
        try:
            files.append(load(path))
        except (OSError, ValueError) as e:
            print(f'{path}: {e}', file=sys.stderr)
            return 2
    if args.reverse:
        files.reverse()
    try:
        found = Checker(args.names).run(*files, args.common)
    except (KeyError, TypeError, AttributeError) as e:
        print(f'{args.src}, {args.dest}: not what -dump-vmstate writes: {e!r}', file=sys.stderr)
        return 2
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
