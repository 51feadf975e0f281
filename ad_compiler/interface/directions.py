"""`vjp` and `jvp`: derivatives at one point, along directions of the result or of the arguments."""
from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..bridge_trees import holds_recorded
from ..errors import CompileError, spoken
from ..ir import nodes as ir
from ..ir.types import ListOf
from .forward_sweep import as_tuple, forward_of
from .nested import expand, moved
from .options import compiler_options
from .overlap import check_overlap
from .procedures import refuse_on_tape, returning, written_arguments
from .records import copied, owned
from .results import like_result, list_lengths, main_result, result_places
from .scalars import pair
from .specialize import Request, Specialization, family_of
from .structure import Path, fill, floating_leaves, map_floating, matched
from .target import is_within, resolve
from .wrt import Argnums, chosen, floating_paths, value_at


class Pullback:
    """The transposed derivative at a point: maps a cotangent of the result to cotangents of the arguments.

    It may be called any number of times.
    """

    rule = None  # so that transforms call it, and do not read what is behind it

    def __init__(self, special: Specialization, record: Any, out: Any, wanted: list[Any], single: bool, name: str
                 ) -> None:
        self._special, self._record, self._wanted, self._single = special, record, wanted, single
        self.name = name
        self._out = map_floating(_frame, out, lambda leaf: leaf)
        if special.on_tape:  # which takes a cotangent for each number of the result, whatever its structure
            self._count = sum(1 for _ in floating_leaves(out))
            self._places: list[Any] = [(k, None) for k in range(self._count)]
            return
        self._count = len(special.compiled.out_leaves)
        places = result_places(special)
        lists = iter(list_lengths(main_result(special), self._out))
        self._places = [(position, next(lists) if _is_list(leaf) else None) for leaf, position in places]

    def __call__(self, out_bar: Any) -> Any:
        """Cotangents of the arguments, for a cotangent with the structure and shapes of the result.

        Raises TypeError and ValueError if `out_bar` does not fit.
        """
        given = matched(out_bar, self.frames[0], "result", "cotangent")
        numbers = iter(self._special.compiled.rev.call(self._record, *self._placed(given)))
        found = tuple(fill(argument, numbers) for argument in self._wanted)
        return found[0] if self._single else found

    def _placed(self, given: list[Any]) -> list[Any]:
        """Cotangents of the result's numbers as the reverse sweep takes them: one for each variable."""
        bars: list[Any] = [None] * self._count
        rest = iter(given)
        for position, listed in self._places:
            if listed is not None:
                bar = map_floating(lambda leaf: next(rest), listed)
            else:
                bar = next(rest)
            if position is not None:
                bars[position] = bar if bars[position] is None else _sum(bars[position], bar)
        return bars

    def sweep(self, given: list[Any]) -> list[Any] | None:
        """The cotangents of the arguments' numbers for many cotangents of the result's at once: all have a batch in
        front. None where the reverse sweep cannot be batched."""
        special = self._special
        if "many" not in special.extra:
            from ..pipeline_batched import many_cotangents

            lists = any(listed is not None for _, listed in self._places)
            special.extra["many"] = None if special.on_tape or lists else batched_or_none(
                lambda: many_cotangents(special.compiled, special.request.options))
        many = special.extra["many"]
        return None if many is None else list(many.call(self._record, *self._placed(given)))

    @property
    def frames(self) -> tuple[Any, list[Any]]:
        """Structures like the result (without auxiliary data) and like the arguments that get cotangents."""
        return self._out, self._wanted

    @property
    def single(self) -> bool:
        return self._single

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this pullback."""
        from .inside_pullbacks import outer_pullback

        return outer_pullback(lo, self._special, self._record, self._wanted, self._single, function, args, kwargs,
                              node, hint)

    def __reduce__(self) -> Any:
        raise TypeError(f"the pullback of {spoken(self.name)} cannot be pickled, for it holds what one call recorded: "
                        f"pickle the function and its arguments, and use vjp there")

    def __copy__(self) -> Pullback:
        return self  # no call changes it

    def __deepcopy__(self, memo: dict[int, Any]) -> Pullback:
        return self

    def __repr__(self) -> str:
        return f"<pullback of {self.name!r}>"


def _is_list(leaf: Any) -> bool:
    return isinstance(leaf, ir.Var) and isinstance(leaf.type, ListOf)


def _sum(one: Any, other: Any) -> Any:
    """The sum of two cotangents of one value, item by item for lists."""
    if isinstance(one, list):
        return [_sum(a, b) for a, b in zip(one, other, strict=True)]
    return one + other


def batched_or_none(make: Callable[[], Any]) -> Any:
    """A batched sweep; None if it cannot be batched."""
    try:
        return make()
    except CompileError:
        return None


def _frame(leaf: Any) -> Any:
    """A leaf of the same shape and dtype that holds no memory."""
    if not isinstance(leaf, np.ndarray):
        return leaf
    return np.ndarray(leaf.shape, leaf.dtype, _NO_MEMORY, 0, (0,) * leaf.ndim)  # (what np.broadcast_to makes, at once)


_NO_MEMORY = bytes(64)


def vjp(f: Callable[..., Any], *args: Any, argnums: Argnums | None = None, has_aux: bool = False,
        backend: str = "numpy", on_unsupported: str = "tape", mode: str = "fast", wrt: Any = None,
        **options: Any) -> Any:
    """The value of `f(*args)` and its pullback: `(out, pullback)`, with `has_aux` `(out, pullback, auxiliary)`.

    `pullback(out_bar)` takes a cotangent with the structure and shapes of `out` and returns a tuple with one cotangent
    for every argument (None for arguments without floating-point numbers); with `argnums` only for those, as `grad`
    does. It may be called any number of times, also after the arguments, or arrays that `f` captures, have changed.

    A procedure, which returns nothing and writes into arguments, has the cotangents of these: the pullback takes those
    of the arguments as they are left (one, or a tuple in the order of the parameters), and returns those at entry.

    With `wrt` (a path, or a tuple of paths, as for `grad`) the cotangents are those of what the function captures.

    >>> import ad_compiler as ad
    >>> out, pullback = ad.vjp(lambda x, y: (x * y, x + y), 2.0, 3.0)
    >>> out, pullback((1.0, 0.0)), pullback((0.0, 1.0))
    ((6.0, 5.0), (3.0, 2.0), (1.0, 1.0))
    """
    if wrt is not None:
        from .by_path import vjp_by_path

        return vjp_by_path(f, args, argnums, wrt, {"has_aux": has_aux, "backend": backend, "mode": mode, **options})
    chosen_options = compiler_options(backend, mode, on_unsupported, options)
    if "runtime.core" in sys.modules and is_within(resolve(f)):
        from .within_recording import pulled

        return pulled(resolve(f), args, argnums, has_aux)
    if holds_recorded(args):
        from .tensors import vjp_on_tensors

        return vjp_on_tensors(f, args, argnums, has_aux, {"backend": backend, "mode": mode,
                                                          "on_unsupported": on_unsupported, **options})
    target = resolve(f)
    values = dict(zip(target.names, target.arguments(args, {}), strict=True))
    wanted, paths, single = _wanted(target, args, values, argnums)
    frames = [map_floating(_frame, argument, lambda leaf: leaf) for argument in wanted]
    function, values = expand(target, values)
    paths = tuple(moved(target, path, values) for path in paths)
    special = family_of(function).get(Request("pullback", has_aux, chosen_options), function, values, paths)
    names = () if has_aux else written_arguments(special, target)
    if names:
        return None, vjp(returning(target, names), *args, argnums=argnums, backend=backend,
                         on_unsupported=on_unsupported, mode=mode, **options)[1]
    out, record = _forward_sweep(special, function, values)
    main, *aux = pair(out, target.name) if has_aux else (out,)
    return main, Pullback(special, record, main, frames, single, target.name), *aux


def _wanted(target: Any, args: tuple[Any, ...], values: dict[str, Any], argnums: Argnums | None
            ) -> tuple[list[Any], tuple[Path, ...], bool]:
    """The arguments that have cotangents, the paths of their numbers, and whether one argument was asked for."""
    if argnums is not None:
        wrt = chosen(target, argnums)
        return [value_at(values, path) for path in wrt.paths], floating_paths(values, wrt), wrt.single
    if len(args) != len(values) or any(a is not b for a, b in zip(args, values.values(), strict=True)):
        return (*_given(target, args, values), False)
    return list(args), tuple(path for name, value in values.items()
                             for path, _ in floating_leaves(value, (name,))), False


def _forward_sweep(special: Specialization, function: Any, values: dict[str, Any]) -> tuple[Any, Any]:
    """The value and the record of the sweep, which nobody changes afterwards."""
    check_overlap(special, values)
    result_places(special)
    hidden = special.hidden(function)
    out, record = special.main.call(*special.inputs(values), **hidden)
    refuse_on_tape(special, out)
    if special.on_tape:
        return copied(out), record  # the record is the tape's
    arrays = (v for v in hidden.values() if isinstance(v, np.ndarray))
    return out, owned(record, [*values.values(), *arrays, out], [v for v in hidden.values() if isinstance(v, list)])


def _given(target: Any, args: tuple[Any, ...], values: dict[str, Any]) -> tuple[list[Any], tuple[Path, ...]]:
    """The arguments that were given by position, and the paths of their numbers."""
    wrt = chosen(target, tuple(range(len(args))))
    wanted = [value_at(values, path) for path in wrt.paths]
    return wanted, tuple(place for path, argument in zip(wrt.paths, wanted, strict=True)
                         for place, _ in floating_leaves(argument, path))


def jvp(f: Callable[..., Any], args: Any, tangents: Any, *, has_aux: bool = False, backend: str = "numpy",
        on_unsupported: str = "tape", mode: str = "fast", wrt: Any = None, **options: Any) -> Any:
    """The value of `f(*args)` and its derivative along `tangents`: `(out, out_dot)`, with `has_aux` `(out, out_dot,
    auxiliary)`. `out_dot` has the structure of `out`, with None for what is no floating-point number.

    `tangents` is a tuple with one tangent for every argument, of its structure and shapes; None is no tangent (for
    arguments that are held fixed, or without floating-point numbers). For a procedure, which returns nothing and writes
    into arguments, `out_dot` is the tangent of these as they are left (one, or a tuple in the order of the parameters).

    With `wrt` (a path, or a tuple of paths, as for `grad`) `tangents` is the tangent of what it leads to (or a tuple of
    them) instead.

    Raises TypeError and ValueError if the tangents do not fit the arguments.

    >>> import ad_compiler as ad
    >>> ad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    if wrt is not None:
        from .by_path import jvp_by_path

        return jvp_by_path(f, as_tuple(args, "args"), tangents, wrt, {
            "has_aux": has_aux, "backend": backend, "mode": mode, **options})
    if "runtime.core" in sys.modules and is_within(resolve(f)):
        from .within_recording import pushed

        return pushed(resolve(f), as_tuple(args, "args"), as_tuple(tangents, "tangents"), has_aux)
    if holds_recorded((args, tangents)):
        from .tensors import jvp_on_tensors

        return jvp_on_tensors(f, as_tuple(args, "args"), as_tuple(tangents, "tangents"), has_aux, {
            "backend": backend, "mode": mode, "on_unsupported": on_unsupported, **options})
    sweep = forward_of(f, args, tangents, backend=backend, on_unsupported=on_unsupported, mode=mode, **options)
    names = () if has_aux else written_arguments(sweep.special, sweep.target)
    if names:
        return None, jvp(returning(sweep.target, names), args, tangents, backend=backend,
                         on_unsupported=on_unsupported, mode=mode, **options)[1]
    out, tangent = sweep.call(sweep.special.main.call, sweep.given)
    out_dot = like_result(out, tangent)
    if not has_aux:
        return out, out_dot
    out, aux = pair(out, sweep.name)
    return out, out_dot[0], aux
