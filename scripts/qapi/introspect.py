# SPDX-License-Identifier: GPL-2.0-or-later
"""What query-qmp-schema answers: every entity reachable from a command or event, type names masked by numbers."""
import json

from .schema import BUILTIN, Alternate, Array, Builtin, Enum


class Introspection:
    def __init__(self, schema):
        self.entries, self.names, self.todo = [], {}, []
        self.builtin_done = set()
        for cmd in schema.commands:
            self.command(cmd)
        for ev in schema.events:
            self.emit({'name': ev.name, 'meta-type': 'event', 'arg-type': self.ref(ev.arg)}, ev)
        while self.todo:
            self.type(self.todo.pop(0))

    def emit(self, entry, entity, command=None):
        if getattr(entity, 'features', None):
            entry['features'] = [f if isinstance(f, str) else f['name'] for f in entity.features]
        self.entries.append((command, json.dumps(entry)))

    def command(self, cmd):
        # Arguments of hand-marshalled commands are what the schema says, if it says anything.
        entry = {'name': cmd.name, 'meta-type': 'command', 'arg-type': self.ref(cmd.arg), 'ret-type': self.ref(cmd.ret)}
        if cmd.oob:
            entry['allow-oob'] = True
        self.emit(entry, cmd, cmd.name)

    def ref(self, t):
        key = t.name if t is not None else 'q_empty'
        if isinstance(t, Builtin):
            json_type = BUILTIN[t.name][1]
            name = {'string': 'str', 'boolean': 'bool', 'value': 'any'}.get(json_type, json_type)
            if name not in self.builtin_done:
                self.builtin_done.add(name)
                self.emit({'name': name, 'meta-type': 'builtin', 'json-type': json_type}, None)
            return name
        if isinstance(t, Array):
            name = f'[{self.ref(t.element)}]'
            if name not in self.names:
                self.names[name] = name
                self.emit({'name': name, 'meta-type': 'array', 'element-type': name[1:-1]}, None)
            return name
        if key not in self.names:
            self.names[key] = str(len([n for n in self.names if n[0] != '[']))
            self.todo.append(t)
        return self.names[key]

    def members(self, t):
        out = []
        for m in t.all_members():
            entry = {'name': m.name, 'type': self.ref(m.type)}
            if m.optional:
                entry['default'] = None
            if m.features:
                entry['features'] = m.features
            out.append(entry)
        return out

    def type(self, t):
        if t is None:
            self.emit({'name': self.names['q_empty'], 'meta-type': 'object', 'members': []}, None)
            return
        entry = {'name': self.names[t.name]}
        if isinstance(t, Enum):
            entry.update({'meta-type': 'enum', 'members': t.members, 'values': t.values})
        elif isinstance(t, Alternate):
            entry.update({'meta-type': 'alternate', 'members': [{'type': self.ref(b)} for _, b in t.branches]})
        else:
            entry.update({'meta-type': 'object', 'members': self.members(t)})
            owner = t
            while owner and not owner.variants:
                owner = owner.base
            if owner:
                entry['tag'] = owner.tag.name
                entry['variants'] = [{'case': v, 'type': self.ref(owner.variants.get(v))} for v in owner.tag.type.values]
        self.emit(entry, t)

    def source(self):
        c = '\nconst QmpSchemaEntry qmp_schema[] = {\n'
        for command, text in self.entries:
            quoted = text.replace('\\', '\\\\').replace('"', '\\"')
            name = f'"{command}"' if command else 'NULL'
            c += f'    {{ {name}, "{quoted}" }},\n'
        return c + '};\nconst size_t qmp_schema_size = sizeof(qmp_schema) / sizeof(qmp_schema[0]);\n'
