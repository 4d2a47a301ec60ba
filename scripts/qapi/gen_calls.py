# SPDX-License-Identifier: GPL-2.0-or-later
"""Glue for commands and events."""
from .schema import Object, c_name


def params(arg, boxed, tail=None):
    out = []
    if arg and boxed:
        out.append(f'{arg.c()}arg')
    elif arg:
        for m in arg.all_members():
            if m.has():
                out.append(f'bool has_{m.cname()}')
            t = m.type.c_param()
            out.append(f"{t}{'' if t.endswith('*') else ' '}{m.cname()}")
    if tail:
        out.append(tail)
    return ', '.join(out) or 'void'


def call_args(arg, boxed):
    if not arg:
        return ''
    if boxed:
        return '&arg, '
    out = ''
    for m in arg.all_members():
        if m.has():
            out += f'arg.has_{m.cname()}, '
        out += f'arg.{m.cname()}, '
    return out


def options(cmd):
    flags = []
    if not cmd.success:
        flags.append('QCO_NO_SUCCESS_RESP')
    if cmd.oob:
        flags.append('QCO_ALLOW_OOB')
    if cmd.preconfig:
        flags.append('QCO_ALLOW_PRECONFIG')
    if 'deprecated' in cmd.features:
        flags.append('QCO_DEPRECATED')
    if 'unstable' in cmd.features:
        flags.append('QCO_UNSTABLE')
    return ' | '.join(flags) or '0'


def prototype(cmd):
    n = c_name(cmd.name)
    if not cmd.gen:
        return f'void qmp_{n}(QDict *args, QObject **ret, Error **errp)'
    ret = cmd.ret.c() if cmd.ret else 'void'
    return f"{ret}{'' if ret.endswith('*') else ' '}qmp_{n}({params(cmd.arg, cmd.boxed, 'Error **errp')})"


def output_lines(cmd):
    t = cmd.ret
    name = t.name
    if t.name in ('str', 'any', 'null') or not t.is_pointer():
        free = {'str': 'g_free(retval);', 'any': 'qobject_unref(retval);', 'null': 'qobject_unref(retval);'}.get(t.name)
    else:
        free = f'qapi_free_{name}(retval);'
    out = f'''    v = qobject_output_visitor_new(ret);
    if (visit_type_{name}(v, "unused", &retval, errp)) {{
        visit_complete(v, ret);
    }}
    visit_free(v);
'''
    return out + (f'    {free}\n' if free else '')


def marshal(cmd):
    n = c_name(cmd.name)
    call = f'qmp_{n}({call_args(cmd.arg, cmd.boxed)}&err)'
    body = ''
    if cmd.ret:
        star = '' if cmd.ret.c().endswith('*') else ' '
        body += f'    {cmd.ret.c()}{star}retval;\n'
    if cmd.arg:
        a = cmd.arg.cstruct()
        body += f'    {a} arg = {{0}};\n'
        visit = f'visit_type_{a}_members(v, &arg, errp) && visit_check_struct(v, errp)'
    else:
        visit = 'visit_check_struct(v, errp)'
    body += f'''    Visitor *v = qobject_input_visitor_new(QOBJECT(args));
    Error *err = NULL;
    bool ok = false;

    if (visit_start_struct(v, NULL, NULL, 0, errp)) {{
        ok = {visit};
        visit_end_struct(v, NULL);
    }}
    visit_free(v);
    if (!ok) {{
        goto out;
    }}
    {'retval = ' if cmd.ret else ''}{call};
    if (err) {{
        error_propagate(errp, err);
        goto out;
    }}
'''
    if cmd.ret:
        body += output_lines(cmd)
    body += '\nout:\n'
    if cmd.arg:
        body += f'''    v = qapi_dealloc_visitor_new();
    visit_type_{a}_members(v, &arg, NULL);
    visit_free(v);
'''
    else:
        body += '    return;\n'
    return f'\nstatic void qmp_marshal_{n}(QDict *args, QObject **ret, Error **errp)\n{{\n{body}}}\n'


def commands(schema, module):
    """Header and source of the commands of @module. Weak references: what is not linked is not registered."""
    cmds = [c for c in schema.commands if c.module == module]
    h = c = reg = ''
    for cmd in cmds:
        n = c_name(cmd.name)
        h += prototype(cmd) + ';\n'
        c += f'\nextern __attribute__((weak)) typeof(qmp_{n}) qmp_{n};\n'
        fn = f'qmp_{n}'
        if cmd.gen:
            c += marshal(cmd)
            fn = f'qmp_marshal_{n}'
        reg += f'    if (qmp_{n}) {{\n        qmp_register_command(cmds, "{cmd.name}", {fn}, {options(cmd)});\n    }}\n'
    if not cmds:
        return h, c
    m = c_name(module)
    c += f'''
static void init_{m}(QmpCommandList *cmds)
{{
{reg}}}

static __attribute__((constructor)) void register_{m}(void)
{{
    qmp_add_module(init_{m});
}}
'''
    return h, c


def event_source(ev, proto):
    n = ev.name.lower()
    if not ev.arg:
        return f'''
{proto}
{{
    g_autoptr(QDict) qmp = qmp_event_build_dict("{ev.name}");

    qapi_event_emit(QAPI_EVENT_{ev.name}, qmp);
}}
'''
    a = ev.arg.cstruct()
    init = ''
    if ev.boxed:
        ptr = 'arg'
    else:
        ptr = '&param'
        init = f'    {a} param = {{\n'
        for m in ev.arg.all_members():
            if m.has():
                init += f'        .has_{m.cname()} = has_{m.cname()},\n'
            cast = '(char *)' if m.type.c() == 'char *' else ''
            init += f'        .{m.cname()} = {cast}{m.cname()},\n'
        init += '    };\n'
    return f'''
{proto}
{{
{init}    g_autoptr(QDict) qmp = qmp_event_build_dict("{ev.name}");
    QObject *data;
    Visitor *v = qobject_output_visitor_new(&data);

    if (visit_start_struct(v, NULL, NULL, 0, NULL)) {{
        visit_type_{a}_members(v, {ptr}, NULL);
        visit_end_struct(v, NULL);
    }}
    visit_complete(v, &data);
    visit_free(v);
    qdict_put_obj(qmp, "data", data);
    qapi_event_emit(QAPI_EVENT_{ev.name}, qmp);
}}
'''


def events(schema, module):
    h = c = ''
    for ev in schema.events:
        if ev.module == module:
            proto = f'void qapi_event_send_{ev.name.lower()}({params(ev.arg, ev.boxed)})'
            h += proto + ';\n'
            c += event_source(ev, proto)
    return h, c


def event_enum(schema):
    h = '\ntypedef enum QAPIEvent {\n'
    c = '\nconst QEnumLookup QAPIEvent_lookup = {\n    .array = (const char *const[]) {\n'
    for ev in schema.events:
        h += f'    QAPI_EVENT_{ev.name},\n'
        c += f'        [QAPI_EVENT_{ev.name}] = "{ev.name}",\n'
    h += '    QAPI_EVENT__MAX,\n} QAPIEvent;\n\n#define QAPIEvent_str(val) qapi_enum_lookup(&QAPIEvent_lookup, (val))\n\n'
    h += 'extern const QEnumLookup QAPIEvent_lookup;\n'
    c += '    },\n    .size = QAPI_EVENT__MAX,\n};\n'
    return h, c
