"""Arguments that share memory while the function writes into one of them: refused, since a cotangent would be lost."""
from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from .structure import leaves, path_text

if TYPE_CHECKING:
    from .specialize import Specialization


def check_overlap(special: Specialization, values: dict[str, Any]) -> None:
    """Raise ValueError if an argument that the function writes shares memory with another."""
    written = special.written
    if not written:
        return
    arrays = [(name, path_text(name, path), leaf) for name, value in values.items()
              for path, leaf in leaves(value) if isinstance(leaf, np.ndarray)]
    for (name, place, one), (other_name, other_place, other) in combinations(arrays, 2):
        if (name in written or other_name in written) and np.may_share_memory(one, other) \
                and np.shares_memory(one, other):
            raise ValueError(f"`{place}` and `{other_place}` share memory, and the function writes into "
                             f"`{name if name in written else other_name}`: copy first, for instance "
                             f"`{other_place}.copy()`")
