"""With respect to what: from `argnums` to places in the arguments."""
from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .options import closest
from .structure import Path, floating_leaves, is_number, leaves, path_text
from .target import Target

Argnums = int | str | tuple[int | str, ...] | list[int | str]
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Wrt(NamedTuple):
    """The chosen arguments as paths: `("x",)`, or `("args", 2)` inside `*args`. `single`: not a tuple of them."""

    paths: tuple[Path, ...]
    single: bool


def chosen(target: Target, argnums: Any) -> Wrt:
    """The places that `argnums` names. Raises TypeError and ValueError for what `target` does not have."""
    single = not isinstance(argnums, (tuple, list))
    items = (argnums,) if single else tuple(argnums)
    if not items:
        raise ValueError("argnums is empty: name at least one argument")
    paths = tuple(_place(target, item) for item in items)
    if len(set(paths)) != len(paths):
        raise ValueError(f"argnums={argnums!r} names an argument twice")
    return Wrt(paths, single)


def _place(target: Target, item: Any) -> Path:
    if isinstance(item, str):
        return _by_name(target, item)
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return _by_position(target, int(item))
    raise TypeError(f"argnums must be an index, a name, or a tuple of them, not {item!r}")


def _by_name(target: Target, name: str) -> Path:
    kinds = {p.name: p.kind for p in target.parameters}
    if name in kinds:
        return (name,)
    for p in target.parameters:
        if p.kind is p.VAR_KEYWORD:
            return (p.name, name)
    names = list(target.visible.parameters)
    raise ValueError(f"argnums={name!r}: {target.spoken} has no argument of this name{closest(name, names)}, "
                     f"only {_quoted(names)}")


def _by_position(target: Target, index: int) -> Path:
    bound = len(target.leading)
    positional = [p.name for p in target.parameters if p.kind in _POSITIONAL]
    rest = next((p.name for p in target.parameters if p.kind is p.VAR_POSITIONAL), None)
    count = len(positional) - bound
    if index < 0 and rest is not None:
        raise ValueError(f"argnums={index}: {target.spoken} takes any number of arguments; count from the first")
    position = index + count if index < 0 else index
    if 0 <= position < count:
        return (positional[position + bound],)
    if rest is not None and position >= 0:
        return (rest, position + bound - len(positional))
    named = _quoted(list(target.visible.parameters))
    raise ValueError(f"argnums={index}: {target.spoken} has {count} positional arguments ({named})")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def value_at(values: Mapping[str, Any], path: Path) -> Any:
    """The argument at a place. Raises IndexError or KeyError as a TypeError that names it."""
    value = values[path[0]]
    for key in path[1:]:
        try:
            value = value[key]
        except (KeyError, IndexError):
            raise TypeError(f"argnums names `{path_text(path[0], path[1:])}`, which this call does not give") from None
    return value


def floating_paths(values: Mapping[str, Any], wrt: Wrt) -> tuple[Path, ...]:
    """The places of all numbers that a derivative is wanted for. Raises TypeError where an argument holds none."""
    found: list[Path] = []
    for path in wrt.paths:
        argument = value_at(values, path)
        places = [place for place, _ in floating_leaves(argument, path)]
        if not places:
            raise TypeError(_no_number(path_text(path[0], path[1:]), argument))
        found += places
    return tuple(found)


def _no_number(name: str, argument: Any) -> str:
    inside = next((leaf for _, leaf in leaves(argument) if is_number(leaf) or isinstance(leaf, (bool, np.bool_))
                   or getattr(leaf, "dtype", None) == np.bool_), None)
    if inside is None:
        return (f"argument `{name}` holds no floating-point number to differentiate by: it is "
                f"{_kind(argument)}; {_way_out(argument, name)}")
    kind = getattr(inside, "dtype", type(inside).__name__)
    verb = "is" if inside is argument else "holds only"
    whole = name.split("[")[0]
    return (f"argument `{name}` {verb} {kind}, which has no derivative: convert to float, "
            f"for instance `{whole}=np.asarray({whole}, float)`")


def _kind(argument: Any) -> str:
    if argument is None:
        return "None"
    dtype = f" of dtype {argument.dtype}" if isinstance(argument, np.ndarray) else ""
    module = type(argument).__module__.partition(".")[0]
    owner = "" if module in ("builtins", "numpy", "__main__") else f"{module}."
    return f"a {owner}{type(argument).__name__}{dtype}"


def _way_out(argument: Any, name: str) -> str:
    """What to do about an argument without a number in it."""
    if hasattr(argument, "detach") and hasattr(argument, "numpy"):
        return f"give an array, `{name}.detach().numpy()`"
    if hasattr(argument, "__array__"):
        return f"give an array of floats, for instance `np.asarray({name}, float)`"
    return "choose another argument with argnums, or give numbers or arrays of floats"
