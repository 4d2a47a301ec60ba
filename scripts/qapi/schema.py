# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions to checked entities that know their C names."""
import re

from .parser import SchemaError, read_schema

# C names that a member or parameter cannot have.
RESERVED = set('''
auto break case char const continue default do double else enum extern float for goto if int long register return short
signed sizeof static struct switch typedef union unsigned void volatile while inline restrict asm typeof unix linux i386
and or not xor errno
'''.split())

# name: (C type, introspected JSON type)
BUILTIN = {
    'str': ('char *', 'string'), 'number': ('double', 'number'), 'int': ('int64_t', 'int'), 'int8': ('int8_t', 'int'),
    'int16': ('int16_t', 'int'), 'int32': ('int32_t', 'int'), 'int64': ('int64_t', 'int'), 'uint8': ('uint8_t', 'int'),
    'uint16': ('uint16_t', 'int'), 'uint32': ('uint32_t', 'int'), 'uint64': ('uint64_t', 'int'),
    'size': ('uint64_t', 'int'), 'bool': ('bool', 'boolean'), 'any': ('QObject *', 'value'), 'null': ('QNull *', 'null'),
}
QTYPE = {'str': 'QTYPE_QSTRING', 'number': 'QTYPE_QNUM', 'bool': 'QTYPE_QBOOL', 'null': 'QTYPE_QNULL'}


def c_name(name):
    name = re.sub(r'[^A-Za-z0-9_]', '_', name)
    return 'q_' + name if name in RESERVED or name[0].isdigit() else name


def upper_name(name):
    """CamelCase to UPPER_CASE: a word starts at a capital after a small letter or digit, or before a small letter."""
    name = re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name)
    name = re.sub(r'(?<=[A-Z0-9])(?=[A-Z][a-z])', '_', name)
    return re.sub(r'[^A-Za-z0-9]', '_', name).upper()


class Type:
    """What a member, argument or result may be. @c: the C type of a value of it."""
    module, name, where = None, None, None

    def c(self):
        return f'{c_name(self.name)} *'

    def is_pointer(self):
        return self.c().endswith('*')

    def c_param(self):
        return 'const char *' if self.c() == 'char *' else self.c()

    def qtype(self):
        return 'QTYPE_QDICT'


class Builtin(Type):
    def __init__(self, name):
        self.name = name

    def c(self):
        return BUILTIN[self.name][0]

    def qtype(self):
        return QTYPE.get(self.name, 'QTYPE_QNUM')


class Array(Type):
    def __init__(self, element):
        self.element = element
        self.name = element.name + 'List'
        self.module = element.module

    def qtype(self):
        return 'QTYPE_QLIST'


class Enum(Type):
    def __init__(self, module, where, expr):
        self.module, self.where, self.name = module, where, expr['enum']
        self.prefix = expr.get('prefix') or upper_name(self.name)
        self.members = [m if isinstance(m, dict) else {'name': m} for m in expr['data']]
        self.values = [m['name'] for m in self.members]
        self.features = expr.get('features', [])

    def c(self):
        return c_name(self.name)

    def const(self, value):
        return f"{self.prefix}_{re.sub(r'[^A-Za-z0-9]', '_', value).upper()}"

    def qtype(self):
        return 'QTYPE_QSTRING'


class Member:
    def __init__(self, name, type_, optional, features):
        self.name, self.type, self.optional, self.features = name, type_, optional, features

    def cname(self):
        return c_name(self.name)

    def has(self):
        """Whether presence needs a flag of its own. Pointers are NULL instead; but an empty list is NULL too."""
        return self.optional and (isinstance(self.type, Array) or not self.type.is_pointer())


class Object(Type):
    """A struct or a union; @variants: {tag value: Object}, in the order of the tag's values."""
    def __init__(self, module, where, name):
        self.module, self.where, self.name = module, where, name
        self.base, self.members, self.tag, self.variants, self.features = None, [], None, {}, []
        self.implicit = name.startswith('q_obj_')

    def c(self):
        return f'{self.name if self.implicit else c_name(self.name)} *'

    def cstruct(self):
        return self.c()[:-2]

    def all_members(self):
        return (self.base.all_members() if self.base else []) + self.members


class Alternate(Type):
    def __init__(self, module, where, name):
        self.module, self.where, self.name, self.branches = module, where, name, []


class Command:
    pass


class Event:
    pass


class Schema:
    def __init__(self, root):
        exprs, self.modules, self.files = read_schema(root)
        self.types = {n: Builtin(n) for n in BUILTIN}
        self.arrays = {}
        self.order, self.commands, self.events = [], [], []
        self.pending = []
        for n in BUILTIN:
            self.array(self.types[n])
        for module, where, expr in exprs:
            self.declare(module, where, expr)
        for fill in self.pending:
            fill()
        self.check_order()

    def fail(self, where, what):
        raise SchemaError(f'{where}: {what}')

    def add_type(self, type_):
        if type_.name in self.types:
            self.fail(type_.where, f'type {type_.name!r} is defined twice')
        self.types[type_.name] = type_
        self.order.append(type_)

    def array(self, element):
        if element.name not in self.arrays:
            self.arrays[element.name] = Array(element)
        return self.arrays[element.name]

    def resolve(self, ref, where):
        if isinstance(ref, list):
            return self.array(self.resolve(ref[0], where))
        if ref not in self.types:
            self.fail(where, f'unknown type {ref!r}')
        return self.types[ref]

    def declare(self, module, where, expr):
        kinds = [k for k in ('enum', 'struct', 'union', 'alternate', 'command', 'event', 'pragma') if k in expr]
        if len(kinds) != 1:
            self.fail(where, f'cannot tell the kind of {expr}')
        getattr(self, 'declare_' + kinds[0])(module, where, expr)

    def declare_pragma(self, module, where, expr):
        pass

    def declare_enum(self, module, where, expr):
        self.add_type(Enum(module, where, expr))

    def members(self, data, where):
        result = []
        for key, val in data.items():
            optional = key.startswith('*')
            ref, features = (val['type'], val.get('features', [])) if isinstance(val, dict) else (val, [])
            result.append(Member(key.lstrip('*'), self.resolve(ref, where), optional, features))
        return result

    def declare_struct(self, module, where, expr):
        obj = Object(module, where, expr['struct'])
        obj.features = expr.get('features', [])
        self.add_type(obj)

        def fill():
            if 'base' in expr:
                obj.base = self.resolve(expr['base'], where)
            obj.members = self.members(expr['data'], where)
        self.pending.append(fill)

    def declare_union(self, module, where, expr):
        obj = Object(module, where, expr['union'])
        obj.features = expr.get('features', [])
        self.add_type(obj)

        def fill():
            if isinstance(expr['base'], dict):
                obj.members = self.members(expr['base'], where)
            else:
                obj.base = self.resolve(expr['base'], where)
            tags = [m for m in obj.all_members() if m.name == expr['discriminator']]
            if len(tags) != 1 or not isinstance(tags[0].type, Enum):
                self.fail(where, f"no enumeration member {expr['discriminator']!r} to tell branches apart")
            obj.tag = tags[0]
            for value, ref in expr['data'].items():
                if value not in obj.tag.type.values:
                    self.fail(where, f'branch {value!r} is no value of {obj.tag.type.name}')
                obj.variants[value] = self.resolve(ref['type'] if isinstance(ref, dict) else ref, where)
        self.pending.append(fill)

    def declare_alternate(self, module, where, expr):
        alt = Alternate(module, where, expr['alternate'])
        self.add_type(alt)

        def fill():
            for name, ref in expr['data'].items():
                alt.branches.append((name, self.resolve(ref, where)))
            kinds = [t.qtype() for _, t in alt.branches]
            if len(set(kinds)) != len(kinds):
                self.fail(where, 'two branches look the same in JSON')
        self.pending.append(fill)

    def argument(self, entity, expr, name):
        """Fill entity.arg with the Object of the arguments, or None."""
        data = expr.get('data')
        if not data:
            return
        if isinstance(data, dict):
            entity.arg = Object(entity.module, entity.where, f'q_obj_{c_name(name)}_arg')
            entity.arg.members = self.members(data, entity.where)
            self.add_type(entity.arg)
        else:
            entity.arg = self.resolve(data, entity.where)

    def declare_command(self, module, where, expr):
        cmd = Command()
        cmd.module, cmd.where, cmd.name, cmd.arg, cmd.ret = module, where, expr['command'], None, None
        cmd.boxed, cmd.gen = expr.get('boxed', False), expr.get('gen', True)
        cmd.success = expr.get('success-response', True)
        cmd.oob, cmd.preconfig = expr.get('allow-oob', False), expr.get('allow-preconfig', False)
        cmd.features = expr.get('features', [])
        self.commands.append(cmd)

        def fill():
            self.argument(cmd, expr, cmd.name)
            if 'returns' in expr:
                cmd.ret = self.resolve(expr['returns'], where)
        self.pending.append(fill)

    def declare_event(self, module, where, expr):
        ev = Event()
        ev.module, ev.where, ev.name, ev.arg = module, where, expr['event'], None
        ev.boxed, ev.features = expr.get('boxed', False), expr.get('features', [])
        self.events.append(ev)
        self.pending.append(lambda: self.argument(ev, expr, ev.name))

    def check_order(self):
        """Member names must not clash, and a by-value member must be defined before its user in C."""
        for t in self.order:
            if not isinstance(t, Object):
                continue
            names = [m.cname() for m in t.all_members()]
            dup = {n for n in names if names.count(n) > 1}
            if dup:
                self.fail(t.where, f'members clash: {", ".join(sorted(dup))}')
            if t.variants and 'u' in names:
                self.fail(t.where, "member 'u' clashes with the branches")
