"""Derivatives of derivatives on the tape: the pullback is run on recorded arrays, so that it is on the record itself.

A function that cannot be compiled is recorded within the recording of its own gradient: `grad(grad(f))` and `hvp(f)`
run both sweeps of the inner derivative on the tape that the outer one pulls back through.
"""
from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from .bridge import called
from .bridge_trees import leaves as leaves_of
from .frontend.signature import Static
from .recording import rebound
from .recording_math import is_recorded

if TYPE_CHECKING:
    from .bridge import TapeRun

Path = tuple[Any, ...]


def recorded_bars(run: TapeRun, inputs: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The result of a function and the cotangents of its differentiated inputs for a seed of 1, all recorded."""
    from runtime.traced_sweeps import recorded_gradients

    given = dict(zip(run.params, inputs, strict=True))
    leaves: dict[Path, Any] = {}
    arrays: list[tuple[Any, Any]] = []
    values = {name: with_leaves(spec.value if isinstance(spec, Static) else given[name], (name,), run.wrt, leaves,
                                arrays) for name, spec in run.args.items()}
    out = called(rebound(run.function), run.function, values)
    written_back(arrays)
    main = out[0] if run.aux and isinstance(out, tuple) else out
    found = recorded_gradients([main], [leaves[path] for path in run.wrt], [np.ones(np.shape(main))])
    return out, tuple(found)


def recorded_sweep(outs: list[Any], leaves: list[Any], bars: list[Any]) -> list[Any]:
    """The cotangents of recorded numbers, recorded."""
    from runtime.traced_sweeps import recorded_gradients

    return recorded_gradients(outs, leaves, bars)


def recorded_tangent(out: Any, leaves: list[Any], tangents: list[Any]) -> Any:
    """The tangent of a recorded array, recorded: the pullback is linear in its cotangent, and transposed again."""
    from runtime.traced_array import traced

    bar = traced(np.zeros(np.shape(out)), requires_grad=True)
    return recorded_sweep(recorded_sweep([out], leaves, [bar]), [bar], tangents)[0]


def written_back(given: list[tuple[Any, Any]]) -> None:
    """What a function has written into the arrays that it got in the place of its arguments, written into these."""
    from runtime.traced_writes import store

    for value, inside in given:
        if inside._ver is not None and inside._ver.n:
            store(value, inside)


def with_leaves(value: Any, path: Path, wrt: tuple[Path, ...], leaves: dict[Path, Any],
                given: list[tuple[Any, Any]]) -> Any:
    """An argument whose numbers at the places `wrt` are on the record: they are put into `leaves` by place. Arrays that
    are given in the place of others are put into `given`, behind these."""
    from runtime.traced_array import traced
    from runtime.traced_number import TracedNumber, as_number

    if path in wrt:
        own = is_recorded(value) and value.requires_grad
        # a step of its own: what is asked for is the derivative by this argument alone, whatever the others come from
        new = np.copy(value) if own else traced(np.array(getattr(value, "value", value)), requires_grad=True)
        leaves[path] = as_number(new) if type(value) in (TracedNumber, float, complex) else new
        if not new.ndim:
            return leaves[path]
        inside = np.copy(new)  # written by the function without touching the leaf
        given.append((value, inside))
        return inside
    inner = {p[len(path)] for p in wrt if p[:len(path)] == path}
    if not inner:
        return value
    if isinstance(value, dict):
        new = copy.copy(value)
        new.update({k: with_leaves(value[k], (*path, k), wrt, leaves, given) for k in inner})
        return new
    if isinstance(value, (tuple, list)):
        parts = [with_leaves(v, (*path, i), wrt, leaves, given) if i in inner else v for i, v in enumerate(value)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    new = copy.copy(value)
    for name in inner:
        object.__setattr__(new, name, with_leaves(getattr(value, name), (*path, name), wrt, leaves, given))
    return new


def within_run(args: Any) -> bool:
    """Whether what is recorded among arguments comes from a function that runs on the tape, and not from a user's
    tensors: there a function that cannot be compiled is recorded as a part of that run."""
    from runtime.core import Recorded
    from runtime.traced_array import TracedArray

    return all(isinstance(leaf, TracedArray) for leaf in leaves_of(args) if isinstance(leaf, Recorded))


def ran_on_tape(out: Any) -> bool:
    """Whether the node of a result is that of a function that cannot be compiled, or calls one: the compiler cannot
    differentiate its pullback either."""
    nodes = [getattr(leaf, "_node", None) for leaf in leaves_of(out)]
    pulls = [getattr(getattr(node, "node", node), "pull", None) for node in nodes]  # `node`: of one output of several
    return any(getattr(getattr(pull, "_special", None), "partly_on_tape", False) for pull in pulls)


def on_record(f: Any) -> Any:
    """A function as it runs on recorded arrays."""
    return rebound(f)


__all__ = ["on_record", "ran_on_tape", "recorded_bars", "recorded_sweep", "recorded_tangent", "with_leaves",
           "within_run", "written_back"]
