"""Plain arrays that are used beside recorded ones and changed in place before the backward pass."""
from collections.abc import Callable

import numpy as np
import pytest

import runtime
from runtime.saved import kept

USES: dict[str, Callable[..., object]] = {
    "index": lambda w, i: np.sum(w[i] ** 2),
    "two indices": lambda w, i: np.sum(np.outer(w, w)[i, i]),
    "mask": lambda w, i: np.sum(w[:3][i > 1] ** 2),
    "factor": lambda w, i: np.sum(w[:3] * i),
    "exponent": lambda w, i: np.sum((w[:3] ** 2) ** i),
    "divisor": lambda w, i: np.sum(w[:3] / (i + 1.0)),
    "condition": lambda w, i: np.sum(np.where(i > 1, w[:3], w[:3] ** 2)),
    "product": lambda w, i: np.inner(w[:3], i) ** 2,
    "in a list": lambda w, i: np.sum(np.einsum("i,i,j->j", *[w[:3], i, w])),
    "places": lambda w, i: np.sum(np.take(w, i) ** 2),
    "counts": lambda w, i: np.sum(np.repeat(w[:3], i) ** 2),
}


@pytest.mark.parametrize("use", USES)
def test_a_plain_array_counts_as_it_was_when_it_was_used(use):
    def value(w, c):
        i = np.array([0, 1, 2])
        total = 0.0
        for k in range(3):
            total = total + USES[use](w, i) * c[k]
            i[k] = 3 if k < 2 else 1
        return total

    w0, c = np.array([0.3, 1.2, 0.7, 2.1, 0.4]), [0.5, -1.0, 2.0]
    w = runtime.tensor(w0, requires_grad=True)
    value(w, c).backward()
    step = 1e-6
    reference = [(value(w0 + step * e, c) - value(w0 - step * e, c)) / (2 * step)
                 for e in np.eye(5)]
    assert np.abs(reference).max() > 0.1
    np.testing.assert_allclose(w.grad.numpy(), reference, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("use", [lambda w, a: w @ a, lambda w, a: a @ w, lambda w, a: (a * w).sum()])
def test_operators_of_tensors_and_plain_arrays(use):
    a = np.array([1.0, 2.0, 3.0])
    w = runtime.tensor([0.3, 1.2, 0.7], dtype=runtime.float64, requires_grad=True)
    result = use(w, a)
    a[:] = 7.0
    result.backward()
    assert w.grad.tolist() == [1.0, 2.0, 3.0]


def test_an_array_that_stays_as_it_is_is_copied_once():
    a = np.arange(4.0)
    first = kept(a)
    assert first is not a
    assert kept(a) is first
    a[0] = 5.0
    assert first[0] == 0.0
    assert kept(a)[0] == 5.0
