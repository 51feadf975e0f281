"""The tape fallback: functions that the compiler cannot read run on `runtime`'s tape, whole.

The function runs on recorded arrays, with its globals rebound: `np` and `math` are recording namespaces (creation
functions return arrays that can record what is stored into them), `float` keeps the record, and the plain functions it
calls are rebound likewise. A value that would lose its record (`float` in a C extension, a store into a foreign
array) raises. This is the one module that imports `runtime`.
"""
from __future__ import annotations

import copy
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .bridge_trees import holds_recorded
from .errors import CompileError, Diagnostic, NotScalar, TapeFallback, UnsupportedError, callers_level, spoken
from .frontend.entry import Lowered
from .frontend.signature import Spec, Static, Tree
from .ir import nodes as ir
from .ir.types import Array, unknown_dim
from .support.shadows import copy_like

Path = tuple[Any, ...]


def warn(name: str, error: CompileError) -> str:
    """Say once, when compiling, why the function runs on the tape; returns the reason."""
    reason = str(error.diagnostics[0])
    first = reason.splitlines()[0]
    warnings.warn(f"`{name}` runs on the tape, since it cannot be compiled: {first}", TapeFallback,
                  stacklevel=callers_level())
    return reason


def warn_calls(name: str, notes: Sequence[str]) -> None:
    """Say once, when compiling, which calls of a function run on the tape, and why."""
    warnings.warn(f"in `{name}` some calls run on the tape, since they cannot be compiled:\n  " + "\n  ".join(notes),
                  TapeFallback, stacklevel=callers_level())


def stand_in(name: str) -> tuple[Lowered, ir.Function]:
    """What the interface asks of a lowered function, for one that was not lowered: no inputs of its own, and a
    result of which nothing is known."""
    fn = ir.Function(name, (), (), ir.Block(), None, None)
    out = ir.Var("out", Array(np.dtype(np.float64), (unknown_dim(),)))
    return Lowered(fn, (), {}, out, out, {}, {}, frozenset()), fn


class TapeRun:
    """One function on one signature, on the tape."""

    def __init__(self, function: types.FunctionType, args: dict[str, Spec], wrt: tuple[Path, ...], aux: bool,
                 refusal: CompileError) -> None:
        self.function, self.args, self.wrt, self.aux, self.refusal = function, args, wrt, aux, refusal
        self.params = tuple(n for n, s in args.items() if not isinstance(s, Static))

    def record(self, *inputs: Any, keep: bool = False) -> tuple[Any, Any, list[Any]]:
        """Run the function: its plain result, its recorded one, and the recorded inputs. With `keep` the record can be
        used after arrays that the function captures have changed."""
        with recording():
            return self._record(*inputs, keep=keep)

    def _record(self, *inputs: Any, keep: bool) -> tuple[Any, Any, list[Any]]:
        from runtime.traced_refusals import refusals

        from .recording import rebound

        refusals()  # what earlier code left
        given = dict(zip(self.params, inputs, strict=True))
        leaves: dict[Path, Any] = {}
        values: dict[str, Any] = {}
        back: list[tuple[Any, Any, Any]] = []
        for name, spec in self.args.items():
            values[name] = spec.value if isinstance(spec, Static) else self._traced(
                given[name], spec, (name,), leaves, back)
        try:
            out = called(rebound(self.function, keep), self.function, values)
        except Exception as error:
            self._explain(error, given)
            raise
        caught = refusals()
        if caught:  # the program caught it and went a way that it does not go on plain arrays
            raise self._unable(caught[0])
        self.finish(back)
        return plain(out), out, [leaves[path] for path in self.wrt]

    def finish(self, back: list[tuple[Any, Any, Any]]) -> None:
        """Leave in the caller's arrays and containers what the program left in the recorded ones."""
        _refuse_shared_writes([(a, r) for a, r, parts in back if parts is None])
        for original, recorded, parts in back:
            _give_back(original, recorded, parts)

    def _traced(self, value: Any, spec: Spec, path: Path, leaves: dict[Path, Any], back: list[Any]) -> Any:
        """The argument with recorded arrays for its differentiated numbers (and for arrays that may be written)."""
        from runtime.traced_array import traced
        from runtime.traced_number import number

        if isinstance(spec, Tree):
            parts = {k: (c.value if isinstance(c, Static) else self._traced(
                getattr(value, k) if spec.access == "attribute" else value[k], c, (*path, k), leaves, back))
                for k, c in spec.children}
            rebuilt = _rebuilt(value, spec, parts)
            if rebuilt is value and any(p[:len(path)] == path for p in self.wrt):
                raise TypeError(f"`{type(value).__name__}` cannot be made with recorded numbers inside: differentiate "
                                "with respect to its numbers as arguments of their own")
            if not isinstance(value, tuple) and rebuilt is not value:
                back.append((value, rebuilt, parts))
            return rebuilt
        wanted = path in self.wrt
        if isinstance(value, np.ndarray):
            leaf = traced(value.copy(), requires_grad=wanted)
            if wanted:
                leaves[path] = leaf
            inside = np.copy(leaf)  # written by the program without touching the leaf
            inside._data = copy_like(value)
            back.append((value, inside, None))
            return inside
        if wanted:
            leaf = traced(np.asarray(value), True) if isinstance(value, np.generic) else number(value, True)
            leaves[path] = leaf
            return leaf
        return value

    def _explain(self, error: Exception, given: dict[str, Any]) -> None:
        """Raise what the function itself raises on these arguments; if it raises nothing, say that neither the
        compiler nor the tape can take it."""
        values = copy.deepcopy({n: s.value if isinstance(s, Static) else given[n] for n, s in self.args.items()})
        called(self.function, self.function, values)
        if isinstance(error, ModuleNotFoundError):
            raise error  # it says what to install
        raise self._unable(f"{type(error).__name__}: {error}") from error

    def _unable(self, error: str) -> UnsupportedError:
        problem = Diagnostic("AD160", None, f"and on the tape it fails: {error}",
                             "write it with NumPy functions that have a derivative (docs/coverage.md)")
        return UnsupportedError([*self.refusal.diagnostics, problem])

    def value_and_bars(self, *inputs: Any) -> tuple[Any, tuple[Any, ...]]:
        """The result and the cotangents of the differentiated inputs, for a seed of 1. Recorded inputs give recorded
        results: that is a derivative of the derivative."""
        if holds_recorded(inputs):
            from .bridge_again import recorded_bars

            return recorded_bars(self, inputs)
        value, out, leaves = self.record(*inputs)
        main = out[0] if self.aux and isinstance(out, tuple) else out
        if isinstance(main, (tuple, list, dict, set)) or main is None:
            what = "None" if main is None else f"a {type(main).__name__}"
            raise NotScalar(f"{spoken(self.function.__name__)} returns {what}, and a gradient needs exactly one "
                            "number: use `vjp` or `jacobian`, or has_aux=True for a pair (value, auxiliary data)")
        return value, self.pull(main, leaves, None)

    def pull(self, out: Any, leaves: list[Any], cotangent: Any, keep: bool = False) -> tuple[Any, ...]:
        """The cotangents of the leaves, for a cotangent of one result (None: ones)."""
        seed = np.ones(np.shape(out)) if cotangent is None else cotangent
        return self.pull_all([out], leaves, [seed], keep)

    def pull_all(self, outs: list[Any], leaves: list[Any], cotangents: Sequence[Any], keep: bool = False
                 ) -> tuple[Any, ...]:
        """The cotangents of the leaves, for one cotangent per result (None: zero)."""
        from runtime.traced_array import TracedArray
        from runtime.traced_sweeps import gradients

        active = [(out, np.asarray(bar, out.dtype)) for out, bar in zip(outs, cotangents, strict=True)
                  if bar is not None and isinstance(out, TracedArray) and out.requires_grad]
        if not active:
            return tuple(np.zeros_like(leaf.value)[()] for leaf in leaves)
        with recording():
            bars = gradients([out for out, _ in active], leaves, [bar for _, bar in active], keep)
        return tuple(bar[()] if bar.ndim == 0 else bar for bar in bars)

    def value_and_dot(self, *inputs: Any) -> tuple[Any, Any]:
        """The result, and its tangent (in the result's structure) along tangents that follow the inputs."""
        count = len(self.params)
        value, out, leaves = self.record(*inputs[:count])
        return value, self.push(value, floating_parts(value, out), leaves, inputs[count:])

    def push(self, value: Any, outs: list[Any], leaves: list[Any], tangents: Sequence[Any]) -> Any:
        """The tangent of a result, in its structure, for tangents of the leaves; `outs` are its recorded numbers."""
        from runtime.traced_sweeps import pushed

        with recording():
            dots = pushed(outs, leaves, tangents)
        return _filled(value, iter(dots))


@contextmanager
def recording() -> Iterator[None]:
    """The tape's default mode, whatever mode the caller is in."""
    from runtime.grad_mode import enable_grad, inference_mode

    with inference_mode(False), enable_grad():
        yield


def floating_parts(value: Any, out: Any) -> list[Any]:
    """For each floating number of a plain result, in order, what stands in its place in the recorded one.

    Raises UnsupportedError for objects of the program's classes."""
    if isinstance(value, dict):
        return [part for k, v in value.items() for part in floating_parts(v, out[k])]
    if isinstance(value, tuple | list):
        return [part for v, o in zip(value, out, strict=True) for part in floating_parts(v, o)]
    if _is_object(value):
        raise UnsupportedError(Diagnostic(
            "AD160", None, f"the result holds an object of class `{type(value).__name__}`, which the tape does not "
            "take apart", "return a tuple or a dict"))
    return [out] if _is_floating(value) else []


def _is_object(value: Any) -> bool:
    """Whether a value is an instance of a class of the program's, which may hold numbers that are not seen here."""
    return type(value).__module__.partition(".")[0] not in ("numpy", "builtins")


def _is_floating(value: Any) -> bool:
    return value.dtype.kind in "fc" if isinstance(value, np.ndarray | np.generic) else isinstance(value,
                                                                                                 float | complex)


def _filled(value: Any, dots: Iterator[Any]) -> Any:
    """The structure of a result with its tangents; None for what is no floating-point number."""
    if isinstance(value, dict):
        return {k: _filled(v, dots) for k, v in value.items()}
    if isinstance(value, tuple | list):
        parts = [_filled(v, dots) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if not _is_floating(value):
        return None
    dot = next(dots)
    return dot[()] if np.ndim(dot) == 0 else dot


def _give_back(original: Any, recorded: Any, parts: dict[Any, Any] | None) -> None:
    """Leave in the caller's array or container what the program left in the recorded one."""
    if parts is None:
        if original.flags.writeable and not _same(original, recorded.value):
            np.copyto(original, recorded.value)
    elif isinstance(original, list):
        own = {id(part): original[k] for k, part in parts.items()}
        if len(original) != len(recorded) or any(r is not parts[k] for k, r in enumerate(recorded)):
            original[:] = [own[id(r)] if id(r) in own else plain(r) for r in recorded]
    elif isinstance(original, dict):
        own = {id(part): original[k] for k, part in parts.items()}
        new = {k: own[id(r)] if id(r) in own else plain(r) for k, r in recorded.items()}
        if list(new) != list(original) or any(new[k] is not original[k] for k in new):
            original.clear()
            original.update(new)
    else:
        for name, r in vars(recorded).items():
            if name not in parts or r is not parts[name]:
                setattr(original, name, plain(r))


def _refuse_shared_writes(arrays: list[tuple[Any, Any]]) -> None:
    """Arguments that share memory are apart on the tape: right as long as the program writes to none of them."""
    for a, recorded in arrays:
        shared = any(b is not recorded and np.may_share_memory(a, x) for x, b in arrays)
        if shared and not _same(a, recorded.value):
            raise TypeError("the function writes into an argument that shares memory with another one: on the tape "
                            "they are apart, so pass a copy")


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _rebuilt(value: Any, spec: Tree, parts: dict[Any, Any]) -> Any:
    """A structure like `value` with other parts."""
    if spec.access == "attribute":
        try:
            new = object.__new__(type(value))
        except TypeError:  # a class with memory of its own (a file, an exception): the program gets the object itself
            return value
        slots = [s for c in type(value).__mro__ for s in (getattr(c, "__slots__", None) or ()) if hasattr(value, s)]
        kept = {s: getattr(value, s) for s in slots if s not in ("__dict__", "__weakref__")}
        for k, v in (kept | parts).items():
            object.__setattr__(new, k, v)
        return new
    if hasattr(spec.cls, "_fields"):
        return spec.cls(*parts.values())
    if isinstance(value, dict):
        new = copy.copy(value)  # a defaultdict keeps its factory
        new.update(parts)
        return new
    return spec.cls(parts.values())


def called(recorded: Callable[..., Any], function: types.FunctionType, values: dict[str, Any]) -> Any:
    """Call by parameter kinds: variadic parameters are spread again."""
    code = function.__code__
    count = code.co_argcount
    names = code.co_varnames
    args = [values[n] for n in names[:count]]
    kwargs = {n: values[n] for n in names[count: count + code.co_kwonlyargcount]}
    position = count + code.co_kwonlyargcount
    if code.co_flags & 0x04:  # *args
        args += list(values.get(names[position], ()))
        position += 1
    if code.co_flags & 0x08:  # **kwargs
        kwargs |= dict(values.get(names[position], {}))
    return recorded(*args, **kwargs)


def plain(value: Any) -> Any:
    """A result without its record; containers are new ones, objects of the program's classes are cleared in place."""
    from .recording_effects import Plain

    return _new_containers(value, Plain())


def _new_containers(value: Any, plain: Any) -> Any:
    if isinstance(value, (tuple, list)):
        parts = [_new_containers(v, plain) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, dict):
        new = copy.copy(value)  # a defaultdict keeps its factory
        new.update({k: _new_containers(v, plain) for k, v in value.items()})
        return new
    return plain.of(value)


def source_of(name: str, reason: str) -> str:
    """What `.source` shows for a function on the tape."""
    text = "\n".join(f"# {line}" for line in reason.splitlines())
    return f"# `{name}` is not compiled; it runs on the tape, because\n{text}\n"
