"""What has no batched form, inside a program: a loop over the examples of `vmap`, over the sweeps of a Jacobian.

    y = ad.vmap(f)(x)        ==>        y = np.stack([f(x[k]) for k in range(len(x))])
"""
from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CompileError
from ..frontend.lower.calls import call_value
from ..frontend.lower.custom_parts import peek
from ..frontend.lower.inlining import call_python
from ..frontend.lower.trees import leaves, mapped, opened
from ..frontend.lowering import Lowering
from ..frontend.values import TupleV, Value
from ..ir import nodes as ir
from ..ir.types import Array, Num
from .inside import bound
from .naming import load_text

if TYPE_CHECKING:
    from .batched import Batched
    from .inside_batched import Examples


class _Each:
    """What the loop calls: something of the parts of the batched arrays, its numbers and arrays as a tuple."""

    rule = None  # so that the front end calls it, and does not read what is behind it

    def __init__(self, results: Callable[[list[Value]], list[Value]]) -> None:
        self.results = results

    def __ad_transform__(self, lo: Lowering, function: Any, parts: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        return TupleV(self.results(parts))


def stacked(lo: Lowering, results: Callable[[list[Value]], list[Value]], whole: list[Value], node: Any,
            axis: int | None = 0) -> list[Value]:
    """The results of the parts of arrays along their first axes, each stacked (with None those of the first part)."""
    count = len(_seen(lo, lambda: results(parts_of_first(lo, whole, node))))
    given = [ir.Const(_Each(results)), TupleV(whole)]
    found = call_value(lo, ir.Const(_looped(count, axis)), given, {}, node, None)
    assert isinstance(found, TupleV)
    return list(found.items)


def parts_of_first(lo: Lowering, whole: list[Value], node: Any) -> list[Value]:
    """The first parts of arrays."""
    found = call_value(lo, ir.Const(_first), [TupleV(whole)], {}, node, None)
    assert isinstance(found, TupleV)
    return list(found.items)


def one_by_one(lo: Lowering, made: Batched, reading: Examples, args: list[Any], kwargs: dict[str, Any], node: Any,
               error: CompileError) -> Value:
    """The results of one example after the other, stacked. Raises `error` where they are nothing to stack."""
    def value(parts: list[Value]) -> Value:
        found = dict(zip(reading.batched, parts, strict=True))
        named = {k: reading.placed(v, found) for k, v in kwargs.items()}
        function, values = bound(lo, made.target, [reading.placed(a, found) for a in args], named, node)
        return opened(lo, call_python(lo, function, list(values.values()), {}, node, None))

    whole = [given if not axis else call_value(lo, ir.Const(np.moveaxis), [given, ir.Const(axis), ir.Const(0)], {},
                                               node, None) for given, axis in reading.batched.values()]
    like = _seen(lo, lambda: value(parts_of_first(lo, whole, node)))
    if not all(isinstance(leaf, ir.Var) and isinstance(leaf.type, (Num, Array)) for leaf in leaves(like)) or not (
            made.out_axes is None or isinstance(made.out_axes, int)):
        raise error
    _say(made, error)
    numbers = iter(stacked(lo, lambda parts: list(leaves(value(parts))), whole, node, made.out_axes))
    return mapped(lo, like, lambda _: next(numbers))


def _seen(lo: Lowering, read: Callable[[], Any]) -> Any:
    """What reading something gives, taken back."""
    seen = peek(lo, read)
    if seen.refusal is not None:
        raise seen.refusal
    return seen.value


def _say(made: Batched, error: CompileError) -> None:
    from .batched import LoopFallback

    reason = str(error.diagnostics[0]).splitlines()[0]
    if reason not in made.refused:
        made.refused.add(reason)
        warnings.warn(f"{made.target.spoken} is called for one example after the other: {reason}", LoopFallback,
                      stacklevel=2)


@functools.lru_cache(maxsize=256)
def _looped(count: int, axis: int | None) -> Callable[..., Any]:
    """The loop over the examples, of which each has `count` results."""
    def result(k: int) -> str:
        if axis is None:
            return f"results[0][{k}]"
        whole = f"np.stack([r[{k}] for r in results])"
        return whole if axis == 0 else f"np.moveaxis({whole}, 0, {axis})"

    text = (f"def examples(example, whole):\n"
            f"    results = [example(*[part[k] for part in whole]) for k in range(len(whole[0]))]\n"
            f"    return ({', '.join(map(result, range(count)))},)\n")
    return load_text(text, "examples", {"np": np})


_first = load_text("def first(whole):\n    return tuple([part[0] for part in whole])\n", "first", {})

__all__ = ["one_by_one", "parts_of_first", "stacked"]
