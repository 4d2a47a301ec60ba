# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's side of tests/functional/guest/workload.c: what each of its lines must say, and what the lines seen on
two consoles around a migration prove.
"""
import re

M64 = (1 << 64) - 1
TICK = re.compile(r'^tick (\d+) (\d+\.\d{6}) ([0-9a-f]{16}) (\d+)$')
FULL = re.compile(r'^full (\d+) ([0-9a-f]{16}) (\d+)$')
START = re.compile(r'^workload pages=(\d+) write=(\d+) check=(\d+) threads=(\d+) rate=(\d+)$')
# The kernel's complaints; a guest that is moved must not print any.
TROUBLE = re.compile(r'(?i)kernel panic|\bBUG\b|\boops\b|WARNING: CPU|lockup|stall|clocksource.*unstable|hung task|segfault')


class WorkloadError(Exception):
    """The guest's lines are not those of a machine that lost nothing."""


class Model:
    """Computes the checksums of a workload from its first line."""

    def __init__(self, start_line):
        m = START.match(start_line)
        if not m:
            raise WorkloadError('not the first line of the workload: %r' % start_line)
        self.pages, self.write, self.check, self.threads, self.rate = (int(x) for x in m.groups())

    def _stamp(self, page, relative, ticks):
        written = ticks * self.write
        generation = written // self.pages + (relative < written % self.pages)
        x = ((page + 1) * 0x9e3779b97f4a7c15 + generation * 0xd1b54a32d192ed03) & M64
        return x ^ (x >> 29)

    def checksum(self, tick):
        """Of the pages that are checked in this tick."""
        at = (tick - 1) * self.check % self.pages
        return sum(self._stamp(t * self.pages + (at + i) % self.pages, (at + i) % self.pages, tick)
                   for t in range(self.threads) for i in range(self.check)) & M64

    def full_checksum(self, tick):
        """Of all pages, after that tick."""
        return sum(self._stamp(t * self.pages + i, i, tick)
                   for t in range(self.threads) for i in range(self.pages)) & M64


def ticks_of(text):
    """[(number, guest seconds, checksum, errors)] of the complete tick lines in a console's text."""
    out = []
    for line in text.split('\n')[:-1]:
        m = TICK.match(line)
        if m:
            out.append((int(m.group(1)), float(m.group(2)), int(m.group(3), 16), int(m.group(4))))
    return out


def check_ticks(model, ticks):
    """Ticks 1, 2, 3 ... each once, in order, with the right checksum; guest time advances."""
    expected, before = 1, 0.0
    for number, seconds, checksum, errors in ticks:
        if number != expected:
            what = 'repeated' if number < expected else 'lost'
            raise WorkloadError('tick %d follows tick %d: %s' % (number, expected - 1, what))
        if errors:
            raise WorkloadError('the guest found %d damaged pages in tick %d' % (errors, number))
        if checksum != model.checksum(number):
            raise WorkloadError('tick %d: checksum %016x, must be %016x' % (number, checksum, model.checksum(number)))
        if seconds <= before:
            raise WorkloadError('guest time went from %.6f to %.6f at tick %d' % (before, seconds, number))
        expected, before = number + 1, seconds


def check_full(model, line, last_tick):
    """The final check of all memory."""
    m = FULL.match(line)
    if not m:
        raise WorkloadError('not a result of the full check: %r' % line)
    pages, checksum, errors = int(m.group(1)), int(m.group(2), 16), int(m.group(3))
    if errors:
        raise WorkloadError('the guest found %d damaged pages of %d' % (errors, pages))
    if pages != model.pages * model.threads or checksum != model.full_checksum(last_tick):
        raise WorkloadError('full check after tick %d: checksum %016x, must be %016x' % (
            last_tick, checksum, model.full_checksum(last_tick)))
