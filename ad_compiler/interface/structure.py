"""Structures of arguments and results: tuples, lists, dicts, named tuples, dataclasses and objects of numbers.

A *leaf* is a number, an array, or anything else that is no structure. Floating-point and complex leaves carry
derivatives; in a tree of cotangents all other leaves (integers, booleans, strings, None) are None.
"""
from __future__ import annotations

import enum
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Path = tuple[Any, ...]


def children(value: Any) -> list[tuple[Any, Any]] | None:
    """The parts of a structure with their keys; None for a leaf."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (tuple, list)):
        return list(enumerate(value))
    if is_object(value):
        return list(vars(value).items())
    return None


def is_object(value: Any) -> bool:
    """Whether a value is taken apart into its attributes: a dataclass instance or a plain object."""
    kind = type(value)
    if isinstance(value, (type, np.ndarray, enum.Enum)) or kind.__module__ in ("numpy", "builtins"):
        return False
    if not hasattr(value, "__dict__") or hasattr(kind, "__ad_rule__"):  # the latter: a recorded array
        return False
    if kind.__new__ is not object.__new__ and not isinstance(kind.__new__, types.FunctionType):
        return False  # a file, a lock: made by C code
    return hasattr(kind, "__dataclass_fields__") or not callable(value) or isinstance(
        class_attribute(kind, "__call__"), types.FunctionType)


def class_attribute(kind: type, name: str) -> Any:
    """What the classes of an object define under a name, unbound; None if nothing."""
    return next((vars(c)[name] for c in kind.__mro__ if name in vars(c)), None)


def rebuild(like: Any, parts: list[Any]) -> Any:
    """A structure of the kind of `like` with other parts, in the order of `children`. No `__init__` is run."""
    kind = type(like)
    if isinstance(like, dict):
        pairs = zip(like, parts, strict=True)
        if isinstance(like, defaultdict):
            return kind(like.default_factory, pairs)
        return kind(pairs)
    if isinstance(like, tuple):
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    if isinstance(like, list):
        return kind(parts)
    new = object.__new__(kind)
    new.__dict__.update(zip(vars(like), parts, strict=True))
    return new


def is_number(value: Any) -> bool:
    """Whether a leaf is a number or an array of numbers (booleans are not)."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "iufc"
    return isinstance(value, (int, float, complex)) and not isinstance(value, bool)


def is_floating(value: Any) -> bool:
    """Whether a leaf carries a derivative."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fc"
    return isinstance(value, (float, complex))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All leaves with their paths, in order."""
    yield from _leaves(value, path, ())


def _leaves(value: Any, path: Path, around: tuple[int, ...]) -> Iterator[tuple[Path, Any]]:
    parts = None if id(value) in around else children(value)
    if parts is None:
        yield path, value
        return
    for key, part in parts:
        yield from _leaves(part, (*path, key), (*around, id(value)))


def floating_leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The leaves that carry derivatives, with their paths, in order."""
    return ((where, leaf) for where, leaf in leaves(value, path) if is_floating(leaf))


def map_floating(function: Callable[[Any], Any], tree: Any, other: Callable[[Any], Any] = lambda leaf: None) -> Any:
    """The structure of `tree` with `function` of its floating leaves and `other` of the rest."""
    return map_leaves(lambda leaf: function(leaf) if is_floating(leaf) else other(leaf), tree)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The structure of `tree` with `function` of its leaves."""
    parts = children(tree)
    return function(tree) if parts is None else rebuild(tree, [map_leaves(function, part) for _, part in parts])


def fill(tree: Any, numbers: Iterator[Any]) -> Any:
    """The structure of `tree` with its floating leaves taken from `numbers` in order, each as its leaf's kind."""
    return map_floating(lambda leaf: as_leaf(leaf, next(numbers)), tree)


def replace_floating(tree: Any, numbers: Iterator[Any]) -> Any:
    """Like `fill`, but everything that carries no derivative is kept."""
    return map_floating(lambda leaf: as_leaf(leaf, next(numbers)), tree, lambda leaf: leaf)


def as_leaf(leaf: Any, number: Any) -> Any:
    """A cotangent or tangent in the form of its leaf: a Python float for a float, an array for an array, its dtype.

    Raises InternalError where the shape is another: no derivative is better than a wrong one.
    """
    if isinstance(leaf, np.ndarray):
        if type(number) is not np.ndarray:
            number = np.asarray(number)
        if number.shape != leaf.shape:
            from ..errors import Diagnostic, InternalError

            raise InternalError(Diagnostic("AD197", None, f"a derivative of shape {number.shape} was computed for an "
                                           f"array of shape {leaf.shape}",
                                           "call the function itself: if it runs, please report this"))
        return number if number.dtype == leaf.dtype else _cast(number, leaf.dtype)
    if isinstance(leaf, np.generic):
        return _cast(np.asarray(number), leaf.dtype)[()]
    if isinstance(leaf, complex):
        return complex(number)
    if isinstance(number, complex):
        raise TypeError("the derivative of a float came out complex: Python's `x ** p` is complex where x is negative "
                        "and p is not a whole number, so this is no function of real numbers here; use np.abs or "
                        "np.power, or give a complex argument")
    return float(number.real)


def _cast(number: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    return (number.real if number.dtype.kind == "c" and dtype.kind != "c" else number).astype(dtype)


def path_text(name: str, path: Path) -> str:
    """How a user would write the place of a leaf: `params['W'][0]`."""
    return name + "".join(f"[{key!r}]" for key in path)


def matched(tree: Any, like: Any, name: str, what: str) -> list[Any]:
    """The leaves of `tree` where `like` has floating ones, cast to their dtypes; the rest of `tree` is ignored.

    `what` is "tangent" or "cotangent". Raises TypeError where the structure differs, ValueError where a shape does.
    """
    return [leaf for _, leaf in _matched(tree, like, name, (), what)]


def _matched(tree: Any, like: Any, name: str, path: Path, what: str) -> Iterator[tuple[Path, Any]]:
    parts = children(like)
    where = path_text(name, path)
    if parts is None:
        if is_floating(like):
            yield path, _as_direction(tree, like, where, what)
        elif what == "tangent" and is_number(like) and is_number(tree) and np.any(tree):
            raise TypeError(f"`{where}` is {getattr(like, 'dtype', type(like).__name__)}, which has no tangent: "
                            f"convert it to float, or give None as its tangent")
        return
    own = children(tree)
    if own is None or type(tree) is not type(like):
        raise TypeError(f"the {what} of `{where}` must be a {type(like).__name__} like it, "
                        f"not {_described(tree)}")
    keys, own_keys = [key for key, _ in parts], [key for key, _ in own]
    if set(keys) != set(own_keys) or len(keys) != len(own_keys):
        raise TypeError(f"the {what} of `{where}` must have the parts {keys}, not {own_keys}")
    found = dict(own)
    for key, part in parts:
        yield from _matched(found[key], part, name, (*path, key), what)


def _as_direction(value: Any, like: Any, where: str, what: str) -> Any:
    if not is_number(value):
        raise TypeError(f"the {what} of `{where}` must be a number or an array like it, not {_described(value)}")
    shape, wanted = np.shape(value), np.shape(like)
    if shape != wanted:
        raise ValueError(f"the {what} of `{where}` must have its shape {wanted}, not {shape}")
    dtype = np.asarray(like).dtype
    if np.iscomplexobj(value) and dtype.kind != "c":
        raise TypeError(f"the {what} of `{where}` must be real as it is, not complex")
    if isinstance(like, np.ndarray):
        return np.asarray(value, dtype)
    return as_leaf(like, value)


def _described(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
