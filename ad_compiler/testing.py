"""Checks of derivatives against difference quotients and against each other, for test suites.

    from ad_compiler.testing import check_grads

    check_grads(f, (x, y))

Every check draws its directions from a fixed seed, calls `f` only on copies of the arguments, and raises
AssertionError with the numbers that disagree. Choose a point where `f` is smooth: at a kink difference quotients are
no reference.
"""
from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .interface.differences import as_vector, inner, random_like, slope_along
from .interface.naming import load_text
from .interface.structure import children, floating_leaves, leaves, replace_floating

__all__ = ["check_custom", "check_grads", "check_jvp", "check_vjp"]

MODES = ("fwd", "rev")


def check_grads(f: Callable[..., Any], args: tuple[Any, ...], order: int = 2, modes: Iterable[str] = MODES,
                rtol: float = 1e-6, atol: float = 1e-6, seed: int = 0, **options: Any) -> None:
    """Check the derivatives of `f` at `args` up to `order`, in forward mode ("fwd") and reverse mode ("rev").

    Per order: the tangent and the pullback against difference quotients along random directions, both modes against
    each other, a second call against the first, and that arguments are left as `f` leaves them. Arguments and result
    may be structures; everything floating in them is moved. `options` go to `vjp` and `jvp`.

    Raises AssertionError where something disagrees by more than `atol + rtol * max(1, |expected|)` plus the error of
    the difference quotient itself, ValueError for unknown modes.

    >>> import numpy as np
    >>> check_grads(lambda x, y: np.sum(np.sin(x) * y), (np.array([0.5, 1.0]), 2.0))
    """
    modes = tuple(modes)
    if not modes or not set(modes) <= set(MODES):
        raise ValueError(f"modes are 'fwd' and 'rev', not {modes!r}")
    if "fwd" in modes:
        check_jvp(f, args, rtol=rtol, atol=atol, seed=seed, **options)
    if "rev" in modes:
        check_vjp(f, args, rtol=rtol, atol=atol, seed=seed, **options)
    if modes and set(modes) == set(MODES):
        _check_modes_agree(f, args, rtol, atol, seed, options)
    if order > 1:
        check_grads(_gradient(f, args, seed, options), args, order - 1, modes, rtol, atol, seed + 1, **options)


def check_vjp(f: Callable[..., Any], args: tuple[Any, ...], rtol: float = 1e-6, atol: float = 1e-6, seed: int = 0,
              **options: Any) -> None:
    """Check the value and the pullback of `vjp(f, *args)`. Raises AssertionError; see `check_grads`.

    >>> check_vjp(lambda x: (x * x, 3.0 * x), (2.0,))
    """
    from .api import vjp

    rng = np.random.default_rng(seed)
    left = copy.deepcopy(args)
    expected_out = f(*left)
    given = copy.deepcopy(args)
    out, pullback = vjp(f, *given, **options)
    _same(out, expected_out, 1e-12, "the value that vjp returns", f)
    _same(given, left, 1e-12, "what vjp leaves in the arguments", f)
    out_bar, direction = random_like(out, rng), random_like(args, rng)
    kept = copy.deepcopy(out_bar)
    bars = pullback(out_bar)
    _same(out_bar, kept, 0.0, "the cotangent given to the pullback", f)
    _check_form(bars, args, f)
    _same(pullback(out_bar), bars, 0.0, "a second call of the pullback", f)
    slope, error = slope_along(f, args, direction)
    _close(inner(bars, direction), _inner_vector(out_bar, slope), error * _size(out_bar), rtol, atol, f,
           "the pullback", "a difference quotient")


def check_jvp(f: Callable[..., Any], args: tuple[Any, ...], rtol: float = 1e-6, atol: float = 1e-6, seed: int = 0,
              **options: Any) -> None:
    """Check the value and the tangent of `jvp(f, args, tangents)`. Raises AssertionError; see `check_grads`.

    >>> check_jvp(lambda x: x * x, (2.0,))
    """
    from .api import jvp

    direction = random_like(args, np.random.default_rng(seed))
    left = copy.deepcopy(args)
    expected_out = f(*left)
    given = copy.deepcopy(args)
    out, out_dot = jvp(f, given, direction, **options)
    _same(out, expected_out, 1e-12, "the value that jvp returns", f)
    _same(given, left, 1e-12, "what jvp leaves in the arguments", f)
    _same(jvp(f, copy.deepcopy(args), direction, **options)[1], out_dot, 0.0, "a second call of jvp", f)
    slope, error = slope_along(f, args, direction)
    found = as_vector(out_dot)
    if found.shape != slope.shape:
        raise AssertionError(f"{_name(f)}: the tangent has {found.size} numbers, the result {slope.size}")
    worst = int(np.argmax(np.abs(found - slope))) if slope.size else 0
    if slope.size:
        _close(float(found[worst]), float(slope[worst]), error, rtol, atol, f, f"the tangent of number {worst}",
               "a difference quotient")


def check_custom(f: Any, *args: Any, order: int = 1, modes: Iterable[str] | None = None, rtol: float = 1e-6,
                 atol: float = 1e-6, seed: int = 0) -> None:
    """Check the rule of a `custom_vjp`, `custom_jvp` or `primitive` at `args`.

    The rule must return what the function returns, be linear in cotangents, agree with difference quotients in every
    mode (`modes` as for `check_grads`), and give the same numbers compiled as when it is called. `order=2` checks the
    derivative of the rule as well. A rule that is meant to differ from the derivative (one that clips gradients)
    fails: that is what this is for.

    Raises AssertionError where something disagrees, TypeError and ValueError for a rule of wrong structure or shape,
    TypeError if `f` has no rule.

    >>> import ad_compiler as ad, numpy as np
    >>> cube = ad.custom_vjp(lambda x: x ** 3)
    >>> cube.defvjp(lambda x: (x ** 3, x), lambda x, g: (3.0 * x ** 2 * g,))
    >>> check_custom(cube, np.array([0.5, 2.0]))
    """
    from .api import vjp
    from .interface.custom_functions import RuledFunction

    if not isinstance(f, RuledFunction):
        raise TypeError(f"check_custom is about functions with a rule of their own (custom_vjp, custom_jvp, "
                        f"primitive), not {f!r}: use check_grads")
    rng = np.random.default_rng(seed)
    expected = f(*copy.deepcopy(args))
    out, pull = f.pullback_at(copy.deepcopy(args))
    _same(out, expected, 1e-12, "the value that the rule returns", f)
    bars = [random_like(expected, rng) for _ in range(2)]
    single = [pull(copy.deepcopy(bar)) for bar in bars]
    pairs = zip(floating_leaves(bars[0]), floating_leaves(bars[1]), strict=True)
    summed = pull(replace_floating(bars[0], iter([a + b for (_, a), (_, b) in pairs])))
    for k, (a, b, both) in enumerate(zip(*single, summed, strict=True)):
        if a is not None and not np.allclose(np.add(a, b), both, rtol=1e-9, atol=1e-9):
            raise AssertionError(f"{_name(f)}: the rule is not linear in the cotangent (in its part {k})")
    compiled = vjp(f, *copy.deepcopy(args), on_unsupported="error")[1](bars[0])
    ours = [leaf for part in compiled for _, leaf in floating_leaves(part)]
    for a, b in zip(ours, single[0], strict=True):
        if not np.allclose(a, 0.0 if b is None else b, rtol=1e-9, atol=1e-9):
            raise AssertionError(f"{_name(f)}: the compiled rule gives {a!r}, the rule itself {b!r}")
    check_grads(f, args, order, MODES if modes is None else modes, rtol, atol, seed, on_unsupported="error")


def _check_modes_agree(f: Callable[..., Any], args: tuple[Any, ...], rtol: float, atol: float, seed: int,
                       options: dict[str, Any]) -> None:
    """`<w, J v> = <J' w, v>` for random `v` and `w`, to rounding."""
    from .api import jvp, vjp

    rng = np.random.default_rng(seed)
    out, out_dot = jvp(f, copy.deepcopy(args), direction := random_like(args, rng), **options)
    out_bar = random_like(out, rng)
    bars = vjp(f, *copy.deepcopy(args), **options)[1](out_bar)
    _close(inner(bars, direction), inner(out_bar, out_dot), 0.0, 1e-3 * rtol, 1e-3 * atol, f, "reverse mode",
           "forward mode")


def _gradient(f: Callable[..., Any], args: tuple[Any, ...], seed: int, options: dict[str, Any]) -> Callable[..., Any]:
    """The gradient of a random weighting of the result of `f`, as a function of the same arguments."""
    from .api import grad

    out = f(*copy.deepcopy(args))
    weights = random_like(out, np.random.default_rng(seed + 100))
    terms: list[str] = []
    names: dict[str, Any] = {"np": np, "f": f}
    for (path, leaf), (_, weight) in zip(floating_leaves(out), floating_leaves(weights), strict=True):
        number = f"out{''.join(_step(out, path))}"
        names[f"w{len(terms)}"] = np.conj(weight)
        product = f"np.sum(w{len(terms)} * {number})"
        terms.append(f"np.real({product})" if np.iscomplexobj(leaf) else product)
    inputs = ", ".join(f"x{i}" for i in range(len(args)))
    text = f"def weighted({inputs}):\n    out = f({inputs})\n    return {' + '.join(terms)}\n"
    floating = tuple(i for i, arg in enumerate(args) if any(True for _ in floating_leaves(arg)))
    return grad(load_text(text, "weighted", names), argnums=floating, **options)


def _step(tree: Any, path: tuple[Any, ...]) -> Iterable[str]:
    for key in path:
        by_key = isinstance(tree, (dict, tuple, list))
        yield f"[{key!r}]" if by_key else f".{key}"
        tree = dict(children(tree) or ())[key]


# --- comparing --------------------------------------------------------------------------------------------------------
def _close(found: float, expected: float, uncertainty: float, rtol: float, atol: float, f: Any, what: str,
           reference: str) -> None:
    allowed = atol + rtol * max(1.0, abs(expected)) + 10.0 * uncertainty
    if not abs(found - expected) <= allowed:
        raise AssertionError(f"{_name(f)}: {what} gives {found:.12g} along a random direction, {reference} "
                             f"{expected:.12g}; the difference {abs(found - expected):.3g} is more than {allowed:.3g}")


def _same(found: Any, expected: Any, rtol: float, what: str, f: Any) -> None:
    ours, theirs = list(leaves(found)), list(leaves(expected))
    if [path for path, _ in ours] != [path for path, _ in theirs]:
        raise AssertionError(f"{_name(f)}: {what} has another structure: {found!r} instead of {expected!r}")
    for (path, a), (_, b) in zip(ours, theirs, strict=True):
        if isinstance(b, (np.ndarray, np.generic, int, float, complex)) and (
                np.shape(a) != np.shape(b) or not np.allclose(a, b, rtol=rtol, atol=rtol, equal_nan=True)):
            raise AssertionError(f"{_name(f)}: {what} differs at {path}: {a!r} instead of {b!r}")


def _check_form(bars: tuple[Any, ...], args: tuple[Any, ...], f: Any) -> None:
    """Cotangents have the structure, shapes and dtypes of the arguments."""
    if len(bars) != len(args):
        raise AssertionError(f"{_name(f)}: {len(bars)} cotangents for {len(args)} arguments")
    for i, (bar, arg) in enumerate(zip(bars, args, strict=True)):
        own, wanted = list(floating_leaves(bar)), list(floating_leaves(arg))
        forms = [[(path, np.shape(leaf), np.asarray(leaf).dtype) for path, leaf in part] for part in (own, wanted)]
        if forms[0] != forms[1]:
            raise AssertionError(f"{_name(f)}: the cotangent of argument {i} has the form {forms[0]}, the argument "
                                 f"{forms[1]}")


def _inner_vector(out_bar: Any, slope: np.ndarray) -> float:
    return float(as_vector(out_bar) @ slope)


def _size(tree: Any) -> float:
    return float(np.sum(np.abs(as_vector(tree))))


def _name(f: Any) -> str:
    return getattr(f, "__name__", repr(f))
