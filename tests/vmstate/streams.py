# SPDX-License-Identifier: GPL-2.0-or-later
"""Take streams apart and put them together: docs/specs/migration-stream.md."""
import importlib.util
import os
import struct

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
_spec = importlib.util.spec_from_file_location('analyze_migration', os.path.join(TOP, 'scripts', 'analyze-migration.py'))
analyze = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(analyze)


def read(data):
    """The Reader of @data, which has gone through all of it."""
    reader = analyze.Reader(data)
    reader.run()
    return reader


def key(name, instance):
    """As the Reader names a device."""
    return f'{name} ({instance})' if instance else name


def sections(data):
    """{(name, instance): contents} of the device sections of @data."""
    found = {}
    for start, kind, name, instance, _, size in read(data).sections:
        if kind == 'full':
            found[name, instance] = data[start + 5 + 1 + len(name) + 8:start + size - 5]
    return found


def strip(data, description=True):
    """@data without a page of RAM; the sections that held them are left out or empty."""
    reader, out, at = read(data), bytearray(), 0
    for start, kind, name, _, _, size in reader.sections:
        if name != 'ram' or kind == 'start':
            continue
        out += data[at:start]
        if kind == 'end':
            out += data[start:start + 5] + struct.pack('>Q', 0x10) + data[start + size - 5:start + size]
        at = start + size
    end = reader.s.pos                          # after the end mark
    return bytes(out + (data[at:] if description else data[at:end]))
