"""Sample calls of the rows of `scipy.special`, and a sum their formulas share."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.samples import Draw, Samples, call


def between(*bounds: tuple[float, float], complex_: bool = False) -> Samples:
    """One operand per pair of bounds: vectors, shapes that broadcast, numbers; complex ones on request."""
    def build(draw: Draw) -> Any:
        for first, second in (((3,), (3,)), ((2, 1), (3,)), ((), ())):
            shapes = [first, second, *[second] * len(bounds)]
            yield call(*(draw.real(*shape, low=low, high=high)
                         for shape, (low, high) in zip(shapes, bounds, strict=False)))
        if complex_:
            yield call(*(draw.complex(3, low=low, high=high) for low, high in bounds))
    return Samples(build)


def with_first(values: tuple[Any, ...], low: float, high: float, *more: tuple[float, float]) -> Samples:
    """A fixed first argument (an order; an array if it is not an integer) and operands within bounds."""
    return Samples(lambda s: [call(value if isinstance(value, int) else np.full(shape, value),
                                   *(s.real(*shape, low=a, high=b) for a, b in ((low, high), *more)))
                              for value in values for shape in ((3,), ())])


def sum_of(*terms: tuple[Any, Any]) -> Any:
    """Sum of cotangents times derivatives; a cotangent that is None counts as zero."""
    return sum(g * slope for g, slope in terms if g is not None)
