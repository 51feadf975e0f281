"""Special functions that NumPy does not have, in NumPy."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def bessel_i1(x: Any) -> Any:
    """The modified Bessel function I1, derivative of `np.i0`, elementwise, as far as `np.i0` is finite.

    I1(x) is the mean of exp(x cos t) cos t over half a turn; equidistant angles converge faster than any
    power.
    """
    angles = (np.arange(256) + 0.5) * (np.pi / 256)
    x = np.asarray(x)
    cosines = np.cos(angles).astype(x.dtype)
    return np.mean(np.exp(np.expand_dims(x, -1) * cosines) * cosines, axis=-1)
