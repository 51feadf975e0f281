"""Transforms of several axes: cosine and sine one axis after the other, those of Hermitian signals by those of real
ones."""
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


# A Hermitian signal's transform is the inverse one of its conjugate, and the other way round: the scale changes sides.
OTHER_SIDE = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def hermitian(inverse: Callable[..., Any], default: Any) -> Callable[..., Any]:
    """`hfftn` from `irfftn`, `hfft2` from `irfft2`."""
    def transformed(x: Any, s: Any = None, axes: Any = default, norm: Any = None, overwrite_x: bool = False,
                    workers: Any = None, *, plan: Any = None) -> Any:
        return inverse(np.conj(x), s, axes, OTHER_SIDE[norm])
    return transformed


def to_hermitian(forward: Callable[..., Any], default: Any) -> Callable[..., Any]:
    """`ihfftn` from `rfftn`, `ihfft2` from `rfft2`."""
    def transformed(x: Any, s: Any = None, axes: Any = default, norm: Any = None, overwrite_x: bool = False,
                    workers: Any = None, *, plan: Any = None) -> Any:
        return np.conj(forward(x, s, axes, OTHER_SIDE[norm]))
    return transformed


DEFINITIONS: dict[Any, Written] = {
    sf.hfftn: Written(hermitian(sf.irfftn, None)), sf.hfft2: Written(hermitian(sf.irfft2, (-2, -1))),
    sf.ihfftn: Written(to_hermitian(sf.rfftn, None)), sf.ihfft2: Written(to_hermitian(sf.rfft2, (-2, -1))),
    sf.dctn: Written(over_axes(sf.dct)), sf.idctn: Written(over_axes(sf.idct)),
    sf.dstn: Written(over_axes(sf.dst)), sf.idstn: Written(over_axes(sf.idst)),
}
