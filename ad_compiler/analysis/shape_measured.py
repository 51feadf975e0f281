"""Result types of functions whose sizes follow from those of their arguments, found by measuring.

The function runs on stand-ins of several sizes, a different one for each symbol. A size of the result that is, in every
run, one symbol and a constant, or the sum of two and a constant, is that; one that several such forms fit, or none, is
not known. `np.unique` and the like are no such functions: their sizes depend on values.
"""
from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type, symbol, unknown_dim
from ..support import product_of_others
from .stand_ins import stand_in, stand_in_type

_MEASURED = (np.rot90, np.rollaxis, np.partition, np.linalg.matrix_power, np.column_stack, np.dstack, np.vander,
             np.meshgrid, np.block, np.polyval, np.average, np.atleast_2d, np.atleast_3d, np.convolve, np.tri,
             np.cov, np.corrcoef, product_of_others)
_RUNS = ((5, 9, 4, 7, 11), (8, 3, 10, 6, 12), (4, 12, 7, 9, 5), (10, 6, 13, 3, 8))


class _Sizes:
    """Sizes of stand-ins in one run, by symbol."""

    least = 3

    def __init__(self, symbols: Sequence[str], values: Sequence[int]) -> None:
        self.values = dict(zip(symbols, values, strict=False))

    def of(self, dim: Dim | None) -> int:
        if dim is None:
            raise LookupError  # an integer of which nothing is known
        return dim.const + sum(c * self.values[s] for s, c in dim.terms)


def _measured(fn: Any) -> Callable[..., Type]:
    def rule(*args: ir.Arg, **kwargs: ir.Arg) -> Type:
        found = stand_in_type(fn, args, kwargs)
        given = [*args, *kwargs.values()]
        symbols = list(dict.fromkeys(s for d in itertools.chain.from_iterable(map(_dims, given)) for s, _ in d.terms))
        if len(symbols) > len(_RUNS[0]) or any(map(_has_list, given)):
            return found
        runs = [_Sizes(symbols, values) for values in _RUNS]
        try:
            results = [_run(fn, args, kwargs, sizes) for sizes in runs]
        except Exception:  # sizes that must be equal are not, or anything else that the function does not take
            return found
        return _with_sizes(found, results, symbols, runs)

    return rule


def _run(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg], sizes: _Sizes) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return fn(*(stand_in(a, np.ones, sizes) for a in args),
                  **{k: stand_in(a, np.ones, sizes) for k, a in kwargs.items()})


def _with_sizes(found: Type, results: Sequence[Any], symbols: Sequence[str], runs: Sequence[_Sizes]) -> Type:
    if isinstance(found, Seq):
        return Seq(tuple(_with_sizes(t, [r[k] for r in results], symbols, runs) for k, t in enumerate(found.items)),
                   found.cls)
    shapes = [np.shape(r) for r in results]
    if not isinstance(found, Array) or any(len(s) != found.ndim for s in shapes):
        return found
    return Array(found.dtype, tuple(_form(sizes, symbols, runs) for sizes in zip(*shapes, strict=True)))


def _form(sizes: Sequence[int], symbols: Sequence[str], runs: Sequence[_Sizes]) -> Dim:
    """What a size of the result is in terms of the symbols."""
    forms = [Dim(()), *map(symbol, symbols), *(symbol(a) + symbol(b) for a, b in
                                               itertools.combinations_with_replacement(symbols, 2))]
    fitting = []
    for form in forms:
        rests = {n - run.of(form) for n, run in zip(sizes, runs, strict=True)}
        if len(rests) == 1:
            fitting.append(form + rests.pop())
    return fitting[0] if len(fitting) == 1 else unknown_dim()


def _dims(arg: ir.Arg) -> Iterator[Dim]:
    """The sizes of arrays and the integers in an argument."""
    if isinstance(arg, ir.Pack):
        for item in arg.items:
            yield from _dims(item)
    elif isinstance(arg, ir.Var):
        if isinstance(arg.type, Array):
            yield from arg.type.dims
        elif isinstance(arg.type, Num) and arg.type.dim is not None:
            yield arg.type.dim


def _has_list(arg: ir.Arg) -> bool:
    """Whether a list is among the arguments whose length is not known."""
    if isinstance(arg, ir.Pack):
        return any(map(_has_list, arg.items))
    return isinstance(arg, ir.Var) and not isinstance(arg.type, (Array, Num)) and _holds_list(arg.type)


def _holds_list(t: Type) -> bool:
    return any(map(_holds_list, t.items)) if isinstance(t, Seq) else isinstance(t, ListOf)


RULES: dict[Any, Callable[..., Type]] = {fn: _measured(fn) for fn in _MEASURED}
