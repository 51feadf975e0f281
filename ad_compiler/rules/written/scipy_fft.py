"""Cosine and sine transforms of several axes: one axis after the other."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft as sf

from ad_compiler.rules.written import Written


def over_axes(transform: Callable[..., Any]) -> Callable[..., Any]:
    """The transform of several axes from that of one."""
    def transformed(x: Any, type: int = 2, s: Any = None, axes: Any = None, norm: Any = None, overwrite_x: bool = False,
                    workers: Any = None, *, orthogonalize: Any = None) -> Any:
        if axes is None:
            axes = tuple(range(np.ndim(x)) if s is None else range(np.ndim(x) - len(s), np.ndim(x)))
        elif not isinstance(axes, list | tuple):
            axes = (axes,)
        for place, axis in enumerate(axes):
            x = transform(x, type, None if s is None else s[place], axis, norm, orthogonalize=orthogonalize)
        return x
    return transformed


DEFINITIONS: dict[Any, Written] = {
    sf.dctn: Written(over_axes(sf.dct)), sf.idctn: Written(over_axes(sf.idct)),
    sf.dstn: Written(over_axes(sf.dst)), sf.idstn: Written(over_axes(sf.idst)),
}
