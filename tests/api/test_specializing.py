"""When code is compiled anew and when not, and that what is captured is read at each call."""
from __future__ import annotations

import threading
import types
import warnings
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline

X = np.array([1.0, 2.0, 4.0])

rate = 2.0
factors = [1.0, 2.0]
settings = {"power": 2, "mode": "square"}


def helper(x):
    return x * x


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything that is compiled in reverse mode while the test runs."""
    seen: list[Any] = []
    original = pipeline.compile_reverse

    def compile_reverse(function: Any, specs: Any, *rest: Any, **options: Any) -> Any:
        seen.append(specs)
        return original(function, specs, *rest, **options)

    monkeypatch.setattr(pipeline, "compile_reverse", compile_reverse)
    return seen


def test_one_signature_is_compiled_once(compiled: list[Any]) -> None:
    gradient = ad.grad(lambda x, n: np.sum(x**n))
    for x in (X, X + 1.0, X[:2], np.arange(7.0)):
        for n in (2, 3):
            np.testing.assert_allclose(gradient(x, n), n * x ** (n - 1))
    assert len(compiled) <= 3  # an n that equals a length is a signature of its own


@pytest.mark.parametrize("second", [
    X.astype(np.float32), X[:1], X[:, None], np.array(2.0), 2.0, np.float64(2.0), X + 0j,
])
def test_another_type_is_compiled_anew(second: Any) -> None:
    gradient = ad.grad(lambda x: np.sum(np.real(x) * np.real(x)))
    for _ in range(2):
        gradient(X)
        found = gradient(second)
        np.testing.assert_allclose(found, 2.0 * second)
        assert np.asarray(found).dtype == np.asarray(second).dtype
    assert len(gradient.used) == 2


def test_sizes_of_one_are_signatures_of_their_own() -> None:
    gradient = ad.grad(lambda x, y: np.sum(x * y), argnums=(0, 1))
    for _ in range(3):
        for one, other in ((X, X), (X, X[:1]), (X[:1], X), (X[:1], X[:1])):
            x_bar, y_bar = gradient(one, other)
            np.testing.assert_allclose(x_bar, np.broadcast_to(other, X.shape).sum() if one.size < other.size
                                       else np.broadcast_to(other, one.shape))
            assert (x_bar.shape, y_bar.shape) == (one.shape, other.shape)


def test_layouts() -> None:
    def f(x):
        return np.sum(np.ravel(x)[:4] * np.reshape(x, -1)[-4:])

    gradient = ad.grad(f)
    for _ in range(3):
        for make in (lambda: X[None] + np.zeros((3, 1)), lambda: (X[None] + np.zeros((3, 1))).T,
                     lambda: np.repeat(X, 6).reshape(6, 3)[::2]):
            ad.testing.check_vjp(f, (make(),))
            np.testing.assert_allclose(gradient(make()), ad.vjp(f, make())[1](1.0)[0])


def test_globals_are_read_at_each_call(monkeypatch: pytest.MonkeyPatch, compiled: list[Any]) -> None:
    gradient = ad.grad(lambda x: rate * x)
    for value in (2.0, 3.0, 5.0, 7.0):
        monkeypatch.setitem(globals(), "rate", value)
        assert gradient(1.0) == value
    assert len(compiled) == 1
    monkeypatch.setitem(globals(), "rate", X)
    with pytest.raises(TypeError, match="vjp"):
        gradient(1.0)
    monkeypatch.setitem(globals(), "rate", X[0])
    assert gradient(1.0) == 1.0


def test_an_edited_helper_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = ad.grad(lambda x: helper(x))
    for _ in range(3):
        assert gradient(3.0) == 6.0
    monkeypatch.setitem(globals(), "helper", lambda x: x * x * x)
    for _ in range(3):
        assert gradient(3.0) == 27.0
    monkeypatch.undo()
    assert gradient(3.0) == 6.0


def test_flags_and_parts_of_captured_structures(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        y = x ** settings["power"] if settings["mode"] == "square" else x
        for factor in factors:
            y = y * factor
        return y

    gradient = ad.grad(f)
    for _ in range(3):
        assert gradient(3.0) == 12.0
    monkeypatch.setitem(settings, "power", 3)
    assert gradient(3.0) == 54.0
    monkeypatch.setitem(settings, "mode", "line")
    assert gradient(3.0) == 2.0
    factors.append(10.0)
    try:
        assert gradient(3.0) == 20.0
    finally:
        factors.pop()
    factors[0] = 5.0
    try:
        assert gradient(3.0) == 10.0
    finally:
        factors[0] = 1.0


def test_captured_variables_are_read_at_each_call(compiled: list[Any]) -> None:
    weight = 1.0

    def f(x):
        return weight * x

    gradient = ad.grad(f)
    for weight in (2.0, 3.0, 4.0):
        assert gradient(1.0) == weight
    assert len(compiled) == 1
    assert "weight" in ad.source(gradient)


def test_attributes_of_captured_objects() -> None:
    model = types.SimpleNamespace(weight=2.0, layers=[types.SimpleNamespace(bias=X)])

    def f(x):
        return np.sum(model.weight * x + model.layers[0].bias * x)

    gradient = ad.grad(f)
    for weight in (1.0, 2.0, 3.0):
        model.weight = weight
        np.testing.assert_allclose(gradient(X), weight + model.layers[0].bias)
    model.layers[0].bias = X * 2.0
    np.testing.assert_allclose(gradient(X), 3.0 + 2.0 * X)


def test_defaults_are_arguments() -> None:
    def f(x, weight=X, *, scale=2.0):
        return scale * np.sum(x * weight)

    gradient = ad.grad(f)
    for _ in range(3):
        np.testing.assert_allclose(gradient(X), 2.0 * X)
    np.testing.assert_allclose(gradient(X, X + 1.0, scale=1.0), X + 1.0)


def test_a_lambda_in_a_training_loop_is_compiled_once(compiled: list[Any]) -> None:
    def loss(w, batch):
        return np.sum((w - batch) ** 2)

    for step in range(20):
        batch = X * step
        gradient = ad.grad(lambda w: loss(w, batch))  # noqa: B023  (called before the next step)
        np.testing.assert_allclose(gradient(X), 2.0 * (X - batch))
    assert len(compiled) == 1


def test_many_signatures_are_worth_one_warning() -> None:
    gradient = ad.grad(lambda x, layers: x * layers[0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for count in range(1, 15):
            assert gradient(1.0, [3.0] * count) == 3.0
    assert len(caught) == 1
    assert "compiled for 9 signatures; what varies is `layers`" in str(caught[0].message)


def test_threads_may_compile_at_once(compiled: list[Any]) -> None:
    gradient = ad.grad(lambda x: np.sum(np.sin(x) * rate))
    arrays = [np.full(shape, 0.5) for shape in [(3,), (3, 2), (2, 2, 2)]]
    failures: list[Any] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        for _ in range(50):
            for array in arrays:
                try:
                    np.testing.assert_allclose(gradient(array), 2.0 * np.cos(array))
                except Exception as error:
                    failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(compiled) == 3


def test_equal_code_in_two_namespaces() -> None:
    """Code objects of two files can be equal; what they mean is not."""
    import linecache

    text = "def f(x):\n    return x * k\n"
    found = []
    for k in (2.0, 5.0):
        name = f"<cell of {k}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        namespace: dict[str, Any] = {"k": k, "__name__": "same"}
        exec(compile(text, name, "exec"), namespace)
        found.append(ad.grad(namespace["f"]))
    assert [g(1.0) for g in found] == [2.0, 5.0]
    assert [g(1.0) for g in found] == [2.0, 5.0]
    assert [g(1.0) for g in found] == [2.0, 5.0]


def test_integers_that_decide_a_type_are_compiled_by_value(compiled: list[Any]) -> None:
    matrix = np.arange(6.0).reshape(2, 3)

    def f(x, axis, layers, k):
        return np.sum(np.sum(x, axis=axis) ** 2) + np.sum(layers[k])

    gradient = ad.grad(f, on_unsupported="error")
    for _ in range(3):
        for axis in (0, 1, -1):
            for k in (0, 1):
                expected = np.broadcast_to(2.0 * matrix.sum(axis=axis, keepdims=True), matrix.shape)
                np.testing.assert_allclose(gradient(matrix, axis, (X, X[0]), k), expected)
    assert len(gradient.used) == 6


def test_recursions_whose_depth_an_integer_decides() -> None:
    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    gradient = ad.grad(power, on_unsupported="error")
    assert [gradient(2.0, n) for n in (0, 1, 3, 5)] == [0.0, 1.0, 12.0, 80.0]
