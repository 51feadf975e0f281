"""Operators called by the names of their methods, and lists of the caller's that are written as one would by hand."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


def of_lists(x):
    out = list(x)
    out.__setitem__(0, x[0] * 2)
    out.__iadd__([x[1] ** 2])
    out.__delitem__(1)
    return sum(out.__mul__(2)) * out.__getitem__(0) * out.__len__()


def of_lists_of_unknown_length(x):
    out = []
    for v in x:
        if v > 0.4:
            out.append(v**2)
    out.__imul__(2)
    other = out.__add__([x[0]])
    return sum(other) * out.__getitem__(-1) + other.__len__()


def of_dicts(x):
    table = {}
    table.__setitem__("a", x[0])
    return table.__getitem__("a") ** 2 if table.__contains__("a") else x[1]


def of_arrays(x):
    y = x.copy()
    y.__setitem__(slice(1, 3), x[:2] ** 2)
    y.__imul__(2.0)
    return np.sum(y.__mul__(y)) + x.__matmul__(y) + x.__neg__().__rtruediv__(2.0).sum() + y.__gt__(0.9).sum() * x[0]


def of_numbers(x):
    a = x[0]
    return a.__float__().__mul__(2.0) * x[1].__rsub__(3.0) + x[2].__pow__(2) + a.__mul__(x).sum()


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("f", [of_lists, of_lists_of_unknown_length, of_dicts, of_arrays, of_numbers])
def test_methods_are_their_operators(f, backend):
    value, gradient = ad.value_and_grad(f, on_unsupported="error", backend=backend)(X.copy())
    assert value == pytest.approx(f(X.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(f, X), rtol=1e-7, atol=1e-8)


def test_what_a_number_of_python_declines_is_refused():
    def declined(x):
        return float(x[0]).__mul__(x)

    with pytest.raises(CompileError, match="__mul__"):
        ad.grad(declined, on_unsupported="error")(X)


def test_items_of_the_callers_containers_are_set_with_brackets():
    def scaled(items, table, x):
        for i in range(2):
            items[i] = items[i] * x[1]
        table["mean"] = items[0]
        del table["old"]
        return items[0] * items[1]

    items, table = [1.0, 2.0], {"old": 0.0}
    gradient = ad.grad(scaled, argnums="x", on_unsupported="error")
    np.testing.assert_allclose(gradient(items, table, X), [0.0, 4 * 0.7, 0.0, 0.0])
    assert items == [0.7, 1.4] and table == {"mean": 0.7}
    text = ad.source(gradient, [1.0, 2.0], {"old": 0.0}, X)
    assert "items[i] = " in text and 'table["mean"] = ' in text and 'del table["old"]' in text and "__" not in text


def test_no_loop_stays_for_its_counter_alone():
    def grown(x):
        items = list(x)
        items.append(x[0] * x[1])
        return sum(v for v in items)

    text = ad.source(ad.grad(grown, on_unsupported="error"), X)
    assert "pass" not in text
