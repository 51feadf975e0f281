"""What runs where compiled code calls a function on the tape: the function itself, recorded, and its two sweeps."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bridge import TapeRun, floating_parts
from .bridge_again import with_leaves
from .bridge_results import Form, held
from .bridge_trees import holds_recorded
from .errors import CompileError
from .frontend.signature import Signer
from .recording import rebound
from .recording_math import is_recorded

Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """What is kept of a call for its derivatives: the run, its recorded results and arguments, its plain result."""

    run: CallRun | None
    outs: list[Any]
    inputs: list[Any]
    out: Any
    holds_memory = True


class CallRun(TapeRun):
    """One run of a called function: it may not write into its arguments."""

    def finish(self, back: list[tuple[Any, Any, Any]]) -> None:
        for original, recorded, parts in back:
            if _changed(original, recorded, parts):
                raise TypeError(
                    f"`{self.name}` runs on the tape inside a compiled function and writes into an argument: let it "
                    "write into a copy, and return that")

    name = "the function"


def _changed(original: Any, recorded: Any, parts: dict[Any, Any] | None) -> bool:
    if parts is None:
        same = original.shape == recorded.value.shape and np.array_equal(
            original, recorded.value, equal_nan=original.dtype.kind in "fc")
        return not same
    now = dict(enumerate(recorded)) if isinstance(recorded, list) else recorded if isinstance(
        recorded, dict) else vars(recorded)
    return now.keys() != parts.keys() or any(now[k] is not part for k, part in parts.items())


class CallRuns:
    """The runs of a function (`calling`, by position) with derivatives by its arguments' numbers at `paths`. Its
    results are of the form `form`, which a trial has found; `refusal` says why it is not compiled."""

    def __init__(self, calling: Callable[..., Any], name: str, paths: tuple[Path, ...], refusal: CompileError) -> None:
        self.calling, self.name, self.paths, self.refusal = calling, name, paths, refusal
        self.form: Form = None

    def plain(self, *given: Any) -> Any:
        """The result alone."""
        own = copies(given)
        if holds_recorded(given):
            return rebound(self.calling)(*given)
        out = self.calling(*own)
        for before, after in zip(given, own, strict=True):
            _refuse_writes(before, after, self.name)
        if shares(own, out):
            raise TypeError(f"`{self.name}` runs on the tape inside a compiled function and returns memory of an "
                            "argument, or one array twice: let it return a copy")
        return held(out, self.form, given, self.name)

    def recorded(self, *given: Any, checked: bool = True) -> tuple[Any, Any]:
        """The result, and the record for the other two. Recorded arguments give recorded results, for a derivative of
        the derivative on the tape."""
        if holds_recorded(given):
            leaves: dict[Any, Any] = {}
            values = with_leaves(given, ("given",), self.paths, leaves, [])
            out = rebound(self.calling, keep=True)(*values)
            # copies, since the caller may write into what it gets, and is asked for the cotangents of what it got
            return copies(out), Recording(None, [out], [leaves[path] for path in self.paths], out)
        spec = Signer().spec(given, "given")
        run = CallRun(self.calling, {"given": spec}, self.paths, False, self.refusal)
        run.name = self.name
        out, traced, inputs = run.record(given, keep=True)
        outs = floating_parts(out, traced)
        if checked:
            out = held(out, self.form, given, self.name)
        return out, Recording(run, outs, inputs, out)

    def pulled(self, record: Recording, out_bar: Any) -> tuple[Any, ...]:
        """The cotangents of the floating-point arguments."""
        if record.run is None:
            from runtime.traced_sweeps import recorded_gradients

            found = [(leaf, bar) for leaf, bar in pairs(record.out, out_bar) if is_recorded(leaf)]
            return tuple(recorded_gradients([leaf for leaf, _ in found], record.inputs, [bar for _, bar in found]))
        bars = [bar for leaf, bar in pairs(record.out, out_bar) if is_floating(leaf)]
        return tuple(record.run.pull_all(record.outs, record.inputs, bars, keep=True))

    def pushed(self, record: Recording, dots: tuple[Any, ...]) -> Any:
        """The tangent of the result, in its structure."""
        if record.run is None:
            raise TypeError(f"`{self.name}` runs on the tape, where a derivative of a tangent is not had: use grad")
        return record.run.push(record.out, record.outs, record.inputs, dots)


def copies(given: Any) -> Any:
    if isinstance(given, (tuple, list)):
        parts = [copies(v) for v in given]
        return type(given)(*parts) if hasattr(given, "_fields") else type(given)(parts)
    if isinstance(given, dict):
        return {k: copies(v) for k, v in given.items()}
    return np.copy(given) if isinstance(given, np.ndarray) or is_recorded(given) else given


def shares(given: Any, out: Any) -> bool:
    """Whether a result is memory of an argument or of another result, which compiled code would not know."""
    arrays = [leaf for leaf, _ in pairs(out, out) if isinstance(leaf, np.ndarray)]
    others = [leaf for leaf, _ in pairs(given, given) if isinstance(leaf, np.ndarray)]
    return any(np.may_share_memory(a, b) for k, a in enumerate(arrays) for b in (*others, *arrays[:k]))


def _refuse_writes(before: Any, after: Any, name: str) -> None:
    for one, other in pairs(before, after):
        if isinstance(one, np.ndarray) and not np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"):
            raise TypeError(f"`{name}` runs on the tape inside a compiled function and writes into an argument: let it "
                            "write into a copy, and return that")


def pairs(like: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """The leaves of one structure, with what another has in their places."""
    if isinstance(like, (tuple, list)):
        for a, b in zip(like, other, strict=True):
            yield from pairs(a, b)
    elif isinstance(like, dict):
        for k, a in like.items():
            yield from pairs(a, other[k])
    else:
        yield like, other


def is_floating(leaf: Any) -> bool:
    return leaf.dtype.kind in "fc" if isinstance(leaf, (np.ndarray, np.generic)) else isinstance(
        leaf, (float, complex))


__all__ = ["CallRuns", "Recording", "copies", "is_floating", "pairs"]
