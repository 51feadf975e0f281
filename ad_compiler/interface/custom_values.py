"""A user's rule applied to values, as the tape and the checks use it: no compiling, every structure checked."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .structure import Path, children, map_leaves, path_text

if TYPE_CHECKING:
    from .custom_functions import RuledFunction

Pull = Callable[[Any], list[Any]]


def carries(leaf: Any) -> bool:
    """Whether a leaf, plain or recorded, carries a derivative."""
    if isinstance(leaf, (float, complex)):
        return True
    kind = getattr(leaf, "__ad_kind__", None)  # of a recorded array
    return (kind or getattr(getattr(leaf, "dtype", None), "kind", "")) in ("f", "c")


def floating(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The leaves that carry derivatives, with their paths, in order."""
    parts = children(tree)
    if parts is None:
        if carries(tree):
            yield path, tree
        return
    for key, part in parts:
        yield from floating(part, (*path, key))


def pullback_at(f: RuledFunction, args: tuple[Any, ...]) -> tuple[Any, Pull]:
    """The result at `args` and its pullback: from a cotangent of the result (of its structure) to the cotangents of the
    floating-point leaves of all arguments, None for zero. Raises TypeError and ValueError for a wrong rule."""
    rule = f.rule
    if rule.backward is None:
        return _transposed(f, args)
    pair = rule.forward(*args)
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(f"{_named(f, rule.forward)} must return a pair (result, residuals), not {described(pair)}")
    out, residuals = pair
    fixed = [args[i] for i in rule.nondiff]

    def pull(out_bar: Any) -> list[Any]:
        return cotangents(f, rule.backward(*fixed, residuals, out_bar), args)

    return out, pull


def _transposed(f: RuledFunction, args: tuple[Any, ...]) -> tuple[Any, Pull]:
    """The transpose of a rule for forward mode, which the compiler makes."""
    from .directions import vjp

    if any(hasattr(type(leaf), "__ad_rule__") for _, leaf in floating(args)):
        raise TypeError(f"`{f.__name__}` has a rule for forward mode only, and this second derivative is taken on the "
                        f"tape: give it a vjp rule as well")
    out, pullback = vjp(f, *args, on_unsupported="error")

    def pull(out_bar: Any) -> list[Any]:
        bars = pullback(map_leaves(lambda leaf: leaf, out_bar))
        return [bar for arg, part in zip(args, bars, strict=True) for bar in _parts(part, arg)]

    return out, pull


def _parts(bar: Any, arg: Any) -> list[Any]:
    if bar is None:
        return [None for _ in floating(arg)]
    return [leaf for _, leaf in floating(bar)]


def cotangents(f: RuledFunction, bars: Any, args: tuple[Any, ...]) -> list[Any]:
    """What the vjp rule of `f` returned for `args`, leaf by leaf; None for zero."""
    rule = f.rule
    free = [i for i in range(len(args)) if i not in rule.nondiff]
    if not isinstance(bars, (tuple, list)):
        if len(free) > 1:
            raise TypeError(f"{_named(f, rule.backward)} must return a tuple of {len(free)} cotangents, one for each "
                            f"argument, not {described(bars)}")
        bars = (bars,)
    if len(bars) != len(free):
        raise TypeError(f"{_named(f, rule.backward)} must return {len(free)} cotangents, one for each argument, not "
                        f"{len(bars)}")
    names = argument_names(f, len(args))
    found: list[Any] = []
    given = dict(zip(free, bars, strict=True))
    for i, arg in enumerate(args):
        found += _held(given.get(i), arg, (), f"the cotangent of `{names[i]}", _named(f, rule.backward))
    return found


def argument_names(f: RuledFunction, count: int) -> list[str]:
    """Names of the positional arguments of a call."""
    names: list[str] = []
    for p in f.signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{k}]" for k in range(count - len(names))]
        else:
            names.append(p.name)
    return names


def _held(value: Any, like: Any, path: Path, what: str, who: str) -> Iterator[Any]:
    if value is None:
        yield from (None for _ in floating(like))
        return
    where = f"{path_text(what, path)}`"
    parts = children(like)
    if parts is None:
        if carries(like):
            if not (carries(value) or isinstance(value, int) or hasattr(value, "dtype")):
                raise TypeError(f"{who} must return a number or an array as {where}, not {described(value)}")
            if np.shape(value) != np.shape(like):
                raise ValueError(f"{who} must return an array of shape {np.shape(like)} as {where}, not "
                                 f"{described(value)}")
            yield value
        return
    own = children(value)
    if own is None or [k for k, _ in own] != [k for k, _ in parts]:
        raise TypeError(f"{who} returns a wrong structure: {where} must be a {type(like).__name__} with the parts "
                        f"{[k for k, _ in parts]}, not {described(value)}")
    for (_, part), (key, item) in zip(own, parts, strict=True):
        yield from _held(part, item, (*path, key), what, who)


def _named(f: RuledFunction, function: Any) -> str:
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", repr(function))
    return f"`{name}`, the derivative rule of `{f.__name__}`,"


def described(value: Any) -> str:
    """A value in words, for messages."""
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return repr(value)
    if hasattr(value, "shape"):
        return f"an array of shape {value.shape}"
    parts = children(value)
    return f"a {type(value).__name__}" if parts is None else f"a {type(value).__name__} of {len(parts)}"
