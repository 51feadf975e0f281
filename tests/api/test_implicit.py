"""Solutions of equations, differentiated by the equation: against closed forms, differences, unrolled solvers."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from ad_compiler.testing import check_grads

E = {"on_unsupported": "error"}
A = np.array([[3.0, 1.0], [1.0, 2.0]])
B = np.array([1.0, 2.0])
W = np.array([[0.3, 0.2], [-0.1, 0.4]])


def newton(f: Any, x: Any) -> Any:
    """Without derivatives, for numbers and vectors."""
    for _ in range(30):
        r = f(x)
        if np.ndim(x) == 0:
            x = x - r * 1e-7 / (f(x + 1e-7) - r)
        else:
            jacobian = np.stack([(f(x + 1e-7 * e) - r) / 1e-7 for e in np.eye(len(x))], axis=1)
            x = x - np.linalg.solve(jacobian, r)
    return x


def in_c(f: Any, x: Any) -> Any:
    """A solver that no derivative can pass through."""
    return eval("newton(f, x)")


def cube_root(a):
    return ad.custom_root(lambda x: x**3 - a, 1.0, in_c)


class TestRoot:
    def test_a_number_to_the_third_order(self) -> None:
        assert cube_root(8.0) == pytest.approx(2.0)
        assert ad.grad(cube_root, **E)(8.0) == pytest.approx(8.0 ** (-2 / 3) / 3)
        assert ad.jvp(cube_root, (8.0,), (2.0,), **E)[1] == pytest.approx(2 * 8.0 ** (-2 / 3) / 3)
        second = ad.grad(ad.grad(cube_root, **E), **E)
        assert second(8.0) == pytest.approx(-2 / 9 * 8.0 ** (-5 / 3))
        assert ad.grad(second, **E)(8.0) == pytest.approx(10 / 27 * 8.0 ** (-8 / 3))
        assert ad.hvp(cube_root, **E)(8.0, 1.0) == pytest.approx(-2 / 9 * 8.0 ** (-5 / 3))

    def test_a_vector_in_everything_the_function_uses(self) -> None:
        def energy(b, w):
            x = ad.custom_root(lambda x: A @ x + w * x**3 - b, np.zeros(2), in_c)
            return np.sum(x**2) + w * x[0]

        check_grads(energy, (B, 0.5), rtol=1e-5, **E)

    def test_the_linear_solver_is_the_users(self) -> None:
        used: list[Any] = []

        def tangent_solve(g, y):
            return ad.probe(y, lambda v: None) * 0.0 + jacobi(g, y)

        def jacobi(g, y):
            x = 0.0 * y
            for _ in range(200):
                x = x + 0.3 * (y - g(x))
            return x

        def f(b):
            x = ad.custom_root(lambda x: A @ x + 0.1 * x**3 - b, np.zeros(2), in_c, tangent_solve)
            return np.sum(x * B)

        assert not used
        check_grads(f, (B,), order=1, rtol=1e-5, **E)
        assert "np.linalg.solve" not in ad.source(ad.grad(f, **E), B)

    def test_structures_as_unknowns_with_a_solver(self) -> None:
        def solve(f, x):
            for _ in range(400):
                r = f(x)
                x = {"u": x["u"] - 0.2 * r["u"], "v": x["v"] - 0.2 * r["v"]}
            return x

        def tangent_solve(g, y):
            x = {"u": 0.0 * y["u"], "v": 0.0 * y["v"]}
            for _ in range(400):
                r = g(x)
                x = {"u": x["u"] + 0.2 * (y["u"] - r["u"]), "v": x["v"] + 0.2 * (y["v"] - r["v"])}
            return x

        def f(b, c):
            def equation(x):
                return {"u": A @ x["u"] + x["v"] - b, "v": 2.0 * x["v"] + 0.1 * np.sum(x["u"]) - c}

            x = ad.custom_root(equation, {"u": np.zeros(2), "v": 0.0}, solve, tangent_solve)
            return np.sum(x["u"] ** 2) + x["v"]

        check_grads(f, (B, 0.7), order=1, rtol=1e-5, **E)

    def test_functions_that_use_functions(self) -> None:
        def f(a, b):
            def inner(x):
                return a * np.sin(x)

            def equation(x):
                return x - inner(x) - b

            return ad.custom_root(equation, b, in_c)

        check_grads(f, (0.5, 0.3), rtol=1e-5, **E)

    def test_in_a_loop_with_a_branch(self) -> None:
        def f(a, n):
            total = 0.0
            for i in range(n):
                if i % 2 == 0:
                    a = ad.custom_root(lambda x: x**3 + x - a, 0.0, in_c)  # noqa: B023 - called at once
                else:
                    a = a * 1.5
                total = total + a * a
            return total

        check_grads(f, (0.9, 4), rtol=1e-5, **E)

    def test_a_number_of_equations_that_is_not_that_of_the_unknowns(self) -> None:
        with pytest.raises(CompileError, match="the function of the equation must return what it takes"):
            ad.grad(lambda b: np.sum(ad.custom_root(lambda x: np.sum(x - b), np.zeros(2), in_c)), **E)(B)


class TestFixedPoint:
    def test_against_the_closed_form(self) -> None:
        def babylonian(a):
            return ad.fixed_point(lambda x: 0.5 * (x + a / x), 1.0)

        assert babylonian(9.0) == pytest.approx(3.0)
        assert ad.grad(babylonian, **E)(9.0) == pytest.approx(1 / 6)
        assert ad.grad(ad.grad(babylonian, **E), **E)(9.0) == pytest.approx(-0.25 * 9.0**-1.5)

    def test_against_the_unrolled_iteration(self) -> None:
        def implicit(w, b):
            return np.sum(ad.fixed_point(lambda x: np.tanh(w @ x + b), np.zeros(2)) ** 2)

        def unrolled(w, b):
            x = np.zeros(2)
            for _ in range(100):
                x = np.tanh(w @ x + b)
            return np.sum(x**2)

        ours, theirs = (ad.grad(f, argnums=(0, 1), **E)(W, B) for f in (implicit, unrolled))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9)
        check_grads(implicit, (W, B), rtol=1e-5, **E)

    def test_with_a_solver_of_ones_own(self) -> None:
        def f(w, b):
            x = ad.fixed_point(lambda x: 3.0 * np.tanh(w @ x + b), np.ones(2), solve=lambda f, x: in_c_for(f, x))
            return np.sum(x * B)

        def in_c_for(f, x):
            return newton(lambda x: f(x) - x, x)

        check_grads(f, (W, B), order=1, rtol=1e-5, **E)

    def test_no_convergence(self) -> None:
        with pytest.raises(RuntimeError, match="no convergence within 50 iterations"):
            ad.grad(lambda a: ad.fixed_point(lambda x: a - x, 0.3, limit=50), **E)(1.0)


class TestLinearSolve:
    @staticmethod
    def solve(matvec, b):
        return np.linalg.solve(np.stack([matvec(e) for e in np.eye(2)], axis=1), b)

    @pytest.mark.parametrize("how", ["matrix", "symmetric", "transposed"])
    def test_against_the_matrix(self, how: str) -> None:
        def solve(matvec, b):
            return np.linalg.solve(np.stack([matvec(e) for e in np.eye(2)], axis=1), b)

        options = {"matrix": {}, "symmetric": {"symmetric": True}, "transposed": {"transpose_solve": solve}}[how]
        matrix = A if how == "symmetric" else W

        def f(k, b):
            x = ad.custom_linear_solve(lambda v: k * (matrix @ v), b, solve, **options)
            return np.sum(b * x**2)

        def exact(k, b):
            return np.sum(b * np.linalg.solve(k * matrix, b) ** 2)

        for a, b in zip(ad.grad(f, argnums=(0, 1), **E)(2.0, B), ad.grad(exact, argnums=(0, 1), **E)(2.0, B),
                        strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9)
        check_grads(f, (2.0, B), rtol=1e-5, **E)

    def test_a_solver_that_iterates(self) -> None:
        """Conjugate gradients: its steps are no linear function of the right-hand side, the solution is."""
        def conjugate_gradients(matvec, b):
            x, r = 0.0 * b, b
            p, rr = r, np.sum(r * r)
            for _ in range(2):
                q = matvec(p)
                alpha = rr / np.sum(p * q)
                x, r = x + alpha * p, r - alpha * q
                new = np.sum(r * r)
                p, rr = r + new / rr * p, new
            return x

        def f(k, b):
            return np.sum(ad.custom_linear_solve(lambda v: A @ v + k * v, b, conjugate_gradients, symmetric=True) ** 2)

        check_grads(f, (0.4, B), order=1, rtol=1e-5, **E)


def test_on_the_tape_the_solver_is_unrolled() -> None:
    def f(a):
        s = ad.fixed_point(lambda x: 0.5 * (x + a / x), 1.0)
        eval("s")
        return s

    with pytest.warns(RuntimeWarning):
        assert ad.grad(f)(9.0) == pytest.approx(1 / 6)


# --- solvers that know what they solve --------------------------------------------------------------------------------
DATA, SEEN = np.random.default_rng(0).normal(size=(10, 3)), np.random.default_rng(1).normal(size=10)


def ridge_slope(w, weight):
    return ad.grad(lambda w: 0.5 * np.mean((DATA @ w - SEEN) ** 2) + 0.5 * weight * np.sum(w**2))(w)


def closed_form(weight):
    return np.linalg.solve(DATA.T @ DATA + weight * 10 * np.eye(3), DATA.T @ SEEN)


def ridge(weight):
    return ad.custom_root(lambda w: ridge_slope(w, weight), np.zeros(3), lambda f, x0: closed_form(weight))


def system(a, b):
    return ad.custom_linear_solve(lambda v: a @ v, b, lambda matvec, y: np.linalg.solve(a, y),
                                  lambda vecmat, y: np.linalg.solve(a.T, y))


def wave(a, k):
    def steps(f, x, count=60):
        for _ in range(count):
            x = np.cos(a * x) * k  # not by f, so that a derivative through the steps would show
        return x

    return ad.fixed_point(lambda x: np.cos(a * x) * k, 0.5, solve=steps)


@pytest.mark.parametrize(("f", "args"), [
    (lambda weight: np.sum(ridge(weight) ** 2), (5.0,)),
    (lambda a, b: np.sum(system(a, b) ** 2), (np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([1.0, 2.0]))),
    (wave, (1.2, 0.5)),
])
def test_a_solver_may_capture_numbers_of_the_program(f: Any, args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2, modes=("fwd", "rev"))
    ad.grad(f, on_unsupported="error")(*args)


def test_the_derivative_is_the_equation_s_not_the_solver_s() -> None:
    # the solver stops after a few steps, where its own derivative is still far off
    def rough(a):
        def steps(f, x):
            for _ in range(30):
                x = 0.5 * (x + a / x)
            return x * (a / a)
        return ad.custom_root(lambda x: x * x - a, 1.0, steps)

    assert ad.jacrev(rough)(9.0) == pytest.approx(1 / 6)
    assert ad.jacfwd(rough)(9.0) == pytest.approx(1 / 6)
