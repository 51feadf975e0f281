"""Checks of forward mode, pullbacks and second order: right answers pass, planted faults are wrong."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .generate import Program
from .harness import Options, judge
from .oracle import Rejected, curvature
from .subjects import Differences

CUBE = Program("import numpy as np\n\n\ndef f(x):\n    return np.sum(x ** 3)\n",
               (np.array([0.5, -1.0, 2.0]),))
X: np.ndarray = CUBE.args[0]


class ByHand(Differences):
    """The derivatives of `sum(x ** 3)`, each scaled by a factor that may be wrong."""

    def __init__(self, jvp: float = 1.0, hvp: float = 1.0, drift: float = 0.0) -> None:
        object.__setattr__(self, "factors", (jvp, hvp, drift))

    def jvp(self, f: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        return self.factors[0] * float(3.0 * args[0] ** 2 @ tangents[0])

    def vjp(self, f: Any, args: tuple[Any, ...]) -> Any:
        calls = 0

        def pullback(cotangent: float) -> tuple[np.ndarray]:
            nonlocal calls
            calls += 1
            return (cotangent * 3.0 * args[0] ** 2 + self.factors[2] * (calls - 1),)
        return pullback

    def hvp(self, f: Any, args: tuple[Any, ...], along: tuple[Any, ...]) -> Any:
        return self.factors[1] * 6.0 * args[0] * along[0]


ALL = Options(second=True)


def test_right_answers_pass():
    assert judge(CUBE, ByHand(), ALL).kind == "ok"


@pytest.mark.parametrize("subject, check", [
    (ByHand(jvp=1.001), "forward mode"), (ByHand(drift=1e-3), "pullback"),
    (ByHand(hvp=1.001), "second order")])
def test_planted_faults_are_called_wrong(subject, check):
    outcome = judge(CUBE, subject, ALL)
    assert (outcome.kind, outcome.check) == ("wrong", check)


def test_curvature_is_the_hessian_times_the_direction():
    along = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(curvature(CUBE, along), 6.0 * X * along, rtol=1e-8)


def test_curvature_near_a_kink_is_rejected():
    near = Program("def f(x):\n    return x * x if x > 0.5 else x ** 3\n", (0.5001,))
    with pytest.raises(Rejected):
        curvature(near, np.array([1.0]))
