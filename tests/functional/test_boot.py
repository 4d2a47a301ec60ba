#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel boots to a shell, says nothing new about the hardware, reboots and powers off.

usage: test_boot.py MACHINE [CASE...]        TAP; $SWITCHOVER_BINARY is the emulator
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dmesg  # noqa: E402  pylint: disable=wrong-import-position
from switchover import (SERVE, Initramfs, Machine, QMPError, Shell, Suite, find_kernel)  # noqa: E402  pylint: disable=wrong-import-position

BOOT = 180          # seconds a boot may take on a busy host
END = 60            # seconds from `poweroff` to the end of the process

# Waits for a KEY_POWER event (code 116, the letter t) from the ACPI button: 24-byte records, code at byte 18.
POWER_BUTTON = r'''
power_button() {
    for d in /sys/class/input/event*; do
        if [ "$(cat $d/device/name)" = "Power Button" ]; then
            event=/dev/input/${d##*/}
        fi
    done
    [ -n "$event" ] || return 1
    exec 3<$event
    echo BUTTON-READY
    dd bs=24 count=1 of=/tmp/key <&3 2>/dev/null
    [ "$(dd if=/tmp/key bs=1 skip=18 count=1 2>/dev/null)" = t ] && echo BUTTON-PRESSED
}
'''


class Boot:
    """The kernel and an image, for one machine type."""

    def __init__(self, machine, directory):
        self.machine = machine
        self.kernel, modules = find_kernel()
        image = Initramfs()
        image.busybox()
        image.modules(modules, ['button', 'evdev'])
        image.init(POWER_BUTTON + SERVE)
        self.image = image.write(os.path.join(directory, 'initramfs'))

    def start(self, smp, *options, append=''):
        return Machine('-M', self.machine, '-accel', 'tcg', '-smp', smp, '-m', '512', '-kernel', self.kernel,
                       '-initrd', self.image, '-append', 'console=ttyS0 panic=-1 ' + append, *options)

    def check(self, shell, smp):
        """All processors work and the kernel has no complaint."""
        count = shell.run('grep -c ^processor /proc/cpuinfo').strip()
        assert count == str(smp), 'guest sees %s processors, not %d' % (count, smp)
        for cpu in range(smp):
            shell.run("sh -c 'taskset -p %x $$ >/dev/null; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done'" % (1 << cpu))
        shell.run('dmesg -n 1')
        complaints = dmesg.unknown(shell.run('dmesg -r'))
        assert not complaints, 'the kernel complains:\n' + '\n'.join(complaints)


def power_off(boot):
    """Two processors; `poweroff` ends the process with status 0 and a SHUTDOWN event that names the guest."""
    with boot.start(2) as m:
        shell = Shell(m, BOOT)
        boot.check(shell, 2)
        shell.send('poweroff -f')
        event = m.qmp.wait_event('SHUTDOWN', timeout=END)
        assert event['data'] == {'guest': True, 'reason': 'guest-shutdown'}, event
        assert m.wait(END) == 0


def power_button(boot):
    """Four processors; system_powerdown reaches the guest as a key press, and it powers off."""
    with boot.start(4) as m:
        shell = Shell(m, BOOT)
        boot.check(shell, 4)
        shell.send('power_button && poweroff -f')
        m.console.wait_for('BUTTON-READY', END)
        m.qmp.cmd('system_powerdown')
        m.qmp.wait_event('POWERDOWN')
        m.console.wait_for('BUTTON-PRESSED', END, '=STATUS')
        assert m.wait(END) == 0


def reboot(boot):
    """One processor; `reboot` resets the machine, which boots again; then the same with set-action reboot=shutdown."""
    with boot.start(1) as m:
        shell = Shell(m, BOOT)
        boot.check(shell, 1)
        shell.send('reboot -f')
        event = m.qmp.wait_event('RESET', timeout=END)
        assert event['data'] == {'guest': True, 'reason': 'guest-reset'}, event
        shell.wait_ready(BOOT)
        boot.check(shell, 1)
        m.qmp.cmd('system_reset')
        event = m.qmp.wait_event('RESET', timeout=END)
        assert event['data'] == {'guest': False, 'reason': 'host-qmp-system-reset'}, event
        shell.wait_ready(BOOT)
        m.qmp.cmd('set-action', reboot='shutdown')
        shell.send('reboot -f')
        assert m.wait(END) == 0


def no_reboot(boot):
    """-no-reboot: the guest's reset ends the process with status 0."""
    with boot.start(1, '-no-reboot') as m:
        shell = Shell(m, BOOT)
        shell.send('reboot -f')
        event = m.qmp.wait_event('SHUTDOWN', timeout=END)
        assert event['data'] == {'guest': True, 'reason': 'guest-reset'}, event
        assert m.wait(END) == 0


def no_shutdown(boot):
    """-no-shutdown: the machine stops instead, and system_reset with cont starts it again."""
    with boot.start(1, '-no-shutdown') as m:
        shell = Shell(m, BOOT)
        shell.send('poweroff -f')
        m.qmp.wait_event('SHUTDOWN', timeout=END)
        m.qmp.wait_event('STOP', timeout=END)
        assert m.qmp.cmd('query-status')['status'] == 'shutdown'
        try:
            m.qmp.cmd('cont')
            raise AssertionError('cont without a reset after shutdown was accepted')
        except QMPError:
            pass
        m.qmp.cmd('system_reset')
        m.qmp.cmd('cont')
        shell.wait_ready(BOOT)


def main():
    suite = Suite()
    machine = sys.argv[1]
    with tempfile.TemporaryDirectory() as tmp:
        boot = Boot(machine, tmp)
        for case in (power_off, power_button, reboot, no_reboot, no_shutdown):
            suite.add('%s %s' % (machine, case.__name__), case, boot)
        return suite.main(sys.argv[2:])


if __name__ == '__main__':
    sys.exit(main())
