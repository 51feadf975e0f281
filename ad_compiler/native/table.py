"""Which function lowers what."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..support.shapes import sum_to_shape
from . import calls, control, lists, reductions, shaping, stores

STATEMENTS: dict[type, Any] = {
    ir.Assign: calls.assign, ir.Copy: control.copy, ir.Store: stores.store, ir.Push: lists.push, ir.Pop: lists.pop,
    ir.If: control.if_, ir.For: control.for_, ir.While: control.while_, ir.Break: control.break_,
    ir.Raise: control.raise_, ir.Comment: control.comment,
}

HANDLERS: dict[Any, Any] = {
    prims.item: calls.item, len: calls.length, list: calls.display, np.size: calls.array_size,
    np.arange: calls.arange, np.eye: calls.eye, np.identity: calls.eye, np.outer: calls.outer,
    np.asarray: calls.same_or_copy, np.ascontiguousarray: calls.same_or_copy, np.astype: calls.astype,
    **dict.fromkeys(calls.COPIES, calls.copied),
    **{fn: calls.filled(number) for fn, number in calls.FILLS.items()},
    **calls.VIEWS, np.real: calls.part, np.imag: calls.part,
    **dict.fromkeys(reductions.KINDS, reductions.reduction),
    np.matmul: reductions.dot, np.dot: reductions.dot, np.linalg.norm: reductions.norm,
    np.concatenate: shaping.joined, np.stack: shaping.stacked, np.roll: shaping.roll, np.diag: shaping.diagonal,
    np.trace: shaping.trace, np.cumsum: shaping.cumsum, np.diff: shaping.diff, np.vdot: shaping.vdot,
    np.einsum: shaping.einsum, prims.attribute: shaping.attribute,
    sum_to_shape: reductions.sum_to_shape,
}
