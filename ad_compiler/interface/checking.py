"""`check(f, *args)`: reverse mode, forward mode, the tape and difference quotients against each other."""
from __future__ import annotations

import copy
import functools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import CompileError
from ..frontend.entry import Lowered, lower_function
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import is_float_like
from ..rules.coverage import supports
from .differences import as_vector, inner, moved, random_like, slope_along
from .directions import jvp, vjp
from .nested import expand
from .options import compiler_options
from .signing import sign
from .structure import floating_leaves, replace_floating
from .target import resolve

MODES = ("reverse", "forward", "tape", "differences")


@dataclass(slots=True)
class CheckReport:
    """What `check` found: for each mode the derivative along each direction; `refused` says why a mode has none."""

    name: str
    slopes: dict[str, list[float]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = [f"{self.name}: derivatives along {len(self.slopes.get('differences', []))} random directions"]
        for mode in MODES:
            if mode in self.slopes:
                rows.append(f"  {mode:12}{'  '.join(f'{slope:.12g}' for slope in self.slopes[mode])}")
            elif mode in self.refused:
                rows.append(f"  {mode:12}{self.refused[mode]}")
        return "\n".join(rows)


def check(f: Callable[..., Any], *args: Any, directions: int = 2, rtol: float = 1e-6, atol: float = 1e-8, seed: int = 0,
          **options: Any) -> CheckReport:
    """Compare the derivatives of `f` at `args` along random directions: by reverse mode, by forward mode, on the tape,
    and by difference quotients. Returns a `CheckReport` if they agree.

    Raises AssertionError if they do not: it names the first variable of the program whose derivative differs, with the
    line that computes it. `f` is called on copies. Choose a point where it is smooth: at a kink difference quotients
    are no reference.

    >>> import ad_compiler as ad
    >>> report = ad.check(lambda x, y: x * y + x, 2.0, 3.0)
    >>> sorted(report.slopes)
    ['differences', 'forward', 'reverse', 'tape']
    """
    target = resolve(f)
    report = CheckReport(target.name)
    if not any(True for _ in floating_leaves(args)):
        raise TypeError(f"check: the arguments of {target.spoken} hold no floating-point number to differentiate by: "
                        f"convert to float")
    rng = np.random.default_rng(seed)
    for _ in range(directions):
        direction = random_like(args, rng)
        slopes, error = slope_along(f, args, direction)
        out_bar = random_like(f(*copy.deepcopy(args)), rng)
        weights = as_vector(out_bar)
        found = {"differences": float(weights @ slopes)}
        for mode, run in (("reverse", _reverse), ("forward", _forward), ("tape", _tape)):
            if mode not in report.refused:
                slope = _attempt(report, mode, functools.partial(run, f, args, direction, out_bar, options))
                if slope is not None:
                    found[mode] = slope
        for mode, slope in found.items():
            report.slopes.setdefault(mode, []).append(slope)
        _compare(f, args, direction, report, found, error * float(np.sum(np.abs(weights))), rtol, atol, options)
    return report


def _attempt(report: CheckReport, mode: str, run: Callable[[], float]) -> float | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return run()
    except CompileError as error:
        report.refused[mode] = f"refused: {str(error).splitlines()[0]}"
    except (TypeError, NotImplementedError) as error:
        if mode != "tape":
            raise
        report.refused[mode] = f"not on the tape: {error}"
    return None


def _reverse(f: Any, args: Any, direction: Any, out_bar: Any, options: dict[str, Any]) -> float:
    bars = vjp(f, *copy.deepcopy(args), **{**options, "on_unsupported": "error"})[1](out_bar)
    return inner(bars, direction)


def _forward(f: Any, args: Any, direction: Any, out_bar: Any, options: dict[str, Any]) -> float:
    return inner(out_bar, jvp(f, copy.deepcopy(args), direction, **{**options, "on_unsupported": "error"})[1])


def _tape(f: Any, args: Any, direction: Any, out_bar: Any, options: dict[str, Any]) -> float:
    from ..pipeline_tape import tape_only

    function, values, paths = _plain(f, args)
    pair = tape_only(function, sign(values), paths)
    _, record = pair.fwd.call(*(values[name] for name in pair.fwd.params))
    bars = pair.rev.call(record, *(leaf for _, leaf in floating_leaves(out_bar)))
    numbers = [leaf for _, leaf in floating_leaves(direction)]
    return float(sum(np.sum(np.real(np.conj(a) * b)) for a, b in zip(bars, numbers, strict=True)))


def _plain(f: Any, args: tuple[Any, ...]) -> tuple[Any, dict[str, Any], tuple[Any, ...]]:
    """The plain function behind `f`, copies of its arguments by name, and the paths of the numbers among `args`."""
    target = resolve(f)
    given = copy.deepcopy(args)
    values = dict(zip(target.names, target.arguments(given, {}), strict=True))
    function, values = expand(target, values)
    ours = {id(leaf) for _, leaf in floating_leaves(given)}
    paths = tuple(path for name, value in values.items() for path, leaf in floating_leaves(value, (name,))
                  if id(leaf) in ours)
    return function, values, paths


# --- comparing --------------------------------------------------------------------------------------------------------
def _compare(f: Any, args: Any, direction: Any, report: CheckReport, found: dict[str, float], error: float, rtol: float,
             atol: float, options: dict[str, Any]) -> None:
    expected = found["differences"]
    allowed = atol + rtol * max(1.0, abs(expected)) + 10.0 * error
    wrong = [mode for mode, slope in found.items() if not abs(slope - expected) <= allowed]
    exact = [found[mode] for mode in ("reverse", "forward") if mode in found]
    if len(exact) == 2 and not abs(exact[0] - exact[1]) <= 1e-3 * (atol + rtol * max(1.0, abs(expected))):
        wrong = wrong or ["reverse"]
    if not wrong:
        return
    place = first_difference(f, args, direction, rtol, atol, options)
    raise AssertionError(f"{report}\n{' and '.join(wrong)} mode differ{'s' if len(wrong) == 1 else ''} from difference "
                         f"quotients; {place or 'no variable of the program does by itself'}")


def first_difference(f: Any, args: tuple[Any, ...], direction: Any, rtol: float, atol: float, options: dict[str, Any]
                     ) -> str:
    """Where a derivative first differs from a difference quotient: the variable and its line. Empty if nowhere."""
    function, values, paths = _plain(f, args)
    try:
        lowered = lower_function(function, sign(values))
    except CompileError:
        return ""
    chosen = compiler_options("numpy", options.get("mode", "fast"), "error", {})
    numbers = [leaf for _, leaf in floating_leaves(direction)]
    for part, variable, stmt in _parts(lowered):
        found = _one(part, values, paths, numbers, chosen, rtol, atol)
        if found:
            origin = stmt.origin
            where = f", line {origin.line}: {origin.text}" if origin is not None else ""
            return f"the first variable whose derivative does is `{variable.hint}`{where} ({found})"
    return ""


def _parts(lowered: Lowered) -> Iterator[tuple[Lowered, ir.Var, ir.Stmt]]:
    """The program up to each statement, with the numbers that this statement gives as its result."""
    body = lowered.function.body.stmts
    known: set[ir.Var] = {v for s in body for v in visit.defines(s)}
    for k, stmt in enumerate(body[:-1]):
        later = {v for s in visit.walk(ir.Block(body[k + 1:])) for v in visit.reads(s)}
        given = [v for s in visit.walk(ir.Block([stmt])) for v in visit.defines(s) if v in later or v in known]
        given += [s.base for s in visit.walk(ir.Block([stmt])) if isinstance(s, ir.Store)]
        for v in dict.fromkeys(given):
            top = v in known or v in lowered.params or isinstance(stmt, (ir.If, ir.For, ir.While, ir.Ruled))
            if top and is_float_like(v.type) and v not in lowered.params:
                fn = replace(lowered.function, body=ir.Block([*body[:k + 1], ir.Return(v)]))
                yield replace(lowered, function=fn, out=v, out_operand=v), v, stmt


def _one(part: Lowered, values: dict[str, Any], paths: Any, numbers: list[Any], options: Any, rtol: float, atol: float
         ) -> str:
    """How the derivative of a part differs from a difference quotient; empty if it does not."""
    from ..pipeline import primal_of
    from ..pipeline_forward import forward_of
    from ..pipeline_pullback import pullback_of

    try:
        primal = primal_of(part, options)
        forward, pair = forward_of(part, paths, options), pullback_of(part, paths, options)
    except CompileError:
        return ""
    hidden = {keyword: part.hidden[path][1] for keyword, path in primal.hidden.items()}

    def at(*inputs: Any) -> Any:
        return primal.call(*inputs, **hidden)

    inputs = tuple(values[name] for name in primal.params)
    along = tuple(_direction(values[name], name, paths, numbers) for name in primal.params)
    slopes, error = slope_along(at, inputs, along)
    fresh = moved(inputs, along, 0.0)
    _, dot = forward.call(*fresh, *numbers, **{k: part.hidden[p][1] for k, p in forward.hidden.items()})
    weights = np.random.default_rng(1).uniform(0.5, 1.5, slopes.shape)
    again = moved(inputs, along, 0.0)
    out, record = pair.fwd.call(*again, **{k: part.hidden[p][1] for k, p in pair.fwd.hidden.items()})
    seeds = [np.reshape(weights[:np.size(out)], np.shape(out))[()]] if pair.out_leaves else []
    bars = pair.rev.call(record, *seeds)
    expected = float(weights @ slopes)
    allowed = atol + rtol * max(1.0, abs(expected)) + 10.0 * error * float(np.sum(weights))
    by = {"forward mode": float(weights @ as_vector(np.broadcast_to(dot, np.shape(out)))) if slopes.size else 0.0,
          "reverse mode": float(sum(np.sum(np.real(a * b)) for a, b in zip(bars, numbers, strict=True)))}
    wrong = [f"{mode} {slope:.9g}" for mode, slope in by.items() if not abs(slope - expected) <= allowed]
    return f"{', '.join(wrong)}, difference quotient {expected:.9g}" if wrong else ""


def _direction(value: Any, name: str, paths: Any, numbers: list[Any]) -> Any:
    """A direction for one argument: its part of the random one, and nothing for numbers that are held fixed."""
    own = dict(zip(paths, numbers, strict=True))
    places = iter([path for path, _ in floating_leaves(value, (name,))])
    return replace_floating(value, (own.get(path, _zero(leaf)) for path, (_, leaf) in zip(
        places, floating_leaves(value), strict=True)))


def _zero(leaf: Any) -> Any:
    return np.zeros_like(leaf)


__all__ = ["CheckReport", "check", "first_difference", "supports"]
