"""`vmap(f)` called inside a function that is being compiled: the batched program is read in place."""
from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import CompileError, Diagnostic, UnsupportedError
from ..frontend.lower.custom_parts import attempt
from ..frontend.lower.names import external
from ..frontend.lowering import Lowering
from ..frontend.values import ExternalV, HeapV, TupleV, Value
from ..ir import nodes as ir
from ..ir import visit
from ..ir.axes import hashable
from ..ir.types import Array, Num
from .inside import bound, call_emitted, specs_of
from .inside_directions import structure
from .options import compiler_options
from .specialize import Request, family_of
from .structure import Path

if TYPE_CHECKING:
    from .batched import Batched


def read_batched(lo: Lowering, made: Batched, args: list[Value], kwargs: dict[str, Value], node: Any,
                 hint: str | None) -> Value:
    """The value of `made(*args, **kwargs)` in the program that `lo` reads."""
    return _read(lo, made, args, kwargs, node, hint)[0]


def read_batched_form(lo: Lowering, f: Any, in_axes: Any, out_axes: Any, args: list[Value], node: Any, hint: str | None
                      ) -> tuple[Value, Any]:
    """The value of `vmap(f, in_axes, out_axes)(*args)`, and which parts of it differ between examples."""
    from .batched import Batched

    return _read(lo, Batched(f, in_axes, out_axes, compiler_options("numpy", "fast", "error", {})), args, {}, node,
                 hint)


def _read(lo: Lowering, made: Batched, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
          ) -> tuple[Value, Any]:
    from .batched import axes_of_arguments

    target = made.target
    reading = Examples(lo, node, target.name)
    try:
        each = axes_of_arguments(target, len(args), kwargs, made.in_axes)
    except ValueError as error:
        lo.fail("AD153", node, str(error))
    one = [reading.example(value, axes, f"argument {i + 1}")
           for i, (value, axes) in enumerate(zip((*args, *kwargs.values()), each, strict=True))]
    if not reading.batched:
        lo.fail("AD153", node, f"vmap of {target.spoken}: in_axes={made.in_axes!r} leaves nothing to batch")
    given, named = one[:len(args)], dict(zip(kwargs, one[len(args):], strict=True))
    function, values = bound(lo, target, given, named, node)
    axes = {path: axis for name, value in values.items() for path, axis in reading.places(value, (name,))}
    request = Request("batched", False, replace(made.options, on_unsupported="error"),
                      (tuple(axes.values()), hashable(made.out_axes)))
    try:
        special = family_of(function).get_for_specs(request, function, specs_of(lo, values, node), tuple(axes))
        _refuse_probe(special.main.lowered.function, target.spoken)
    except CompileError as error:
        if made.options.on_unsupported == "loop":
            from .inside_one_by_one import one_by_one

            read = functools.partial(one_by_one, lo, made, reading, given, named, node, error)
            found, _ = attempt(lo, read)
            if found is not None:
                return found, None
        lo.fail(error.diagnostics[0].code, node, f"{target.spoken} is batched here: "
                f"{str(error.diagnostics[0]).partition(': ')[2]}")
    many = {name: reading.whole(value) for name, value in values.items()}
    return call_emitted(lo, special, function, many, node, hint), special.main.out_differs


def _refuse_probe(fn: ir.Function, name: str) -> None:
    if any(isinstance(s, ir.Ruled) and any(rule.name == "probe" for rule in s.rules) for s in visit.walk(fn.body)):
        raise UnsupportedError(Diagnostic(
            "AD152", None, f"{name} looks at a cotangent with `probe`: every example has its own",
            "probe outside of it, or differentiate each example: vmap(grad(f))"))


class Examples:
    """Variables that stand for one example of the batched arguments: what they are examples of, and the batch's axis.
    """

    def __init__(self, lo: Lowering, node: Any, name: str) -> None:
        self.lo, self.node, self.name = lo, node, name
        self.batched: dict[ir.Var, tuple[Value, int]] = {}

    def example(self, value: Any, axes: Any, where: str) -> Any:
        """An argument with variables for one example in it."""
        if axes is None or (isinstance(value, ir.Const) and isinstance(value.value, (str, type(None), bool))):
            return value
        if isinstance(value, (TupleV, HeapV)) or (
                isinstance(value, ExternalV) and isinstance(value.value, (tuple, list, dict))):
            cls, parts = self._parts(value)
            several = isinstance(axes, (tuple, list, dict))
            known = dict(enumerate(axes)) if isinstance(axes, (tuple, list)) else axes
            new = [self.example(part, known.get(key) if several else axes, f"{where}[{key!r}]")
                   for key, part in parts.items()]
            return structure(self.lo, cls, list(parts), new)
        if isinstance(value, ExternalV) and callable(value.value):
            return value
        t = self.lo.type_of(value)
        ndim = t.ndim if isinstance(t, Array) else 0
        if not isinstance(t, (Num, Array)) or isinstance(axes, (tuple, dict, list)) or not -ndim <= axes < ndim:
            self.lo.fail("AD153", self.node, f"vmap of `{self.name}`: {where} has {ndim} dimensions, and in_axes says "
                         f"that its axis {axes} is the batch", "use in_axes=None for what is the same for all examples")
        assert isinstance(t, Array)
        dims = tuple(d for k, d in enumerate(t.dims) if k != axes % ndim)
        new = ir.Var(getattr(value, "hint", "x"), Array(t.dtype, dims) if dims else Num(t.dtype, weak=False))
        self.batched[new] = (value, axes % ndim)
        return new

    def _parts(self, value: Any) -> tuple[type, dict[Any, Value]]:
        if isinstance(value, TupleV):
            return value.cls, dict(enumerate(value.items))
        if isinstance(value, HeapV):
            return value.cls, dict(value.slots)
        inner = value.value
        items = inner.items() if isinstance(inner, dict) else enumerate(inner)
        return type(inner), {k: external(self.lo, v, f"{value.path}[{k!r}]", str(k)) for k, v in items}

    def places(self, value: Any, path: Path) -> list[tuple[Path, int]]:
        """The places of such variables in a value, and the axes of the batch."""
        if isinstance(value, ir.Var):
            return [(path, self.batched[value][1])] if value in self.batched else []
        if isinstance(value, (TupleV, HeapV)):
            _, parts = self._parts(value)
            return [found for key, part in parts.items() for found in self.places(part, (*path, key))]
        return []

    def whole(self, value: Any) -> Any:
        """A value with the batched arguments in their places."""
        return self.placed(value, {var: given for var, (given, _) in self.batched.items()})

    def placed(self, value: Any, found: dict[ir.Var, Value]) -> Any:
        """A value with others in the places of the variables that stand for one example."""
        if isinstance(value, ir.Var):
            return found.get(value, value)
        if isinstance(value, (TupleV, HeapV)) and self.places(value, ()):
            cls, parts = self._parts(value)
            return structure(self.lo, cls, list(parts), [self.placed(part, found) for part in parts.values()])
        return value
