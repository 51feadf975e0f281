"""Transforms of functions that a program on the tape makes: they run on that tape, too.

Such a function may use arrays that are recorded (`ad.grad(lambda q: np.sum((q - v) ** 2))` in a function of `v`), of
which its arguments tell nothing. So it is run as it is, and its derivative is taken by steps that are on the record.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bridge import recording
from ..bridge_again import recorded_sweep, recorded_tangent, with_leaves, written_back
from ..bridge_tensors import plain_leaf
from ..bridge_trees import leaves as leaves_of
from ..bridge_trees import mapped
from ..errors import Diagnostic, UnsupportedError
from .gradients import gradient_of
from .nested import by_kind
from .scalars import pair
from .structure import Path, floating_leaves, is_floating, is_object, map_floating
from .target import Target, resolve
from .wrt import chosen, floating_paths, value_at

if TYPE_CHECKING:
    from .derivative import Derivative


def _run(target: Target, values: dict[str, Any], paths: tuple[Path, ...]) -> tuple[Any, list[Any]]:
    """The result of a function, and the recorded numbers at the places `paths` of its arguments."""
    leaves: dict[Path, Any] = {}
    arrays: list[tuple[Any, Any]] = []
    given = {name: with_leaves(value, (name,), paths, leaves, arrays) for name, value in values.items()}
    args, kwargs = by_kind(target.parameters, given)
    out = target.function(*args, **kwargs)
    written_back(arrays)
    return out, [leaves[path] for path in paths]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The arguments without their record: what says which of them carry derivatives."""
    return {name: mapped(value, plain_leaf) for name, value in values.items()}


def _numbers(out: Any, name: str) -> list[Any]:
    """What may carry derivatives in the result of a function, recorded or not, in tuples, lists and dicts."""
    found = [leaf for leaf in leaves_of(out) if _differentiable(leaf)]
    other = next((leaf for leaf in leaves_of(out) if is_object(leaf) and not _differentiable(leaf)), None)
    if out is None or other is not None:
        raise UnsupportedError(Diagnostic(
            "AD160", None, f"`{name}` returns {'nothing' if out is None else f'a {type(other).__name__}'}: on the "
            "tape, directional derivatives are taken of arrays, numbers, and tuples, lists and dicts of them",
            "return these"))
    return found


def _differentiable(leaf: Any) -> bool:
    return is_floating(getattr(leaf, "value", leaf) if hasattr(type(leaf), "__ad_stop__") else leaf)


def _fitting(bar: Any, out: Any) -> Any:
    """A cotangent of one number or array of a result."""
    if np.shape(bar) != np.shape(out):
        raise ValueError(f"the cotangent of `result` must have its shape {np.shape(out)}, not {np.shape(bar)}")
    return bar


def gradient(derivative: Derivative, arguments: tuple[Any, ...]) -> Any:
    """What `derivative` gives for these arguments, recorded."""
    target = derivative.target
    values = dict(zip(target.names, arguments, strict=True))
    seen = _plain(values)
    paths = floating_paths(seen, derivative.wrt)
    with recording():
        out, leaves = _run(target, values, paths)
        main, aux = pair(out, target.name) if derivative.has_aux else (out, None)
        derivative.require_scalar(getattr(main, "value", main))
        numbers = iter(recorded_sweep([main], leaves, [np.ones(np.shape(main))]))
    found = tuple(map_floating(lambda leaf: next(numbers), value_at(seen, path)) for path in derivative.wrt.paths)
    return derivative.shaped(main, aux, found[0] if derivative.wrt.single else found)


def pulled(target: Target, args: tuple[Any, ...], argnums: Any, has_aux: bool) -> tuple[Any, ...]:
    """`vjp` of a function: its value and its pullback, both recorded, and what is auxiliary."""
    values = dict(zip(target.names, target.arguments(args, {}), strict=True))
    seen = _plain(values)
    wrt = chosen(target, tuple(range(len(args))) if argnums is None else argnums)
    wanted = [value_at(seen, path) for path in wrt.paths]
    paths = tuple(place for path, value in zip(wrt.paths, wanted, strict=True)
                  for place, _ in floating_leaves(value, path))
    with recording():
        out, leaves = _run(target, values, paths)
    main, *aux = pair(out, target.name) if has_aux else (out,)
    outs = _numbers(main, target.name)

    def pullback(bar: Any) -> Any:
        given = [b for b, leaf in zip(leaves_of(bar, main), leaves_of(main), strict=True) if _differentiable(leaf)]
        with recording():
            numbers = iter(recorded_sweep(outs, leaves, [_fitting(b, o) for b, o in zip(given, outs, strict=True)]))
        found = tuple(map_floating(lambda leaf: next(numbers), value) for value in wanted)
        return found[0] if argnums is not None and wrt.single else found
    return main, pullback, *aux


def pushed(target: Target, args: tuple[Any, ...], tangents: tuple[Any, ...], has_aux: bool) -> tuple[Any, ...]:
    """`jvp` of a function: its value and its tangent, both recorded, and what is auxiliary."""
    values = dict(zip(target.names, target.arguments(args, {}), strict=True))
    seen = _plain(values)
    paths: list[Path] = []
    along: list[Any] = []
    for position, tangent in enumerate(tangents):
        place = chosen(target, position).paths[0]
        places = [path for path, _ in floating_leaves(value_at(seen, place), place)]
        if tangent is not None and places:
            paths += places
            along += [value_at({place[0]: tangent}, path) if len(place) == 1 else tangent for path in places]
    with recording():
        out, leaves = _run(target, values, tuple(paths))
        main, *aux = pair(out, target.name) if has_aux else (out,)
        _numbers(main, target.name)
        dot = mapped(main, lambda leaf: recorded_tangent(leaf, leaves, along) if _differentiable(leaf) else None)
    return main, dot, *aux


def composed(how: str, target: Target, args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """A Jacobian, a Hessian or a product with one, recorded. In whatever mode it is asked for, pullbacks give it."""
    argnums, has_aux = settings.get("argnums", 0), settings.get("has_aux", False)
    if how == "elementwise_grad":
        out, pullback, *aux = pulled(target, args, argnums, has_aux)
        found = pullback(mapped(out, lambda leaf: np.ones(np.shape(leaf))))
        return (found, *aux) if aux else found
    if how == "derivative":
        return _derivative(target, args, settings["n"], argnums, has_aux)
    vector = None
    if how in ("hessian", "hvp", "vhp"):
        target = _gradient_target(target, argnums, has_aux)
        args, vector = (args, None) if how == "hessian" else (args[:-1], args[-1])
    out, pullback, *aux = pulled(target, args, argnums, has_aux)
    found = _rows(out, pullback) if vector is None else pullback(vector)
    if how == "value_and_jacobian":
        return ((out, *aux) if aux else out), found
    return (found, *aux) if aux else found


def _gradient_target(target: Target, argnums: Any, has_aux: bool) -> Target:
    """The gradient of a function, to be recorded as a part of this run."""
    return recorded_derivative(gradient_of(target.primal, argnums, {"has_aux": has_aux}), target)


def recorded_derivative(derivative: Derivative, target: Target) -> Target:
    """A derivative whose primal is recorded as a part of this run."""
    make, parts = derivative.recipe()
    made = make(*parts)  # another one: what is compiled goes on as it did
    made.target, made.within = target, True
    return resolve(made)


def _rows(out: Any, pullback: Callable[[Any], Any]) -> Any:
    """The Jacobian, row by row: the result's structure outside, the arguments' inside."""
    parts = leaves_of(out)

    def bar(part: int, index: tuple[int, ...]) -> Any:
        unit = np.zeros(np.shape(parts[part]))
        unit[index] = 1.0
        units = [unit if k == part else np.zeros(np.shape(leaf)) if _differentiable(leaf) else None
                 for k, leaf in enumerate(parts)]
        each = iter(units)
        return pullback(mapped(out, lambda leaf: next(each)))

    def block(part: int) -> Any:
        shape = np.shape(parts[part])
        rows = [bar(part, index) for index in np.ndindex(shape)]
        if not rows:
            raise TypeError("the result has an empty array: its Jacobian has no rows")
        columns = zip(*map(leaves_of, rows), strict=True)
        each = iter([_stacked(column, shape) for column in columns])
        return mapped(rows[0], lambda leaf: next(each))

    places = iter(range(len(parts)))
    return mapped(out, lambda leaf: block(k) if (k := next(places)) >= 0 and _differentiable(leaf) else None)


def _stacked(rows: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Rows of a Jacobian as one array; None for an argument that carries none."""
    if rows[0] is None or not shape:
        return rows[0]
    with recording():
        return np.reshape(np.stack(rows), (*shape, *np.shape(rows[0])))


def _derivative(target: Target, args: tuple[Any, ...], n: int, argnums: Any, has_aux: bool) -> Any:
    if n == 0:
        return target.function(*args)
    for _ in range(n - 1):
        target = _gradient_target(target, argnums, has_aux)
    place = chosen(target, argnums).paths[0]
    along = tuple(1.0 if chosen(target, k).paths[0] == place else None for k in range(len(args)))
    _, dot, *aux = pushed(target, args, along, has_aux)
    return (dot, *aux) if aux else dot
