"""Rows of a continuous family of `scipy.stats`: density, distribution function, quantiles, and their logarithms.

Every family is standardised, `y = (x - loc) / scale`. The densities need one derivative by `y` and one by each shape
parameter. All other functions need the density alone, and how the quantile `x` of a fixed probability moves with each
parameter, its *flow*: a distribution function `F(x; p)` has `dF/dp = -density * dx/dp` (implicit reparametrisation:
Figurnov, Mohamed, Mnih 2018), and so on. The flow is 1 by `loc`, `y` by `scale`, and `scale` times that of the standard
family by a shape parameter. Values are SciPy's own, far into the tails.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ad_compiler.rules.row import Formula, Row, elementwise
from ad_compiler.rules.samples import Draw, Samples, call
from ad_compiler.rules.scipy_calls import through

Score = Callable[..., Any]
OUTSIDE = "derivative zero outside the support"


@dataclass(frozen=True)
class Family:
    """A continuous family: derivatives of its standard log-density by `y` and by its shape parameters.

    `bounds` are where samples of `y` lie, `shapes` name the shape parameters, with a value each. `flow` has the
    derivatives of the standard quantile by shape parameters; a parameter that it does not name has a derivative in the
    density only.
    """

    distribution: Any
    by_y: Score
    bounds: tuple[float, float]
    shapes: dict[str, float] = field(default_factory=dict)
    by_shape: dict[str, Score] = field(default_factory=dict)
    flow: dict[str, Score] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        return ", ".join(["x", *self.shapes, "loc=0", "scale=1"])

    def partials(self, density: bool) -> dict[str, Any]:
        """Partial derivatives of `logpdf`, or of `pdf`, by all arguments."""
        names = tuple(self.shapes)

        def standard(values: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], Any, Any]:
            x, *shapes, loc, scale, out = values
            return (x - loc) / scale, tuple(shapes), scale, out

        def finished(slope: Any, out: Any) -> Any:
            inside = np.logical_and(out > 0, np.isfinite(slope)) if density else np.isfinite(out)
            slope = np.where(inside, slope, 0)
            return out * slope if density else slope

        def by_x(*values: Any) -> Any:
            y, shapes, scale, out = standard(values)
            return finished(self.by_y(y, *shapes) / scale, out)

        def by_loc(*values: Any) -> Any:
            return -by_x(*values)

        def by_scale(*values: Any) -> Any:
            y, shapes, scale, out = standard(values)
            return finished(-(1 + y * self.by_y(y, *shapes)) / scale, out)

        def by(name: str) -> Formula:
            def formula(*values: Any) -> Any:
                y, shapes, _, out = standard(values)
                return finished(self.by_shape[name](y, *shapes), out)
            return formula
        made: dict[str, Any] = {"x": by_x, "loc": by_loc, "scale": by_scale}
        made |= {name: by(name) for name in names}
        return reading(made, ("x", *names, "loc", "scale", "out"))

    def moves(self, y: Any, shapes: tuple[Any, ...], scale: Any) -> dict[str, Callable[[], Any]]:
        """How far a quantile moves with each parameter, at the standardised quantile `y`."""
        def along(slope: Score) -> Callable[[], Any]:
            return lambda: scale * slope(y, *shapes)
        return {"loc": lambda: 1.0, "scale": lambda: y, **{name: along(slope) for name, slope in self.flow.items()}}

    def integral(self, upper: bool, logarithm: bool) -> Row:
        """The row of `cdf`; of `sf` with `upper`; of their logarithms."""
        names = tuple(self.shapes)
        chosen = through(self.distribution.logpdf if logarithm else self.distribution.pdf)
        inside = 0.5 * sum(self.bounds)

        def slope(values: tuple[Any, ...]) -> Any:
            *given, out = values
            if logarithm:
                return np.exp(chosen(*given) - np.where(np.isfinite(out), out, 0))
            return chosen(*given)

        def by(name: str) -> Formula:
            def formula(*values: Any) -> Any:
                x, *shapes, loc, scale, _ = values
                rise = slope(values)
                if name == "x":
                    return -rise if upper else rise
                y = np.where(rise > 0, (x - loc) / scale, inside)
                moved = rise * self.moves(y, tuple(shapes), scale)[name]()
                return moved if upper else -moved
            return formula
        name = ("log" if logarithm else "") + ("sf" if upper else "cdf")
        made = {operand: by(operand) for operand in ("x", *self.flow, "loc", "scale")}
        return elementwise(getattr(self.distribution, name), self.signature, samples=self.samples(), note=self.note(),
                           **reading(made, ("x", *names, "loc", "scale", "out")))

    def quantile(self, upper: bool) -> Row:
        """The row of `ppf`; of `isf` with `upper`."""
        names = tuple(self.shapes)
        density = through(self.distribution.pdf)

        def by(name: str) -> Formula:
            def formula(*values: Any) -> Any:
                *shapes, loc, scale, out = values
                if name == "q":
                    return (-1 if upper else 1) / density(out, *shapes, loc, scale)
                return self.moves((out - loc) / scale, tuple(shapes), scale)[name]()
            return formula
        made = {operand: by(operand) for operand in ("q", *self.flow, "loc", "scale")}
        return elementwise(self.distribution.isf if upper else self.distribution.ppf, "q" + self.signature[1:],
                           samples=self.samples(quantiles=True), note=self.note(),
                           **reading(made, (*names, "loc", "scale", "out")))

    def note(self) -> str:
        """Which shape parameters have no derivative."""
        without = [name for name in self.shapes if name not in self.flow]
        return "not by " + ", ".join(f"`{name}`" for name in without) if without else ""

    def samples(self, quantiles: bool = False) -> Samples:
        def build(draw: Draw) -> Any:
            for shape in ((3,), (2, 3), ()):
                scale = draw.real(*shape, low=0.5, high=2.0)
                loc = draw.real(*shape[-1:], low=-0.5, high=0.5)
                y = draw.real(*shape, low=self.bounds[0], high=self.bounds[1])
                shapes = [np.full(shape[-1:], value) for value in self.shapes.values()]
                first = draw.real(*shape, low=0.2, high=0.8) if quantiles else y * scale + loc
                yield call(first, *shapes, loc, scale)
        return Samples(build)

    def densities(self) -> tuple[Row, ...]:
        """The rows of `logpdf` and `pdf`."""
        return tuple(
            elementwise(function, self.signature, samples=self.samples(), **self.partials(density), note=OUTSIDE)
            for function, density in ((self.distribution.logpdf, False), (self.distribution.pdf, True)))

    def integrals(self) -> tuple[Row, ...]:
        """The rows of the distribution function and of what belongs to it."""
        return (*(self.integral(upper, logarithm) for logarithm in (False, True) for upper in (False, True)),
                self.quantile(False), self.quantile(True))


def reading(formulas: dict[str, Any], reads: tuple[str, ...]) -> dict[str, Any]:
    """Formulas that take all of `reads`."""
    for formula in formulas.values():
        formula.reads = reads
    return formulas
