# SPDX-License-Identifier: GPL-2.0-or-later
"""What Debian's kernel says at level warning or above on this project's machines, and may say: only lines that it
also says on Debian's QEMU 7.2 with the same options (scripts/compare-dmesg shows both).
"""
import re

# One regular expression per line, matched against the whole text after the time stamp.
KNOWN = [
    # pc has no extended configuration space
    r"acpi PNP0A03:00: fail to add MMCONFIG information, can't access extended PCI configuration space under this bridge\.",
    # microvm has no PCI bus
    r'PCI: Fatal: No config space access function found',
    r'PCI: System does not support PCI',
    # the rest of a line that another one interrupted: processors coming up
    r'( +#\d+)+',
]

# What the kernel says when a processor of the guest did not run for a while: about the load of the host, not about a
# device. A starved virtual machine of any make says it.
STARVED = [
    r'APIC calibration not consistent with PM-Timer: \d+ms instead of \d+ms',
    r'hrtimer: interrupt took \d+ ns',
    r'hpet: Lost \d+ RTC interrupts',
    r'clocksource: timekeeping watchdog on CPU\d+: .*read-back delay of \d+ns.*',
    r'clocksource: wd-tsc-wd read-back delay of \d+ns, clock-skew test skipped!',
    r'sched: RT throttling activated',
]


def starved(message):
    return any(re.fullmatch(s, message) for s in STARVED)


def problems(raw):
    """Lines of `dmesg -r` at level warning (4) or more urgent."""
    found = []
    for line in raw.splitlines():
        m = re.match(r'<(\d+)>\[ *[\d.]+\] (.*)', line)
        if m and int(m.group(1)) & 7 <= 4:
            found.append(m.group(2))
    return found


def unknown(raw):
    """Problems that are in neither list."""
    return [p for p in problems(raw) if not starved(p) and not any(re.fullmatch(k, p) for k in KNOWN)]
