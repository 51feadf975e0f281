"""A maximum that only keeps numbers small has no adjoint; one that the result depends on has."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.generated.judging import agree

X = np.array([[0.3, -0.2, 0.9], [1.1, 0.4, 0.2], [-0.5, 0.1, 0.7], [0.8, 0.6, -0.3]])
LABELS = np.array([2, 0, 1, 1])


def log_sum_exp(x):
    m = np.max(x, axis=1)
    return np.sum(m + np.log(np.sum(np.exp(x - m[:, None]), axis=1)))


def softmax_squared(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    p = e / np.sum(e, axis=-1, keepdims=True)
    return np.sum(p * p * x)


def cross_entropy(x, labels=LABELS):
    shifted = x - x.max(axis=1, keepdims=True)
    logs = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(logs - shifted[np.arange(x.shape[0]), labels])


def of_everything(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def power_of_sums(x):
    m = np.min(x)
    return np.log(np.sqrt(np.sum(np.exp(x - m)))) * 2.0 + m


# --- that are needed ------------------------------------------------------------------------------------------------
def not_added_back(x):
    m = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=1)))


def added_back_twice(x):
    m = np.max(x, axis=1)
    return np.sum(2.0 * m + np.log(np.sum(np.exp(x - m[:, None]), axis=1)))


def other_row(x):
    m = np.max(x, axis=1)
    return np.sum(m[::-1] * np.arange(4.0) + np.log(np.sum(np.exp(x - m[:, None]), axis=1)) * np.arange(4.0))


def summed_over_rows(x):
    m = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=0))) + np.sum(m)


def wrong_rows(x, labels=LABELS):
    shifted = x - x.max(axis=1, keepdims=True)
    rows = np.array([0, 0, 1, 2])
    return np.sum((np.log(np.sum(np.exp(shifted), axis=1)) - shifted[rows, labels]) * np.arange(4.0))


def square_of_shifted(x):
    shifted = x - np.max(x)
    return np.sum(shifted * shifted)


def changed_in_place(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    shifted[0] = 1.0
    return np.sum(np.log(np.sum(np.exp(shifted), axis=1)) - shifted[:, 0] ** 2)


FREE = [log_sum_exp, softmax_squared, cross_entropy, of_everything, power_of_sums]
BOUND = [not_added_back, added_back_twice, other_row, summed_over_rows, wrong_rows, square_of_shifted, changed_in_place]


@pytest.mark.parametrize("f", FREE)
def test_the_result_does_not_depend_on_it(f: Callable[..., object]) -> None:
    assert "==" not in agree(f, X)
    assert "==" in agree(f, X, factor=False)


@pytest.mark.parametrize("f", BOUND)
def test_the_result_depends_on_it(f: Callable[..., object]) -> None:
    assert "==" in agree(f, X)
