#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every description of every machine and of every device type (rules B2, B7, B8).

Checked as at registration; its state saved, loaded and saved again; cut at every byte, which must be refused with a
message that names the place. Then a state with as many values changed as the devices accept goes to a fresh process,
which must give back the same bytes.
"""
import os
import shlex
import subprocess
import sys
import tempfile

from machines import machines

TOOL, BROKEN = sys.argv[1:]
REFUSAL = ("-device broken-device: device type 'broken-device': vmstate 'inner': field 'slots' is a plain array of pointers and "
           'must not give a size')


def run(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False, timeout=300)


def main():
    count, ok = 0, True

    def check(name, result):
        nonlocal count, ok
        count += 1
        good = result.returncode == 0
        ok = ok and good
        print(f'{"ok" if good else "not ok"} {count} {name}')
        for line in (result.stdout + (result.stderr if not good else '')).splitlines():
            print(f'# {line}')

    for machine in ('none', 'q35'):
        result = subprocess.run([BROKEN, '-M', machine, '-device', 'broken-device'], capture_output=True, text=True, check=False)
        result.returncode = 0 if result.returncode == 1 and REFUSAL in result.stderr else 1
        check(f'B2 {machine}: a broken description stops start-up, named', result)
    with tempfile.TemporaryDirectory() as tmp:
        # Machines that differ only in what happened to them are one.
        for text, name in {text: name for name, text in reversed(machines().items())}.items():
            args = shlex.split(text)
            check(f'{name}: B2 B7 B8 every description, every cut', run('walk', *args))
            shaken, again = os.path.join(tmp, 'shaken'), os.path.join(tmp, 'again')
            result = run('shake', '1', shaken, *args)
            check(f'{name}: values changed', result)
            if result.returncode:
                continue
            result = run('resave', shaken, again, *args)
            if result.returncode == 0:
                with open(shaken, 'rb') as a, open(again, 'rb') as b:
                    first, second = a.read(), b.read()
                if first != second:
                    at = next((i for i, (x, y) in enumerate(zip(first, second)) if x != y), min(len(first), len(second)))
                    result.returncode, result.stderr = 1, f'{len(first)} and {len(second)} bytes differ at {at}'
            check(f'{name}: saved, loaded into a fresh machine, saved: same bytes', result)
    print(f'1..{count}')
    return 0 if ok else 1


if __name__ == '__main__':
    sys.exit(main())
