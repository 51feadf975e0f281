"""Single calls that run on the tape inside compiled functions: values, derivatives of both modes and orders, reports,
and the calls for which that is not done."""
from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
import runtime
from ad_compiler.errors import CompileError, SourceNotFound, TapeFallback
from tests.differences import central_differences

X, Y = np.array([0.3, 0.5, 0.7]), np.array([1.0, -2.0, 0.5])

# functions without source, as a library in C or in bytecode has them
_HIDDEN: dict[str, Any] = {}
exec(compile('''
import numpy as np
rng = np.random.default_rng(0)
log, calls = [], 0
def pair(x, y, scale=1.0):
    return np.sin(x) * scale + y, np.sum(x * y)
def named(x):
    print("in named")
    return {"a": np.tanh(x), "n": 3, "l": [x[0], x * 2]}
def head(x, n):
    return x[:n] ** 2
def fixed(a, b):
    return np.linalg.solve(a @ a.T + np.eye(3), b)
def moody(x):
    return x * 1.0 if x[0] > 0.4 else x.reshape(1, -1) * 1.0
def writes(x):
    x[0] = 1.0
    return np.sum(x)
def later(x):
    if x[0] > 0.9:
        x[1] = 5.0
    return np.sum(x * x)
def counts(x):
    global calls
    calls += 1
    return np.sum(x) * calls
def draws(x):
    return np.sum(x) * rng.uniform()
''', "<hidden>", "exec"), _HIDDEN)
pair, named, head, fixed, moody, writes, later, counts, draws = (
    _HIDDEN[name] for name in ("pair", "named", "head", "fixed", "moody", "writes", "later", "counts", "draws"))


class Cube(runtime.autograd.Function):
    """A rule of the tape's own."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x ** 3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, = ctx.saved_tensors
        return 3 * x ** 2 * g


def unread(x: Any) -> Any:
    return x * eval("3.0")


def with_results_of_several_kinds(x: Any, y: Any) -> Any:
    a, s = pair(x, y, scale=2.0)
    return np.sum(a * a) * s


def with_structures(x: Any) -> Any:
    d = named(x * x)
    return np.sum(d["a"]) * d["n"] + d["l"][0] * np.sum(d["l"][1])


def in_a_loop(x: Any) -> Any:
    total = 0.0
    for i in range(1, 4):
        total = total + np.sum(head(np.sin(x), i)) * i
    return total


def of_one_size(x: Any) -> Any:
    return np.sum(fixed(np.outer(np.sin(x), x) + np.eye(3), x) ** 2)


def with_a_rule_of_the_tape(x: Any) -> Any:
    y = np.sin(x)
    return np.sum(Cube.apply(y) * y)


def with_what_is_not_read(x: Any) -> Any:
    return np.sum(unread(np.sin(x)) * unread(x))


def that_writes_into_what_it_gets(x: Any, y: Any) -> Any:
    first, second = pair(x, y)
    first[:2] += second
    return np.sum(first**3)


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (with_results_of_several_kinds, (X, Y)), (with_structures, (X,)), (in_a_loop, (X,)), (of_one_size, (X,)),
    (with_a_rule_of_the_tape, (X,)), (with_what_is_not_read, (X,)), (that_writes_into_what_it_gets, (X, Y))]
EACH = pytest.mark.parametrize(("program", "args"), PROGRAMS, ids=lambda v: getattr(v, "__name__", ""))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TapeFallback)
        yield


@EACH
@pytest.mark.parametrize("mode", ["fast", "slow"])
def test_both_modes_agree_with_differences(program: Any, args: tuple[Any, ...], mode: str) -> None:
    ad.testing.check_grads(program, args, order=1, mode=mode)


@EACH
def test_the_rest_is_compiled(program: Any, args: tuple[Any, ...]) -> None:
    gradient = ad.grad(program)
    report = gradient.report(*args)
    assert report.backend == "numpy" and "_rev(record" in gradient.source
    assert report.fallbacks and all("runs on the tape: " in reason for reason in report.fallbacks)
    assert all(reason.startswith(f"{__file__}:") for reason in report.fallbacks)


@EACH
def test_second_derivatives_run_on_the_tape(program: Any, args: tuple[Any, ...]) -> None:
    gradient, v = ad.grad(program), np.array([1.0, -0.3, 0.2])
    wanted = (gradient(X + 1e-5 * v, *args[1:]) - gradient(X - 1e-5 * v, *args[1:])) / 2e-5
    np.testing.assert_allclose(ad.hvp(program)(*args, v), wanted, rtol=1e-6, atol=1e-7)
    slope = ad.grad(lambda x: np.sum(ad.grad(program)(x, *args[1:]) * v))(X)
    np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-7)


def test_what_runs_on_the_tape_is_said_once() -> None:
    def f(x: Any) -> Any:
        return np.sum(unread(x)) + np.sum(x * x)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gradient = ad.grad(f)
        gradient(X), gradient(X + 1.0)
    assert [w.category for w in caught] == [TapeFallback]
    assert "`unread` runs on the tape" in str(caught[0].message) and "AD108" in str(caught[0].message)


def test_errors_are_asked_for() -> None:
    with pytest.raises(SourceNotFound, match="AD101"):
        ad.grad(with_results_of_several_kinds, on_unsupported="error")(X, Y)


def test_trying_out_leaves_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    state = _HIDDEN["rng"].bit_generator.state
    ad.vjp(with_structures, X)
    assert capsys.readouterr().out == "in named\n"
    assert _HIDDEN["rng"].bit_generator.state == state


def test_a_pullback_runs_more_than_once() -> None:
    _, pullback = ad.vjp(in_a_loop, X)
    first, second = pullback(1.0)[0], pullback(2.0)[0]
    np.testing.assert_allclose(second, 2 * first, rtol=1e-14)
    np.testing.assert_allclose(first, central_differences(in_a_loop, X), rtol=1e-7)


@pytest.mark.parametrize("hidden", [writes, counts, draws], ids=lambda f: f.__name__)
def test_effects_keep_the_whole_function_on_the_tape(hidden: Any) -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        return hidden(y) + np.sum(y**2)

    assert ad.grad(f).report(X).backend == "tape"


def test_what_differs_from_the_trial_is_refused() -> None:
    gradient = ad.grad(lambda x: np.sum(moody(x)) + np.sum(x**2))
    np.testing.assert_allclose(gradient(X + 0.2), 1.0 + 2.0 * (X + 0.2))
    with pytest.raises(TypeError, match="its result must always be of one type: now it is float64 of 2 dimensions"):
        gradient(X)


def test_a_write_that_the_trial_did_not_see_is_refused() -> None:
    gradient = ad.grad(lambda x: later(np.sin(x)) + np.sum(x**2))
    np.testing.assert_allclose(gradient(X), np.sin(2.0 * X) + 2.0 * X, rtol=1e-12)
    with pytest.raises(TypeError, match="`later` runs on the tape inside a compiled function and writes into"):
        gradient(np.array([1.5, 0.2, 0.1]))


def test_a_derivative_that_the_record_loses_is_seen() -> None:
    def forgets(x: Any) -> Any:
        return np.sin(x) * eval("1.0") + getattr(x, "_data", x) * 1.0

    def f(x: Any) -> Any:
        return np.sum(forgets(x) * x)

    hidden = dict(_HIDDEN, forgets=forgets)
    assert hidden and ad.grad(f).report(X).backend == "tape"


def test_captured_numbers_that_are_differentiated() -> None:
    weights = np.array([1.0, 2.0, 3.0])

    def weighted(x: Any) -> Any:
        return eval("1.0") * weights * x

    def f(x: Any) -> Any:
        return np.sum(weighted(x) ** 2) + np.sum(weights)

    try:
        found = ad.grad(f, wrt="weights")(X)
    except CompileError as error:
        assert "AD108" in str(error)
    else:
        np.testing.assert_allclose(found, 2.0 * weights * X**2 + 1.0)


def test_a_whole_function_on_the_tape_has_second_derivatives() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**3) * eval("2.0")

    v = np.array([1.0, -0.3, 0.2])
    np.testing.assert_allclose(ad.hvp(f)(X, v), 12.0 * X * v, rtol=1e-12)
    np.testing.assert_allclose(ad.hessian(f)(X), np.diag(12.0 * X), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(ad.grad(f)(x) * v))(X), 12.0 * X * v, rtol=1e-12)
    assert ad.grad(ad.grad(ad.grad(lambda t: t**5 * eval("1.0"))))(2.0) == pytest.approx(240.0)
