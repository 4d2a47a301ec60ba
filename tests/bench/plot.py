# SPDX-License-Identifier: GPL-2.0-or-later
"""Small line charts as SVG, and as PNG where rsvg-convert is installed. No other dependency.

    write('build/bench/memory', 'Title', [Chart('start time', 'devices', 'seconds', {'ours': [(1, 0.02), ...]}), ...])
"""
import math
import shutil
import subprocess
from xml.sax.saxutils import escape

COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#ff7f0e', '#9467bd', '#8c564b']
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 460, 300, 64, 34, 12, 42


class Chart:
    """series: {name: [(x, y), ...]}; axes are logarithmic when everything is positive and spans enough."""

    def __init__(self, title, xlabel, ylabel, series):
        self.title, self.xlabel, self.ylabel = title, xlabel, ylabel
        self.series = {k: [(x, y) for x, y in v if y is not None] for k, v in series.items()}

    def _axis(self, which, low, high, length):
        """(function from value to pixel, [(value, text)])"""
        values = [p[which] for v in self.series.values() for p in v] or [0, 1]
        if which == 1 and min(values) > 0 and max(values) > 20 * min(values):
            a, b = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
            b = max(b, a + 1)
            return (lambda v: low + (math.log10(v) - a) / (b - a) * (high - low)), \
                [(10.0 ** i, short(10.0 ** i)) for i in range(a, b + 1)]
        top = max(max(values), 1e-9)
        step = 10.0 ** math.floor(math.log10(top))
        step = next(step * f for f in (0.2, 0.5, 1, 2) if top / (step * f) <= 6)
        end = step * math.ceil(top / step)
        return (lambda v: low + v / end * (high - low)), [(i * step, short(i * step)) for i in range(round(end / step) + 1)]

    def svg(self, x0, y0):
        out = ['<g transform="translate(%d,%d)">' % (x0, y0), text(WIDTH / 2, 18, self.title, 'middle', 13, True)]
        fx, xticks = self._axis(0, LEFT, WIDTH - RIGHT, WIDTH)
        fy, yticks = self._axis(1, HEIGHT - BOTTOM, TOP, HEIGHT)
        for v, label in xticks:
            out.append(line(fx(v), TOP, fx(v), HEIGHT - BOTTOM, '#e4e4e4'))
            out.append(text(fx(v), HEIGHT - BOTTOM + 14, label, 'middle'))
        for v, label in yticks:
            out.append(line(LEFT, fy(v), WIDTH - RIGHT, fy(v), '#e4e4e4'))
            out.append(text(LEFT - 5, fy(v) + 3, label, 'end'))
        out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, self.xlabel, 'middle'))
        out.append('<text transform="translate(12,%d) rotate(-90)" text-anchor="middle" font-size="10">%s</text>' % (
            (TOP + HEIGHT - BOTTOM) / 2, escape(self.ylabel)))
        legend = ['<rect x="%d" y="%d" width="130" height="%d" fill="white" fill-opacity="0.8"/>' % (
            LEFT + 4, TOP + 2, 13 * len(self.series) + 3)]
        for n, (name, points) in enumerate(self.series.items()):
            colour = COLOURS[n % len(COLOURS)]
            at = ' '.join('%.1f,%.1f' % (fx(x), fy(y)) for x, y in points)
            out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="1.8"/>' % (at, colour))
            out += ['<circle cx="%.1f" cy="%.1f" r="2.4" fill="%s"/>' % (fx(x), fy(y), colour) for x, y in points]
            legend.append(line(LEFT + 8, TOP + 10 + 13 * n, LEFT + 24, TOP + 10 + 13 * n, colour, 2))
            legend.append(text(LEFT + 29, TOP + 13 + 13 * n, name))
        return out + legend + ['</g>']


def short(v):
    for unit, name in ((1e9, 'G'), (1e6, 'M'), (1e3, 'k')):
        if v >= unit:
            return '%g%s' % (v / unit, name)
    return '%g' % v


def text(x, y, s, anchor='start', size=10, bold=False):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d"%s>%s</text>' % (
        x, y, anchor, size, ' font-weight="bold"' if bold else '', escape(str(s)))


def line(x1, y1, x2, y2, colour, width=1):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>' % (
        x1, y1, x2, y2, colour, width)


def write(base, title, charts, columns=2):
    """base.svg and, if possible, base.png; the names written."""
    rows = -(-len(charts) // columns)
    width, height = WIDTH * columns, 40 + HEIGHT * rows
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">' % (width, height),
           '<rect width="100%" height="100%" fill="white"/>', text(width / 2, 24, title, 'middle', 16, True)]
    for n, c in enumerate(charts):
        out += c.svg(n % columns * WIDTH, 40 + n // columns * HEIGHT)
    with open(base + '.svg', 'w', encoding='utf-8') as f:
        f.write('\n'.join(out + ['</svg>', '']))
    if not shutil.which('rsvg-convert'):
        return [base + '.svg']
    subprocess.run(['rsvg-convert', '-o', base + '.png', base + '.svg'], check=True)
    return [base + '.svg', base + '.png']
