#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds, runs and replays of the fuzz targets.

  fuzzing.py seeds BUILD OUT            inputs from today's devices: OUT/fields, OUT/device, OUT/stream
  fuzzing.py run BUILD TARGET RUNS [MACHINE]
                                        libFuzzer on TARGET (fields, device, stream), in BUILD/fuzz-TARGET; starts from the
                                        corpus of the tree and from seeds; ends with 1 at the first crash
  fuzzing.py keep BUILD TARGET [FILE...]  what BUILD/fuzz-TARGET found and the corpus lacks, into the corpus; and the FILEs:
                                        inputs that once broke something
  fuzzing.py replay BUILD [ROUNDS]      the corpus through the replay programs, and ROUNDS mutations of each input
"""
import os
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile

from machines import machines
import streams

CORPUS = os.path.join(streams.TOP, 'tests', 'data', 'vmstate', 'corpus.tar.xz')
# The machines of each target, the usual one first: for devices all there are, for streams few and small ones, since each
# run resets all.
TARGETS = {'fields': [None], 'device': ['pc-q35-11.1-all', 'pc-i440fx-7.2-full', 'microvm-full'],
           'stream': ['microvm-full', 'pc-i440fx-7.2-bare']}
LIMITS = {'fields': 4096, 'device': 65536, 'stream': 65536}
# Most that a single input may make the target allocate, in MB: 256 by the rules and the rest for the program itself.
MALLOC_MB, RSS_MB = 300, 1500


def fields_seeds():
    """States of fuzz-fields.c by hand: one empty, one with something everywhere."""
    leaf, box = struct.pack('>HB', 5, 1), lambda v, kids: struct.pack('>i', v) + kids
    end_box = box(3, b'\x30\x30')
    head = struct.pack('>BBhIqIi', 0, 7, -2, 0x12345678, 9, 4, 10) + bytes(5 + 9 + 12 + 3)
    empty = (head + struct.pack('>II', 0, 0) + b'\0' + leaf + b'\0\0' + leaf + leaf + b'\x30' + leaf +
             struct.pack('>II', 0, 0) + b'\x30' * 4 + b'\0' + b'\0\0' + b'\0' + b'\0' + bytes(5) + bytes(5) + b'\x12\x34')
    node = struct.pack('>IHHH', 7, 2, 1, 2)
    full = (b'\1' + head[1:24] + b'\x55' + head[24:] + struct.pack('>IIII', 3, 1, 2, 3) + struct.pack('>I', 2) + leaf * 2 +
            b'\2' + leaf * 2 + leaf + b'\0\1' + leaf + leaf + b'\x30' + leaf + struct.pack('>I', 6) + b'abcdef' +
            struct.pack('>I', 70) + bytes(16) + b'\x31' + box(1, b'\x31' + end_box + b'\x30') + b'\x30\x31' + end_box + b'\x30' +
            b'\2\x30\x31' + end_box + b'\0\2\x31' + end_box + b'\x30' + b'\1' + node + b'\1' + node + b'\0' + b'\1' + node + b'\0' +
            struct.pack('>I', 2) + b'\1\0\1' + bytes(4) + b'\1\0\2' + bytes(4) + b'\0' +
            struct.pack('>I', 1) + b'\1' + bytes(7) + b'\5' + bytes(4) + b'\0' + b'\x12\x34' +
            b'\5\7all/sub' + bytes(4) + b'\1' + b'\5\x0dall/sub/inner' + bytes(4) + b'\1')
    return {'empty': b'\3' + empty, 'full': b'\3' + full}


def make_seeds(build, out):
    tool = os.path.join(build, 'tests', 'vmstate', 'vmstate-machine')
    for target in TARGETS:
        os.makedirs(os.path.join(out, target), exist_ok=True)
    for name, data in fields_seeds().items():
        with open(os.path.join(out, 'fields', name), 'wb') as f:
            f.write(data)
    for target in ('device', 'stream'):
        for name in TARGETS[target]:
            args = shlex.split(machines()[name])
            if target == 'device':
                subprocess.run([tool, 'seeds', '1', os.path.join(out, 'device'), *args], check=True,
                               stderr=subprocess.DEVNULL)
                continue
            for kind in ('save', 'busy', 'shake'):
                path = os.path.join(out, 'stream', f'{name}-{kind}')
                subprocess.run([tool, kind, *(['1'] if kind == 'shake' else []), path, *args], check=True,
                               stderr=subprocess.DEVNULL)
                with open(path, 'rb') as f:
                    data = streams.strip(f.read(), description=False)
                with open(path, 'wb') as f:
                    f.write(data)


def environment(machine):
    env = dict(os.environ)
    env['ASAN_OPTIONS'] = 'abort_on_error=1:allocator_may_return_null=1:' + env.get('ASAN_OPTIONS', '')
    env['UBSAN_OPTIONS'] = 'print_stacktrace=1:halt_on_error=1:' + env.get('UBSAN_OPTIONS', '')
    if machine:
        env['VMSTATE_FUZZ_ARGS'] = machines()[machine]
    return env


def unpack(target, where):
    folder = os.path.join(where, target)
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(CORPUS):
        with tarfile.open(CORPUS) as tar:
            for member in tar.getmembers():
                if member.isfile() and member.name.startswith(target + '/'):
                    with open(os.path.join(folder, os.path.basename(member.name)), 'wb') as f:
                        f.write(tar.extractfile(member).read())
    return folder


def program(build, target, replay=False):
    return os.path.abspath(os.path.join(build, 'tests', 'vmstate', f'fuzz-{target}' + ('-replay' if replay else '')))


def fuzz_run(build, target, runs, machine=None):
    work = os.path.abspath(os.path.join(build, f'fuzz-{target}'))
    new = os.path.join(work, 'new')
    os.makedirs(new, exist_ok=True)
    make_seeds(build, os.path.join(work, 'seeds'))
    start = unpack(target, os.path.join(work, 'corpus'))
    # Errors that devices print about a broken guest are part of the game: only libFuzzer's own lines matter.
    command = [program(build, target), f'-runs={runs}', f'-max_len={LIMITS[target]}', f'-malloc_limit_mb={MALLOC_MB}',
               f'-rss_limit_mb={RSS_MB}', '-timeout=25', '-print_final_stats=1', f'-artifact_prefix={work}/',
               new, start, os.path.join(work, 'seeds', target)]
    print(shlex.join(command), flush=True)
    with subprocess.Popen(['nice', '-n', '19', *command], env=environment(machine or TARGETS[target][0]), cwd=work, stderr=subprocess.PIPE,
                          text=True, errors='replace') as proc:
        signal.signal(signal.SIGTERM, lambda *_: proc.kill())
        for line in proc.stderr:
            if not line.startswith('vmstate-test: ') or 'warning' in line:
                sys.stdout.write(line)
                sys.stdout.flush()
    return proc.returncode


def keep(build, target, *extra):
    """@extra: regressions, added whether or not they cover anything new."""
    work = os.path.abspath(os.path.join(build, f'fuzz-{target}'))
    with tempfile.TemporaryDirectory() as tmp:
        for t in TARGETS:
            unpack(t, tmp)
        merged = os.path.join(tmp, target)
        result = subprocess.run([program(build, target), '-merge=1', f'-max_len={LIMITS[target]}', merged,
                                 os.path.join(work, 'new'), os.path.join(work, 'seeds', target)],
                                env=environment(TARGETS[target][0]), cwd=tmp, stderr=subprocess.DEVNULL, check=False)
        for path in extra:
            shutil.copy(path, merged)
        os.makedirs(os.path.dirname(CORPUS), exist_ok=True)
        with tarfile.open(CORPUS, 'w:xz', preset=9) as tar:
            for t in sorted(TARGETS):
                for name in sorted(os.listdir(os.path.join(tmp, t))):
                    info = tar.gettarinfo(os.path.join(tmp, t, name), f'{t}/{name}')
                    info.mtime = info.uid = info.gid = 0
                    info.uname = info.gname = ''
                    info.mode = 0o644
                    with open(os.path.join(tmp, t, name), 'rb') as f:
                        tar.addfile(info, f)
        return result.returncode


def replay_one(build, target, machine, rounds, tmp):
    folder = os.path.join(tmp, target)
    try:
        result = subprocess.run([program(build, target, True), '-m', rounds, folder], env=environment(machine), cwd=tmp,
                                capture_output=True, text=True, errors='replace', check=False, timeout=900)
    except subprocess.TimeoutExpired as e:
        result = subprocess.CompletedProcess(e.cmd, 1, '', 'it hangs')
    return result


def replay(build, rounds):
    ok, n = True, 0
    with tempfile.TemporaryDirectory() as tmp:
        for target, machine in ((t, m) for t, names in TARGETS.items() for m in names):
            inputs = len(os.listdir(unpack(target, tmp)))
            result = replay_one(build, target, machine, rounds, tmp)
            n += 1
            good = result.returncode == 0 and inputs > 0
            ok = ok and good
            print(f'{"ok" if good else "not ok"} {n} B7 {target}{f" on {machine}" if machine else ""}: {inputs} inputs, '
                  f'{result.stdout.strip().splitlines()[-1] if result.stdout.strip() else "no output"}', flush=True)
            if not good:
                if os.path.exists(os.path.join(tmp, 'crash-input')):
                    shutil.copy(os.path.join(tmp, 'crash-input'), os.path.join(build, f'crash-{target}'))
                    print(f'# the input is in {build}/crash-{target}')
                for line in result.stderr.splitlines()[-60:]:
                    print(f'# {line}')
    print(f'1..{n}')
    return 0 if ok else 1


def main():
    command, args = (sys.argv[1] if len(sys.argv) > 1 else ''), sys.argv[2:]
    if command == 'seeds' and len(args) == 2:
        make_seeds(*args)
        return 0
    if command == 'run' and len(args) in (3, 4):
        return 1 if fuzz_run(*args) else 0
    if command == 'keep' and len(args) >= 2:
        return keep(*args)
    if command == 'replay' and len(args) in (1, 2):
        return replay(args[0], args[1] if len(args) == 2 else '0')
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
