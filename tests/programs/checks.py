"""Is a program what it is said to be?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import optree

from tests.oracle import scalar
from tests.programs.corpus import Program


def same(one: Any, other: Any, *, exactly: bool = False) -> bool:
    """Whether two pytrees hold the same numbers; attributes of objects are compared as dictionaries."""
    ones, spec = optree.tree_flatten(_plain(one), none_is_leaf=True)
    others, other_spec = optree.tree_flatten(_plain(other), none_is_leaf=True)
    return spec == other_spec and all(
        _same_leaf(a, b, exactly=exactly) for a, b in zip(ones, others, strict=True))


def _same_leaf(a: Any, b: Any, *, exactly: bool) -> bool:
    if isinstance(a, np.ndarray | np.generic | float | complex):
        if np.shape(a) != np.shape(b):
            return False
        near = 0.0 if exactly else 1e-13
        return bool(np.allclose(a, b, rtol=near, atol=near, equal_nan=True))
    return a is b or callable(a) or bool(a == b)


def _plain(tree: Any) -> Any:
    """`tree` with the instances of user classes as dictionaries of their attributes."""
    def open_up(leaf: Any) -> Any:
        if hasattr(leaf, "__dict__") and not callable(leaf) and not isinstance(leaf, type):
            return {name: _plain(value) for name, value in vars(leaf).items()}
        return leaf
    return optree.tree_map(open_up, tree, none_is_leaf=True)


def self_check(program: Program) -> Iterator[str]:
    """What is wrong with the program itself or with what is said of it."""
    given, untouched = program.args(), program.args()
    value = scalar(program.function(*given))
    if not np.isfinite(value):
        yield f"value {value}"
    changed = tuple(i for i, (left, entry) in enumerate(zip(given, untouched, strict=True))
                    if not same(left, entry, exactly=True))
    if changed != program.mutates:
        yield f"changes the arguments {changed}, said to be {program.mutates}"
    if scalar(program.function(*program.args())) != value:
        yield "not deterministic"
    reference = program.reference()
    if not reference.scale > 1e-6 or not np.isfinite(reference.scale):
        yield f"gradient of size {reference.scale}"
    allowed = 0.1 * program.tolerance * max(1.0, reference.scale)
    if not reference.own_error <= allowed:
        yield f"reference uncertain by {reference.own_error:.3g} of {reference.scale:.3g}"
    if program.analytic:
        differences = program.compute_reference(analytic=False)
        miss = max(abs(a.slope - b.slope) for a, b in zip(reference.probes, differences.probes, strict=True))
        if not miss <= 10 * allowed:
            yield f"complex step and differences disagree by {miss:.3g} of {reference.scale:.3g}"
