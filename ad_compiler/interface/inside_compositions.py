"""`jacrev(f)`, `hessian(f)`, `hvp(f)` and the like, called inside a function that is being compiled."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..frontend.lower.calls import call_value
from ..frontend.lower.inlining import call_python
from ..frontend.lowering import Lowering
from ..frontend.values import TupleV, Value
from ..ir import nodes as ir
from ..ir.types import FLOAT, Num
from .inside import bound
from .inside_directions import NONE, forward, options_of
from .inside_jacobians import columns, rows
from .inside_pullbacks import reverse
from .target import resolve
from .wrt import chosen

if TYPE_CHECKING:
    from .compositions import Composition


def read_composition(lo: Lowering, made: Composition, args: list[Value], kwargs: dict[str, Value], node: Any,
                     hint: str | None) -> Value:
    """The value of `made(*args, **kwargs)` in the program that `lo` reads."""
    settings = dict(made.settings)
    argnums = settings.pop("argnums", 0)
    order = settings.pop("n", None)
    own, options = options_of(lo, {name: ir.Const(value) for name, value in settings.items()}, node)
    call = _Call(lo, made.primal, argnums, options, settings, node, hint, kwargs, bool(own.get("has_aux")))
    if made.how == "derivative":
        return call.derivative(args, order)
    return getattr(call, made.how)(args)


class _Call:
    """One such call: what is differentiated, by what, and where."""

    def __init__(self, lo: Lowering, f: Any, argnums: Any, options: Any, settings: dict[str, Any], node: Any,
                 hint: str | None, kwargs: dict[str, Value], has_aux: bool) -> None:
        self.lo, self.f, self.argnums, self.options, self.settings = lo, f, argnums, options, settings
        self.node, self.hint, self.kwargs, self.has_aux = node, hint, kwargs, has_aux

    def gradient(self) -> Any:
        from .compositions import gradient_of

        return gradient_of(self.f, self.argnums, self.settings)

    def places(self, count: int) -> tuple[list[int], bool]:
        """The chosen arguments as positions among the first `count`."""
        target = resolve(self.f)
        wrt = chosen(target, self.argnums)
        by_path = {chosen(target, position).paths[0]: position for position in range(count)}
        for path in wrt.paths:
            if path not in by_path:
                self.lo.fail("AD109", self.node, f"`{path[0]}` must be given as a positional argument here")
        return [by_path[path] for path in wrt.paths], wrt.single

    # --- Jacobians ----------------------------------------------------------------------------------------------------
    def jacrev(self, args: list[Value]) -> Value:
        value, jacobian = self.value_and_jacobian(args).items
        return TupleV([jacobian, value.items[1]]) if self.has_aux else jacobian

    def value_and_jacobian(self, args: list[Value]) -> TupleV:
        out, pullback = reverse(self.lo, self.f, args, self.argnums, self.options, self.node, self.hint, self.kwargs,
                                self.has_aux)
        return TupleV([out, rows(self.lo, out, pullback, self.node)])

    def jacfwd(self, args: list[Value]) -> Value:
        places, single = self.places(len(args))
        out, jacobian = columns(self.lo, self.f, args, self.kwargs, places, single, self.options, self.node)
        return TupleV([self.parts(jacobian)[0], self.parts(out)[1]]) if self.has_aux else jacobian

    def hessian(self, args: list[Value]) -> Value:
        self.f = self.gradient()
        return self.jacfwd(args)

    def jacobian(self, args: list[Value]) -> Value:
        """By rows, unless the arguments are known to have fewer numbers than the result."""
        places, _ = self.places(len(args))
        if any(self.lo.is_number(args[place]) is False or self.lo.type_of(args[place]) != FLOAT for place in places):
            return self.jacrev(args)
        return self.jacfwd(args)

    # --- along one direction ------------------------------------------------------------------------------------------
    def hvp(self, args: list[Value]) -> Value:
        *primals, v = args
        places, single = self.places(len(primals))
        tangents: list[Value] = [NONE] * len(primals)
        for place, tangent in zip(places, [v] if single else self._items(v), strict=True):
            tangents[place] = tangent
        return self.tangent(self.gradient(), primals, tangents)

    def vhp(self, args: list[Value]) -> Value:
        *primals, v = args
        out, pullback = reverse(self.lo, self.gradient(), primals, self.argnums, self.options, self.node, self.hint,
                                self.kwargs, self.has_aux)
        product = call_value(self.lo, pullback, [v], {}, self.node, self.hint)
        return TupleV([product, self.parts(out)[1]]) if self.has_aux else product

    def derivative(self, args: list[Value], order: int) -> Value:
        f = self.f
        for _ in range(order - 1):
            f = self.gradient()
            self.f = f
        if order == 0:
            function, values = bound(self.lo, resolve(f), args, self.kwargs, self.node)
            return call_python(self.lo, function, list(values.values()), {}, self.node, self.hint)
        (place,), _ = self.places(len(args))
        t = self.lo.type_of(args[place])
        if not isinstance(t, Num) or t.kind not in "fc":
            self.lo.fail("AD145", self.node, "derivative is by one floating-point number", "use jacobian")
        one = ir.Const(1.0) if t.weak else ir.Const(t.dtype.type(1.0), f"np.{t.dtype.name}(1.0)")
        tangents = [one if i == place else NONE for i in range(len(args))]
        return self.tangent(f, args, tangents)

    def tangent(self, f: Any, args: list[Value], tangents: list[Value]) -> Value:
        """The tangent of `f(*args)`; with auxiliary data, a pair of it and these."""
        out, dot = forward(self.lo, f, args, tangents, self.options, self.node, self.hint, self.kwargs)
        return TupleV([self.parts(dot)[0], self.parts(out)[1]]) if self.has_aux else dot

    def parts(self, out: Value) -> list[Value]:
        """The value and the auxiliary data of a result; the value alone where there are none."""
        if not self.has_aux:
            return [out]
        if not isinstance(out, TupleV) or len(out.items) != 2:
            self.lo.fail("AD122", self.node, f"with has_aux=True {resolve(self.f).spoken} must return a pair (value, "
                         "auxiliary data)")
        return out.items

    def _items(self, value: Value) -> list[Value]:
        from ..frontend.lower.sequences import items_of

        return items_of(self.lo, value, self.node)
