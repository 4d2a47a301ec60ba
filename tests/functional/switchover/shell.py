# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell in the guest, spoken to over its serial console.

The guest reads a line, runs it, and says with which status it ended; nothing is echoed, so what lies between two
markers is the command's output.
"""
import re

from .machine import MachineError

# The end of an init script.
SERVE = r'''
stty -echo
echo SHELL-READY
while read -r line; do
    eval "$line"
    echo "=STATUS $?="
done
poweroff -f
'''

GUEST_DIED = 'Kernel panic|end Kernel panic|BUG: |Oops: |rcu_sched self-detected|soft lockup'


class Shell:
    """shell = Shell(machine); print(shell.run('uname -r'))"""

    def __init__(self, machine, timeout=120.0):
        self.console = machine.console
        self.wait_ready(timeout)

    def wait_ready(self, timeout=120.0):
        """The guest is up (again, after a reboot)."""
        self.console.wait_for('SHELL-READY', timeout, GUEST_DIED)

    def try_run(self, command, timeout=60.0):
        """(output, exit status)"""
        start = len(self.console.text)
        self.console.send_line(command)
        m = self.console.wait_for(r'=STATUS ([0-9]+)=\r?\n', timeout, GUEST_DIED)
        text = self.console.text[start:]
        return re.split('=STATUS [0-9]+=\n', text)[0].lstrip('\n'), int(m.group(1))

    def run(self, command, timeout=60.0):
        """Output of a command that must succeed."""
        out, status = self.try_run(command, timeout)
        if status:
            raise MachineError('guest: %s: status %d: %s' % (command, status, out.strip()))
        return out

    def send(self, command):
        """Start a command that is not expected to come back."""
        self.console.send_line(command)
