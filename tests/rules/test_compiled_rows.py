"""What users get of every row: a program that calls the function once, differentiated, against the row itself.

Most programs are compiled; one whose result has a type that cannot be known beforehand runs on the tape.
"""
from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Call
from tests.rules import harness
from tests.rules.test_rows import label, rows


def is_literal(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(is_literal(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


class Program:
    """`def program(x1, x2): return np.add(x1, x2)` for one call, as the text of a module.

    Operands that the call gives are parameters (`arrays_0`, `arrays_1` for a sequence), literals stay literals,
    everything else is a global. Of several results the program returns the first.
    """

    def __init__(self, row: Row, call: Call) -> None:
        self.row, self.bound = row, row.bind(call.args, call.kwargs)
        given = {id(value) for value in (*call.args, *call.kwargs.values())}
        self.active = [name for name in harness.active_operands(row, self.bound)
                       if id(self.bound[name]) in given or name in row.sequences]
        self.globals: dict[str, Any] = {"np": np, "function": row.function, "inf": np.inf}
        self.arguments: dict[str, Any] = {}
        args, kwargs = row.arguments(self.bound)
        written = [*map(self.written, args), *(f"{name}={self.written(value)}" for name, value in kwargs.items())]
        self.result = harness.evaluate(row, self.bound)
        public = getattr(np, row.name, None) is row.function
        self.call = f"{f'np.{row.name}' if public else 'function'}({', '.join(written)})"

    def written(self, value: Any) -> str:
        """The text of one argument."""
        for name in self.active:
            if value is self.bound[name]:
                return self.operand(name, value)
            if isinstance(self.bound[name], list) and any(value is item for item in self.bound[name]):
                return self.operand(f"{name}_{len(self.arguments)}", value)  # one of a variadic operand
        if is_literal(value):
            return repr(value)
        if isinstance(value, tuple | list):
            items = ", ".join(self.written(item) for item in value)
            return f"[{items}]" if isinstance(value, list) else f"({items},)"
        name = f"constant_{len(self.globals)}"
        self.globals[name] = value
        return name

    def operand(self, name: str, value: Any) -> str:
        if isinstance(value, tuple | list):
            items = ", ".join(self.operand(f"{name}_{k}", item) for k, item in enumerate(value))
            return f"[{items}]" if isinstance(value, list) else f"({items},)"
        self.arguments[name] = value
        return name

    def text(self) -> str:
        chosen = "[0]" if isinstance(self.result, tuple | list) else ""
        return f"def program({', '.join(self.arguments)}):\n    return {self.call}{chosen}\n"

    def load(self, path: Path) -> Any:
        path.write_text(self.text())
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        vars(module).update(self.globals)
        return module.program

    def cotangent(self) -> Any:
        """A random cotangent of the first result, zeros for the others."""
        w = harness.cotangent(self.result)
        if not isinstance(w, tuple | list):
            return w
        return (w[0], *(harness.tree(np.zeros_like, part) for part in w[1:]))

    def expected(self, w: Any) -> list[Any]:
        return harness.leaves([harness.pullback(self.row, self.bound, name, w) for name in self.active])


# Functions whose results are a list as long as the data says; the compiler and the tape do not follow those yet.
LISTS = [np.ndarray.tolist]


def programs() -> list[Any]:
    """One case per row; writing rows are statements, and draws differ."""
    reason = "a list as long as the data says"
    return [pytest.param(row, id=label(row), marks=[pytest.mark.xfail(reason=reason)] if row.function in LISTS else [])
            for row in rows() if not row.writes and not row.random]


@pytest.mark.filterwarnings("ignore::ad_compiler.bridge.TapeFallback")
@pytest.mark.parametrize("row", programs())
def test_program_of_one_call_is_the_row(row: Row, tmp_path: Path) -> None:
    call = next(call for call in row.samples.calls()
                if harness.active_operands(row, row.bind(call.args, call.kwargs)))
    program = Program(row, call)
    function = program.load(tmp_path / "compiled_row.py")
    w = program.cotangent()
    _, pullback = ad.vjp(function, *program.arguments.values())
    got = pullback(w[0] if isinstance(program.result, tuple | list) else w)
    expected = program.expected(w)
    assert harness.close(list(got) if isinstance(got, tuple) else [got], expected, 1e-9)
    for one, two in zip(harness.leaves(list(got) if isinstance(got, tuple) else [got]), expected, strict=True):
        assert np.shape(one) == np.shape(two) and np.asarray(one).dtype == np.asarray(two).dtype
