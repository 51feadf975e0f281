"""Sparse Jacobians and Hessians: the pattern from the program, a few sweeps for all of their numbers."""
from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..extras import scipy_module
from .captured import Same
from .directions import Pullback, batched_or_none, vjp
from .elementwise import made_of
from .forward_sweep import forward_of
from .function_like import FunctionLike
from .nested import expand, moved
from .options import compiler_options
from .scalars import pair
from .signing import sign
from .sparse_plan import Plan, coloured, facts_of, same, traced_pattern
from .structure import leaves
from .target import Target, resolve
from .wrt import chosen

#: How many numbers the arrays of one sweep may have, about.
AT_ONCE = 2**22
_WHO = "a sparse derivative"  # (for messages)


class SparseDerivative(FunctionLike):
    """A sparse Jacobian or Hessian. Made by `sparse_jacobian` and `sparse_hessian`.

    Attributes, after a call: `pattern` (a boolean `scipy.sparse` matrix), `sweeps` (how many directions were taken).
    """

    __slots__ = ("__weakref__", "argnum", "given", "has_aux", "hessian", "last", "of", "options", "plans",
                 "target")

    def __init__(self, primal: Callable[..., Any], hessian: bool, argnum: int | str, pattern: Any, has_aux: bool,
                 options: Any) -> None:
        self.target: Target = resolve(primal)
        self.hessian, self.argnum, self.given, self.options = hessian, argnum, pattern, options
        self.has_aux = has_aux
        self.of: Any = made_of(primal, "{}[0]", {}) if has_aux else primal
        if hessian:
            from .derivative import Derivative

            self.of = Derivative(self.of, False, argnum, False, None, options)
        if not chosen(self.target, argnum).single:
            raise TypeError("a sparse derivative is by one array: argnums is one index or name; make one for each")
        self.plans: dict[Any, Plan] = {}
        self.last: Plan | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative as a `scipy.sparse` CSR array of shape (numbers of the result, numbers of the argument)."""
        if kwargs:
            args = self._by_position(args, kwargs)
        place = self._position(len(args))
        x = args[place]
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            raise TypeError(f"a sparse derivative is by one array of floats; argument {place} of "
                            f"{self.target.spoken} is {getattr(x, 'dtype', type(x).__name__)}")
        plan = self.last = self._plan(args, place)
        aux = pair(self.primal(*args), self.target.name)[1:] if self.has_aux else ()
        found = self._by_rows(args, plan) if plan.by_rows else self._by_columns(args, place, plan)
        return (found, *aux) if aux else found

    def _by_position(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        bound = self.target.visible.bind(*args, **kwargs)
        bound.apply_defaults()
        changed = [name for name in bound.kwargs if name in kwargs]
        if changed:
            raise TypeError(f"a sparse derivative does not take the keyword-only argument `{changed[0]}`: give "
                            "functools.partial(f, ...), or a lambda")
        return bound.args

    def _position(self, count: int) -> int:
        wanted = chosen(self.target, self.argnum).paths[0]
        for position in range(count):
            if chosen(self.target, position).paths[0] == wanted:
                return position
        raise TypeError(f"`{wanted[0]}` must be given as a positional argument here")

    # --- the pattern ----------------------------------------------------------------------------------------------
    def _plan(self, args: tuple[Any, ...], place: int) -> Plan:
        if self.given is not None:
            key: Any = "given"
            if key not in self.plans:
                sparse = scipy_module("sparse", _WHO)
                self.plans[key] = coloured(sparse.csr_array(self.given, dtype=np.bool_), False, self.hessian)
            return self.plans[key]
        target = resolve(self.of)
        values = dict(zip(target.names, target.arguments(args, {}), strict=True))
        path = chosen(target, place).paths[0]
        function, values = expand(target, values)
        key = self._key(function, values)
        found = self.plans.get(key)
        if found is None or found.by_values or found.outside is None or not found.outside.holds(function):
            pattern, by_values, outside = traced_pattern(function, values, moved(target, path, values))
            if found is None or not same(found.pattern, pattern):
                found = coloured(pattern, by_values, self.hessian)
            found = self.plans[key] = replace(found, by_values=by_values, outside=outside)
        return found

    def _key(self, function: types.FunctionType, values: dict[str, Any]) -> Any:
        """What a pattern follows from among the arguments: the signature, sizes, and integers, which may be indices."""
        numbers = [leaf for value in values.values() for _, leaf in leaves(value)]
        facts = tuple(facts_of(leaf) for leaf in numbers if isinstance(leaf, (np.ndarray, np.generic, int, float)))
        return Same(function), tuple(sign(values).items()), facts

    # --- the numbers ----------------------------------------------------------------------------------------------
    def _by_columns(self, args: tuple[Any, ...], place: int, plan: Plan) -> Any:
        from ..pipeline_batched import many_tangents

        x = args[place]
        tangents: list[Any] = [None] * len(args)
        tangents[place] = x
        sweep = forward_of(self.of, args, tuple(tangents), **_named(self.options))
        special = sweep.special
        if "many" not in special.extra:
            special.extra["many"] = batched_or_none(lambda: many_tangents(special.main, 1, self.options))
        many = special.extra["many"]
        parts = []
        runs = sweep.runs(plan.sweeps)
        for colours in _parts(plan.sweeps, max(x.size, plan.pattern.shape[0])):
            seeds = (plan.colours == np.array(colours)[:, None]).astype(x.dtype).reshape((len(colours), *x.shape))
            if many is not None:
                parts.append(np.asarray(next(runs).call(many.call, [seeds])[1]).reshape(len(colours), -1))
            else:
                dots = [np.ravel(next(runs).call(special.main.call, [seed])[1]) for seed in seeds]
                parts.append(np.stack(dots))
        compressed = np.concatenate([np.zeros((0, plan.pattern.shape[0]), x.dtype), *parts])
        rows, columns = _places(plan.pattern)
        return _filled(plan.pattern, compressed[plan.colours[columns], rows])

    def _by_rows(self, args: tuple[Any, ...], plan: Plan) -> Any:
        out, pullback = vjp(self.of, *args, argnums=self.argnum, **_named(self.options))
        assert isinstance(pullback, Pullback)
        out = np.asarray(out)
        parts = []
        for colours in _parts(plan.sweeps, max(out.size, plan.pattern.shape[1])):
            seeds = (plan.colours == np.array(colours)[:, None]).astype(out.dtype).reshape((len(colours), *out.shape))
            swept = pullback.sweep([seeds])
            parts.append(np.asarray(swept[0]) if swept is not None else np.stack([pullback(s) for s in seeds]))
        compressed = np.concatenate([p.reshape(len(p), -1) for p in parts])
        rows, columns = _places(plan.pattern)
        return _filled(plan.pattern, compressed[plan.colours[rows], columns])

    # --- looking inside -------------------------------------------------------------------------------------------
    @property
    def pattern(self) -> Any:
        """The pattern of the last call. Raises RuntimeError before the first."""
        return self._called().pattern

    @property
    def sweeps(self) -> int:
        """How many directions the last call took. Raises RuntimeError before the first."""
        return self._called().sweeps

    def _called(self) -> Plan:
        if self.last is None:
            raise RuntimeError("the pattern is known after a call")
        return self.last

    def __repr__(self) -> str:
        return f"<sparse_{'hessian' if self.hessian else 'jacobian'} of {self.__qualname__!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return SparseDerivative, (self.primal, self.hessian, self.argnum, self.given, self.has_aux,
                                  self.options)


def _parts(count: int, numbers: int) -> list[range]:
    step = max(1, AT_ONCE // max(numbers, 1))
    return [range(start, min(start + step, count)) for start in range(0, count, step)]


def _places(pattern: Any) -> tuple[np.ndarray, np.ndarray]:
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    return rows, pattern.indices


def _filled(pattern: Any, numbers: np.ndarray) -> Any:
    sparse = scipy_module("sparse", _WHO)
    return sparse.csr_array((numbers, pattern.indices.copy(), pattern.indptr.copy()), shape=pattern.shape)


def _named(options: Any) -> dict[str, Any]:
    from dataclasses import fields

    return {f.name: getattr(options, f.name) for f in fields(options)}


def _make(f: Any, hessian: bool, argnums: int | str, pattern: Any, has_aux: bool, wrt: Any, options: dict[str, Any]
          ) -> Any:
    if wrt is not None:
        return _by_path(f, hessian, argnums, pattern, has_aux, wrt, options)
    named = {"backend": "numpy", "mode": "fast", "on_unsupported": "error"}
    others = dict(options)
    known = compiler_options(*(others.pop(name, value) for name, value in named.items()), others)

    def transform(function: Callable[..., Any]) -> SparseDerivative:
        return SparseDerivative(function, hessian, argnums, pattern, has_aux, known)

    return transform if f is None else transform(f)


def _by_path(f: Any, hessian: bool, argnums: int | str, pattern: Any, has_aux: bool, wrt: Any, options: dict[str, Any]
             ) -> Any:
    from .by_path import ByPath, Maker

    if argnums != 0 or pattern is not None:
        raise TypeError("with wrt, a sparse derivative takes neither argnums nor a pattern")
    how = sparse_hessian if hessian else sparse_jacobian
    make = Maker(how, tuple({**options, "has_aux": has_aux}.items()))

    def transform(function: Callable[..., Any]) -> ByPath:
        return ByPath(function, how.__name__, make, wrt)

    return transform if f is None else transform(f)


def sparse_jacobian(f: Callable[..., Any] | None = None, argnums: int | str = 0, pattern: Any = None,
                    has_aux: bool = False, wrt: Any = None, **options: Any) -> Any:
    """The Jacobian of a function of an array that returns an array, as a `scipy.sparse` CSR array of shape
    `(out.size, x.size)`.

    Which entries may differ from zero is found from the program: it is run once on the arguments, and every operation
    is followed element by element. Values are not looked at (a product with a zero counts), but the path is that of
    the run. The pattern is kept for calls with the same sizes and the same integers; where the path, or an index,
    depends on values of the argument, it is found again in each call. `pattern` gives it instead: any matrix that
    `scipy.sparse.csr_array` takes. With `has_aux` the function returns a pair, and so does the derivative: it is run
    once more for the second part. `wrt`, a path to an array, is that of `grad`.

    Columns (or rows) without a common entry are swept together, all of them in one batched sweep: a tridiagonal
    Jacobian of any size takes three directions.

    Raises TypeError for arguments and results that are not one array of floats, CompileError for programs that cannot
    be compiled, ImportError without SciPy.

    >>> import numpy as np
    >>> import ad_compiler as ad
    >>> jacobian = ad.sparse_jacobian(lambda x: x[1:] ** 2 - x[:-1])
    >>> print(jacobian(np.array([1.0, 2.0, 3.0])).toarray())
    [[-1.  4.  0.]
     [ 0. -1.  6.]]
    >>> jacobian.sweeps
    2
    """
    return _make(f, False, argnums, pattern, has_aux, wrt, options)


def sparse_hessian(f: Callable[..., Any] | None = None, argnums: int | str = 0, pattern: Any = None,
                   has_aux: bool = False, wrt: Any = None, **options: Any) -> Any:
    """The Hessian of a scalar function of an array, as a `scipy.sparse` CSR array; its pattern is that of the
    gradient's program. See `sparse_jacobian`.

    >>> import numpy as np
    >>> import ad_compiler as ad
    >>> print(ad.sparse_hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2))(np.array([1.0, 2.0, 3.0])).toarray())
    [[4. 2. 0.]
     [2. 6. 4.]
     [0. 4. 0.]]
    """
    return _make(f, True, argnums, pattern, has_aux, wrt, options)
