"""Trying a function out before its calls run on the tape inside compiled code: the form of its results, and whether
what it records gives its derivative."""
from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .bridge_call_runs import CallRuns, Recording, copies, is_floating, pairs, shares
from .bridge_results import form_of
from .bridge_stand_ins import Sizes, stand_ins
from .frontend.values import Value


class NotFollowed(TypeError):
    """What a function records does not give its derivative."""


def try_out(runs: CallRuns, values: list[Value], places: Iterable[tuple[tuple[Any, ...], Value]]) -> None:
    """Run a function on stand-ins for its arguments, plain and recorded, and learn the form of its results; `places`
    are the arguments' leaves. Raises whatever stands in the way."""
    found = [_tried(runs, values, 0)]
    try:
        found.append(_tried(runs, values, 1))
    except NotFollowed:
        raise
    except Exception:  # (what it has captured fits only one size)
        found *= 2
    runs.form = form_of(found, list(places))


def _tried(runs: CallRuns, values: list[Value], run: int) -> tuple[Any, Sizes]:
    given, sizes = stand_ins(values, run)
    with _undisturbed(runs.calling, given):
        own = copies(given)
        out = runs.calling(*own)
        if shares(own, out):
            raise NotFollowed("what it returns is memory of an argument, or one array twice")
        recorded, record = runs.recorded(*given, checked=False)
        _compare(runs, given, record, recorded)
    return out, sizes


def _compare(runs: CallRuns, given: list[Any], record: Recording, out: Any) -> None:
    """Compare the pullback with a difference quotient: code that loses its record is not what it seems."""
    rng = np.random.default_rng(0)
    weights = [_direction(leaf, rng) for leaf, _ in pairs(out, out) if is_floating(leaf)]
    assert record.run is not None
    bars = record.run.pull_all(record.outs, record.inputs, weights, keep=True)
    inputs = [_at(given, path) for path in runs.paths]
    if any(np.asarray(x).dtype.kind == "c" for x in (*inputs, *weights)):
        return
    along = [_direction(x, rng) for x in inputs]
    single = any(np.asarray(x).dtype.itemsize < 8 for x in (*inputs, *weights))
    step = 1e-2 if single else 1e-5
    ends = [runs.calling(*_moved(given, runs.paths, [sign * step * d for d in along])) for sign in (1.0, -1.0)]
    sums = [sum(np.sum(w * x) for w, x in zip(weights, (x for x, _ in pairs(e, e) if is_floating(x)), strict=True))
            for e in ends]
    slope = sum(np.sum(bar * d) for bar, d in zip(bars, along, strict=True))
    off = abs((sums[0] - sums[1]) / (2 * step) - slope)
    if off > (5e-2 if single else 1e-4) * (1.0 + abs(slope)):
        raise NotFollowed("what it computes cannot be followed on the tape")


def _at(given: Any, path: tuple[Any, ...]) -> Any:
    for key in path[1:]:
        given = given[key]
    return given


def _direction(leaf: Any, rng: np.random.Generator) -> Any:
    return np.asarray(rng.uniform(-1.0, 1.0, np.shape(leaf)), np.asarray(leaf).dtype)


def _moved(given: Any, paths: tuple[tuple[Any, ...], ...], steps: list[Any]) -> Any:
    """The arguments with something added to the numbers at some places."""
    by_path = dict(zip(paths, steps, strict=True))

    def moved(value: Any, path: tuple[Any, ...]) -> Any:
        if isinstance(value, (tuple, list)):
            parts = [moved(v, (*path, i)) for i, v in enumerate(value)]
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        if isinstance(value, dict):
            return {k: moved(v, (*path, k)) for k, v in value.items()}
        if path in by_path:
            total = np.asarray(value + by_path[path], np.asarray(value).dtype)
            return total if total.ndim else type(value)(total)
        return value.copy() if isinstance(value, np.ndarray) else value

    return [moved(v, ("given", i)) for i, v in enumerate(given)]


@contextlib.contextmanager
def _undisturbed(function: Any, given: Any) -> Iterator[None]:
    """A trial run leaves no trace: nothing is printed, and generators of random numbers go on from where they were."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    inner = next((c for c in cells if hasattr(c, "__globals__")), None)
    around = [] if inner is None else [inner.__globals__.get(n) for n in inner.__code__.co_names] + [
        cell.cell_contents for cell in inner.__closure__ or ()]
    found = [g for g in (*around, *given) if isinstance(g, np.random.Generator)]
    states = [g.bit_generator.state for g in found]
    own, numpys = random.getstate(), np.random.get_state()
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            yield
    finally:
        random.setstate(own)
        np.random.set_state(numpys)
        for generator, state in zip(found, states, strict=True):
            generator.bit_generator.state = state


__all__ = ["try_out"]
