"""The tape fallback: gradients against differences, effects, warnings and reports of programs forced onto the tape."""
from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
import runtime
from ad_compiler import pipeline
from ad_compiler.errors import CompileError, Diagnostic, TapeFallback
from tests.bridge import programs
from tests.differences import central_differences

POINT = np.array([0.31, 0.72, 1.13, 0.47])


@pytest.fixture
def on_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every function is refused by the compiler, and the warning of it is silenced."""
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise CompileError(Diagnostic("AD000", None, "refused by the test"))

    monkeypatch.setattr(pipeline, "_compile_reverse", refuse)
    monkeypatch.setattr(pipeline, "_compile_pullback", refuse)


def forced(f: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TapeFallback)
        return ad.value_and_grad(f, **options)(*args)


@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda f: f.__name__)
def test_values_and_gradients(program: Callable[[Any], Any], on_tape: None) -> None:
    x = POINT.copy()
    value, gradient = forced(program, x)
    np.testing.assert_allclose(value, program(POINT.copy()), rtol=1e-12)
    np.testing.assert_allclose(gradient, central_differences(program, POINT), rtol=2e-6, atol=1e-7)
    np.testing.assert_array_equal(x, POINT)
    assert type(gradient) is np.ndarray and isinstance(value, float)


def test_arguments_are_left_as_the_program_leaves_them(on_tape: None) -> None:
    def f(x: Any, log: list[Any], table: dict[str, Any]) -> Any:
        x[0] *= 2
        log.append(x[1] * 3)
        table["sum"] = np.sum(x)
        return np.sum(x ** 2) + log[0]

    def state() -> tuple[Any, ...]:
        return POINT.copy(), [1.0], {"a": 2.0}

    ours, plain = state(), state()
    value, gradient = forced(f, *ours)
    assert value == f(*plain)
    np.testing.assert_array_equal(ours[0], plain[0])
    assert ours[1:] == plain[1:]
    np.testing.assert_allclose(gradient, 2 * plain[0] * [2, 1, 1, 1])
    assert all(type(v) is not type(gradient) for v in (*ours[1], *ours[2].values()))


def test_state_outside_keeps_no_record(on_tape: None) -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        seen.append(x * 2)
        return programs.global_state(x)

    forced(f, POINT.copy())
    assert type(seen[0]) is np.ndarray
    np.testing.assert_array_equal(seen[0], 2 * POINT)
    assert type(programs.STATE["last"]) is np.ndarray


def test_arrays_from_outside_stay_themselves(on_tape: None) -> None:
    forced(programs.arrays_from_outside, POINT.copy())
    assert programs.STATE["weights"] is programs.WEIGHTS
    np.testing.assert_array_equal(programs.WEIGHTS, [1.0, 2.0, 3.0, 4.0])


def untouched(x: Any, out: io.StringIO) -> Any:
    out.write("seen")
    return np.sum(x ** 2)


def test_objects_that_cannot_be_rebuilt_pass_through(on_tape: None) -> None:
    text = io.StringIO()
    _, gradient = forced(untouched, POINT.copy(), text)
    np.testing.assert_allclose(gradient, 2 * POINT)
    assert text.getvalue() == "seen"


def unreadable(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return eval("np.sum(x * x)", {"np": np, "x": x})


def test_one_warning_names_the_place() -> None:
    gradient = ad.grad(unreadable)
    with pytest.warns(TapeFallback) as caught:
        np.testing.assert_allclose(gradient(POINT), 2 * POINT)
        gradient(POINT + 1)
    assert len(caught) == 1
    assert f"{__file__}:{unreadable.__code__.co_firstlineno + 2}" in str(caught[0].message)
    report = gradient.report()
    assert report.backend == "tape" and report.fallbacks
    assert "runs on the tape" in gradient.source and "eval" in gradient.source


def test_the_fallback_can_be_refused() -> None:
    with pytest.raises(CompileError):
        ad.grad(unreadable, on_unsupported="error")(POINT)


def test_a_pullback_runs_again_and_keeps_what_it_needs(on_tape: None) -> None:
    def f(x: Any) -> Any:
        return np.exp(x) * x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TapeFallback)
        x = POINT.copy()
        out, pullback = ad.vjp(f, x)
    out *= 0  # the caller's own
    x *= 0
    expected = np.exp(POINT) * (1 + POINT)
    for scale in (1.0, 3.0):
        np.testing.assert_allclose(pullback(np.full(4, scale))[0], scale * expected)


def loses_the_record(x: Any) -> Any:
    target = np.zeros(4, dtype=int).astype(object)
    target[0] = float(x[0])
    return np.nditer(x).operands[0].sum()


def active_coordinates(x: Any) -> Any:
    return np.sum(np.interp(x[0], np.array([0.0, 1.0]), np.array([0.0, 2.0]))) + np.sum(np.gradient(x * x, x))


def type_of_a_number(x: Any) -> Any:
    return x[0] if type(x[0]) is float else x[1]


def catches_the_refusal(x: Any) -> Any:
    try:
        return np.array([0.0]).astype(object).item(0) + np.frompyfunc(float, 1, 1)(x[0]) * x[1]
    except Exception:
        return x[2] * 3


@pytest.mark.parametrize("program", [loses_the_record, type_of_a_number, catches_the_refusal],
                         ids=lambda f: f.__name__)
def test_what_would_be_wrong_raises(program: Callable[[Any], Any], on_tape: None) -> None:
    with pytest.raises(CompileError, match="on the tape it fails"):
        forced(program, POINT.copy())


def test_coordinates_carry_derivatives_too(on_tape: None) -> None:
    _, gradient = forced(active_coordinates, POINT.copy())
    np.testing.assert_allclose(gradient, central_differences(active_coordinates, POINT), rtol=2e-6, atol=1e-7)


def test_second_derivatives_through_several_results() -> None:
    rng = np.random.default_rng(3)
    A, B, C = (rng.normal(size=(3, 3)) for _ in range(3))

    def scalar(a: Any) -> Any:
        t = runtime.tensor(a, requires_grad=True)
        w, v = np.linalg.eigh((t + t.T) / 2)
        y = (w ** 3).sum() + ((v * v) * runtime.tensor(B)).sum()
        (g,) = runtime.autograd.grad(y, t, create_graph=True)
        return t, (g * runtime.tensor(C)).sum()

    t, directional = scalar(A)
    (second,) = runtime.autograd.grad(directional, t)
    numeric = np.zeros_like(A)
    for i in np.ndindex(3, 3):
        step = np.zeros_like(A)
        step[i] = 1e-6
        numeric[i] = (scalar(A + step)[1].item() - scalar(A - step)[1].item()) / 2e-6
    np.testing.assert_allclose(second.numpy(), numeric, rtol=1e-5, atol=1e-6)


class Pair:
    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second = first, second


class Slotted:
    __slots__ = ("first",)

    def __init__(self, first: Any, second: Any) -> None:
        self.first = first * second


class Called(Pair):
    def __call__(self) -> Any:
        return self.first


@pytest.mark.parametrize("kind", [Pair, Slotted, Called])
def test_results_that_are_objects_are_refused(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their numbers are not followed on the tape: better no derivative than zeros."""
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise CompileError(Diagnostic("AD000", None, "refused by the test"))

    monkeypatch.setattr(pipeline, "lower_function", refuse)

    def f(x: Any) -> Any:
        return kind(x * 2.0, x[0])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TapeFallback)
        with pytest.raises(CompileError, match="object of class"):
            ad.jvp(f, (POINT,), (np.ones_like(POINT),))
        with pytest.raises(CompileError, match="object of class"):
            ad.vjp(f, POINT)


def test_a_list_of_the_caller_or_of_the_program_by_branch() -> None:
    """The write reaches the caller's list where it is that one."""
    def f(x: float, given: list[float]) -> float:
        kept = given
        if x > 2.0:
            kept = [x, 2 * x]
        kept[0] = x * x
        return kept[0] + 3.0 * kept[1]

    for x, slope in ((1.5, 3.0), (2.5, 11.0)):
        given, expected = [0.4, 0.8], [0.4, 0.8]
        assert ad.value_and_grad(f, on_unsupported="error")(x, given) == (f(x, expected), slope)
        assert given == expected


def test_helpers_that_numba_compiled_are_recorded_as_python(on_tape: None) -> None:
    numba = pytest.importorskip("numba")
    decayed = numba.njit(_decayed)

    def total(x: Any) -> Any:
        return np.sum(decayed(x, 0.3) ** 2)

    value, gradient = forced(total, POINT.copy())
    np.testing.assert_allclose(value, total(POINT.copy()))
    np.testing.assert_allclose(gradient, central_differences(total, POINT), rtol=2e-6)


def _decayed(x: Any, rate: float) -> Any:
    out = np.zeros_like(x)
    for k in range(1, len(x)):
        out[k] = out[k - 1] * rate + x[k]
    return out


class _Layer:
    scale = 2.0

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    def __call__(self, x: Any) -> Any:
        out = np.zeros(len(self.weights))
        for k, row in enumerate(self.weights):
            out[k] = self.activation(row @ x)
        return out * self.scale

    @staticmethod
    def activation(v: Any) -> Any:
        return float(np.tanh(v))

    @property
    def penalty(self) -> Any:
        total = np.zeros(1)
        total[0] = np.sum(self.weights ** 2)
        return total[0]


class _Shifted(_Layer):
    made = 0

    def __init__(self, weights: Any, shift: Any) -> None:
        super().__init__(weights)
        self.shift = shift
        type(self).made += 1

    def __call__(self, x: Any) -> Any:
        return super().__call__(x) + self.shift

    @classmethod
    def of(cls, x: Any) -> _Shifted:
        return cls(np.outer(x[:2], x), x[2])


_BEFORE = _Layer(np.ones((2, 4)))


def _objects(x: Any) -> Any:
    layer = _Shifted.of(x)
    if not isinstance(layer, _Layer) or not isinstance(_BEFORE, _Layer) or isinstance(_BEFORE, _Shifted):
        return 0.0 * x[0]
    return np.sum(layer(x) ** 2) + layer.penalty + (x[3] if type(layer) is _Shifted else 0.0)


def test_methods_of_the_programs_classes_are_recorded(on_tape: None) -> None:
    before = _Shifted.made
    value, gradient = forced(_objects, POINT.copy())
    assert _Shifted.made == before + 1 and type(_Shifted.made) is int
    np.testing.assert_allclose(value, _objects(POINT.copy()))
    np.testing.assert_allclose(gradient, central_differences(_objects, POINT), rtol=2e-6)


def test_the_warning_shows_the_line_that_asked():
    def unread(x):
        return np.sum(x) ** eval("2")

    with pytest.warns(TapeFallback) as caught:
        ad.grad(unread)(np.ones(2))
    with pytest.warns(TapeFallback) as caught_inside:
        ad.grad(lambda x: unread(x) + 1.0)(np.ones(2))
    assert {w.filename for w in [*caught, *caught_inside]} == {__file__}


@pytest.mark.filterwarnings("ignore::ad_compiler.bridge.TapeFallback")
@pytest.mark.parametrize("result", ["(x.sum(), x)", "[x.sum()]", "{'a': x.sum()}", "None"])
def test_several_results_are_refused_as_where_it_compiles(result):
    with pytest.raises(TypeError, match=r"returns (a tuple|a list|a dict|None), and a gradient needs"):
        ad.value_and_grad(eval(f"lambda x: {result}"))(np.ones(3))
