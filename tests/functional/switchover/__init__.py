# SPDX-License-Identifier: GPL-2.0-or-later
"""Helpers of the functional tests: a machine under test, its QMP and console, and what it boots."""
from .initramfs import Initramfs, find_kernel
from .machine import Machine, MachineError, default_binary
from .qmp import QMPClient, QMPError
from .shell import SERVE, Shell
from .tap import Skip, Suite

__all__ = ['Initramfs', 'Machine', 'MachineError', 'QMPClient', 'QMPError', 'SERVE', 'Shell', 'Skip', 'Suite', 'default_binary',
           'find_kernel']
