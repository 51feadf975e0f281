"""Saved modules that take along what the derivative calls: rules of the user's, solvers, checkpoints."""
from __future__ import annotations

import functools
import importlib.util
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.3, 1.2])
factor = 2.0


@ad.custom_vjp
def log1pexp(x):
    """Not overflowing."""
    return np.log1p(np.exp(x))


log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g * (1.0 - 1.0 / (1.0 + np.exp(x))),))


@ad.custom_jvp
def root(x):
    return scaled(np.sqrt(x), power=1)


def scaled(x: np.ndarray, by: float = factor, *, power: int = 2) -> np.ndarray:
    return by**power * x / factor**power


root.defjvps(lambda tangent, out, x: tangent / (2.0 * out))
gamma = ad.primitive(math.gamma, vjp=lambda g, out, x: g * out * 0.03648997397857652, like=lambda x: x)
power_of_two = ad.primitive(functools.partial(np.power, 2.0), vjp=lambda g, out, x: g * out * np.log(2.0))
same = ad.primitive(lambda x: x, vjp=lambda g, out, x: g)


def newton(f, x):
    for _ in range(20):
        x = x - f(x) / ((f(x + 1e-6) - f(x)) / 1e-6)
    return x


def heat(x):
    for _ in ad.checkpointed(range(20), snapshots=3):
        x = np.sin(x) + 0.1
    return np.sum(x)


def with_closure(k):
    @ad.custom_vjp
    def times(x):
        return k * x

    times.defvjp(lambda x: (times(x), None), lambda _, g: (k * g,))
    return lambda x: np.sum(times(x) ** 2)


def writes_a_result(x):
    y = same(x)
    y[0] *= 3.0
    return np.sum(x * x) + np.sum(y)


PROGRAMS: dict[str, tuple[Any, Any]] = {
    "custom_vjp": (lambda x: np.sum(log1pexp(x) ** 2), X),
    "custom_vjp where no derivative passes": (lambda x: np.sum(x * log1pexp(np.ones(2))), X),
    "custom_jvp": (lambda x: np.sum(root(x) ** 3), X),
    "primitive": (lambda x: gamma(x) ** 2, 1.5),
    "closure": (with_closure(3.0), X),
    "partial": (lambda x: np.sum(power_of_two(x)), X),
    "custom_root": (lambda a: ad.custom_root(lambda y: y**3 - a, 1.0, newton), 2.0),
    "fixed_point": (lambda a: ad.fixed_point(lambda y: np.cos(a * y), 0.5), 1.2),
    "checkpoint": (lambda x: np.sum(ad.checkpoint(lambda z: np.sin(z) ** 2)(x)), X),
    "checkpointed": (heat, X),
    "a result that is the argument": (writes_a_result, X),
    "a derivative of a derivative": (ad.grad(lambda t: factor * t**4), 1.5),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_saved_module_gives_the_same(name: str, tmp_path: Path) -> None:
    f, at = PROGRAMS[name]
    made = ad.value_and_grad(f)
    value, gradient = made(at)
    made.save(tmp_path / "saved.py", at)
    text = (tmp_path / "saved.py").read_text()
    entry = [line for line in text.splitlines() if line.startswith("def ")][-1].split("(")[0][4:]
    given = f"np.{at!r}" if at is X else repr(at)
    more = ", factor=2.0" if name == "a derivative of a derivative" else ""
    code = (f"import sys, saved, numpy as np\nvalue, gradient = saved.{entry}({given}{more})\n"
            f"assert not any(m.partition('.')[0] in ('ad_compiler', 'runtime') for m in sys.modules)\n"
            f"print(float(value), *np.ravel(gradient))")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr + text
    numbers = [float(word) for word in done.stdout.split()]
    np.testing.assert_allclose(numbers, [value, *np.ravel(gradient)], rtol=1e-12)


def test_what_has_no_text_is_named(tmp_path: Path) -> None:
    class Table:
        def __call__(self, x):
            return x

    table = ad.primitive(Table(), vjp=lambda g, out, x: g, like=lambda x: x)
    made = ad.grad(lambda x: table(x) * 2.0)
    with pytest.raises(ValueError, match=r"uses the object `\w+` \(Table\), which has no text"):
        made.save(tmp_path / "saved.py", 1.0)
    assert not (tmp_path / "saved.py").exists()


def load(path: Path) -> Any:
    """A module by its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_saved_module_tests_what_it_was_compiled_for(tmp_path: Path) -> None:
    def product(x: Any, y: Any, n: int) -> Any:
        return np.sum(np.sin(x) * y) / n

    gradient = ad.grad(product, argnums=(0, 1))
    x, y = np.linspace(0.1, 1.0, 4), np.linspace(1.0, 2.0, 4)
    gradient(x, y, 3)
    gradient.save(tmp_path / "product_module.py")
    saved = load(tmp_path / "product_module.py").product_grad
    for n in (4, 7):  # any length, if both have it
        args = np.linspace(0.1, 1.0, n), np.linspace(1.0, 2.0, n), 3
        for found, expected in zip(saved(*args), gradient(*args), strict=True):
            np.testing.assert_array_equal(found, expected)
    others = ((x, y[:1]), (x[:1], y), (np.stack([x, x]), y), (x, 2.0), (x.astype(int), y), (x.astype(complex), y),
              (x.tolist(), y), (x.astype(np.float32), y))
    for one, other in others:  # each would have given something else than the gradient, without a word
        with pytest.raises(ValueError, match="saved for"):
            saved(one, other, 3)


def test_a_saved_module_tests_the_sizes_of_parts_and_captured_arrays(tmp_path: Path) -> None:
    weights = np.linspace(0.5, 1.5, 3)

    def model(params: Any, x: Any) -> Any:
        return np.sum((x @ params["w"] + params["b"]) * weights)

    gradient = ad.grad(model)
    params = {"w": np.ones((4, 3)), "b": np.ones(3)}
    gradient(params, np.ones((5, 4)))
    gradient.save(tmp_path / "model_module.py")
    saved = load(tmp_path / "model_module.py").model_grad
    found = saved(params, np.ones((6, 4)), weights=weights)
    assert {key: value.shape for key, value in found.items()} == {"w": (4, 3), "b": (3,)}
    for change in ({"b": np.ones(1)}, {"w": np.ones((4, 1))}):
        with pytest.raises(ValueError, match="saved for params"):
            saved({**params, **change}, np.ones((5, 4)), weights=weights)
    with pytest.raises(ValueError, match="saved for weights"):
        saved(params, np.ones((5, 4)), weights=weights[:1])


WEIGHTS = np.arange(16.0).reshape(4, 4)


def part(x: Any) -> Any:
    a = np.outer(x, x)
    c = a[1:3]
    c[[0, 0]] += 1.0
    a[a > 0.3] = x[0]
    return np.sum(a * WEIGHTS) + np.sum(c)


def test_what_was_compiled_for_the_sizes_at_hand_is_saved_for_all(tmp_path: Path) -> None:
    """With an array from outside, which the saved module takes."""
    x = np.array([0.3, 0.7, 1.2, 0.5])
    gradient = ad.value_and_grad(part, on_unsupported="error")
    value, found = gradient(x)
    assert any(special.assumed for special in gradient.used)
    gradient.save(tmp_path / "part_module.py")
    again, bars = load(tmp_path / "part_module.py").part_value_and_grad(x, WEIGHTS=WEIGHTS)
    assert again == value
    np.testing.assert_array_equal(bars, found)
