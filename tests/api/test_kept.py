"""Gradients from the disk cache: found again by an unchanged program, and by no other."""
from __future__ import annotations

import traceback
from pathlib import Path

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface import kept

from .keeping import HELPERS, PROGRAM, Processes, X, gradient


def test_the_same_program_is_found_again(processes: Processes) -> None:
    (first, hit) = processes.run()
    assert not hit
    (second, hit) = processes.run()
    assert hit
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(("old", "new"), [
    ("x * 2.0", "x * 2.5"),  # a helper's helper
    ("# what inner does, and more", "# something else"),  # comments go into the text
    ("return x * x\n", "return x * x * x\n"),  # a method of a base class
    ("2.0 * self.rate", "3.0 * self.rate"),  # a property
    ("self.rate * self.bend(x)", "self.rate - self.bend(x)"),
    ('KIND = "smooth"', 'KIND = "rough"'),
    ("ROUGH = False", "ROUGH = True"),
    ("AXIS = 0", "AXIS = -1"),  # a number whose value was used
    ("MODE = Mode.SINGLE", "MODE = Mode.DOUBLE"),
    ("SINGLE = 1", "SINGLE = 'one'"),
    ("SINGLE = 1", "SINGLE = 3"),  # what a member holds is in the code
    ("DOUBLE = 2", "DOUBLE = 2\n    TRIPLE = 3"),
    ("flag: bool = True", "flag: bool = False"),
    ("by=1.0, up=True", "by=1.0, up=False"),
    ("partial(shift, up=True)", "partial(shift, up=False)"),
    ("make(True, 2.0)", "make(False, 2.0)"),
    ("make(True, 2.0)", "make(True, np.ones(3))"),
    ("LAYERS = (1.0, 2.0)", "LAYERS = (1.0, 2.0, 3.0)"),
    ("LAYERS = (1.0, 2.0)", "LAYERS = (1.0, 2)"),
    ('{"a": 1.0, "b": 2.0}', '{"a": 1.0, "c": 2.0}'),
    ("np.array([1.0, 2.0, 3.0])", "np.array([1.0, 2.0, 3.0], np.float32)"),
    ("np.array([1.0, 2.0, 3.0])", "np.array([3.0])"),
    ("SCALE = 3.0", "SCALE = np.float32(3.0)"),
    ("import halve", "import thrice as halve"),
    ("z = z * z", "z = z * z * z"),
    ("def unrelated(x):\n    return x", "def inner(x):\n    return x"),
])
def test_what_is_edited_is_compiled_anew(processes: Processes, old: str, new: str) -> None:
    assert old in PROGRAM
    processes.run()
    _, hit = processes.run(PROGRAM.replace(old, new))
    assert not hit
    _, hit = processes.run(PROGRAM.replace(old, new))
    assert hit


@pytest.mark.parametrize(("old", "new"), [("3.0 * z", "4.0 * z"), ("0.5 * z", "0.25 * z"), ("np.sin", "np.cos")])
def test_an_edited_helper_in_another_module_is_seen(processes: Processes, old: str, new: str) -> None:
    processes.run()
    _, hit = processes.run(helpers=HELPERS.replace(old, new))
    assert not hit


@pytest.mark.parametrize(("old", "new"), [
    ("SCALE = 3.0", "SCALE = 4.0"),  # numbers are read anew at each call
    ("np.array([1.0, 2.0, 3.0])", "np.array([4.0, 2.0, 3.0])"),
    ("Model(0.5)", "Model(0.75)"),
    ("make(True, 2.0)", "make(True, 5.0)"),
    ('{"a": 1.0, "b": 2.0}', '{"a": 3.0, "b": 2.0}'),
    ("def unrelated(x):\n    return x", "def unrelated(x):\n    return -x"),
    ("SCALE = 3.0", "\n\n\nSCALE = 3.0"),
    ("rate: float = 1.0", "rate: float = 2.0"),
    ("power = 2", "power = 3"),
])
def test_what_does_not_matter_does_not_matter(processes: Processes, old: str, new: str) -> None:
    assert old in PROGRAM
    processes.run()
    _, hit = processes.run(PROGRAM.replace(old, new))
    assert hit


@pytest.mark.parametrize("x", [
    np.array([0.1, 0.2, 0.3], np.float32), np.ones((2, 3)), np.ones((3, 3)), np.ones(6)[::2], np.ones(1),
])
def test_another_signature_is_another_entry(processes: Processes, x: np.ndarray) -> None:
    processes.run()
    text = PROGRAM.replace("return z +", "return np.sum(z) +")
    processes.run(text)
    _, hit = processes.run(text, x=x)
    assert not hit
    _, hit = processes.run(text, x=x.copy(order="K") if x.strides != (16,) else x)
    assert hit


def test_options_are_in_the_key(processes: Processes) -> None:
    processes.run()
    assert not processes.run(mode="slow")[1]
    assert processes.run(mode="slow")[1]
    assert not processes.run(on_unsupported="error")[1]
    assert processes.run()[1]


@pytest.mark.parametrize("what", ["version", "numpy"])
def test_versions_are_in_the_key(processes: Processes, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    processes.run()
    kept.versions.cache_clear()
    if what == "numpy":
        monkeypatch.setattr(np, "__version__", "9.9")
    else:
        monkeypatch.setattr(kept, "_own_files", lambda folder: ["another text"])
    assert not processes.run()[1]
    kept.versions.cache_clear()
    monkeypatch.undo()


def test_integers_by_type_and_by_value(processes: Processes) -> None:
    text = "import numpy as np\n\ndef loss(x, n, axis):\n    return np.sum(np.sum(x * n, axis=axis) ** 2)\n"
    x = np.arange(6.0).reshape(2, 3)
    for axis, expected in [(0, False), (0, True), (1, False), (1, True), (0, True)]:
        assert gradient(processes.program(text).loss, x, 2, axis)[1] is expected
    text = "def loss(x, n):\n    for i in range(n):\n        x = x * x + n\n    return x\n"
    for args, expected in [((0.5, 2), False), ((0.5, 3), True)]:  # a bound of a loop is a number like any other
        assert gradient(processes.program(text).loss, *args)[1] is expected


def test_what_is_rebound_in_this_process_is_seen(processes: Processes) -> None:
    processes.run()
    program = processes.program()
    g = ad.value_and_grad(program.loss)
    before = g(X)
    assert g.kept_used
    program.SCALE = 5.0
    assert not np.array_equal(g(X)[1], before[1])
    np.testing.assert_array_equal(g(X)[1], ad.grad(program.loss)(X))
    program.inner = lambda x: x * 7.0
    again = g(X)
    np.testing.assert_equal(again, gradient(program.loss, X)[0])
    program.AXIS = -1
    np.testing.assert_equal(g(X), gradient(program.loss, X)[0])


def test_new_function_objects_of_one_code_share_an_entry(processes: Processes) -> None:
    text = ("import numpy as np\n\ndef make(batch, flag):\n    def loss(w):\n"
            "        return np.sum((batch @ w) ** 2) if flag else np.sum(batch @ w)\n    return loss\n")
    gradient(processes.program(text).make(np.eye(3), True), X)
    make = processes.program(text).make
    for step in range(3):
        g = ad.value_and_grad(make(np.eye(3) * (step + 1.0), True))
        np.testing.assert_allclose(g(X)[1], 2.0 * (step + 1.0) ** 2 * X)
        assert g.kept_used
    g = ad.value_and_grad(make(np.eye(3), False))
    np.testing.assert_allclose(g(X)[1], np.ones(3))
    assert not g.kept_used


def test_source_report_and_module_are_there_on_a_hit(processes: Processes, tmp_path: Path) -> None:
    text = ("import numpy as np\n\ndef loss(x, w):\n    for i in range(3):\n        x = np.sin(x) * w['a']\n"
            "    return np.sum(x)\n")
    w = {"a": np.ones(3)}
    g = ad.grad(processes.program(text).loss)
    g(X, w)
    expected = g.source
    g = ad.grad(processes.program(text).loss)
    g(X, w)
    assert g.kept_used
    assert g.source == expected
    assert g.report().backend == "numpy"
    assert not g.kept_used
    assert g.source == expected
    other = ad.grad(processes.program(text).loss)
    other(X, w)
    other.save(tmp_path / "saved.py")
    assert "def loss_grad(" in (tmp_path / "saved.py").read_text()
    assert ad.source(other, X, w) == expected


def test_tracebacks_show_the_emitted_text(processes: Processes) -> None:
    text = "import numpy as np\n\ndef loss(x, y):\n    return np.sum(np.linalg.solve(x, y))\n"
    gradient(processes.program(text).loss, np.eye(2), np.ones(2))
    g = ad.grad(processes.program(text).loss)
    with pytest.raises(np.linalg.LinAlgError) as raised:
        g(np.zeros((2, 2)), np.ones(2))
    frames = traceback.extract_tb(raised.value.__traceback__)
    lines = [frame.line or "" for frame in frames if "ad_compiler loss" in frame.filename]
    assert any("np.linalg.solve(x, y)" in line for line in lines)


def test_errors_of_arguments_are_the_same(processes: Processes) -> None:
    processes.run()
    g = ad.value_and_grad(processes.program().loss)
    with pytest.raises(TypeError, match="convert to float"):
        g(np.arange(3))
    with pytest.raises(TypeError):
        g()
    text = "def loss(x, y):\n    x[0] = 2.0 * y[0]\n    return x[0] * x[1]\n"
    gradient(processes.program(text).loss, X.copy(), X.copy())
    shared = X.copy()
    g = ad.value_and_grad(processes.program(text).loss)
    g(X.copy(), X.copy())
    assert g.kept_used
    with pytest.raises(ValueError, match="share memory"):
        g(shared, shared[:])


def test_derivatives_of_a_kept_gradient(processes: Processes) -> None:
    text = "import numpy as np\n\ndef loss(x):\n    return np.sum(x ** 3)\n"
    gradient(processes.program(text).loss, X)
    g = ad.value_and_grad(processes.program(text).loss)
    g(X)
    assert g.kept_used
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(g(x)[1]))(X), 6.0 * X)


def test_after_many_calls_the_compiler_is_asked(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MANY", 4)
    processes.run()
    program = processes.program()
    g = ad.grad(program.loss)
    expected = g(X)
    for _ in range(8):
        np.testing.assert_array_equal(g(X), expected)
    assert g.fast
