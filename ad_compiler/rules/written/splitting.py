"""NumPy functions whose result is a list of views: slices say which."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written


def along(axis: int, part: Any, ndim: int) -> tuple[Any, ...]:
    """The index that takes `part` of one axis."""
    before = (slice(None),) * (axis % ndim)
    return (*before, part)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`np.array_split`: at the given places, or into parts whose sizes differ by one at most."""
    n = ary.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        small, larger = divmod(n, indices_or_sections)
        return [ary[along(axis, slice(k * small + min(k, larger), (k + 1) * small + min(k + 1, larger)), ary.ndim)]
                for k in tuple(range(indices_or_sections))]
    starts = [0, *indices_or_sections]
    ends = [*indices_or_sections, n]
    return [ary[along(axis, slice(start, end), ary.ndim)] for start, end in zip(starts, ends, strict=True)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`np.split`: at the given places, or into equal parts."""
    if np.ndim(indices_or_sections) == 0 and ary.shape[axis] % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`np.hsplit`: along the second axis, of vectors along the first."""
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`np.vsplit`: along the first axis."""
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`np.dsplit`: along the third axis."""
    return split(ary, indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """`np.unstack`: one array for each place on an axis."""
    return [x[along(axis, k, x.ndim)] for k in range(x.shape[axis])]


DEFINITIONS: dict[Any, Written] = {
    np.array_split: Written(array_split, preferred=True), np.split: Written(split, preferred=True),
    np.hsplit: Written(hsplit, preferred=True), np.vsplit: Written(vsplit, preferred=True),
    np.dsplit: Written(dsplit, preferred=True),
    **({np.unstack: Written(unstack, preferred=True)} if hasattr(np, "unstack") else {}),
}
