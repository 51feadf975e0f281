"""Lists that `+=` makes longer in loops, and loops over arrays that are unrolled."""
import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import UnsupportedError
from tests.differences import central_differences


def grown_by_plus(x, items):
    n = int(x) + 3
    for i in range(n):
        items += [x * i]
    return sum(items) * x


def grown_by_plus_through_another_name(x, items):
    same = items
    while len(items) < 9:
        items += [items[-1] * x, x]
        items += same[:2]
    return sum(same) * x


def swapped_own_lists(x, items):
    one, other = [x], items[:1]
    for i in range(int(x) + 3):
        one += [x * i]
        one, other = other, one
        other += one
    return sum(one) * sum(other)


@pytest.mark.parametrize("f", [grown_by_plus, grown_by_plus_through_another_name, swapped_own_lists])
def test_lists_that_loops_grow_by_plus(f):
    seen, expected = [0.3, 0.4], [0.3, 0.4]
    value, slope = ad.value_and_grad(f, on_unsupported="error")(1.3, seen)
    assert value == f(1.3, expected)
    assert seen == expected  # the caller sees what the program leaves
    step = 1e-6
    assert slope == pytest.approx((f(1.3 + step, [0.3, 0.4]) - f(1.3 - step, [0.3, 0.4])) / (2 * step), rel=1e-7)


def test_a_list_that_is_the_callers_or_the_programs_is_not_grown():
    def f(x, items):
        for _ in range(int(x) + 3):
            items += items
            if len(items) > 9:
                items = [x * v for v in items[:2]]
        return sum(items)

    with pytest.raises(UnsupportedError, match="AD131"):
        ad.grad(f, on_unsupported="error")(1.3, [0.1, 0.2])


def reversed_array(x):
    # a number that becomes an array: loops of a known length are unrolled
    other = 0.0
    for _ in range(len(x)):
        other = x  # noqa: F841
    for v in reversed(x):
        np.copyto(x, v / np.full(3, x))
    return x[2]


def rows_with_continue(x):
    best = None
    for v in x[0]:
        best = v
    for row in x:
        if x[1, 2] > 9.0:
            continue
        x[...] = np.arange(3) + x * row
    return best * np.sum(x)


@pytest.mark.parametrize("f, shape", [(reversed_array, 3), (rows_with_continue, (2, 3))])
def test_unrolled_loops_read_elements_when_their_iteration_begins(f, shape):
    x = np.random.default_rng(3).normal(size=shape)
    value, slope = ad.value_and_grad(f, on_unsupported="error")(x.copy())
    assert value == f(x.copy())
    reference = central_differences(lambda z: f(z.reshape(shape).copy()), x.ravel())
    np.testing.assert_allclose(slope.ravel(), reference, rtol=1e-6, atol=1e-8)


def test_an_unrolled_loop_reads_elements_that_its_inner_loops_wrote():
    def f(x, width):
        total = np.mean(x)
        for v in x:
            for i, _ in enumerate((x[1], x[0])):
                x[i] = v
                np.subtract.at(x, [4, -4, 1], x[2:] / (1.0 + np.linspace(0.1, width, 3) ** 2))
            set().add(int(x[1] > 0.12))
        return total + np.sum(x)

    x = np.array([0.545, 0.684, 0.926, 0.494, 0.689])
    value, slope = ad.value_and_grad(f, on_unsupported="error")(x.copy(), 1.1)
    assert value == pytest.approx(f(x.copy(), 1.1), rel=1e-14)
    np.testing.assert_allclose(slope, central_differences(lambda z: f(z.copy(), 1.1), x), rtol=1e-6, atol=1e-8)


def test_rows_are_written_in_a_loop_over_an_array_of_numbers_or_arrays():
    def f(y, x):
        seen, best = {y}, None
        for e in x:
            if best is None or e * y < best:
                best = e * y
        B = y * np.ones((3, 3))
        for row in B:
            row[1:] += y * row[:-1]
        return np.sum(B) * len(seen) * best

    x = np.array([0.4, -0.3, 1.0])
    value, slope = ad.value_and_grad(f, argnums=(0, 1), on_unsupported="error")(0.4, x)
    assert value == pytest.approx(f(0.4, x), rel=1e-14)
    assert slope[0] == pytest.approx((f(0.4 + 1e-6, x) - f(0.4 - 1e-6, x)) / 2e-6, rel=1e-6)
    np.testing.assert_allclose(slope[1], central_differences(lambda z: f(0.4, z), x), rtol=1e-6, atol=1e-8)
