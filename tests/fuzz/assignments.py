"""Statements that bind names: every form of assignment."""
from __future__ import annotations

from . import arrays
from .expressions import bool_expr, float_expr, float_leaf
from .scope import Array, Float, Generator, Int, Lines, Scope, Shape


def float_target(g: Generator, scope: Scope) -> str:
    """A float variable to assign: an old one that may be rebound, or a new one."""
    old = scope.rebindable(lambda t: t == Float())
    if old and g.chance(0.55):
        return g.pick(old)
    return g.fresh(g.pick(["t", "c", "w", "total"]))


def define(scope: Scope, *names: str) -> None:
    for name in names:
        scope.vars[name] = Float()


def any_shape(g: Generator, scope: Scope) -> Shape:
    names = scope.arrays()
    return scope.shape(g.pick(names)) if names and g.chance(0.8) else g.pick(g.shapes)


def assign(g: Generator, scope: Scope) -> Lines:
    value, target = float_expr(g, scope, 3), float_target(g, scope)
    define(scope, target)
    return [f"{target} = {value}"]


def annotated(g: Generator, scope: Scope) -> Lines:
    value, target = float_expr(g, scope), g.fresh("t")
    define(scope, target)
    return [f"{target}: float = {value}"]


def augassign(g: Generator, scope: Scope) -> Lines | None:
    old = scope.rebindable(lambda t: t == Float())
    if not old:
        return None
    target = g.pick(old)
    form = g.pick(["{} += {}", "{} -= {}", "{} *= np.cos({})", "{} /= 1.5 + np.sin({})"])
    return [form.format(target, float_expr(g, scope))]


def chained(g: Generator, scope: Scope) -> Lines:
    value, first, second = float_expr(g, scope), float_target(g, scope), g.fresh("c")
    define(scope, first, second)
    return [f"{first} = {second} = {value}"]


def chained_arrays(g: Generator, scope: Scope) -> Lines:
    """`p = q = expression`: two names of one array, one of which is then written."""
    shape = any_shape(g, scope)
    value, first, second = arrays.array_expr(g, scope, shape), g.fresh("p"), g.fresh("q")
    scope.vars[first] = scope.vars[second] = Array(shape)
    return [f"{first} = {second} = np.array({value})", f"{second}[0] *= {float_expr(g, scope, 1)}"]


def swap(g: Generator, scope: Scope) -> Lines | None:
    old = scope.rebindable(lambda t: t == Float())
    if len(old) < 2:
        return None
    first, second = g.rng.sample(old, 2)
    if len(old) > 2 and g.chance(0.3):
        third = g.pick([name for name in old if name not in (first, second)])
        return [f"{first}, {second}, {third} = {third}, {first}, {second}"]
    return [f"{first}, {second} = {second}, {first}"]


def swap_buffers(g: Generator, scope: Scope) -> Lines | None:
    """`p, q = q, p` of two arrays of one shape."""
    old = scope.rebindable(lambda t: isinstance(t, Array))
    pairs = [(a, b) for a in old for b in old if a != b and scope.vars[a] == scope.vars[b]]
    if not pairs:
        return None
    first, second = g.pick(pairs)
    return [f"{first}, {second} = {second}, {first}"]


def swap_elements(g: Generator, scope: Scope) -> Lines | None:
    names = scope.arrays(rank=1)
    if not names:
        return None
    name = g.pick(names)
    first, second = (arrays.subscript(g, scope, scope.shape(name)) for _ in range(2))
    return [f"{name}{first}, {name}{second} = {name}{second}, {name}{first}"]


def unpack(g: Generator, scope: Scope) -> Lines:
    """Tuple unpacking: from a tuple, nested, or from an array."""
    first, second = float_expr(g, scope), float_expr(g, scope)
    names = [g.fresh("u") for _ in range(3)]
    rows = scope.arrays((3,))
    if rows and g.chance(0.5):
        define(scope, *names)
        return [f"{', '.join(names)} = {g.pick(rows)}"]
    if g.chance(0.4):
        third = float_leaf(g, scope)
        define(scope, *names)
        return [f"{names[0]}, ({names[1]}, {names[2]}) = {first}, ({second}, {third})"]
    define(scope, *names[:2])
    return [f"{names[0]}, {names[1]} = {first}, {second}"]


def starred(g: Generator, scope: Scope) -> Lines:
    first, rest, last = g.fresh("u"), g.fresh("rest"), g.fresh("u")
    items = ", ".join(float_expr(g, scope, 1) for _ in range(4))
    lines = [f"{first}, *{rest}, {last} = {items}"]
    define(scope, first, last)
    total = g.fresh("t")
    lines.append(f"{total} = {rest}[0] * {rest}[-1] + sum({rest})")
    define(scope, total)
    return lines


def walrus(g: Generator, scope: Scope) -> Lines:
    name, target = g.fresh("w"), float_target(g, scope)
    value = float_expr(g, scope)
    define(scope, name, target)
    if g.chance(0.5):
        return [f"{target} = ({name} := {value}) * {name} + {g.constant()}"]
    return [f"if ({name} := {value}) > {g.constant(-0.4, 0.8)}:", f"    {target} = {name} * {g.constant()}",
            "else:",
            f"    {target} = {name} - {g.constant()}"]


def array_assign(g: Generator, scope: Scope) -> Lines:
    """A new array, or an old name bound to a new array (of the same shape)."""
    shape = any_shape(g, scope)
    value = arrays.array_expr(g, scope, shape, 3)
    old = scope.rebindable(lambda t: t == Array(shape))
    stem = g.pick(["a", "b", "v"] if len(shape) == 1 else ["A", "B"])
    target = g.pick(old) if old and g.chance(0.4) else g.fresh(stem)
    scope.vars[target] = Array(shape)
    return [f"{target} = {value}"]


def int_total(g: Generator, scope: Scope) -> Lines:
    """A total that starts as the integer 0 and becomes a float."""
    target, name = g.fresh("total"), g.fresh("i")
    inner = scope.inner()
    inner.vars[name] = Int(0, 2)
    inner.frozen |= {name}
    value = float_expr(g, inner, 1)
    define(scope, target)
    return [f"{target} = 0", f"for {name} in range(3):", f"    {target} {g.pick(['+=', '-='])} {value}"]


def branch_define(g: Generator, scope: Scope) -> Lines:
    """A name bound in both arms of a branch: floats, fresh arrays, or aliases of different arrays."""
    test = bool_expr(g, scope)
    shape = any_shape(g, scope)
    references = [arrays.reference(g, scope, shape) for _ in range(2)]
    if all(references) and g.chance(0.6):
        target = g.fresh("v")
        scope.vars[target] = Array(shape)
        g.note("alias_by_branch")
        return [f"if {test}:", f"    {target} = {references[0]}", "else:", f"    {target} = {references[1]}",
                f"{target} *= {float_expr(g, scope, 1)}"]
    first, second, target = float_expr(g, scope), float_expr(g, scope), float_target(g, scope)
    define(scope, target)
    return [f"if {test}:", f"    {target} = {first}", "else:", f"    {target} = {second}"]


def delete(g: Generator, scope: Scope) -> Lines:
    name, target = g.fresh("tmp"), g.fresh("t")
    value = float_expr(g, scope)
    define(scope, target)
    return [f"{name} = {value}", f"{target} = {name} * {name}", f"del {name}"]


STATEMENTS = {
    "assign": assign, "annotated": annotated, "augassign": augassign, "chained": chained,
    "chained_arrays": chained_arrays, "swap": swap, "swap_buffers": swap_buffers,
    "swap_elements": swap_elements,
    "unpack": unpack, "starred": starred, "walrus": walrus, "array_assign": array_assign,
    "int_total": int_total,
    "branch_define": branch_define, "delete": delete,
}
