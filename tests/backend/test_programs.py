"""Whole programs, read and printed again: the same values to the last bit, in every form of the text."""
from __future__ import annotations

import builtins
import copy
import inspect
import linecache
import pickle
import traceback
import warnings
from typing import Any

import numpy as np
import optree
import pytest

from ad_compiler.backend.load import load
from ad_compiler.backend.python import print_function
from ad_compiler.errors import CompileError
from ad_compiler.frontend.callees import Step
from ad_compiler.frontend.entry import Lowered
from ad_compiler.ir import nodes as ir
from ad_compiler.ir import visit
from ad_compiler.ir.verify import verify
from ad_compiler.transform.coalesce import coalesce
from ad_compiler.transform.dead_code import eliminate_dead_code
from ad_compiler.transform.tidy import tidy
from tests.fuzz.generate import generate
from tests.fuzz.loading import loaded as module_of
from tests.programs.corpus import Program, all_programs

from .reading import function_of, inputs_of, lowered

FORMS = {
    "one call per line": (lambda fn: fn, False),
    "without dead code": (eliminate_dead_code, True),
    "coalesced": (coalesce, False),
    "tidy": (tidy, True),
}


def alike(a: Any, b: Any) -> bool:
    """Whether two results are equal to the last bit, dtypes included."""
    xs, ys = optree.tree_leaves(a), optree.tree_leaves(b)
    return len(xs) == len(ys) and all(map(_alike, xs, ys))


def _alike(x: Any, y: Any) -> bool:
    if hasattr(x, "__dict__") and not isinstance(x, np.ndarray) and not callable(x):
        return alike(vars(x), vars(y))
    p, q = np.asarray(x), np.asarray(y)
    return p.dtype == q.dtype and np.array_equal(p, q, equal_nan=p.dtype.kind in "fc")


def outcome(call: Any, args: Any, keywords: dict[str, Any]) -> tuple[Any, Any]:
    """The value (or the kind of error) of a call, and its arguments afterwards."""
    try:
        return call(*args, **keywords), args
    except (ArithmeticError, ValueError, IndexError) as error:
        return type(error).__name__, args


def plain_sum(items: Any, /, start: Any = 0) -> Any:
    """`sum` from left to right, as emitted code adds; from 3.12 on Python's own carries rounding errors along."""
    for item in items:
        start = start + item
    return start


def check_forms(function: Any, read: Lowered, args: tuple[Any, ...]) -> None:
    """Every form of the printed text computes what the function computes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "sum", plain_sum)
        expected, after = outcome(function, copy.deepcopy(args), {})
    for name, (transform, nest) in FORMS.items():
        fn = transform(read.function)
        printed = print_function(fn, nest=nest)
        assert printed.text == print_function(transform(read.function), nest=nest).text, name
        call = load(printed)
        mine = copy.deepcopy(args)
        found, _ = outcome(call, *inputs_of(function, read, call, mine))
        assert alike(found, expected), (name, printed.text)
        assert alike(mine, after), (name, printed.text)


def skip_callees(fn: ir.Function) -> None:
    for stmt in visit.walk(fn.body):
        called = getattr(getattr(stmt, "value", None), "function", None)
        if isinstance(stmt, ir.Ruled) or isinstance(called, Step):
            pytest.skip("a function that calls itself is printed with its sweeps: tests/api/test_recursion.py")


@pytest.mark.parametrize("program", all_programs(), ids=lambda p: p.name)
def test_programs(program: Program) -> None:
    args = program.args()
    try:
        read = lowered(program.function, *copy.deepcopy(args))
    except CompileError:
        pytest.skip("the front end does not read it")
    skip_callees(read.function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_forms(program.function, read, args)


def forms_agree(fn: ir.Function, call_with: Any) -> None:
    """Every form computes what the plainest computes."""
    results = {}
    for name, (transform, nest) in FORMS.items():
        call = load(print_function(transform(fn), nest=nest))
        results[name] = outcome(call, *call_with(call))
    plain = results.pop("one call per line")
    for name, found in results.items():
        assert alike(found, plain) or _near(found, plain), name


def _near(a: Any, b: Any) -> bool:
    """Adjoints may divide once where they multiplied by a reciprocal."""
    xs, ys = optree.tree_leaves(a), optree.tree_leaves(b)
    return len(xs) == len(ys) and all(
        np.allclose(x, y, rtol=1e-12, atol=1e-12, equal_nan=True) if np.asarray(x).dtype.kind in "fc" else x == y
        for x, y in zip(xs, ys, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    program = generate(10_000 + seed)
    with module_of(program.text) as module:
        try:
            read = lowered(module.function, *copy.deepcopy(program.args))
        except CompileError:
            pytest.skip("the front end does not read it")
        skip_callees(read.function)
        verify(read.function)
        for transform, _ in FORMS.values():
            verify(transform(read.function))
        forms_agree(read.function, lambda call: inputs_of(module.function, read, call, copy.deepcopy(program.args)))


# --- what users do with generated functions -------------------------------------------------------------------------
TEXT = """
    def scaled(x, k):
        \"\"\"Twice what you would think.

        With a backslash: \\\\alpha\"\"\"
        y = x * k
        return 1.0 / (y - 6.0)
    """


def test_the_generated_function_can_be_inspected() -> None:
    printed = print_function(tidy(lowered(function_of(TEXT), 2.0, 3.5).function))
    call = load(printed)
    assert inspect.getsource(call) == printed.body
    assert list(inspect.signature(call).parameters) == ["x", "k"]
    assert inspect.getdoc(call) == inspect.getdoc(function_of(TEXT))


def test_tracebacks_show_the_generated_line() -> None:
    call = load(print_function(tidy(lowered(function_of(TEXT), 2.0, 3.5).function)))
    with pytest.raises(ZeroDivisionError) as caught:
        call(2.0, 3.0)
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.name, frame.line) == ("scaled", "return 1.0 / (y - 6.0)")
    linecache.checkcache(frame.filename)
    assert linecache.getline(frame.filename, frame.lineno or 0).strip() == frame.line


def test_the_text_is_a_module() -> None:
    printed = print_function(tidy(lowered(function_of(TEXT), 2.0, 3.5).function))
    scope: dict[str, Any] = {}
    exec(printed.text, scope)
    assert scope["scaled"](2.0, 4.0) == 0.5
    assert pickle.dumps(printed.text)


def test_the_printed_text_is_read_again() -> None:
    """What is printed is in the language that the front end reads, and comes back as it was."""
    printed = print_function(tidy(lowered(function_of(TEXT), 2.0, 3.5).function))
    again = print_function(tidy(lowered(load(printed), 2.0, 3.5).function))
    assert again.text == printed.text


def test_parameters_keep_their_names() -> None:
    function = function_of("""
        def f(np, len, range):
            total = 0.0
            for k in range_of(3):
                total += np * k
            return total + len - range
        """.replace("range_of(3)", "(0, 1, 2)"))
    call = load(print_function(tidy(lowered(function, 1.0, 2.0, 3.0).function)))
    assert list(inspect.signature(call).parameters) == ["np", "len", "range"]
    assert call(1.0, 2.0, 3.0) == function(1.0, 2.0, 3.0)
