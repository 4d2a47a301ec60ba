#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn a folder's trace-events file into trace-<folder>.h and .c.

Each event line reads `name(type arg, ...) "format" PRIx64 "more"`; a `#` starts a comment.
The header has an inline trace_<name>() that costs one load and a branch while the event is off.
"""
import re
import sys

EVENT = re.compile(r'^(?P<name>\w+)\s*\((?P<args>.*?)\)\s*(?P<fmt>".*)$')


def parse(path):
    for number, line in enumerate(open(path), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        match = EVENT.match(line)
        if not match:
            sys.exit(f'{path}:{number}: not a trace event: {line}')
        yield match['name'], match['args'].strip(), match['fmt']


def names(args):
    if args in ('', 'void'):
        return ''
    return ''.join(', ' + re.search(r'(\w+)\s*$', a).group(1) for a in args.split(','))


def main():
    folder, source, header, code = sys.argv[1:]
    ident = re.sub(r'\W', '_', folder)
    events = list(parse(source))
    with open(header, 'w') as h:
        h.write(f'/* Generated from {folder}/trace-events. */\n#ifndef TRACE_{ident.upper()}_H\n'
                f'#define TRACE_{ident.upper()}_H\n#include "qemu/osdep.h"\n#include "trace/control.h"\n\n')
        for name, args, fmt in events:
            h.write(f'extern TraceEvent trace_event_{name};\n'
                    f'static inline void trace_{name}({args or "void"})\n{{\n'
                    f'    if (trace_event_enabled(&trace_event_{name})) {{\n'
                    f'        trace_print(&trace_event_{name}, {fmt}{names(args)});\n    }}\n}}\n'
                    f'static inline bool trace_{name}_enabled(void)\n{{\n'
                    f'    return trace_event_enabled(&trace_event_{name});\n}}\n\n')
        h.write('#endif\n')
    with open(code, 'w') as c:
        c.write(f'/* Generated from {folder}/trace-events. */\n#include "trace/trace-{ident}.h"\n\n')
        for name, _, _ in events:
            c.write(f'TraceEvent trace_event_{name} = {{ .name = "{name}" }};\n')
        c.write(f'\nstatic void __attribute__((constructor)) register_events(void)\n{{\n')
        for name, _, _ in events:
            c.write(f'    trace_event_register(&trace_event_{name});\n')
        c.write('}\n')


main()
