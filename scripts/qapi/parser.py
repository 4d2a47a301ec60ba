# SPDX-License-Identifier: GPL-2.0-or-later
"""Schema text to Python values.

A file is a sequence of expressions: JSON objects with single-quoted strings, true and false, and # comments. The directive
{'include': 'file'} names another file; each file is read once.
"""
import os
import re

TOKEN = re.compile(r"""(?P<space>\s+|\#[^\n]*)|(?P<str>'[^'\\\n]*')|(?P<word>true|false)|(?P<punct>[{}\[\]:,])""", re.X)


class SchemaError(Exception):
    pass


class Parser:
    def __init__(self, path):
        self.path = path
        with open(path, encoding='utf-8') as f:
            self.text = f.read()
        self.pos = 0
        self.advance()

    def fail(self, what):
        line = self.text.count('\n', 0, self.start) + 1
        raise SchemaError(f'{self.path}:{line}: {what}')

    def advance(self):
        while True:
            self.start = self.pos
            if self.pos >= len(self.text):
                self.tok = None
                return
            m = TOKEN.match(self.text, self.pos)
            if not m:
                self.fail(f'unexpected character {self.text[self.pos]!r}')
            self.pos = m.end()
            if m.lastgroup != 'space':
                self.tok = m.group()
                return

    def expect(self, tok):
        if self.tok != tok:
            self.fail(f'expected {tok!r}, found {self.tok!r}')
        self.advance()

    def string(self):
        if not self.tok or self.tok[0] != "'":
            self.fail(f'expected a string, found {self.tok!r}')
        value = self.tok[1:-1]
        self.advance()
        return value

    def value(self):
        if self.tok == '{':
            return self.object()
        if self.tok == '[':
            return self.array()
        if self.tok in ('true', 'false'):
            value = self.tok == 'true'
            self.advance()
            return value
        return self.string()

    def object(self):
        result = {}
        self.expect('{')
        while self.tok != '}':
            key = self.string()
            if key in result:
                self.fail(f'duplicate key {key!r}')
            self.expect(':')
            result[key] = self.value()
            if self.tok != '}':
                self.expect(',')
        self.expect('}')
        return result

    def array(self):
        result = []
        self.expect('[')
        while self.tok != ']':
            result.append(self.value())
            if self.tok != ']':
                self.expect(',')
        self.expect(']')
        return result

    def expressions(self):
        while self.tok is not None:
            line = self.text.count('\n', 0, self.start) + 1
            yield line, self.object()


def read_schema(root):
    """All (module, where, expression) below the file @root, in include order."""
    result, seen = [], set()

    def read(path):
        path = os.path.normpath(path)
        if path in seen:
            return
        seen.add(path)
        module = os.path.splitext(os.path.basename(path))[0]
        for line, expr in Parser(path).expressions():
            if set(expr) == {'include'}:
                read(os.path.join(os.path.dirname(path), expr['include']))
            else:
                result.append((module, f'{path}:{line}', expr))

    read(root)
    return result, [os.path.splitext(os.path.basename(p))[0] for p in sorted(seen)], sorted(seen)
