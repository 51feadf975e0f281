"""Every row under `vmap`: a program that calls the function once, against the same for one example after the other.

All calls of the samples, with options by place and by name; of a row's first call also the pullback, and each argument
batched alone.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.rules.row import OMITTED, Row
from ad_compiler.rules.samples import Call
from tests.rules import harness
from tests.rules.test_compiled_rows import Program, programs

# Complex in compiled code whatever the matrix; or a list as long as the data says.
KINDS_BY_VALUE = (np.linalg.eig, np.linalg.eigvals)
FACTORS = (1.0, 0.97, 0.95)  # three examples: domains of functions stay as they are


class NamedProgram(Program):
    """The same with options by name."""

    def __init__(self, row: Row, call: Call) -> None:
        super().__init__(row, call)
        self.arguments = {}
        parts: list[str] = []
        for parameter in row.parameters:
            value = self.bound[parameter.name]
            if value is OMITTED or (not parameter.required and value is parameter.default):
                continue
            text = self.written(value)
            plain = parameter.required and parameter.kind == "positional" and parameter.name in self.active
            parts.append(text if plain and not any("=" in p for p in parts) else f"{parameter.name}={text}")
        self.call = f"function({', '.join(parts)})"


def given(row: Row) -> Iterator[Program]:
    """The programs of a row that run."""
    for call in row.samples.calls():
        if not harness.active_operands(row, row.bind(call.args, call.kwargs)):
            continue
        yield Program(row, call)
        if all(p.kind != "variadic" for p in row.parameters):
            yield NamedProgram(row, call)


def batch_of(value: Any) -> np.ndarray:
    array = np.asarray(value)
    return np.stack([array * array.dtype.type(f) if array.dtype.kind in "fc" else array for f in FACTORS])


def compare(f: Callable[..., Any], arguments: list[Any], axes: tuple[int | None, ...]) -> None:
    batches = [batch_of(a) if axis == 0 else a for a, axis in zip(arguments, axes, strict=True)]
    examples = [[a if axis is None else b[i] if isinstance(a, np.ndarray) else b[i].item()
                 for a, b, axis in zip(arguments, batches, axes, strict=True)] for i in range(len(FACTORS))]
    expected = [harness.leaves(_listed(f(*example))) for example in examples]
    got = harness.leaves(_listed(ad.vmap(f, in_axes=axes)(*batches)))
    assert len(got) == len(expected[0])
    for k, found in enumerate(got):
        wanted = np.stack([np.asarray(parts[k]) for parts in expected])
        assert np.asarray(found).dtype == wanted.dtype
        assert np.shape(found) == wanted.shape
        tolerance = 1e-5 if wanted.dtype.itemsize < 8 else 1e-6
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=1e-8)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def runs(function: Callable[..., Any], arguments: list[Any]) -> bool:
    """Whether Python takes the call in this form."""
    try:
        function(*arguments)
    except TypeError:
        return False
    return bool(arguments)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", [p for p in programs() if p.values[0].function not in KINDS_BY_VALUE])
def test_many_examples_are_one_after_the_other(row: Row, tmp_path: Path) -> None:
    seen: set[Any] = set()
    for k, program in enumerate(given(row)):
        arguments = list(program.arguments.values())
        form = (program.call, *map(np.shape, arguments))
        if form in seen:
            continue
        function = program.load(tmp_path / f"batched_row_{k}.py")
        with np.errstate(all="ignore"):
            if runs(function, arguments):
                compare(function, arguments, (0,) * len(arguments))
                if not seen:
                    compare_pullbacks(program, function, arguments)
        seen.add(form)


def compare_pullbacks(program: Program, function: Callable[..., Any], arguments: list[Any]) -> None:
    """The value and the pullback with all arguments batched, and with each of them alone."""
    w = program.cotangent()
    bar = w[0] if isinstance(program.result, tuple | list) else w
    count = range(len(arguments))
    alone = [tuple(0 if i == j else None for i in count) for j in count]
    for axes in {(0,) * len(arguments), *alone}:
        compare(function, arguments, axes)
        compare(lambda *args: ad.vjp(function, *args)[1](bar), arguments, axes)
