"""Statements that define functions inside `f`, and calls for effect."""
from __future__ import annotations

from dataclasses import replace

from . import arrays
from .assignments import define
from .control import block
from .expressions import arguments, bool_expr, float_expr, float_leaf
from .scope import Float, Func, Generator, Int, Lines, Scope, indent


def function_body(g: Generator, scope: Scope, statements: int) -> Lines:
    """Statements of a function body, on their own small budget."""
    kept, g.budget = g.budget, min(g.budget, statements)
    lines = block(g, scope, statements) if statements else []
    g.budget = max(kept - statements, 0)
    return lines


def call_mutate(g: Generator, scope: Scope) -> Lines | None:
    """A helper called for its effect on arrays (variables, views, items; possibly the same memory twice)."""
    calls: list[tuple[str, Func]] = [(n, f) for n, f in g.helpers.items() if f.result is None]
    calls += [(n, t) for n, t in scope.vars.items() if isinstance(t, Func) and t.result is None]
    if not calls:
        return None
    name, function = g.pick(calls)
    args = arguments(g, scope, function)
    return None if args is None else [f"{name}({', '.join(args)})"]


def lambda_bind(g: Generator, scope: Scope) -> Lines:
    name, param = g.fresh("fn"), g.fresh("u")
    inner = scope.inner()
    inner.vars[param] = Float()
    text = float_expr(g, inner, 2)
    target = g.fresh("t")
    lines = [f"{name} = lambda {param}: {text}", f"{target} = {name}({float_expr(g, scope, 1)})"]
    scope.vars[name] = Func((Float(),), Float())
    scope.frozen |= {name}
    define(scope, target)
    return lines


def closure(g: Generator, scope: Scope) -> Lines:
    """A nested function that reads captured variables and may write captured arrays."""
    name, param = g.fresh("inner"), g.fresh("u")
    inner = replace(scope.inner(), frozen=frozenset(scope.vars) | scope.frozen, returns=Float(),
                    in_loop=False)
    inner.vars[param] = Float()
    body = function_body(g, inner, g.pick([0, 1, 1, 2]))
    lines = [f"def {name}({param}):", *indent([*body, f"return {float_expr(g, inner, 2)}"])]
    scope.vars[name] = Func((Float(),), Float())
    scope.frozen |= {name}
    return lines


def nonlocal_closure(g: Generator, scope: Scope) -> Lines:
    """A nested function that rebinds a captured float."""
    name, state, param, target = g.fresh("inner"), g.fresh("state"), g.fresh("u"), g.fresh("t")
    start = float_expr(g, scope, 1)
    define(scope, state)
    inner = scope.inner()
    inner.vars[param] = Float()
    change = float_expr(g, inner, 2)
    lines = [f"{state} = {start}", f"def {name}({param}):", f"    nonlocal {state}",
             f"    {state} = 0.5 * {state} + {change}", f"    return {state} * {param}",
             f"{target} = {name}({float_leaf(g, scope)}) + {name}({float_leaf(g, scope)})"]
    define(scope, target)
    return lines


def higher_order(g: Generator, scope: Scope) -> Lines | None:
    """A helper passed as an argument, or bound partially."""
    plain = [n for n, f in g.helpers.items() if f.params == (Float(), Float()) and f.kind == "plain"]
    if not plain:
        return None
    name, target, bound = g.pick(plain), g.fresh("t"), g.fresh("part")
    first, second = float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    return g.pick([[f"{bound} = functools.partial({name}, {first})", f"{target} = {bound}({second})"],
                   [f"{target} = apply_twice({name}, {first}, {second})"]])


def local_search(g: Generator, scope: Scope) -> Lines:
    """A nested function with early returns in a loop."""
    name, param, i, target = g.fresh("search"), g.fresh("u"), g.fresh("i"), g.fresh("t")
    inner = replace(scope.inner(), frozen=frozenset(scope.vars) | scope.frozen, returns=Float())
    inner.vars[param], inner.vars[i] = Float(), Int(0, 2)
    found = f"{float_leaf(g, inner)} * {float_expr(g, inner, 1)}"
    lines = [f"def {name}({param}):", f"    for {i} in range(3):", f"        if {bool_expr(g, inner)}:",
             f"            return {found}", f"        {param} = 0.7 * {param} + {float_leaf(g, inner)}",
             f"    return {param}", f"{target} = {name}({float_leaf(g, scope)})"]
    scope.vars[name] = Func((Float(),), Float())
    scope.frozen |= {name}
    define(scope, target)
    return lines


def array_closure(g: Generator, scope: Scope) -> Lines | None:
    """A nested function that writes a captured array and returns nothing."""
    names = scope.arrays()
    if not names:
        return None
    array, name, param = g.pick(names), g.fresh("push"), g.fresh("u")
    inner = scope.inner()
    inner.vars[param] = Float()
    target = array + arrays.subscript(g, inner, scope.shape(array))
    write = f"{target} {g.pick(['=', '+='])} {float_expr(g, inner, 2)}"
    lines = [f"def {name}({param}):", f"    {write}", f"{name}({float_leaf(g, scope)})"]
    scope.vars[name] = Func((Float(),), None, "mutate")
    scope.frozen |= {name, array}
    return lines


STATEMENTS = {
    "call_mutate": call_mutate, "lambda": lambda_bind, "closure": closure, "nonlocal": nonlocal_closure,
    "higher_order": higher_order, "local_search": local_search, "array_closure": array_closure,
}
