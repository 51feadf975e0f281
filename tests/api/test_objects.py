"""What a derivative is as an object: names, text, report, stand-alone module, pickle."""
from __future__ import annotations

import copy
import inspect
import linecache
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import ad_compiler as ad

from .importable import Model, cubic, decorated, decorated_with_arguments

X = np.array([1.0, 2.0, 4.0])
SCALE = 2.0
WEIGHTS = np.array([1.0, 0.5, 0.25])


class Params(NamedTuple):
    weight: Any
    bias: Any


def layered(params, x, power=2.0, *, mode="tanh", steps=3):
    """A few layers."""
    h = x
    for _ in range(steps):
        h = np.tanh(params.weight * h + params.bias)
    return SCALE * np.max(h) * np.sum(np.cumprod(WEIGHTS * h)) ** power


def test_it_looks_like_the_function() -> None:
    gradient = ad.grad(layered)
    assert gradient.__name__ == "layered"
    assert gradient.__qualname__ == "layered"
    assert gradient.__doc__ == "A few layers."
    assert gradient.__wrapped__ is layered
    assert gradient.primal is layered
    assert inspect.signature(gradient) == inspect.signature(layered)
    assert repr(gradient) == "<grad of 'layered', argnums=0>"
    assert len({gradient, gradient, ad.grad(layered)}) == 2
    with pytest.raises(AttributeError, match="nothing"):
        _ = gradient.nothing


def test_the_source() -> None:
    gradient = ad.grad(cubic)
    with pytest.raises(RuntimeError, match=r"`cubic` has not been compiled yet.*ad_compiler.source"):
        _ = gradient.source
    text = ad.source(gradient, X)
    assert "def cubic" in text
    assert "x_bar" in text
    assert gradient.source == ad.source(gradient) == text
    ad.source(gradient, 2.0)
    assert gradient.source == text  # the same text for another signature is shown once
    with pytest.raises(TypeError, match="no generated source"):
        ad.source(cubic, X)


def test_the_source_of_two_signatures() -> None:
    def f(x, y):
        return np.sum(x * y)

    gradient = ad.grad(f)
    texts = [ad.source(gradient, X, X), ad.source(gradient, X[:1], X)]
    assert texts[0] != texts[1]
    assert gradient.source == "\n\n".join(texts)


def test_the_source_is_what_tools_show() -> None:
    gradient = ad.grad(cubic)
    call = gradient.compile(X).main.call
    linecache.checkcache()
    assert inspect.getsource(call).strip() in ad.source(gradient)


def test_equal_input_gives_equal_text() -> None:
    def same(x):
        return np.sum(np.sin(x) * x)

    assert ad.source(ad.grad(same), X) == ad.source(ad.grad(same, mode="fast"), X)


@pytest.mark.parametrize("gradient", [ad.grad(cubic, argnums="x"), decorated, ad.jacrev(cubic), ad.checkpoint(cubic)])
def test_pickling(gradient: Any) -> None:
    again = pickle.loads(pickle.dumps(gradient))
    np.testing.assert_allclose(again(X), gradient(X))
    assert inspect.signature(again) == inspect.signature(gradient)


def test_decorated_functions_are_pickled_by_name() -> None:
    assert pickle.loads(pickle.dumps(decorated_with_arguments)) is decorated_with_arguments
    assert pickle.loads(pickle.dumps(Model.force)) is Model.force


def test_what_cannot_be_pickled() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(ad.grad(lambda x: x * x))


@pytest.mark.parametrize("made", [ad.grad(cubic), ad.checkpoint(cubic)])
def test_copies(made: Any) -> None:
    for again in (copy.copy(made), copy.deepcopy({"g": made})["g"]):
        np.testing.assert_allclose(again(X), made(X))


def test_copies_of_a_pullback() -> None:
    _, pull = ad.vjp(cubic, X)
    for again in (copy.copy(pull), copy.deepcopy(pull)):
        np.testing.assert_allclose(again(2.0)[0], 6.0 * X**2)
    np.testing.assert_allclose(pull(1.0)[0], 3.0 * X**2)


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    def heat(u0, k, steps):
        u = u0.copy()
        for step in range(steps):
            lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
            u[1:-1] += k * lap
        return 0.5 * np.dot(u, u)

    gradient = ad.grad(heat, argnums=(0, 1))
    with pytest.raises(RuntimeError, match="has not been compiled"):
        gradient.report()
    gradient(np.arange(9.0), 0.2, 5)
    report = gradient.report()
    printed = capsys.readouterr().out
    assert "heat: backend numpy" in printed
    assert report.backend == "numpy"
    assert report.fallbacks == ()
    assert report.complete
    by_text = {line.text: line for line in report.lines}
    lap = by_text["lap = u[2:] - 2.0 * u[1:-1] + u[:-2]"]
    assert lap.active
    assert lap.recorded_bytes == 5 * 7 * 8
    assert {"subtract", "add"} <= set(lap.rules)
    assert report.recorded_bytes >= lap.recorded_bytes
    assert gradient.report(np.arange(9.0, dtype=np.float32), 0.2, 5).recorded_bytes < report.recorded_bytes


def test_saving(tmp_path: Path) -> None:
    """The module runs where nothing of ours can be imported, and gives the same numbers."""
    gradient = ad.value_and_grad(layered, argnums=(0, "power"))
    params = Params(X, 0.5)
    value, (params_bar, power_bar) = gradient(params, X)
    path = tmp_path / "saved.py"
    gradient.save(path)
    np.savez(tmp_path / "in.npz", X=X, W=WEIGHTS)
    script = f"""
import sys
sys.modules["ad_compiler"] = None
sys.path.insert(0, {str(tmp_path)!r})
import collections, inspect
import numpy as np
import saved
data = np.load({str(tmp_path / "in.npz")!r})
Params = collections.namedtuple("Params", "weight bias")
value, (params, power) = saved.layered_value_and_grad(Params(data["X"], 0.5), data["X"], WEIGHTS=data["W"])
assert type(params) is Params and type(params.bias) is float
print(repr([float(value), params.weight.tolist(), params.bias, power]))
print(inspect.signature(saved.layered_value_and_grad))
try:
    saved.layered_value_and_grad(Params(data["X"], 0.5), data["X"], WEIGHTS=data["W"], mode="relu")
except ValueError as error:
    print(error)
"""
    printed = subprocess.check_output([sys.executable, "-c", script], text=True).splitlines()
    expected = [float(value), params_bar.weight.tolist(), params_bar.bias, power_bar]
    assert printed[0] == repr(expected)
    assert printed[1] == "(params, x, power=2.0, *, mode='tanh', steps=3, SCALE=2.0, WEIGHTS)" or (
        printed[1] == "(params, x, power=2.0, *, mode='tanh', steps=3, WEIGHTS, SCALE=2.0)")
    assert printed[2] == "this derivative was saved for mode='tanh'"
    assert "ad_compiler." not in path.read_text()
    assert "import ad_compiler" not in path.read_text()


def test_saving_needs_one_signature(tmp_path: Path) -> None:
    gradient = ad.grad(cubic)
    with pytest.raises(RuntimeError, match="has not been compiled"):
        gradient.save(tmp_path / "a.py")
    gradient(X)
    gradient(2.0)
    with pytest.raises(RuntimeError, match="compiled for 2 signatures"):
        gradient.save(tmp_path / "a.py")
    gradient.save(tmp_path / "a.py", 3.0)
    namespace: dict[str, Any] = {}
    exec((tmp_path / "a.py").read_text(), namespace)
    assert namespace["cubic_grad"](3.0) == 27.0


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="backend must be one of 'numpy', 'native', 'auto', not 'cuda'"):
        ad.grad(cubic, backend="cuda")
    with pytest.raises(TypeError, match="unknown option 'fast_math'"):
        ad.grad(cubic, fast_math=True)
    with pytest.raises(ValueError, match="on_unsupported"):
        ad.grad(cubic, on_unsupported="guess")
    with pytest.raises(ValueError, match="mode must be one of"):
        ad.vjp(cubic, X, mode="quick")


@pytest.mark.parametrize("mode", ["fast", "slow"])
def test_modes_agree(mode: str) -> None:
    np.testing.assert_allclose(ad.grad(cubic, mode=mode)(X), 3.0 * X**2)


def test_the_first_gradient_can_be_checked() -> None:
    assert ad.grad(lambda x: x**3, check="first")(2.0) == 12.0
    np.testing.assert_allclose(ad.grad(cubic, check="first")(X), 3.0 * X**2)
    kinked = ad.grad(lambda x: np.sum(np.maximum(x, 0.0)), check="first")
    with pytest.raises(AssertionError, match=r"along a random direction is .* kink"):
        kinked(np.zeros(1))
