"""Reductions of single numbers, which NumPy takes for arrays without axes."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...analysis.infer import shape_of, type_of
from ...ir import nodes as ir
from ...ir.types import Array, Num

_OVER_AXES = (np.sum, np.prod, np.max, np.min, np.mean, np.std, np.var, np.any, np.all, np.nansum, np.nanmean,
              np.nanmax, np.nanmin)


def without_axis(function: Any, operands: list[ir.Arg], named: dict[str, ir.Arg]
                 ) -> tuple[list[ir.Arg], dict[str, ir.Arg]]:
    """A reduction of one number along its "last axis", which NumPy lets pass, is a reduction of all of it."""
    axis = named.get("axis", operands[1] if len(operands) > 1 else None)
    if function not in _OVER_AXES or not operands or not isinstance(axis, ir.Const) or axis.value not in (0, -1) or (
            not isinstance(operands[0], (ir.Var, ir.Const)) or not isinstance(t := type_of(operands[0]), (Num, Array))
            or shape_of(t)):
        return operands, named
    return [*operands[:1], *([ir.Const(None)] if len(operands) > 2 else []), *operands[2:]], {
        k: v for k, v in named.items() if k != "axis"}


__all__ = ["without_axis"]
