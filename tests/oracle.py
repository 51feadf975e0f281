"""Reference derivatives of a program by running it, with no derivative rule anywhere.

An analytic program is run on complex arguments (complex step: exact to rounding). Any other is
differenced: central differences over halved steps, extrapolated by Neville's scheme, of which the
entry with the smallest estimated error is taken (its second column is the fourth-order formula).

>>> import numpy as np
>>> reference = reference_gradient(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), 0, analytic=True)
>>> float(reference.error(np.array([3.0, 12.0]))) < 1e-12
True
"""

import copy
import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import optree

COMPLEX_STEP = 1e-30
_NAMESPACE = "reference-derivatives"
_registered: set[type] = set()


@dataclasses.dataclass(frozen=True)
class Probe:
    """The derivative of a program along `direction`, with an estimate of its own error."""

    direction: np.ndarray
    slope: float
    error: float


@dataclasses.dataclass(frozen=True)
class Reference:
    """What the gradient must agree with: slopes along directions of the differentiated arguments.

    `complete` says that the directions are all unit vectors, so that the slopes are the gradient.
    """

    coordinates: "Coordinates"
    probes: tuple[Probe, ...]
    complete: bool

    @property
    def scale(self) -> float:
        """The largest slope in absolute value."""
        return max((abs(probe.slope) for probe in self.probes), default=0.0)

    @property
    def own_error(self) -> float:
        """The largest error that the reference estimates for itself."""
        return max((probe.error for probe in self.probes), default=0.0)

    def error(self, gradient: Any) -> float:
        """The largest disagreement of `gradient`, a pytree like the differentiated arguments.

        Raises ValueError where its structure, a shape or the dtype of an array differs from theirs.
        """
        vector = self.coordinates.pack(gradient)
        misses = [abs(float(probe.direction @ vector) - probe.slope) for probe in self.probes]
        return max((math.inf if math.isnan(miss) else miss for miss in misses), default=0.0)


def reference_gradient(f: Callable[..., Any], args: tuple, argnums: int | tuple[int, ...], *, analytic: bool,
                       limit: int = 40, seed: int = 0) -> Reference:
    """The derivative of the scalar `f(*args)` with respect to the arguments `argnums`.

    Every floating leaf of those arguments counts, of complex leaves the real and the imaginary part
    (the gradient of a complex `z = a + ib` is `df/da + i df/db`). Up to `limit` numbers: one probe for
    each; beyond: eight of them and four random directions, drawn from `seed`. `args` are copied for
    every run, never changed.

    Raises ValueError if the result has not exactly one element, TypeError if nothing can be
    differentiated.
    """
    coordinates = Coordinates(args, argnums)
    if coordinates.size == 0:
        raise TypeError("the chosen arguments hold no floating-point number")
    directions = _directions(coordinates.size, limit, np.random.default_rng(seed))
    slope_along = _complex_step if analytic else _differences
    probes = tuple(slope_along(f, coordinates, direction) for direction in directions)
    return Reference(coordinates, probes, complete=coordinates.size <= limit)


@dataclasses.dataclass(frozen=True)
class Curvature:
    """The second derivative of a program along two directions, and an estimate of its own error."""

    left: np.ndarray
    right: np.ndarray
    value: float
    error: float


def reference_curvature(f: Callable[..., Any], args: tuple, argnums: int | tuple[int, ...], *, analytic: bool,
                        seed: int = 0) -> Curvature:
    """`left @ H @ right` for the Hessian `H` of `f(*args)` and two random directions drawn from `seed`.

    The slope along `left`, as in `reference_gradient`, is differenced along `right`. Raises what
    `reference_gradient` raises.

    >>> x = np.array([1.0, 2.0])
    >>> c = reference_curvature(lambda x: x[0] ** 2 * x[1], (x,), 0, analytic=True)
    >>> hessian = np.array([[4.0, 2.0], [2.0, 0.0]])
    >>> float(abs(c.left @ hessian @ c.right - c.value)) < 1e-9
    True
    """
    coordinates = Coordinates(args, argnums)
    if coordinates.size == 0:
        raise TypeError("the chosen arguments hold no floating-point number")
    left, right = np.random.default_rng(seed).standard_normal((2, coordinates.size))
    left, right = left / np.linalg.norm(left), right / np.linalg.norm(right)
    slope_along = _complex_step if analytic else _differences
    value, error = derivative_at_zero(
        lambda t: slope_along(f, coordinates, left, origin=t * right).slope,
        first_step=_first_step(coordinates, right))
    return Curvature(left, right, value, error)


def scalar(result: Any) -> Any:
    """The only element of `result` as a Python number; ValueError if it has more or fewer."""
    array = np.asarray(result)
    if array.size != 1:
        raise ValueError(f"a scalar result is needed, not one of shape {array.shape}")
    return array.reshape(()).item()


class Coordinates:
    """The floating-point numbers of some arguments as one real vector."""

    def __init__(self, args: tuple, argnums: int | tuple[int, ...]) -> None:
        self._args = args
        self._argnums = argnums
        leaves, self._spec = self._flatten(self._selected(args))
        self._leaves = [np.asarray(leaf) for leaf in leaves]
        self._kinds = ["scalar" if not isinstance(leaf, np.ndarray) else "array" for leaf in leaves]
        self.size = sum(_count(leaf) for leaf in self._leaves)

    @property
    def vector(self) -> np.ndarray:
        """The point at which derivatives are taken."""
        return _concatenate(self._leaves)

    def pack(self, tree: Any) -> np.ndarray:
        """The vector for `tree`, which has the structure of the differentiated arguments."""
        leaves, spec = self._flatten(tree)
        if spec != self._spec:
            raise ValueError(f"structure {spec} instead of {self._spec}")
        arrays = [np.asarray(leaf) if _count(own) else own
                  for own, leaf in zip(self._leaves, leaves, strict=True)]
        for own, array, kind in zip(self._leaves, arrays, self._kinds, strict=True):
            if own.shape != array.shape:
                raise ValueError(f"a leaf of shape {array.shape} instead of {own.shape}")
            if own.dtype != array.dtype and kind == "array":
                raise ValueError(f"a leaf of dtype {array.dtype} instead of {own.dtype}")
        return _concatenate([_as_kind(array, own) for own, array in zip(self._leaves, arrays, strict=True)])

    def vector_of(self, tree: Any) -> np.ndarray:
        """Like `pack`, whatever the precision of the arrays."""
        leaves, _ = self._flatten(tree)
        return _concatenate([_as_kind(np.asarray(leaf), own) if _count(own) else own
                             for own, leaf in zip(self._leaves, leaves, strict=True)])

    def floating(self) -> list[np.ndarray]:
        """The floating-point numbers and arrays, in the order in which they make up the vector."""
        return [leaf for leaf in self._leaves if _count(leaf)]

    def shifted(self, delta: np.ndarray) -> tuple:
        """Fresh arguments with `delta` (real or complex) added to the vector, in double precision."""
        args = list(copy.deepcopy(self._args))
        originals, _ = self._flatten(self._selected(tuple(args)))
        leaves, start = [], 0
        for leaf, kind, original in zip(self._leaves, self._kinds, originals, strict=True):
            count = _count(leaf)
            if count == 0:
                leaves.append(original)
                continue
            moved = leaf + _unpack(delta[start:start + count], leaf)
            leaves.append(moved if kind == "array" else _number(moved))
            start += count
        selected = optree.tree_unflatten(self._spec, leaves)
        if isinstance(self._argnums, tuple):
            for position, value in zip(self._argnums, selected, strict=True):
                args[position] = value
        else:
            args[self._argnums] = selected
        return tuple(args)

    def tangents(self, direction: np.ndarray) -> tuple:
        """One tangent for every argument: None for those not differentiated, `direction` in the structure and
        dtypes of the others (None for a leaf that is no floating-point number)."""
        leaves, start = [], 0
        for leaf, kind in zip(self._leaves, self._kinds, strict=True):
            count = _count(leaf)
            part = _unpack(direction[start:start + count], leaf).astype(leaf.dtype) if count else None
            leaves.append(part if count == 0 or kind == "array" else part.item())
            start += count
        selected = optree.tree_unflatten(self._spec, leaves)
        if not isinstance(self._argnums, tuple):
            selected = (selected,)
        chosen = self._argnums if isinstance(self._argnums, tuple) else (self._argnums,)
        by_position = dict(zip(chosen, selected, strict=True))
        return tuple(by_position.get(position) for position in range(len(self._args)))

    def _selected(self, args: tuple) -> Any:
        if isinstance(self._argnums, tuple):
            return tuple(args[position] for position in self._argnums)
        return args[self._argnums]

    def _flatten(self, tree: Any) -> tuple[list, Any]:
        _register_dataclasses(tree)
        return optree.tree_flatten(tree, none_is_leaf=True, namespace=_NAMESPACE)


def _register_dataclasses(tree: Any) -> None:
    """Let optree look into the dataclass instances of `tree`, at any depth."""
    def visit(node: Any) -> bool:
        kind = type(node)
        if dataclasses.is_dataclass(kind) and kind not in _registered:
            names = [field.name for field in dataclasses.fields(kind)]
            optree.register_pytree_node(
                kind, lambda value: ([getattr(value, name) for name in names], None, names),
                lambda _, children: kind(**dict(zip(names, children, strict=True))), namespace=_NAMESPACE)
            _registered.add(kind)
        return False
    before = -1
    while before != len(_registered):
        before = len(_registered)
        optree.tree_flatten(tree, is_leaf=visit, none_is_leaf=True, namespace=_NAMESPACE)


def _count(leaf: np.ndarray) -> int:
    return {"f": 1, "c": 2}.get(leaf.dtype.kind, 0) * leaf.size


def _number(value: np.ndarray) -> Any:
    """A scalar leaf again: complex ones as NumPy scalars, which can be ordered, unlike Python's."""
    return value[()] if np.iscomplexobj(value) else value.item()


def _as_kind(array: np.ndarray, own: np.ndarray) -> np.ndarray:
    if own.dtype.kind == "f" and np.iscomplexobj(array):
        raise ValueError("a complex gradient for a real argument")
    return array.astype(complex) if own.dtype.kind == "c" else array


def _concatenate(leaves: list[np.ndarray]) -> np.ndarray:
    parts = [part.ravel() for leaf in leaves if _count(leaf)
             for part in ((leaf.real, leaf.imag) if leaf.dtype.kind == "c" else (leaf,))]
    return np.concatenate([np.zeros(0), *parts])


def _unpack(part: np.ndarray, leaf: np.ndarray) -> np.ndarray:
    if leaf.dtype.kind == "c":
        real, imaginary = part.reshape(2, *leaf.shape)
        return real + 1j * imaginary
    return part.reshape(leaf.shape)


def _directions(size: int, limit: int, rng: np.random.Generator) -> np.ndarray:
    if size <= limit:
        return np.eye(size)
    units = np.eye(size)[rng.choice(size, 8, replace=False)]
    random = rng.standard_normal((4, size))
    return np.concatenate([units, random / np.linalg.norm(random, axis=1, keepdims=True)])


def _complex_step(f: Callable[..., Any], coordinates: Coordinates, direction: np.ndarray,
                  origin: np.ndarray | float = 0.0) -> Probe:
    value = scalar(f(*coordinates.shifted(origin + 1j * COMPLEX_STEP * direction)))
    return Probe(direction, complex(value).imag / COMPLEX_STEP, 0.0)


def _differences(f: Callable[..., Any], coordinates: Coordinates, direction: np.ndarray,
                 origin: np.ndarray | float = 0.0) -> Probe:
    def along(t: float) -> float:
        try:
            with np.errstate(all="ignore"):
                return float(scalar(f(*coordinates.shifted(origin + t * direction))))
        except (ArithmeticError, LookupError, ValueError):  # outside the domain: this step was too long
            return math.nan
    slope, error = derivative_at_zero(along, first_step=_first_step(coordinates, direction))
    return Probe(direction, slope, error)


def _first_step(coordinates: Coordinates, direction: np.ndarray) -> float:
    return 0.04 * max(0.05, float(np.max(np.abs(direction * coordinates.vector))))


def derivative_at_zero(phi: Callable[[float], float], first_step: float = 0.04) -> tuple[float, float]:
    """The derivative of `phi` at 0 and an estimate of its error (infinite where `phi` is never finite).

    Steps that cross a jump can agree by accident, so three sequences of steps are taken and two must agree.

    >>> slope, error = derivative_at_zero(lambda t: math.exp(2 * t))
    >>> abs(slope - 2) < 1e-10
    True
    """
    found = [_extrapolated(phi, first_step / shrink) for shrink in (1.0, 11.0, 170.0)]
    candidates = []
    for (one, its_error), (other, other_error) in itertools.combinations(found, 2):
        slope, error = (one, its_error) if its_error <= other_error else (other, other_error)
        disagreement = abs(one - other)
        candidates.append((slope, max(error, disagreement) if math.isfinite(disagreement) else math.inf))
    return min(candidates, key=lambda candidate: candidate[1])


def _extrapolated(phi: Callable[[float], float], first_step: float, levels: int = 8) -> tuple[float, float]:
    """Neville's table over halved steps: its entry of the smallest estimated error, and that error."""
    best, smallest = math.nan, math.inf
    row: list[float] = []
    for level in range(levels):
        step = first_step / 2**level
        quotient = (phi(step) - phi(-step)) / (2 * step)
        if not math.isfinite(quotient):
            row = []
            continue
        new = [quotient]
        for order, older in enumerate(row, start=1):
            new.append(new[-1] + (new[-1] - older) / (4**order - 1))
            error = max(abs(new[-1] - new[-2]), abs(new[-1] - older))
            if error < smallest:
                best, smallest = new[-1], error
        if smallest < 1e-12 * max(1.0, abs(best)):
            break
        row = new
    return best, smallest
