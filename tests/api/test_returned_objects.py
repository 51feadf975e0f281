"""Programs that return objects: of dataclasses and of plain classes."""
from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.testing import check_grads

X = np.array([0.3, -0.7, 1.1])


@dataclasses.dataclass
class Orbit:
    place: np.ndarray
    energy: float
    turns: int = 2
    label: str = "low"

    def raised(self, by: float) -> Orbit:
        return Orbit(self.place * by, self.energy * by, self.turns, "high")


class Fit:
    LIMIT = 3.0

    def __init__(self, slope: Any, rest: Any) -> None:
        self.slope, self.rest = slope, rest
        self.orbit = Orbit(slope, rest)


def orbit(x: np.ndarray) -> Orbit:
    return Orbit(x**2, np.sum(x)).raised(2.0)


def fit(x: np.ndarray) -> tuple[Fit, int]:
    return Fit(x**3 * Fit.LIMIT, {"sum": np.sum(x)}["sum"]), 4


def test_forward() -> None:
    out, dot = ad.jvp(orbit, (X,), (X,), on_unsupported="error")
    assert (out.turns, out.label, dot.turns, dot.label) == (2, "high", None, None)
    np.testing.assert_allclose(dot.place, 4.0 * X**2)
    np.testing.assert_allclose(dot.energy, 2.0 * X.sum())


def test_reverse_and_what_belongs_to_the_class() -> None:
    (out, count), pull = ad.vjp(fit, X, on_unsupported="error")
    assert list(vars(out)) == list(vars(fit(X)[0])) == ["slope", "rest", "orbit"] and count == 4
    bars = Fit(X, 2.0), None
    np.testing.assert_allclose(pull(bars)[0], 2 * 9.0 * X**3 + 4.0)


@pytest.mark.parametrize("transform", [ad.jacobian, ad.jacfwd, ad.jacrev])
def test_jacobians(transform: Any) -> None:
    found = transform(orbit, on_unsupported="error")(X)
    np.testing.assert_allclose(found.place, np.diag(4.0 * X))
    np.testing.assert_allclose(found.energy, np.full(3, 2.0))


def test_batched() -> None:
    many = np.stack([X, 2.0 * X])
    found = ad.vmap(orbit, on_unsupported="error")(many)
    np.testing.assert_allclose(found.place, 2.0 * many**2)
    assert ad.vmap(orbit, out_axes=-1)(many).place.shape == (3, 2)


def test_inside_programs() -> None:
    def by_direction(x: np.ndarray) -> Any:
        moved = ad.jvp(orbit, (x,), (x,))[1]
        return np.sum(moved.place) * moved.energy

    def by_cotangent(x: np.ndarray) -> Any:
        return np.sum(ad.vjp(orbit, x)[1](Orbit(x, 1.0))[0] ** 2)

    def by_jacobian(x: np.ndarray) -> Any:
        return np.sum(ad.jacobian(orbit)(x).place * np.outer(x, x))

    for program in (by_direction, by_cotangent, by_jacobian):
        check_grads(program, (X,), order=2, on_unsupported="error")


def test_an_attribute_of_some_paths_is_refused() -> None:
    class Partly:
        pass

    def program(x: Any) -> Any:
        out: Any = Partly()
        if x[0] > 0.0:
            out.value = x
        return out

    with pytest.raises(ad.errors.CompileError, match=r"AD1(27|23)"):
        ad.jvp(program, (X,), (X,), on_unsupported="error")
