"""Equations whose unknowns are structures: dicts and tuples of numbers and arrays."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler as ad
from ad_compiler.testing import check_grads


def meeting(th: np.ndarray) -> Any:
    """A fixed point of two numbers."""
    z = ad.fixed_point(lambda z: (0.5 * np.cos(z[1]) * th[0], 0.3 * np.sin(z[0]) + th[1]), (0.0, 0.0))
    return z[0] * z[1]


def crossing(a: np.ndarray) -> Any:
    """A root of a number and an array, by an iteration of its own."""
    def equation(z: Any) -> Any:
        return {"u": z["u"] ** 3 + np.sum(z["v"]) - a[0], "v": z["v"] * (1.0 + z["u"] ** 2) - a[1:]}

    def solve(f: Callable[..., Any], z: Any) -> Any:
        for _ in range(80):
            off = f(z)
            z = {"u": z["u"] - 0.2 * off["u"], "v": z["v"] - off["v"] / (1.0 + z["u"] ** 2)}
        return z

    z = ad.custom_root(equation, {"u": 1.0, "v": np.ones(2)}, solve)
    return z["u"] * np.sum(z["v"] ** 2)


def balance(b: np.ndarray) -> Any:
    """A linear system of a number and an array, without a solver of the transpose."""
    def matvec(x: Any) -> Any:
        return {"p": 3.0 * x["p"] + x["q"][0], "q": 2.0 * x["q"] - x["p"] * b}

    def solve(f: Callable[..., Any], right: Any) -> Any:
        x = right
        for _ in range(80):
            y = f(x)
            x = {"p": x["p"] - 0.3 * (y["p"] - right["p"]), "q": x["q"] - 0.3 * (y["q"] - right["q"])}
        return x

    x = ad.custom_linear_solve(matvec, {"p": b[0], "q": b * b}, solve)
    return x["p"] * np.sum(x["q"])


def test_fixed_point_of_a_tuple() -> None:
    check_grads(meeting, (np.array([0.8, 0.4]),), order=2, on_unsupported="error")


def test_root_of_a_dict() -> None:
    check_grads(crossing, (np.array([2.0, 0.5, 0.7]),), order=1, on_unsupported="error")


def test_linear_system_of_a_dict() -> None:
    check_grads(balance, (np.array([0.5, 0.7]),), order=1, on_unsupported="error")
