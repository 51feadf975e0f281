"""`vmap(f)`: a function of one example, for many examples at once."""
from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..bridge_trees import holds_recorded
from ..errors import CompileError
from ..ir.axes import hashable
from .function_like import FunctionLike, calling_function, not_compiled
from .nested import expand
from .options import compiler_options, one_of
from .overlap import check_overlap
from .specialize import Request, Specialization, family_of
from .structure import Path, children, leaves, path_text, rebuild
from .target import Target, is_within, resolve
from .wrt import chosen

#: The batched leaves of a call by path: the axis of the batch, and the leaf.
Batch = dict[Path, tuple[int, Any]]


class LoopFallback(RuntimeWarning):
    """A function cannot be batched and is called for one example after the other. Right, but slower."""


class Batched(FunctionLike):
    """A function for many examples. Made by `vmap`; `source` and `report` show what was compiled."""

    __slots__ = ("__weakref__", "axis_size", "in_axes", "options", "out_axes", "plain", "refused", "target", "used")

    def __init__(self, primal: Callable[..., Any], in_axes: Any, out_axes: Any, options: Any,
                 axis_size: int | None = None) -> None:
        self.in_axes, self.out_axes, self.options, self.axis_size = in_axes, out_axes, options, axis_size
        self.target: Target = resolve(primal)
        self.used: dict[Specialization, None] = {}
        self.plain: dict[Any, types.FunctionType] = {}
        self.refused: set[str] = set()

    # --- calling --------------------------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = dict(zip(self.target.names, self.target.arguments(args, kwargs), strict=True))
        axes = batched_leaves(self.target, args, kwargs, self.in_axes)
        check_counts(self.target.spoken, axes, self.axis_size)
        if "runtime.core" in sys.modules and (holds_recorded(args) or is_within(self.target)):
            from .tensors import batched_on_tensors

            if kwargs:
                raise TypeError(f"{self!r} takes its arguments by position where tensors are among them")
            return batched_on_tensors(self, args, lambda: self._each(args, {}, axes))
        try:
            special, function, values = self.specialize(values, axes)
        except CompileError as error:
            if self.options.on_unsupported == "error":
                raise
            return self._one_by_one(args, kwargs, axes, error)
        check_overlap(special, values)
        return special.main.call(*special.inputs(values), **special.hidden(function))

    def specialize(self, values: dict[str, Any], axes: Batch
                   ) -> tuple[Specialization, types.FunctionType, dict[str, Any]]:
        """The compiled form for these arguments, the plain function behind it, and all that it takes."""
        example = {name: _picked(value, (name,), axes, None) for name, value in values.items()}
        batched = {id(leaf): axes[path] for name, value in example.items() for path, leaf in leaves(value, (name,))
                   if path in axes}
        function, one = expand(self.target, example)
        places = {path: batched[id(leaf)] for name, value in one.items() for path, leaf in leaves(value, (name,))
                  if id(leaf) in batched}
        moved = tuple(axis for axis, _ in places.values())
        options = replace(self.options, on_unsupported="error")
        request = Request("batched", False, options, (moved, hashable(self.out_axes)))
        special = family_of(function).get(request, function, one, tuple(places))
        self.used[special] = None
        many = {name: _rebuilt(value, (name,), places, lambda path: places[path][1]) for name, value in one.items()}
        return special, function, many

    def _one_by_one(self, args: tuple[Any, ...], kwargs: dict[str, Any], axes: Batch, error: CompileError) -> Any:
        """The same for a program that cannot be batched, which is said once."""
        reason = str(error.diagnostics[0]).splitlines()[0]
        if reason not in self.refused:
            self.refused.add(reason)
            warnings.warn(f"{self.target.spoken} is called for one example after the other: {reason}", LoopFallback,
                          stacklevel=3)
        if not next(np.shape(leaf)[axis] for axis, leaf in axes.values()):
            raise error
        return self._each(args, kwargs, axes)

    def _each(self, args: tuple[Any, ...], kwargs: dict[str, Any], axes: Batch) -> Any:
        """The results of one example after the other, stacked."""
        count = next(np.shape(leaf)[axis] for axis, leaf in axes.values())
        places = [place for place, _ in positions(self.target, args, kwargs)]
        results = []
        for k in range(count):
            parts = [_picked(value, place, axes, k)
                     for value, place in zip((*args, *kwargs.values()), places, strict=True)]
            results.append(self.target.primal(*parts[:len(args)], **dict(zip(kwargs, parts[len(args):], strict=True))))
        return _stacked(results, self.out_axes)

    # --- looking inside -------------------------------------------------------------------------------------------
    @property
    def source(self) -> str:
        """The generated text of all signatures seen so far. Raises RuntimeError if there is none yet."""
        if not self.used:
            raise not_compiled(self)
        return "\n\n".join(dict.fromkeys(special.source for special in self.used))

    def report(self) -> Any:
        """Print what the compiler did for the last signature seen, and return it as a `Report`: `fallbacks` names what
        is computed for one example after the other. Raises RuntimeError if nothing has been compiled."""
        from ..report import report_of

        _ = self.source
        found = report_of(list(self.used)[-1])
        print(found)
        return found

    def __repr__(self) -> str:
        return f"<vmap of {self.__qualname__!r}, in_axes={self.in_axes!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return Batched, (self.primal, self.in_axes, self.out_axes, self.options, self.axis_size)

    # --- differentiated -------------------------------------------------------------------------------------------
    def expand_derivative(self, args: tuple[Any, ...], kwargs: dict[str, Any]
                          ) -> tuple[types.FunctionType, dict[str, Any]]:
        """A plain function that calls this one, and the values it takes: where it is compiled, the call is read in
        place."""
        return calling_function(self, f"{self.target.name}_vmap", self.target.visible, args, kwargs, self.plain)

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this function."""
        from .inside_batched import read_batched

        return read_batched(lo, self, args, kwargs, node, hint)


def vmap(f: Callable[..., Any] | None = None, in_axes: Any = 0, out_axes: Any = 0, axis_size: int | None = None,
         backend: str = "numpy", on_unsupported: str = "loop", mode: str = "fast", **options: Any) -> Any:
    """A function of one example, for many examples at once.

    `in_axes` says which axis of each argument counts the examples: an integer for all arguments; a tuple with one item
    for every positional argument (arguments by keyword then have axis 0); a dict by argument name (others are not
    batched). An item is an integer, None (the argument is the same for all examples), or a structure of these like the
    argument. Strings, flags, functions and defaults are never batched. `out_axes` says where the examples are in the
    result; None is for what is the same for all of them. `axis_size`, if it is given, must be the number of examples.

    The program is rewritten, so that NumPy does the work for all examples in one call; a call that has no batched form
    is made for one example after the other, which `report()` says. Branches and `while` loops run on the examples that
    take them. A program that cannot be batched (AD152) is called for one example after the other, with one
    `LoopFallback` warning that names why; with `on_unsupported="error"` it raises CompileError.

    A batched program makes its random draws once, for all examples alike, as JAX does with one key; draws of each
    example's own are an argument.

    Composes with every other transform: `vmap(grad(f))` gives the gradient of each example.

    Raises, at a call: ValueError where the arguments have no such axes or different numbers of examples.

    >>> import numpy as np
    >>> import ad_compiler as ad
    >>> def loss(w, x, y):
    ...     return (np.dot(w, x) - y) ** 2
    >>> w, xs, ys = np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 3.0]]), np.array([0.0, 5.0])
    >>> ad.vmap(ad.grad(loss), in_axes=(None, 0, 0))(w, xs, ys)
    array([[2., 0.],
           [0., 6.]])
    """
    one_of("on_unsupported", on_unsupported, ("loop", "error"))
    chosen_options = compiler_options(backend, mode, on_unsupported, options)

    def transform(function: Callable[..., Any]) -> Batched:
        return Batched(function, in_axes, out_axes, chosen_options, axis_size)

    return transform if f is None else transform(f)


# --- axes -------------------------------------------------------------------------------------------------------------
def positions(target: Target, args: Sequence[Any], kwargs: dict[str, Any]) -> list[tuple[Path, Any]]:
    """The place of every argument that a call gives, and the argument."""
    by_position = [(chosen(target, i).paths[0], arg) for i, arg in enumerate(args)]
    return by_position + [(chosen(target, name).paths[0], arg) for name, arg in kwargs.items()]


def batched_leaves(target: Target, args: Sequence[Any], kwargs: dict[str, Any], in_axes: Any) -> Batch:
    """The batched leaves among the arguments given, by path: the axis of the batch, and the leaf. Raises TypeError and
    ValueError where `in_axes` does not fit the arguments."""
    found: Batch = {}
    specs = axes_of_arguments(target, len(args), kwargs, in_axes)
    for (path, argument), spec in zip(positions(target, args, kwargs), specs, strict=True):
        found |= {where: (axis, leaf) for where, leaf, axis in axes_in(argument, spec, path)}
    if not found:
        raise ValueError(f"vmap of {target.spoken}: in_axes={in_axes!r} leaves nothing to batch, since no argument is "
                         f"an array with an axis for it")
    return found


def axes_of_arguments(target: Target, count: int, kwargs: Iterable[str], in_axes: Any) -> list[Any]:
    """What `in_axes` says of each argument: of `count` positional ones, then of those by keyword."""
    if isinstance(in_axes, dict):
        names = [chosen(target, i).paths[0][0] for i in range(count)]
        unknown = [name for name in in_axes if name not in (*target.visible.parameters, *kwargs)]
        if unknown:
            raise ValueError(f"vmap of {target.spoken}: in_axes names `{unknown[0]}`, which is no argument; there are "
                             f"{', '.join(f'`{n}`' for n in target.visible.parameters)}")
        return [in_axes.get(name) for name in (*names, *kwargs)]
    if isinstance(in_axes, (tuple, list)):
        if len(in_axes) != count:
            raise ValueError(f"vmap of {target.spoken}: in_axes={in_axes!r} has {len(in_axes)} items, and {count} "
                             f"positional arguments are given")
        return [*in_axes, *(0 for _ in kwargs)]
    return [in_axes] * (count + len(list(kwargs)))


def axes_in(argument: Any, spec: Any, path: Path) -> Iterator[tuple[Path, Any, int]]:
    """The batched leaves of one argument with their axes. Raises TypeError and ValueError if `spec` does not fit."""
    where = path_text(path[0], path[1:])
    parts = children(argument)
    if spec is None:
        return
    if parts is not None:
        if isinstance(spec, (tuple, list, dict)):
            keys = dict(spec) if isinstance(spec, dict) else dict(enumerate(spec))
            if set(keys) - {key for key, _ in parts}:
                raise ValueError(f"in_axes of `{where}` has the parts {list(keys)}, it has {[key for key, _ in parts]}")
            each = [keys.get(key) for key, _ in parts]
        else:
            each = [spec] * len(parts)
        for (key, part), inner in zip(parts, each, strict=True):
            yield from axes_in(part, inner, (*path, key))
        return
    if isinstance(spec, bool) or not isinstance(spec, (int, np.integer)):
        raise TypeError(f"in_axes of `{where}` must be an integer or None, not {spec!r}")
    if isinstance(argument, (str, bytes, type(None), bool)) or callable(argument):
        return
    ndim = np.ndim(argument)
    if not -ndim <= spec < ndim:
        raise ValueError(f"`{where}` has {ndim} dimensions, and in_axes says that its axis {spec} is the batch: use "
                         f"in_axes=None for what is the same for all examples")
    yield path, argument, int(spec) % ndim


def check_counts(name: str, axes: Batch, size: int | None = None) -> None:
    """Raise ValueError unless all batched leaves have the same number of examples: `size`, if that is given."""
    counts = {path: np.shape(leaf)[axis] for path, (axis, leaf) in axes.items()}
    if size is not None and size not in counts.values():
        raise ValueError(f"vmap of {name}: axis_size={size}, and there are {next(iter(counts.values()))} examples")
    if len(set(counts.values())) > 1:
        parts = [f"`{path_text(path[0], path[1:])}` has {n} (axis {axes[path][0]})" for path, n in counts.items()]
        raise ValueError(f"vmap of {name} needs the same number of examples everywhere: {', '.join(parts)}")


# --- examples ---------------------------------------------------------------------------------------------------------
def _picked(value: Any, path: Path, axes: Batch, k: int | None) -> Any:
    """Example `k` of an argument; with None what an example is like."""
    def leaf(place: Path) -> Any:
        axis, array = axes[place]
        moved = np.moveaxis(_array(array), axis, 0)
        if k is None and not len(moved):
            return np.zeros(moved.shape[1:], moved.dtype)[()]
        return moved[k or 0]

    return _rebuilt(value, path, axes, leaf)


def _array(leaf: Any) -> Any:
    """A number or an array as an array, recorded if it is."""
    return leaf if hasattr(type(leaf), "__ad_stop__") else np.asarray(leaf)


def _rebuilt(value: Any, path: Path, places: Iterable[Path], leaf: Callable[[Path], Any]) -> Any:
    """A structure with other leaves at some places."""
    if path in places:
        return leaf(path)
    if not any(place[:len(path)] == path for place in places):
        return value
    return rebuild(value, [_rebuilt(part, (*path, key), places, leaf) for key, part in children(value) or []])


def _stacked(results: list[Any], axes: Any) -> Any:
    parts = children(results[0])
    if parts is None:
        if axes is None or results[0] is None:
            return results[0]
        return np.moveaxis(np.stack([_array(r) for r in results]), 0, axes)
    columns = zip(*([part for _, part in children(r) or ()] for r in results), strict=True)
    each = [axes[k] if isinstance(axes, (tuple, list, dict)) else axes for k, _ in parts]
    return rebuild(results[0], [_stacked(list(c), a) for c, a in zip(columns, each, strict=True)])


__all__ = ["Batched", "LoopFallback", "vmap"]
