"""`vmap` of branches that are left out where no example takes them, whichever arm the examples take."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

FIRST, SECOND = [0.5, 1.0, 2.0], [-0.1, 1.5, 2.5]


def raising_and_looping(x: np.ndarray) -> Any:
    if x[0] > 0.2:
        if x[1] < -5.0:
            raise ValueError("negative")
        y = np.log(x[1:]) * x[0]
        k = 0.0
        while k < x[0]:
            k = k + 0.3
    else:
        if x[1] < -5.0:
            raise ValueError("negative")
        y = x[1:] ** 3
        k = 1.0
    return np.sum(y) * k


def turned_by_branch(x: np.ndarray) -> Any:
    z = x * np.cos(x) if x[0] > 0.2 else x**3
    return np.dot(z, x[::-1])


def slope_along(x: np.ndarray) -> Any:
    return ad.vhp(turned_by_branch)(x, np.sin(x))


@pytest.mark.parametrize("rows", [[FIRST, FIRST], [SECOND, SECOND], [FIRST, SECOND], [SECOND, FIRST, SECOND]])
@pytest.mark.parametrize("transform", [lambda f: f, ad.grad, ad.hessian], ids=["value", "grad", "hessian"])
def test_whichever_arm_is_taken(transform: Callable[..., Any], rows: list[list[float]]) -> None:
    many = np.array(rows)
    one = transform(raising_and_looping)
    np.testing.assert_allclose(ad.vmap(one, on_unsupported="error")(many), [one(row) for row in many], rtol=1e-12)


@pytest.mark.parametrize("rows", [[FIRST, FIRST], [SECOND, SECOND], [FIRST, SECOND]])
def test_values_that_one_arm_leaves_as_none(rows: list[list[float]]) -> None:
    many = np.array(rows)
    one = ad.jacobian(slope_along)
    np.testing.assert_allclose(ad.vmap(one, on_unsupported="error")(many), [one(row) for row in many], rtol=1e-10)
