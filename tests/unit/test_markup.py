"""Markup: what is no markup is text; formulas, curves and drawings as parts of a page."""

import numpy as np
import pytest
import sympy

from plastica.markup import Markup, element, formula, joined, lines, sparkline, table
from plastica.report.inline_svg import inlined

SVG = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt" viewBox="0 0 72 36"
 xmlns="http://www.w3.org/2000/svg"><metadata><a xmlns="http://purl.org/"/></metadata>
<defs><style type="text/css">*{stroke-linejoin: round}</style><path id="m1" d="M 0 0"/></defs>
<g id="g1" clip-path="url(#p1)"><use xlink:href="#m1"/><text style="fill: url(#p1)">a &lt;b&gt;</text></g>
<clipPath id="p1"/></svg>"""


def test_text_is_escaped_and_markup_is_not():
    """In content and in attributes; control characters are gone; a name may be a word of Python."""
    inner = element("b", "<i>", title="\"'<&\x1b")
    assert inner == '<b title="&quot;&#x27;&lt;&amp;">&lt;i&gt;</b>'
    assert element("p", inner, "\x1b[31m&", class_="a", aria_label="b") == (
        f'<p class="a" aria-label="b">{inner}[31m&amp;</p>'
    )
    assert joined("<", Markup("<br>")) == "&lt;<br>"
    assert lines("a\n  <b>\x1b") == "a\n  &lt;b&gt;"


def test_a_table_names_its_columns_and_rows():
    made = table(("rule", "loss"), [("<a>", "1"), ("b", "2")])
    assert made.count('scope="row"') == 2
    assert made.count('class="number"') == 3
    assert "&lt;a&gt;" in made


def test_a_formula_has_a_piece_for_each_term():
    """With the sign between them, and numbers as they are read."""
    x, y = sympy.symbols("x S_pre")
    made = formula("dw / eta", sympy.Float(-0.5, 2) * x + sympy.Float(1.25e-5, 3) * y - sympy.Float(2.0, 2))
    assert made.count("<math ") == 3
    assert made.count('<mo form="infix">−</mo>') == 2
    assert '<mo form="infix">+</mo>' not in made
    assert "<mn>1.25</mn><mo>&#xB7;</mo><msup><mn>10</mn><mn>-5</mn></msup>" in made
    assert "<mi>η</mi>" in made
    assert "<mo>-</mo>" not in made
    assert "<msub><mi>S</mi><mi>pre</mi></msub>" in made


def test_nothing_is_a_formula_too():
    assert formula("dw / dt", sympy.Integer(0)).count("<mn>0</mn>") == 1


@pytest.mark.parametrize("values", [[1.0, 10.0, 100.0], [-1.0, 0.0, 1.0], [3.0, 3.0], [1e-300, 1e150]])
def test_a_curve_lies_within_its_box(values):
    """On a logarithmic axis where it can; high values are above."""
    made = sparkline(np.array(values), "<a>")
    (points,) = (part.split('"')[0] for part in made.split('points="')[1:])
    xs, ys = np.array([point.split(",") for point in points.split()], dtype=float).T
    assert (xs >= 0).all()
    assert (xs <= 160).all()
    assert (ys >= 0).all()
    assert (ys <= 28).all()
    assert (np.diff(xs) > 0).all()
    assert (np.diff(ys) <= 0).all()
    assert "&lt;a&gt;" in made
    if len(values) == 3:
        assert ys[1] == pytest.approx(ys[[0, 2]].mean(), abs=0.1)


def test_a_long_curve_has_few_points_and_a_short_one_none():
    assert sparkline(np.arange(1e4), "").count(",") == 200
    assert sparkline(np.ones(1), "") == ""


def test_a_drawing_has_names_of_its_own_and_asks_for_nothing():
    """What refers to an id does so still; nothing of another namespace or style is left."""
    made = inlined(SVG, "one")
    assert made.startswith("<svg")
    assert made.count('id="one-') == 3
    assert 'href="#one-m1"' in made
    assert 'clip-path="url(#one-p1)"' in made
    assert "fill: url(#one-p1)" in made
    assert "a &lt;b&gt;" in made
    for word in ("http", "style type", "metadata", "xlink", "DOCTYPE", "height="):
        assert word not in made
    assert 'viewBox="0 0 72 36"' in made
    assert "width: 96px" in made
