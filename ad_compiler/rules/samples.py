"""Sample calls of a row: what its tests are made from.

A row names its samples (`samples=pairs(nonzero="x2")`); the calls are built when a test asks for them,
always the same ones. Arrays of samples are float64 or complex128, small, and away from kinks and poles: the
harness derives float32, non-contiguous and 0-d variants from them by itself.
"""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = ((3,), (2, 3), (), (0,))
PAIRS: tuple[tuple[Shape, Shape], ...] = (
    ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (3,)), ((), ()), ((0,), (1,)))


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments of one sample call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(*args: Any, **kwargs: Any) -> Call:
    return Call(args, kwargs)


class Draw:
    """Random sample data; the same sequence for every row."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(20)

    def real(self, *shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
        return np.asarray(self.rng.uniform(low, high, shape))

    def complex(self, *shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
        return np.asarray(self.real(*shape, low=low, high=high) + 1j * self.real(*shape))

    def nonzero(self, *shape: int, low: float = 0.4, high: float = 2.0) -> np.ndarray:
        return self.real(*shape, low=low, high=high) * self.rng.choice([-1.0, 1.0], shape)

    def distinct(self, *shape: int) -> np.ndarray:
        """Values at least 0.3 apart, in random order: safe for sort, max, median."""
        count = int(np.prod(shape))
        values = 0.5 * np.arange(count) - 0.2 * count + self.rng.uniform(-0.1, 0.1, count)
        return self.rng.permutation(values).reshape(shape)


    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        return self.rng.integers(low, high, shape)


@dataclass(frozen=True, slots=True)
class Samples:
    """Sample calls, built by `build(Draw())` when they are asked for."""

    build: Callable[[Draw], Iterable[Call]]

    def calls(self) -> list[Call]:
        return list(self.build(Draw()))

    def __add__(self, other: Samples) -> Samples:
        return Samples(lambda draw: itertools.chain(self.build(draw), other.build(draw)))

    def with_params(self, **choices: Sequence[Any]) -> Samples:
        """Every call once per combination of the parameters' values."""
        def build(draw: Draw) -> Iterable[Call]:
            for made in self.build(draw):
                for values in itertools.product(*choices.values()):
                    yield Call(made.args, {**made.kwargs, **dict(zip(choices, values, strict=True))})
        return Samples(build)

    def scalars(self) -> Samples:
        """The calls whose arrays all are 0-d, with Python numbers in their place."""
        def build(draw: Draw) -> Iterable[Call]:
            for made in self.build(draw):
                if all(np.ndim(arg) == 0 for arg in made.args):
                    numbers = (arg.item() if isinstance(arg, np.ndarray) else arg for arg in made.args)
                    yield Call(tuple(numbers), made.kwargs)
        return Samples(build)


def calls(*builders: Callable[[Draw], Call | Iterable[Call]]) -> Samples:
    """Calls written out: `calls(lambda s: call(s.real(3), axis=0), lambda s: call(s.real(2, 3)))`."""
    def build(draw: Draw) -> Iterable[Call]:
        for builder in builders:
            made = builder(draw)
            yield from (made,) if isinstance(made, Call) else made
    return Samples(build)


def reals(*shapes: Shape, low: float = -2.0, high: float = 2.0, also_complex: bool = False) -> Samples:
    """One operand with values in `low..high`, one call per shape."""
    def build(draw: Draw) -> Iterable[Call]:
        for shape in shapes or SHAPES:
            yield call(draw.real(*shape, low=low, high=high))
        if also_complex:
            yield call(draw.complex(2, 3, low=low, high=high))
    return Samples(build)


def positive(*shapes: Shape, low: float = 0.3, high: float = 3.0, also_complex: bool = False) -> Samples:
    return reals(*shapes, low=low, high=high, also_complex=also_complex)


def nonzero(*shapes: Shape, also_complex: bool = False) -> Samples:
    """One operand bounded away from zero, both signs."""
    def build(draw: Draw) -> Iterable[Call]:
        for shape in shapes or SHAPES:
            yield call(draw.nonzero(*shape))
        if also_complex:
            yield call(draw.complex(2, 3))
    return Samples(build)


def distinct(*shapes: Shape) -> Samples:
    """One operand whose values are all different (order statistics, maxima)."""
    sizes = shapes or ((5,), (3, 4), (2, 3, 4))
    return Samples(lambda draw: [call(draw.distinct(*shape)) for shape in sizes])


def pairs(low: float = -2.0, high: float = 2.0, *, low2: float | None = None, high2: float | None = None,
          nonzero: Sequence[str] = (), also_complex: bool = False) -> Samples:
    """Two operands that broadcast against each other, `x1` in `low..high`, `x2` in `low2..high2`.

    `nonzero` names operands ("x1", "x2") bounded away from zero, of both signs.
    """
    second = (low if low2 is None else low2, high if high2 is None else high2)

    def operand(draw: Draw, name: str, shape: Shape, bounds: tuple[float, float]) -> np.ndarray:
        return draw.nonzero(*shape) if name in nonzero else draw.real(*shape, low=bounds[0], high=bounds[1])

    def build(draw: Draw) -> Iterable[Call]:
        for one, two in PAIRS:
            yield call(operand(draw, "x1", one, (low, high)), operand(draw, "x2", two, second))
        if also_complex:
            yield call(draw.complex(2, 3, low=low, high=high), draw.complex(3, low=second[0], high=second[1]))
            yield call(operand(draw, "x1", (3,), (low, high)),
                       draw.complex(2, 3, low=second[0], high=second[1]))
    return Samples(build)
