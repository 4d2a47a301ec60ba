#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What management learns about CPU models: definitions, expansion, features a CPU was refused.

usage: test_cpu_models.py       TAP; $SWITCHOVER_BINARY is the emulator
"""
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from switchover import Machine  # noqa: E402  pylint: disable=wrong-import-position


def none_machine(*args):
    return Machine('-M', 'none,accel=tcg', '-S', *args, serial=False)


def expand(m, kind, name, **props):
    model = {'name': name}
    if props:
        model['props'] = {k.replace('_', '-'): v for k, v in props.items()}
    return m.qmp.cmd('query-cpu-model-expansion', type=kind, model=model)['model']


def error_of(call):
    try:
        call()
    except Exception as e:              # pylint: disable=broad-except
        return getattr(e, 'desc', str(e))
    raise AssertionError('no error')


def definitions():
    with none_machine() as m:
        defs = {d['name']: d for d in m.qmp.cmd('query-cpu-definitions')}
    for name in ('max', 'host', 'base', 'qemu64', 'Haswell', 'Haswell-v1', 'EPYC', 'Icelake-Server'):
        assert defs[name]['typename'] == name + '-x86_64-cpu', defs[name]
    assert defs['base']['static'] and not defs['Haswell']['static']
    assert defs['Haswell']['migration-safe'] and not defs['max']['migration-safe']
    assert defs['Haswell']['alias-of'] == 'Haswell-v1' and 'alias-of' not in defs['Haswell-v1']
    assert defs['qemu64']['unavailable-features'] == []
    assert 'hle' in defs['Haswell']['unavailable-features'], defs['Haswell']


def static_expansion():
    with none_machine() as m:
        model = expand(m, 'static', 'Haswell', avx2=False)
        assert model['name'] == 'base'
        props = model['props']
        assert props['avx2'] is False and props['avx'] is True and props['hle'] is True
        assert (props['family'], props['model'], props['vendor']) == (6, 60, 'GenuineIntel')
        assert props['model-id'] == 'Intel Core Processor (Haswell)'
        assert 'sse4_1' not in props and 'check' not in props and 'level' not in props
        # what static expansion says, given back, makes the same CPU
        again = m.qmp.cmd('query-cpu-model-expansion', type='static', model=model)['model']
        assert again == model, {k: (v, again['props'].get(k)) for k, v in props.items() if again['props'].get(k) != v}


def full_expansion():
    with none_machine() as m:
        model = expand(m, 'full', 'Nehalem')
        assert model['name'] == 'Nehalem'
        props = model['props']
        assert props['sse4_1'] is True and props['sse4.1'] is True and props['check'] is True
        assert 'unavailable-features' not in props and 'type' not in props


def refusals():
    with none_machine() as m:
        assert error_of(lambda: expand(m, 'full', 'nope')) == "CPU model 'nope' not found"
        assert "bogus" in error_of(lambda: expand(m, 'full', 'Haswell', bogus=True))
        assert 'model.props' in error_of(
            lambda: m.qmp.cmd('query-cpu-model-expansion', type='full', model={'name': 'max', 'props': [1]}))
        m.qmp.cmd('query-status')


def object_properties():
    with Machine('-M', 'pc', '-accel', 'tcg', '-cpu', 'Haswell', '-S', serial=False) as m:
        path = m.qmp.cmd('query-cpus-fast')[0]['qom-path']
        lacking = m.qmp.cmd('qom-get', path=path, property='unavailable-features')
        assert 'hle' in lacking and 'rtm' in lacking, lacking
        words = m.qmp.cmd('qom-get', path=path, property='feature-words')
        leaf1 = [w for w in words if w['cpuid-input-eax'] == 1 and w['cpuid-register'] == 'EDX']
        assert len(leaf1) == 1 and leaf1[0]['features'] & 1 << 25, words      # SSE
        filtered = m.qmp.cmd('qom-get', path=path, property='filtered-features')
        hle = [w for w in filtered if w['cpuid-input-eax'] == 7 and w['cpuid-register'] == 'EBX'
               and not w.get('cpuid-input-ecx')]
        assert hle[0]['features'] & 1 << 4 and not hle[0]['features'] & 1 << 5, filtered
        assert "TCG doesn't support requested feature: CPUID.07H:EBX.hle [bit 4]" in m.stderr, m.stderr


def main():
    tests = [definitions, static_expansion, full_expansion, refusals, object_properties]
    print('1..%d' % len(tests))
    failed = 0
    for i, test in enumerate(tests, 1):
        try:
            test()
            print('ok %d - %s' % (i, test.__name__))
        except Exception:               # pylint: disable=broad-except
            failed += 1
            for line in traceback.format_exc().splitlines():
                print('# ' + line, file=sys.stderr)
            print('not ok %d - %s' % (i, test.__name__))
        sys.stdout.flush()
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
