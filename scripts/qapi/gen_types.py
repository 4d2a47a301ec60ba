# SPDX-License-Identifier: GPL-2.0-or-later
"""C types and visitors."""
from .schema import Alternate, Array, Builtin, Enum, Object, c_name


def struct_members(obj, indent='    '):
    out = ''
    for m in obj.all_members():
        if m.has():
            out += f'{indent}bool has_{m.cname()};\n'
        star = '' if m.type.c().endswith('*') else ' '
        out += f'{indent}{m.type.c()}{star}{m.cname()};\n'
    return out


def union_members(obj):
    """The branches of @obj, its own and those of its base (a base may be a union)."""
    owner = obj
    while owner and not owner.variants:
        owner = owner.base
    if not owner:
        return ''
    out = '    union {\n'
    for value, t in owner.variants.items():
        if isinstance(t, Object):
            out += f'        {t.cstruct()} {c_name(value)};\n'
    return out + '    } u;\n'


def enum_types(e):
    h = f'\ntypedef enum {e.c()} {{\n'
    for v in e.values:
        h += f'    {e.const(v)},\n'
    h += f'    {e.prefix}__MAX,\n}} {e.c()};\n\n'
    h += f'#define {e.c()}_str(val) qapi_enum_lookup(&{e.c()}_lookup, (val))\n\nextern const QEnumLookup {e.c()}_lookup;\n'
    c = f'\nconst QEnumLookup {e.c()}_lookup = {{\n    .array = (const char *const[]) {{\n'
    for v in e.values:
        c += f'        [{e.const(v)}] = "{v}",\n'
    c += f'    }},\n    .size = {e.prefix}__MAX,\n}};\n'
    return h, c


def free_function(name):
    h = f'\nvoid qapi_free_{name}({name} *obj);\nG_DEFINE_AUTOPTR_CLEANUP_FUNC({name}, qapi_free_{name})\n'
    c = f'''
void qapi_free_{name}({name} *obj)
{{
    Visitor *v;

    if (!obj) {{
        return;
    }}
    v = qapi_dealloc_visitor_new();
    visit_type_{name}(v, NULL, &obj, NULL);
    visit_free(v);
}}
'''
    return h, c


def list_type(a):
    n = a.name
    star = '' if a.element.c().endswith('*') else ' '
    h = f'\nstruct {n} {{\n    {n} *next;\n    {a.element.c()}{star}value;\n}};\n'
    fh, fc = free_function(n)
    return h + fh, fc


def object_struct(o):
    body = struct_members(o) + union_members(o)
    return f'\nstruct {o.cstruct()} {{\n{body or "    char qapi_dummy_for_empty_struct;" + chr(10)}}};\n'


def alternate_struct(a):
    h = f'\nstruct {c_name(a.name)} {{\n    QType type;\n    union {{\n'
    for name, t in a.branches:
        ctype = t.cstruct() if isinstance(t, Object) else t.c()
        h += f"        {ctype}{'' if ctype.endswith('*') else ' '}{c_name(name)};\n"
    return h + '    } u;\n};\n'


def by_value(t):
    """Object types that must be complete before @t."""
    out = []
    if isinstance(t, Object):
        owner = t
        while owner:
            out += [v for v in owner.variants.values() if isinstance(v, Object)]
            owner = owner.base
    elif isinstance(t, Alternate):
        out += [b for _, b in t.branches if isinstance(b, Object)]
    return out


def visit_decls(t):
    if isinstance(t, Enum):
        return f'bool visit_type_{t.c()}(Visitor *v, const char *name, {t.c()} *obj, Error **errp);\n'
    if isinstance(t, Object):
        n = t.cstruct()
        out = f'bool visit_type_{n}_members(Visitor *v, {n} *obj, Error **errp);\n'
        if not t.implicit:
            out += f'bool visit_type_{n}(Visitor *v, const char *name, {n} **obj, Error **errp);\n'
        return out
    n = c_name(t.name)
    return f'bool visit_type_{n}(Visitor *v, const char *name, {n} **obj, Error **errp);\n'


def visit_enum(e):
    return f'''
bool visit_type_{e.c()}(Visitor *v, const char *name, {e.c()} *obj, Error **errp)
{{
    int value = *obj;
    bool ok = visit_type_enum(v, name, &value, &{e.c()}_lookup, errp);

    *obj = value;
    return ok;
}}
'''


def visit_call(t, arg):
    return f'visit_type_{t.name}(v, {arg})'


def visit_members(o):
    n = o.cstruct()
    flags = [m for m in o.members if m.optional and not m.has()]
    body = ''
    for m in flags:
        body += f'    bool has_{m.cname()} = !!obj->{m.cname()};\n'
    if flags:
        body += '\n'
    if o.base:
        b = o.base.cstruct()
        body += f'    if (!visit_type_{b}_members(v, ({b} *)obj, errp)) {{\n        return false;\n    }}\n'
    for m in o.members:
        call = visit_call(m.type, f'"{m.name}", &obj->{m.cname()}, errp')
        cond = f'!{call}'
        if m.optional:
            flag = f'&obj->has_{m.cname()}' if m.has() else f'&has_{m.cname()}'
            cond = f'visit_optional(v, "{m.name}", {flag})\n        && !{call}'
        body += f'    if ({cond}) {{\n        return false;\n    }}\n'
    if o.variants:
        body += f'    switch (obj->{o.tag.cname()}) {{\n'
        for value, t in o.variants.items():
            body += f'    case {o.tag.type.const(value)}:\n'
            body += f'        return visit_type_{t.cstruct()}_members(v, &obj->u.{c_name(value)}, errp);\n'
        body += '    default:\n        break;\n    }\n'
    return f'\nbool visit_type_{n}_members(Visitor *v, {n} *obj, Error **errp)\n{{\n{body}    return true;\n}}\n'


def visit_object(o):
    n = o.cstruct()
    return f'''
bool visit_type_{n}(Visitor *v, const char *name, {n} **obj, Error **errp)
{{
    bool ok;

    if (!visit_start_struct(v, name, (void **)obj, sizeof({n}), errp)) {{
        return false;
    }}
    ok = !*obj || (visit_type_{n}_members(v, *obj, errp) && visit_check_struct(v, errp));
    visit_end_struct(v, (void **)obj);
    if (!ok && visit_is_input(v)) {{
        qapi_free_{n}(*obj);
        *obj = NULL;
    }}
    return ok;
}}
'''


def visit_list(a):
    n = a.name
    return f'''
bool visit_type_{n}(Visitor *v, const char *name, {n} **obj, Error **errp)
{{
    bool ok = true;
    {n} *tail;

    if (!visit_start_list(v, name, (GenericList **)obj, sizeof({n}), errp)) {{
        return false;
    }}
    for (tail = *obj; ok && tail; tail = ok ? ({n} *)visit_next_list(v, (GenericList *)tail, sizeof({n})) : NULL) {{
        ok = {visit_call(a.element, 'NULL, &tail->value, errp')};
    }}
    ok = ok && visit_check_list(v, errp);
    visit_end_list(v, (void **)obj);
    if (!ok && visit_is_input(v)) {{
        qapi_free_{n}(*obj);
        *obj = NULL;
    }}
    return ok;
}}
'''


def visit_alternate(a):
    n = c_name(a.name)
    cases = ''
    for name, t in a.branches:
        u = f'&(*obj)->u.{c_name(name)}'
        cases += f'    case {t.qtype()}:\n'
        if isinstance(t, Object):
            cases += f'''        if (visit_start_struct(v, name, NULL, 0, errp)) {{
            ok = visit_type_{t.cstruct()}_members(v, {u}, errp) && visit_check_struct(v, errp);
            visit_end_struct(v, NULL);
        }}
        break;
'''
        else:
            cases += f"        ok = {visit_call(t, f'name, {u}, errp')};\n        break;\n"
    expected = ', '.join(nm for nm, _ in a.branches)
    return f'''
bool visit_type_{n}(Visitor *v, const char *name, {n} **obj, Error **errp)
{{
    bool ok = false;

    if (!visit_start_alternate(v, name, (GenericAlternate **)obj, sizeof({n}), errp)) {{
        return false;
    }}
    if (!*obj) {{
        visit_end_alternate(v, (void **)obj);
        return true;
    }}
    switch ((*obj)->type) {{
{cases}    default:
        ok = visit_is_dealloc(v);
        if (!ok) {{
            error_setg(errp, "Invalid parameter type for '%s', expected: {expected}", name ? name : "null");
        }}
        break;
    }}
    visit_end_alternate(v, (void **)obj);
    if (!ok && visit_is_input(v)) {{
        qapi_free_{n}(*obj);
        *obj = NULL;
    }}
    return ok;
}}
'''


class TypesGen:
    """The bodies of one module's types and visit files."""
    def __init__(self, schema, module):
        self.th = self.tc = self.vh = self.vc = ''
        self.done = set()
        types = [t for t in schema.order if t.module == module]
        arrays = [a for a in schema.arrays.values() if a.module == module]
        for t in types:
            if not isinstance(t, Enum):
                n = t.cstruct() if isinstance(t, Object) else c_name(t.name)
                self.th += f'typedef struct {n} {n};\n'
        for a in arrays:
            self.th += f'typedef struct {a.name} {a.name};\n'
        self.enums(types)
        self.mine = set(t.name for t in types)
        for t in types:
            self.struct(t)
        for a in arrays:
            h, c = list_type(a)
            self.th += h
            self.tc += c
            self.vh += visit_decls(a)
            self.vc += visit_list(a)

    def enums(self, types):
        for t in types:
            if isinstance(t, Enum):
                h, c = enum_types(t)
                self.th += h
                self.tc += c
                self.vh += visit_decls(t)
                self.vc += visit_enum(t)

    def struct(self, t):
        if isinstance(t, (Enum, Builtin, Array)) or t.name in self.done or t.name not in self.mine:
            return
        self.done.add(t.name)
        for need in by_value(t):
            self.struct(need)
        self.vh += visit_decls(t)
        if isinstance(t, Object):
            self.th += object_struct(t)
            self.vc += visit_members(t)
            if t.implicit:
                return
            self.vc += visit_object(t)
        else:
            self.th += alternate_struct(t)
            self.vc += visit_alternate(t)
        h, c = free_function(c_name(t.name))
        self.th += h
        self.tc += c
