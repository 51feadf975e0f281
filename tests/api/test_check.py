"""`check`, `supports` and `check="first"`: they find what is planted, and leave alone what is right."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.rules import find

X = np.array([0.5, 1.0, -0.7])


def program(x, k):
    y = np.sin(x) * k
    for _ in range(2):
        y = y * y[0]
    z = np.tanh(y)
    return {"a": z, "b": (np.sum(z), 3)}


def test_all_four_ways_agree() -> None:
    report = ad.check(program, X, 2.0)
    assert set(report.slopes) == {"reverse", "forward", "tape", "differences"}
    assert "derivatives along 2 random directions" in str(report)


@pytest.fixture
def broken_tanh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(find(np.tanh).partials, "x", lambda x: np.cos(x))


def first_wrong(x):
    scaled = x * 2.0
    squashed = np.tanh(scaled)
    return np.sum(squashed * scaled)


@pytest.mark.usefixtures("broken_tanh")
def test_the_first_variable_that_disagrees_is_named() -> None:
    with pytest.raises(AssertionError, match=r"the first variable whose derivative does is `squashed`, line \d+: "
                                             r"squashed = np.tanh\(scaled\)"):
        ad.check(first_wrong, X)


@pytest.mark.usefixtures("broken_tanh")
def test_the_first_gradient_is_compared() -> None:
    def cost(x):
        return np.sum(np.tanh(x) ** 2)

    with pytest.raises(AssertionError, match="the gradient of `cost` along a random direction"):
        ad.grad(cost, check="first")(X)


def test_a_right_gradient_passes_the_first_check_and_is_compared_once() -> None:
    calls: list[Any] = []

    def counted(x):
        return np.sum(x**2)

    gradient = ad.grad(counted, check="first")
    for _ in range(3):
        calls.append(gradient(X))
    np.testing.assert_allclose(calls, [2.0 * X] * 3)


def test_what_a_mode_refuses_is_said() -> None:
    report = ad.check(lambda x: np.sum(np.array([float(str(v)) for v in range(2)]) * x[:2]) + np.sum(x**2), X)
    assert set(report.slopes) | set(report.refused) == {"reverse", "forward", "tape", "differences"}
    for reason in report.refused.values():
        assert reason.startswith(("refused: ", "not on the tape: "))


def test_supports() -> None:
    assert ad.supports(np.sin)
    assert ad.supports(np.floor).status == "zero"
    assert not ad.supports(np.busday_count)


def no_scalar(x):
    return x[1:] * 2.0


@pytest.mark.parametrize(("call", "message"), [
    (lambda: ad.grad(no_scalar)(X), r"^`no_scalar` returns an array of shape \((n-1|2),\), and a gradient needs"),
    (lambda: ad.grad(lambda x: x * 2.0)(X), r"^the lambda returns an array of shape \((n|3),\)"),
    (lambda: ad.grad(lambda x: (x, x))(X), "^the lambda returns a tuple"),
    (lambda: ad.hessian(lambda x: x)(X), "^the lambda returns an array"),
    (lambda: ad.grad(no_scalar)(3), "argument `x` is int, which has no derivative: convert to float"),
    (lambda: ad.jvp(no_scalar, (X,), (np.ones(2),)), r"the tangent of `x` must have its shape \(3,\), not \(2,\)"),
    (lambda: ad.vjp(no_scalar, X)[1](np.ones(3)), r"the cotangent of `result` must have its shape \(2,\), not \(3,\)"),
])
def test_messages_name_the_function_and_no_symbols(call: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        call()
    assert not any(symbol in str(caught.value) for symbol in ("anonymous", "x.0", "?", "@"))


def test_sizes_of_types_have_letters_in_messages() -> None:
    from ad_compiler.errors import Diagnostic

    found = str(Diagnostic("AD122", None, "it is float64[?146, x['w'].0-1] on one path and int64[3, ?146] on another"))
    assert found == "AD122: it is float64[n, m-1] on one path and int64[3, n] on another"


def test_a_wrong_rule_is_found_at_the_line_of_its_call() -> None:
    @ad.custom_vjp
    def ruled(x):
        return np.sin(x)

    ruled.defvjp(lambda x: (np.sin(x), x), lambda x, g: (1.1 * g * np.cos(x),))

    def program_with_a_rule(x):
        a = x * 2.0
        b = ruled(a)
        return np.sum(b * a)

    with pytest.raises(AssertionError, match=r"first variable whose derivative does is .*: b = ruled\(a\)"):
        ad.check(program_with_a_rule, X)
