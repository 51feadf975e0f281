"""Scalar expressions: floats, indices, conditions.

Values stay bounded and smooth by construction: growing functions are applied to `np.sin` or `np.tanh` of
something, divisions are by `1 + e * e`, roots and logarithms are of something above one.
"""
from __future__ import annotations

from collections.abc import Callable

from . import arrays, reductions
from .scope import Array, DictOf, Float, Func, Generator, Int, ListOf, Obj, Scope

#: Safe unary wrappers for anything elementwise; `{}` is the operand. Weights are equal.
SMOOTH = (
    "np.sin({})", "np.cos({})", "np.tanh({})", "np.arctan({})", "np.exp(np.sin({}))", "np.exp(-({}) ** 2)",
    "np.sqrt(1.0 + ({}) ** 2)", "np.log(1.5 + ({}) ** 2)", "np.log1p(({}) ** 2)", "np.square(np.sin({}))",
    "(np.tanh({}) ** 3)", "np.cosh(np.tanh({}))", "np.sinh(np.sin({}))", "np.expm1(np.sin({}))",
    "(1.0 / (2.0 + np.cos({})))", "np.arcsin(0.5 * np.sin({}))", "np.reciprocal(2.0 + np.sin({}))",
    "(2.0 ** np.sin({}))", "np.negative({})", "np.power(1.5 + np.sin({}), 2.5)",
    "np.arctan2(np.sin({}), 2.0)",
    "np.hypot({}, 1.0)", "np.abs({})", "np.clip({}, -0.9, 0.8)", "np.maximum({}, 0.1)", "np.minimum({}, 0.6)",
)
SCALAR_ONLY = (
    "math.sin({})", "math.cos({})", "math.tanh({})", "math.exp(math.sin({}))", "math.sqrt(1.0 + ({}) ** 2)",
    "math.log(1.5 + ({}) ** 2)", "math.atan({})", "math.erf({})", "math.hypot({}, 1.0)",
    "math.pow(1.2, math.sin({}))",
    "math.atan2({}, 1.5)", "abs({})", "float({})", "max({}, 0.1)", "min({}, 0.5)", "pow(np.sin({}), 2)",
)


def float_expr(g: Generator, scope: Scope, depth: int = 2) -> str:
    """Text of a float scalar expression."""
    if depth <= 0 or g.chance(0.15):
        return float_leaf(g, scope)
    return g.weighted_call(FLOATS, g, scope, depth - 1) or float_leaf(g, scope)


def float_leaf(g: Generator, scope: Scope) -> str:
    """A variable, an element, an item, an attribute or a constant."""
    leaves: list[Callable[[], str]] = [lambda: g.constant()]
    if names := scope.floats():
        leaves += [lambda: g.pick(names)] * 3
    if scope.arrays():
        leaves += [lambda: arrays.element(g, scope)] * 3
    if lists := scope.names(lambda t: isinstance(t, ListOf) and t.item == Float()):
        leaves += [lambda: _item(g, scope, g.pick(lists))] * 2
    if dicts := scope.names(lambda t: isinstance(t, DictOf) and t.item == Float()):
        leaves += [lambda: _dict_item(g, scope, g.pick(dicts))] * 2
    if objects := scope.names(lambda t: isinstance(t, Obj)):
        leaves += [lambda: _attribute(g, scope, g.pick(objects))] * 2
    if ints := scope.ints():
        leaves += [lambda: f"0.1 * {g.pick(ints)}"]
    return g.pick(leaves)()


def data_leaf(g: Generator, scope: Scope) -> str:
    """A variable or an element rather than a constant, where there is one."""
    names = scope.floats()
    if scope.arrays() and (not names or g.chance(0.6)):
        return arrays.element(g, scope)
    return g.pick(names) if names else float_leaf(g, scope)


def _item(g: Generator, scope: Scope, name: str) -> str:
    g.note("list_item")
    kind = scope.vars[name]
    least = kind.least if isinstance(kind, ListOf) else 1
    return f"{name}[{g.pick([-1, g.rng.randrange(least)])}]"


def _dict_item(g: Generator, scope: Scope, name: str) -> str:
    g.note("dict_item")
    kind = scope.vars[name]
    key = g.pick(kind.keys) if isinstance(kind, DictOf) else ""
    return f"{name}[{key!r}]"


def _attribute(g: Generator, scope: Scope, name: str) -> str:
    kind = scope.vars[name]
    floats = [n for n, t in kind.attributes if t == Float()] if isinstance(kind, Obj) else []
    g.note("attribute")
    return f"{name}.{g.pick(floats)}"


def _binary(g: Generator, scope: Scope, depth: int) -> str:
    left, right = float_expr(g, scope, depth), float_expr(g, scope, depth)
    return f"({left} {g.pick(['+', '-', '*', '+', '-', '*'])} {right})"


def _divide(g: Generator, scope: Scope, depth: int) -> str:
    below = float_leaf(g, scope)
    return f"({float_expr(g, scope, depth)} / (1.0 + {below} * {below}))"


def _smooth(g: Generator, scope: Scope, depth: int) -> str:
    return g.pick(SMOOTH).format(float_expr(g, scope, depth))


def _math(g: Generator, scope: Scope, depth: int) -> str:
    g.note("math")
    return g.pick(SCALAR_ONLY).format(float_expr(g, scope, depth))


def _unary(g: Generator, scope: Scope, depth: int) -> str:
    return f"(-{float_expr(g, scope, depth)})"


def _power(g: Generator, scope: Scope, depth: int) -> str:
    return f"(0.5 * {float_leaf(g, scope)}) ** {g.pick([2, 3])}"


def _conditional(g: Generator, scope: Scope, depth: int) -> str:
    g.note("ifexp")
    test = bool_expr(g, scope)
    return f"({float_expr(g, scope, depth)} if {test} else {float_expr(g, scope, depth)})"


def _extreme(g: Generator, scope: Scope, depth: int) -> str:
    g.note("max_min")
    return f"{g.pick(['max', 'min'])}({float_expr(g, scope, depth)}, {float_expr(g, scope, depth)})"


def _or_value(g: Generator, scope: Scope, depth: int) -> str | None:
    if not (names := scope.floats()):
        return None
    g.note("bool_value")
    return f"({g.pick(names)} {g.pick(['or', 'and'])} {float_expr(g, scope, depth)})"


def _reduction(g: Generator, scope: Scope, depth: int) -> str | None:
    return reductions.reduction(g, scope, depth)


def _sum_generator(g: Generator, scope: Scope, depth: int) -> str | None:
    """`sum(expression for i in range(n))`, over indices or over values."""
    g.note("generator_expression")
    name = g.fresh("i")
    inner = scope.inner()
    if (names := scope.arrays(rank=1)) and g.chance(0.5):
        array = g.pick(names)
        inner.vars[name] = Float()
        source = array
    else:
        inner.vars[name] = Int(0, 2)
        source = "range(3)"
    inner.frozen |= {name}
    condition = f" if {_int_test(g, name)}" if source.startswith("range") and g.chance(0.3) else ""
    body = f"{float_leaf(g, inner)} * {float_expr(g, inner, min(depth, 1))}"
    return f"sum({body} for {name} in {source}{condition})"


def _call(g: Generator, scope: Scope, depth: int) -> str | None:
    """A call of a helper, closure or method that returns a float."""
    calls = [(n, f) for n, f in g.helpers.items() if f.result == Float() and f.kind == "plain"]
    calls += [(n, t) for n, t in scope.vars.items() if isinstance(t, Func) and t.result == Float()] * 3
    for name, kind in scope.vars.items():
        if isinstance(kind, Obj):
            calls += [(f"{name}.{m}" if m != "__call__" else name, f) for m, f in kind.methods
                      if f.result == Float()]
    for name, function in g.rng.sample(calls, min(3, len(calls))):
        if (args := arguments(g, scope, function, depth)) is not None:
            g.note("call")
            return f"{name}({', '.join(args)})"
    return None


def arguments(g: Generator, scope: Scope, function: Func, depth: int = 1) -> list[str] | None:
    """Argument texts for a call, or None if the scope has nothing that fits."""
    args: list[str] = []
    for kind in function.params:
        match kind:
            case Float():
                args.append(float_expr(g, scope, min(depth, 1)))
            case Int(lo=lo, hi=hi):
                args.append(str(g.rng.randint(lo, hi)))
            case Array(shape=shape):
                if (reference := arrays.reference(g, scope, shape)) is None:
                    return None
                args.append(reference)
            case _:
                names = scope.names(lambda t, kind=kind: t == kind)
                if not names:
                    return None
                args.append(g.pick(names))
    return args


FLOATS = {
    "_binary": (5.0, _binary), "_divide": (1.0, _divide), "_smooth": (4.0, _smooth), "_math": (1.5, _math),
    "_unary": (0.5, _unary), "_power": (0.7, _power), "_conditional": (0.8, _conditional),
    "_extreme": (0.5, _extreme), "_or_value": (0.3, _or_value), "_reduction": (2.5, _reduction),
    "_sum_generator": (0.6, _sum_generator), "_call": (2.5, _call),
}


def _int_test(g: Generator, name: str) -> str:
    return g.pick([f"{name} % 2 == 0", f"{name} != 1", f"{name} > 0", f"{name} == 1"])


def bool_expr(g: Generator, scope: Scope, depth: int = 1) -> str:
    """Text of a condition on data, on counters, or both."""
    kind = g.rng.choices(["compare", "int", "and", "or", "not", "chain", "array"], [6, 2, 1, 1, 0.5, 1, 1])[0]
    ints, names = scope.ints(), scope.arrays()
    if kind in ("and", "or") and depth > 0:
        g.note("boolop")
        return f"({bool_expr(g, scope, 0)} {kind} {bool_expr(g, scope, 0)})"
    if kind == "not" and depth > 0:
        return f"not ({bool_expr(g, scope, 0)})"
    if kind == "int" and ints:
        return _int_test(g, g.pick(ints))
    if kind == "array" and names:
        g.note("any_all")
        return f"np.{g.pick(['any', 'all'])}({g.pick(names)} {g.pick(['>', '<'])} {g.constant(-0.5, 0.8)})"
    if kind == "chain":
        g.note("chained_comparison")
        low, high = g.constant(-0.9, 0.0), g.constant(0.3, 1.2)
        return f"{low} < {data_leaf(g, scope)} {g.pick(['<', '<='])} {high}"
    left = data_leaf(g, scope)
    left = g.pick([left, f"np.sin(3.0 * {left})", float_expr(g, scope, 2), f"{left} + {data_leaf(g, scope)}"])
    right = data_leaf(g, scope) if g.chance(0.3) else g.constant(-0.3, 0.7)
    return f"{left} {g.pick(['<', '>', '<=', '>='])} {right}"


def index(g: Generator, scope: Scope, size: int) -> str:
    """Text of an index within `0..size-1`, or its negative twin."""
    usable: list[str] = []
    for name in scope.ints():
        kind = scope.vars[name]
        if isinstance(kind, Int):
            if kind.lo >= 0 and kind.hi < size:
                usable += [name, name]
            if kind.lo >= 1 and kind.hi - 1 < size:
                usable.append(f"{name} - 1")
            if kind.lo >= -1 and kind.hi + 1 < size:
                usable.append(f"{name} + 1")
            if kind.lo >= 0 and kind.hi < size:
                usable.append(f"-1 - {name}")
            usable.append(f"{name} % {size}")
    if usable and g.chance(0.75):
        return g.pick(usable)
    return str(g.rng.randrange(-size, size))
