"""Programs whose result is a structure: `h` gives it, `f` weighs its parts, `f_aux` gives both.

    def h(x, s):                      def f(x, s):
        ...                               out = h(x, s)
        return total, {'p': x[1:]}        return 0.8 * out[0] + np.sum(out[1]['p'] * 1.3)

The gradient of `f` is then what the pullback of `h` gives for the weights.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import arrays
from .expressions import float_expr
from .scope import Array, Float, Generator, Lines, Scope, Shape, indent

#: How the parts `{0}`, `{1}`, `{2}` are held together, and how each is read from the whole `out`.
FORMS = {
    "pair": ("({0}, {1})", ("out[0]", "out[1]")), "triple": ("({0}, {1}, {2})", ("out[0]", "out[1]", "out[2]")),
    "list": ("[{0}, {1}]", ("out[0]", "out[1]")), "dict": ("{{'p': {0}, 'q': {1}}}", ("out['p']", "out['q']")),
    "nested": ("({0}, {{'p': {1}, 'q': [{2}]}})", ("out[0]", "out[1]['p']", "out[1]['q'][0]")),
    "single": ("{0}", ("out",)),
}


@dataclass(frozen=True, slots=True)
class Pieces:
    """A structure of numbers and arrays of fixed shapes, as the type of a function's result."""

    form: str
    parts: tuple[Float | Array, ...]

    def shape(self, k: int) -> Shape:
        part = self.parts[k]
        return part.shape if isinstance(part, Array) else ()

    def weight(self, k: int) -> Any:
        """The weight of a part: numbers that differ, of its shape."""
        shape = self.shape(k)
        return np.round(np.cos(np.arange(np.prod(shape, dtype=int)) + 1.0 + k), 2).reshape(shape)[()]

    @property
    def cotangents(self) -> Any:
        """The weights, in the structure of the result."""
        text, _ = FORMS[self.form]
        names = [f"w{k}" for k in range(len(self.parts))]
        return eval(text.format(*names), {name: self.weight(k) for k, name in enumerate(names)})

    def written(self, g: Generator, scope: Scope) -> str:
        """Text of a result: names of arrays as they are, views of them, or expressions."""
        items = []
        for part in self.parts:
            if isinstance(part, Array):
                reference = arrays.reference(g, scope, part.shape) if g.chance(0.6) else None
                items.append(reference or arrays.array_expr(g, scope, part.shape))
            else:
                items.append(float_expr(g, scope))
        return FORMS[self.form][0].format(*items)

    def readers(self, params: Lines) -> list[Lines]:
        """`f`, which weighs what `h` gives, and `f_aux`, which gives that as well."""
        terms = []
        for k, read in enumerate(FORMS[self.form][1]):
            weight = self.weight(k)
            text = repr(float(weight)) if self.shape(k) == () else f"np.array({weight.tolist()})"
            terms.append(f"{text} * {read}" if self.shape(k) == () else f"np.sum({text} * {read})")
        total, names = " + ".join(terms), ", ".join(params)
        return [[f"def f({names}):", *indent([f"out = h({names})", f"return {total}"])],
                [f"def f_aux({names}):", *indent([f"out = h({names})", f"return {total}, out"])]]


def drawn(g: Generator) -> Pieces:
    """A structure for the result of a program."""
    form = g.pick(list(FORMS))
    vector, matrix = g.shapes[0], g.shapes[1]
    kinds = [Array(g.pick([vector, matrix]))]
    kinds += [g.pick([Float(), Array(vector), Array(matrix), Array((vector[0] - 1,))]) for _ in FORMS[form][1][1:]]
    return Pieces(form, tuple(kinds))
