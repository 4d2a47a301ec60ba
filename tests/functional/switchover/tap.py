# SPDX-License-Identifier: GPL-2.0-or-later
"""Test cases that report in TAP (testanything.org, version 12): one line each, why it failed as a comment.

    suite = Suite()
    @suite.case('pc powers off')
    def _(): assert ...
    sys.exit(suite.main())           # arguments select cases by a part of their name

A case fails by raising anything; Skip leaves it out with a reason.
"""
import sys
import time
import traceback


class Skip(Exception):
    """This case cannot run here, for the reason given."""


class Suite:
    """Cases in the order they were added."""

    def __init__(self):
        self.cases = []

    def add(self, name, function, *args):
        self.cases.append((name, lambda: function(*args)))

    def case(self, name):
        def decorate(function):
            self.add(name, function)
            return function
        return decorate

    def main(self, select=None):
        """Run the cases whose name contains one of the selected words; 1 when any failed."""
        select = sys.argv[1:] if select is None else select
        cases = [c for c in self.cases if not select or any(s in c[0] for s in select)]
        print('1..%d' % len(cases), flush=True)
        failed = 0
        for n, (name, run) in enumerate(cases, 1):
            began, problem = time.monotonic(), None
            try:
                run()
            except Skip as e:
                print('ok %d %s # SKIP %s' % (n, name, e), flush=True)
                continue
            except Exception as e:              # pylint: disable=broad-except
                problem = e
            if problem:
                failed += 1
                print('not ok %d %s' % (n, name))
                for line in ''.join(traceback.format_exception(problem)[-3:]).rstrip().splitlines():
                    print('# ' + line, file=sys.stderr, flush=True)    # test runners swallow the comments of TAP
            else:
                print('ok %d %s' % (n, name))
            print('# %.1f s' % (time.monotonic() - began), flush=True)
        return 1 if failed else 0
