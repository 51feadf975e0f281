"""Degenerate input: what the notes of the rows promise."""
import numpy as np
import pytest

from ad_compiler import rules
from ad_compiler.rules import apply
from tests.rules_linalg.check import difference


def pullback(function, args, g, operand=None, **kwargs):
    row = rules.find(function)
    bound = row.bind(args, kwargs)
    name = operand or row.operands[0]
    out = function(*args, **kwargs)
    return apply.vjp(row, name, g, apply.residuals(row, bound, out, (name,)))


def rotated(values):
    q = np.linalg.qr(np.random.default_rng(0).normal(size=(len(values), len(values))))[0]
    return q @ np.diag(values) @ q.T


@pytest.mark.parametrize("values", [(2.0, 2.0, 2.0), (2.0, 2.0, 5.0), (1.0, 3.0, 3.0, 3.0)])
def test_eigh_of_equal_eigenvalues_couples_nothing_within_a_group(values):
    a = np.diag(values)
    rng = np.random.default_rng(1)
    m, direction = (x + x.T for x in rng.normal(size=(2, len(values), len(values))))
    same = np.equal.outer(values, values) & ~np.eye(len(values), dtype=bool)

    def loss(a):  # Re tr(m a^2) by way of the eigenvectors
        w, v = np.linalg.eigh(a)
        return np.sum(m * ((v * w**2) @ v.T))
    w, v = np.linalg.eigh(a)
    g = (2 * w * np.diag(v.T @ m @ v), 2 * (m @ v) * w**2)
    a_bar = pullback(np.linalg.eigh, (a,), g)
    assert np.isfinite(a_bar).all()
    np.testing.assert_array_equal(a_bar[same], 0.0)
    direction[same] = 0.0
    (slope,) = difference(lambda t: [np.asarray(loss(a + t * direction))])
    np.testing.assert_allclose(np.sum(a_bar * direction), slope, rtol=1e-7)


def test_eigh_is_exact_for_the_vector_of_a_single_eigenvalue_beside_equal_ones():
    a = rotated((2.0, 2.0, 5.0))
    direction, m = (x + x.T for x in np.random.default_rng(4).normal(size=(2, 3, 3)))

    def loss(a):
        v = np.linalg.eigh(a)[1][:, 2]
        return v @ m @ v
    v = np.linalg.eigh(a)[1]
    g = np.zeros((3, 3))
    g[:, 2] = (m + m.T) @ v[:, 2]
    a_bar = pullback(np.linalg.eigh, (a,), (None, g))
    (slope,) = difference(lambda t: [np.asarray(loss(a + t * direction))])
    # rounding leaves the two equal eigenvalues a hair apart; their coupling must not matter
    np.testing.assert_allclose(np.sum(a_bar * direction), slope, rtol=1e-6)


def test_eigvalsh_of_equal_eigenvalues_gives_the_derivative_of_their_sum():
    a = rotated((2.0, 2.0, 5.0))
    direction = rotated((1.0, -2.0, 0.5))
    a_bar = pullback(np.linalg.eigvalsh, (a,), np.ones(3))
    (slope,) = difference(lambda t: [np.asarray(np.sum(np.linalg.eigvalsh(a + t * direction)))])
    np.testing.assert_allclose(np.sum(a_bar * direction), slope, rtol=1e-9)


def test_svd_of_a_matrix_without_full_rank_is_finite():
    a = np.outer([1.0, 2.0, 3.0], [1.0, -1.0])
    out = np.linalg.svd(a, full_matrices=False)
    g = tuple(np.ones_like(part) for part in out)
    assert np.isfinite(pullback(np.linalg.svd, (a,), g, full_matrices=False)).all()
    zero = np.zeros((2, 2))
    out = np.linalg.svd(zero)
    assert np.isfinite(pullback(np.linalg.svd, (zero,), tuple(np.ones_like(part) for part in out))).all()


@pytest.mark.parametrize("kwargs",
                         [{}, {"ord": 1}, {"ord": 2}, {"ord": 3}, {"ord": 0.5}, {"ord": -1}, {"ord": np.inf}])
def test_norm_of_a_zero_vector_has_derivative_zero(kwargs):
    with np.errstate(divide="ignore"):  # NumPy's own, in the value of ord=-1
        cotangent = pullback(np.linalg.norm, (np.zeros(3),), np.array(2.0), **kwargs)
    np.testing.assert_array_equal(cotangent, np.zeros(3))


def test_ties_share_evenly_in_maximum_norms():
    g = np.array(6.0)
    np.testing.assert_array_equal(pullback(np.linalg.norm, (np.array([2.0, -2.0, 1.0]),), g, ord=np.inf),
                                  [3, -3, 0])
    a = np.array([[1.0, -1.0], [2.0, 2.0]])
    np.testing.assert_array_equal(pullback(np.linalg.norm, (a,), g, ord=1), [[3, -3], [3, 3]])
    np.testing.assert_allclose(pullback(np.linalg.norm, (np.eye(2),), g, ord=2), 3 * np.eye(2), atol=1e-12)


@pytest.mark.parametrize("function", [np.linalg.det, np.linalg.slogdet])
def test_singular_matrices_raise_numpys_own_error(function):
    a = np.ones((2, 2))
    with np.errstate(all="ignore"):
        out = function(a)
    g = tuple(np.ones_like(part) for part in out) if isinstance(out, tuple) else np.ones_like(out)
    with pytest.raises(np.linalg.LinAlgError):
        pullback(function, (a,), g)


@pytest.mark.parametrize("function", [np.linalg.inv, np.linalg.det, np.linalg.cholesky, np.linalg.eigvalsh])
@pytest.mark.parametrize("shape", [(0, 2, 2), (0, 0)])
def test_no_matrices_and_empty_matrices(function, shape):
    a = np.zeros(shape)
    cotangent = pullback(function, (a,), np.ones_like(function(a)))
    assert cotangent.shape == shape


def test_products_without_terms_are_zero_and_so_are_their_cotangents():
    a, b = np.ones((2, 0)), np.ones((0, 3))
    assert pullback(np.matmul, (a, b), np.ones((2, 3)), "x1").shape == (2, 0)
    assert pullback(np.einsum, ("ij,jk->ik", a, b), np.ones((2, 3)))[1].shape == (0, 3)
    assert pullback(np.dot, (np.ones(0), np.ones(0)), np.array(1.0), "a").shape == (0,)


def test_unused_results_may_come_as_none():
    a = rotated((1.0, 2.0, 4.0))
    ones = np.ones((3, 3))
    for function in (np.linalg.eigh, np.linalg.qr, np.linalg.slogdet, np.linalg.eig):
        out = function(a)
        for place, part in enumerate(out):
            g = [None] * len(out)
            g[place] = np.ones_like(part)
            full = [np.zeros_like(p) for p in out]
            full[place] = np.ones_like(part)
            np.testing.assert_allclose(pullback(function, (a,), tuple(g)),
                                       pullback(function, (a,), tuple(full)),
                                       atol=1e-12)
    u, s, _ = np.linalg.svd(a)
    np.testing.assert_allclose(pullback(np.linalg.svd, (a,), (None, None, ones)),
                               pullback(np.linalg.svd, (a,), (0 * u, 0 * s, ones)), atol=1e-12)


def test_forms_without_a_derivative_say_so():
    a = np.random.default_rng(0).normal(size=(3, 3))
    with pytest.raises(NotImplementedError, match="raw"):
        pullback(np.linalg.qr, (a,), tuple(np.ones_like(p) for p in np.linalg.qr(a, "raw")), mode="raw")
    with pytest.raises(NotImplementedError, match="subscripts"):
        pullback(np.einsum, (a, [0, 1], [1, 0]), np.ones((3, 3)))
    x = np.arange(4.0)
    with pytest.raises(NotImplementedError, match="polyfit"):
        pullback(np.polyfit, (x, np.stack([x, x], 1), 1), np.ones((2, 2)))
