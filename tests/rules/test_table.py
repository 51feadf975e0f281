"""How the table is joined, asked and read; what a call must look like."""
from __future__ import annotations

import ast
import doctest
import operator
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ad_compiler import rules, support
from ad_compiler.rules import apply
from ad_compiler.rules.calls import without_sugar
from ad_compiler.rules.row import Composed, Row, alias, elementwise, formula_reads, rule, zero
from ad_compiler.rules.samples import call, calls, reals
from ad_compiler.rules.signature import OMITTED, parse_signature


def row_of(function: Any) -> Row:
    row = rules.find(function)
    assert row is not None
    return row


def test_find() -> None:
    assert row_of(np.sin).function is np.sin
    assert row_of(np.add.reduce).function == np.add.reduce
    assert row_of(operator.mul).partials is row_of(np.multiply).partials
    assert row_of(np.random.default_rng(0).normal).name == "normal"
    assert row_of(np.random.RandomState(0).standard_normal).kind == "zero"
    for stranger in (len.__doc__, [], lambda x: x, np.random.default_rng(0).shuffle, np.load):
        assert rules.find(stranger) is None


def test_second_row_of_a_function_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    rules.table()
    monkeypatch.setattr(rules, "_table", dict(rules.table()))
    with pytest.raises(RuntimeError, match=r"second row, in family 'exponential'"):
        rules._join("exponential")


@pytest.mark.parametrize("module", ["rules", "support"])
def test_examples_in_docstrings(module: str) -> None:
    package = Path(rules.__file__).parents[1] / module
    run = 0
    for file in sorted(package.glob("*.py")):
        if not file.name.startswith(("scipy_", "special_", "linalg_scipy")):
            name = f"ad_compiler.{module}" + ("" if file.stem == "__init__" else f".{file.stem}")
            found = import_module(name)
            result = doctest.testmod(found, extraglobs={"np": np})
            assert result.failed == 0, name
            run += result.attempted
    assert run > 5


def test_joining_imports_numpy_only() -> None:
    code = ("import sys, numpy\nbefore = set(sys.modules)\nfrom ad_compiler import rules\nrules.table()\n"
            "print(sorted({m.split('.')[0] for m in set(sys.modules) - before}))\n"
            "print([m for m in ('numpy.random', 'numpy.fft', 'scipy') if m in sys.modules])")
    lines = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           cwd=Path(rules.__file__).parents[2]).stdout.splitlines()
    foreign = set(ast.literal_eval(lines[0])) - {"ad_compiler"} - set(sys.stdlib_module_names)
    assert foreign == set() and lines[1] == "[]"


def test_bind_fills_defaults_and_renames() -> None:
    bound = row_of(np.sum).bind((np.ones(3), 0), {"keepdims": True})
    assert (bound["axis"], bound["keepdims"], bound["where"]) == (0, True, True)
    assert row_of(np.clip).bind((1.0,), {"min": 0.5})["a_min"] == 0.5
    assert row_of(np.diff).bind((np.ones(3),), {})["prepend"] is OMITTED
    assert row_of(np.meshgrid).bind((1, 2, 3), {"indexing": "ij"})["xi"] == [1, 2, 3]


@pytest.mark.parametrize(("function", "args", "kwargs", "message"), [
    (np.add, (1.0,), {}, "missing argument 'x2'"),
    (np.add, (1.0, 2.0), {"out": None}, "unexpected keyword 'out'"),
    (np.add, (1.0, 2.0), {"where": True}, "unexpected keyword 'where'"),
    (np.add, (1.0, 2.0, 3.0), {}, "unexpected 3 positional arguments"),
    (np.sum, (1.0,), {"out": None}, "unexpected keyword 'out'"),
    (np.average, (1.0,), {"returned": True}, "unexpected keyword 'returned'"),
])
def test_bind_refuses_what_the_row_does_not_cover(function: Any, args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        row_of(function).bind(args, kwargs)


def test_ufunc_options_do_not_matter() -> None:
    assert set(row_of(np.add).bind((1.0, 2.0), {"dtype": float, "casting": "unsafe"})) == {"x1", "x2"}


def test_arguments_is_the_inverse_of_bind() -> None:
    row = row_of(np.reshape)
    assert row.arguments(row.bind(("x", (2, 3)), {})) == (["x", (2, 3)], {})
    assert row.arguments(row.bind(("x", (2, 3)), {"copy": True})) == (["x", (2, 3)], {"copy": True})
    row = row_of(np.diff)
    assert row.arguments(row.bind(("x",), {"append": 1.0})) == (["x"], {"append": 1.0})


@pytest.mark.parametrize("function", [np.add, np.sum])
def test_sugar_is_split_off(function: Any) -> None:
    buffer = np.zeros(2)
    args = (np.ones(2), np.ones(2))[: getattr(function, "nin", 1)]
    sugar = without_sugar(function, args, {"out": buffer, "axis": 0, "where": np.True_})
    assert sugar.outs[0] is buffer and sugar.args == args
    assert ("where" in sugar.kwargs) == (function is np.sum)


def test_sugar_means_a_selection_and_a_store() -> None:
    rng = np.random.default_rng(0)
    a, b, m = rng.normal(size=3), rng.normal(size=3), np.array([True, False, True])
    target, expected = np.zeros(3), np.zeros(3)
    np.multiply(a, b, expected, where=m)
    sugar = without_sugar(np.multiply, (a, b, target), {"where": m})
    target[...] = np.where(sugar.where, np.multiply(*sugar.args, **sugar.kwargs), sugar.outs[0])
    np.testing.assert_array_equal(target, expected)


def test_signatures_are_read() -> None:
    kinds = [(p.name, p.kind, p.default, p.required) for p in parse_signature("a, b=1, *c, d=None, e, **f")]
    assert kinds == [("a", "positional", None, True), ("b", "positional", 1, False), ("c", "variadic", None, False),
                     ("d", "keyword", None, False), ("e", "keyword", None, True), ("f", "keywords", {}, False)]


def test_residuals_are_what_the_formula_reads() -> None:
    row = row_of(np.multiply)
    assert apply.residual_names(row, ["x1"]) == ("x2",)
    assert apply.residual_names(row_of(np.exp)) == ("out",)
    assert apply.residual_names(row_of(np.add)) == ()
    kept = apply.residuals(row_of(np.sum), row_of(np.sum).bind((np.ones((2, 3)),), {"axis": 1}), np.ones(2))
    assert set(kept) == {"axis", "keepdims", "where", "a_shape", "a_dtype", "initial_shape", "initial_dtype"}


def test_a_fact_may_come_from_the_value() -> None:
    values = {"a": [np.ones(2), np.ones((3, 1))]}
    assert apply.lookup(values, "a_shape") == [(2,), (3, 1)]
    assert apply.lookup({"x": 2.0}, "x_size") == 1
    with pytest.raises(KeyError, match="x_colour"):
        apply.lookup({"x": 2.0}, "x_colour")


def test_constructors() -> None:
    def twice(x: Any) -> Any:
        return 2 * x

    row = elementwise(twice, "x", x=lambda: 2, samples=reals())
    (same,) = alias(row, abs)
    assert same.function is abs and same.partials is row.partials
    assert apply.vjp(row, "x", np.ones(2), {"x": np.ones(2)}).tolist() == [2.0, 2.0]
    assert apply.jvp(row, {"x": np.array(3.0)}, {"x": np.ones(2), "out": np.ones(2)}).tolist() == [6.0, 6.0]
    assert zero(twice, reason="no")[0].bind((1, 2), {"c": 3}) == {"args": [1, 2], "kwargs": {"c": 3}}
    assert rule(twice, "x", samples=None).operands == ()
    composed = Composed(lambda v, inner: v * inner, lambda x, axis: x + axis)
    assert formula_reads(composed) == ("v", "x", "axis") and composed(2, 3, 4) == 14


def test_samples_are_the_same_each_time_and_multiply() -> None:
    one = reals((3,)).with_params(axis=(0, None), keepdims=(False, True))
    assert [c.kwargs for c in one.calls()] == [
        {"axis": axis, "keepdims": keep} for axis in (0, None) for keep in (False, True)]
    np.testing.assert_array_equal(one.calls()[0].args[0], one.calls()[0].args[0])
    joined = reals((2,)) + calls(lambda s: call(s.real(), 1), lambda s: [call(0.5, 2)])
    assert [len(c.args) for c in joined.calls()] == [1, 2, 2]
    assert [c.args for c in calls(lambda s: call(np.array(0.5))).scalars().calls()] == [(0.5,)]


@pytest.mark.parametrize(("value", "shape", "dtype", "expected"), [
    (np.ones((2, 3)), (3,), "f8", [2.0, 2.0, 2.0]), (1.0, (2,), "f4", [1.0, 1.0]),
    (np.ones((2, 1, 3)), (1, 3), "f8", [[2.0, 2.0, 2.0]]), (np.array([1 + 2j]), (1,), "f8", [1.0]),
    (np.ones((2, 3)), (), "f8", 6.0), (np.ones((1, 3)), (2, 1), "f8", [[3.0], [3.0]]),
    (np.ones((0, 3)), (3,), "f8", [0.0, 0.0, 0.0]), (np.ones(1), (0,), "f8", [])])
def test_projection(value: Any, shape: tuple[int, ...], dtype: str, expected: Any) -> None:
    got = support.project(value, shape, np.dtype(dtype))
    assert got.dtype == dtype and got.shape == shape
    np.testing.assert_array_equal(got, expected)


class Recorder:
    """A stand-in that takes support functions over, or declines."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.answer if self.answer is NotImplemented else (function, self.answer)


def test_support_functions_can_be_taken_over() -> None:
    assert support.labels((2,)).tolist() == [0, 1]
    assert support.scatter(Recorder("mine"), np.zeros(1), (1,)) == (support.scatter, "mine")
    assert support.ramp(Recorder("size"), True, np.dtype(float)) == (support.ramp, "size")
    assert support.gather(np.ones(2), [Recorder("inside")]) == (support.gather, "inside")
    with pytest.raises(TypeError):
        support.polygamma(0, Recorder(NotImplemented))
