"""What the adjoint of an elementwise row costs: no more array operations than a hand-written one.

Counted in the generated source: operators and calls on arrays after the forward sweep. Each is one temporary. What is
hand-written is listed for the usual functions; for every row it is the formula of the row itself, as few lines would
say it: emitting it adds nothing.
"""
from __future__ import annotations

import ast
import importlib.util
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.rules import apply
from ad_compiler.rules.row import Row
from tests.rules.test_rows import rows

# The adjoint that an engineer writes by hand, of `out = f(x)` with the cotangent `g` of the result.
BY_HAND = {
    "np.exp(x)": "g * out",
    "np.sin(x)": "g * np.cos(x)",
    "np.cos(x)": "-g * np.sin(x)",
    "np.tanh(x)": "g * (1 - out**2)",
    "np.log(x)": "g / x",
    "np.sqrt(x)": "0.5 * g / out",
    "np.square(x)": "2 * g * x",
    "x * x": "g * x + g * x",
    "x**3": "3 * g * x**2",
    "1 / x": "-g * out / x",
    "np.log1p(x)": "g / (1 + x)",
    "np.expm1(x)": "g * (out + 1)",
    "np.arctan(x)": "g / (1 + x**2)",
    "np.sinh(x)": "g * np.cosh(x)",
    "np.maximum(x, 0.5)": "g * (x > 0.5)",
    "np.abs(x)": "g * np.sign(x)",
    "x + 2.0": "np.array(g)",  # a result is no argument
    "3.0 * x": "3.0 * g",
    "x / 4.0": "g / 4.0",
    "np.reciprocal(x)": "-g * out**2",
}


def operations(tree: ast.AST) -> int:
    """Operators, comparisons and calls: each makes one array."""
    return sum(isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Call) for node in ast.walk(tree))


class Counted(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that counts what is done with it."""

    def __init__(self, value: Any, done: list[Any]) -> None:
        self.value, self.done = value, done

    dtype = property(lambda self: np.asarray(self.value).dtype)
    shape = property(lambda self: np.shape(self.value))
    ndim = property(lambda self: np.ndim(self.value))

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.__array_function__(getattr(ufunc, method), (), args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        self.done.append(function)
        return Counted(function(*(getattr(a, "value", a) for a in args), **kwargs), self.done)


def formula_operations(row: Row, operand: str, values: dict[str, np.ndarray]) -> int:
    """How many array operations the row's own formula takes."""
    done: list[Any] = []
    slot = apply.plan(row).slots[operand]
    known = {**values, "out": row.function(*values.values())}
    facts = {f"{name}_dtype": value.dtype for name, value in known.items()}
    reads = [facts[name] if name in facts else Counted(known[name], done) for name in slot.vjp_reads]
    slot.vjp(Counted(known["out"], done), *reads)
    return len(done)


UFUNCS = [(row, operand) for row in rows() for operand in row.operands
          if row.kind == "elementwise" and isinstance(row.function, np.ufunc)]
POINTS = (np.linspace(0.2, 0.9, 5), np.linspace(1.3, 1.1, 5))


def adjoint(expression: str, tmp_path: Path, parameters: str = "x") -> str:
    """The reverse sweep of `sum(w * expression)`, whose cotangent of the expression is the array `w`."""
    path = tmp_path / "loss.py"
    path.write_text(f"import numpy as np\n\n\ndef loss({parameters}, w):\n    out = {expression}\n"
                    "    return np.sum(w * out)\n")
    spec = importlib.util.spec_from_file_location("loss", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = ad.source(ad.grad(module.loss), *POINTS[:len(parameters.split(", "))], np.linspace(1.0, 2.0, 5))
    body, _, _ = text.partition("# --- reverse ---")[2].partition("return")
    return textwrap.dedent(body)


@pytest.mark.parametrize("expression", BY_HAND)
def test_no_more_temporaries_than_by_hand(expression: str, tmp_path: Path) -> None:
    text = adjoint(expression, tmp_path)
    assert operations(ast.parse(text)) <= operations(ast.parse(BY_HAND[expression])), text


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("row", "operand"), UFUNCS, ids=lambda value: getattr(value, "name", value))
def test_emitting_a_row_adds_no_temporaries(row: Row, operand: str, tmp_path: Path) -> None:
    names = [parameter.name for parameter in row.parameters]
    ordered = [operand, *(name for name in names if name != operand)]
    text = adjoint(f"np.{row.name}({', '.join(names)})", tmp_path, ", ".join(ordered))
    given = dict(zip(ordered, POINTS, strict=False))
    allowed = formula_operations(row, operand, {name: given[name] for name in names})
    assert operations(ast.parse(text)) <= max(allowed, 1), text  # at least a copy: a result is no argument


def test_a_copy_more_is_seen() -> None:
    assert operations(ast.parse("x_bar = (w * out).copy()")) > operations(ast.parse(BY_HAND["np.exp(x)"]))
