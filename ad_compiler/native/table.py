"""Which function lowers what."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..support.reducing import product_of_others
from ..support.shapes import sum_to_shape
from ..support.stores import written_cotangent
from . import (
    arranging,
    calls,
    composed,
    contracting,
    control,
    copying,
    creating,
    elementwise,
    joining,
    list_search,
    lists,
    loops,
    masks,
    moving,
    picking,
    products,
    reductions,
    sampled,
    shaping,
    solving,
    sorting,
    stores,
)

STATEMENTS: dict[type, Any] = {
    ir.Assign: calls.assign, ir.Copy: control.copy, ir.Store: stores.store, ir.Push: lists.push, ir.Pop: lists.pop,
    ir.If: control.if_, ir.For: loops.for_, ir.While: loops.while_, ir.Break: loops.break_,
    ir.Raise: control.raise_, ir.Comment: control.comment,
}

HANDLERS: dict[Any, Any] = {
    prims.item: calls.item, len: calls.length, bool: calls.truth, list: calls.display, np.size: calls.array_size,
    np.arange: creating.arange, np.eye: creating.eye, np.identity: creating.eye,
    np.asarray: copying.same_or_copy, np.ascontiguousarray: copying.same_or_copy, np.astype: copying.astype,
    **dict.fromkeys(calls.COPIES, copying.copied),
    **{fn: creating.filled(number) for fn, number in creating.FILLS.items()},
    **arranging.HANDLERS, **sampled.HANDLERS, **picking.HANDLERS, **elementwise.HANDLERS, **sorting.HANDLERS,
    **contracting.HANDLERS, **calls.VIEWS, np.real: copying.part, np.imag: copying.part,
    **dict.fromkeys(reductions.KINDS, reductions.reduction),
    np.matmul: products.dot, np.dot: products.dot, np.linalg.norm: reductions.norm,
    **solving.SOLVERS, **moving.MOVERS, written_cotangent: masks.written_cotangent,
    **joining.JOINERS, np.var: composed.variance, np.std: composed.variance,
    np.linspace: composed.linspace, np.trapezoid: composed.trapezoid, np.argmax: composed.place_of_extreme,
    np.argmin: composed.place_of_extreme, product_of_others: composed.product_of_others,
    np.cumsum: composed.cumulated, np.cumprod: composed.cumulated,
    np.roll: shaping.roll, np.diag: shaping.diagonal,
    np.diff: shaping.diff, np.vdot: shaping.vdot,
    prims.attribute: shaping.attribute,
    sum_to_shape: reductions.sum_to_shape,
    prims.in_: list_search.contains, prims.not_in: list_search.contains, getattr: list_search.method,
    range: list_search.counted, round: list_search.rounded,
}
