"""The emitted functions of a case: their text, and a way to run a text on the arguments of the case."""
from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from ad_compiler import pipeline
from ad_compiler.interface.signing import sign, sizes_of
from ad_compiler.interface.specialize import compiled_for
from ad_compiler.interface.structure import floating_leaves
from tests.golden.case import Case

OPTIONS = pipeline.Options(on_unsupported="error")
PathInArgs = tuple[Any, ...]


class Emitted:
    """A case, compiled. Its methods run `text`, which need not be the text that was compiled just now."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self.function, self.args = case.load(folder)
        self.paths = tuple(p for w in case.wrt for p, _ in floating_leaves(self.args[w], (w,)))
        self.parts = compile_case(case.kind, self.function, self.args, self.paths)
        self.text = "\n\n".join(part.source for part in self.parts)
        self.lowered = self.parts[0].lowered

    def fresh(self, moved: dict[PathInArgs, Any] | None = None, wide: bool = False) -> dict[str, Any]:
        """A copy of the arguments, with some leaves moved; `wide`: float32 as float64."""
        args = copy.deepcopy(self.args)
        for path in self.paths:
            value = get(args, path)
            if wide and getattr(value, "dtype", None) == np.float32:
                value = value.astype(np.float64)
            args = put(args, path, value + moved[path] if moved else value)
        return args

    def inputs(self, args: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """What an emitted function takes: leaves or whole structures by position, captured values by keyword."""
        places = {var: path for path, var in self.lowered.leaves.items()}
        given = [get(args, places.get(var, (var.hint,))) for var in self.lowered.params]
        values = pipeline.read_hidden(self.lowered)
        return given, {name: values[path] for name, path in self.parts[0].hidden.items()}

    def functions(self, text: str) -> list[Callable[..., Any]]:
        scope: dict[str, Any] = {}
        exec(compile(text, f"<golden {self.case.path.stem}>", "exec"), scope)
        return [scope[part.name] for part in self.parts]

    def directions(self, seed: int = 0) -> dict[PathInArgs, Any]:
        rng = np.random.default_rng(seed)
        return {path: _direction(get(self.args, path), rng) for path in self.paths}

    def primal(self, moved: dict[PathInArgs, Any] | None = None) -> np.ndarray:
        """The numbers of the result of the program itself, in double precision."""
        return numbers(self.function(**self.fresh(moved, wide=True)))

    def difference(self, directions: dict[PathInArgs, Any]) -> np.ndarray:
        """The derivative of the result along a direction, by central differences of fourth order."""
        def at(step: float) -> np.ndarray:
            return self.primal({path: step * d for path, d in directions.items()})

        h = 2e-4
        return (8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h)

    def bars(self, text: str, out_bars: list[Any], args: dict[str, Any] | None = None) -> list[Any]:
        """The cotangents that a text computes, for all kinds but `jvp`; the split form is called twice."""
        given, hidden = self.inputs(self.fresh() if args is None else args)
        if self.case.kind == "gradient":
            found = self.functions(text)[0](*given, **hidden)
            return [found] if len(self.paths) == 1 else list(found)
        if self.case.kind == "grad":
            return list(self.functions(text)[0](*given, **hidden)[1])
        fwd, rev = self.functions(text)
        _, record = fwd(*given, **hidden)
        first, second = rev(record, *copy.deepcopy(out_bars)), rev(record, *copy.deepcopy(out_bars))
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)
        return list(first)


def compile_case(kind: str, function: FunctionType, args: dict[str, Any], paths: tuple[PathInArgs, ...]
                 ) -> list[pipeline.Compiled]:
    """What a call with these arguments compiles."""
    signature = sign(args)
    return compiled_for(sizes_of(signature, args), signature, lambda specs: _compiled(kind, function, specs, paths))[0]


def _compiled(kind: str, function: FunctionType, signature: dict[str, Any], paths: tuple[PathInArgs, ...]
              ) -> list[pipeline.Compiled]:
    if kind == "grad":
        return [pipeline.compile_reverse(function, signature, paths, options=OPTIONS)]
    if kind == "gradient":
        return [pipeline.compile_reverse(function, signature, paths, options=OPTIONS, value=False)]
    if kind == "jvp":
        return [pipeline.compile_forward(function, signature, paths, OPTIONS)]
    assert kind == "vjp", kind
    pair = pipeline.compile_pullback(function, signature, paths, OPTIONS)
    return [pair.fwd, pair.rev]


def get(value: Any, path: PathInArgs) -> Any:
    for key in path:
        value = value[key] if isinstance(value, dict | list | tuple) else getattr(value, key)
    return value


def put(args: dict[str, Any], path: PathInArgs, new: Any) -> dict[str, Any]:
    """The arguments with a leaf replaced, in place; leaves of tuples do not occur in golden cases."""
    owner = get(args, path[:-1])
    if isinstance(owner, dict | list):
        owner[path[-1]] = new
    else:
        setattr(owner, path[-1], new)
    return args


def _direction(value: Any, rng: np.random.Generator) -> Any:
    made = rng.normal(size=np.shape(value))
    if np.iscomplexobj(value):
        made = made + 1j * rng.normal(size=np.shape(value))
    return made if isinstance(value, np.ndarray) else complex(made) if isinstance(value, complex) else float(made)


def numbers(result: Any) -> np.ndarray:
    """All numbers of a result in one row."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return np.concatenate([numbers(r) for r in result])
    return np.ravel(np.asarray(result))


def like(result: Any, weights: np.ndarray) -> list[Any]:
    """The weights in the shapes of the parts of a result, one cotangent for each."""
    parts = result if isinstance(result, tuple) else (result,)
    made = []
    for part in parts:
        size = math.prod(np.shape(part))
        own = weights[:size].reshape(np.shape(part))
        made.append(own if isinstance(part, np.ndarray) else float(own))
        weights = weights[size:]
    return made


def inner(bars: list[Any], directions: list[Any]) -> float:
    """The change that cotangents predict along a direction; of complex numbers, the real part counts."""
    return float(sum(np.real(np.vdot(b, d)) for b, d in zip(bars, directions, strict=True)))
