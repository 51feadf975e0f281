"""Statements after which only the run shows what a name holds: a number or an array, the value of which turn."""
from __future__ import annotations

from .assignments import define, float_target
from .expressions import bool_expr, float_expr, float_leaf
from .scope import Generator, Lines, Scope, indent

#: Uses of a number or an array: element by element, and others.
_USES = ("np.sum({b} * {x})", "np.sum({b})", "np.mean(np.sin({b}))", "np.sum({b} * {b} + {b})", "np.dot({b}, {b})",
         "np.sum({x} + {b}) * np.size({b})", "np.sum(np.where({x} > 0.3, {b}, {x}))", "np.sum(np.atleast_1d({b})[-1:])",
         "np.sum({b} * {x}) + np.sum({x} * {b})", "np.ndim({b}) * np.sum({b})")


def _vector(g: Generator, scope: Scope) -> str | None:
    names = scope.arrays(rank=1)
    return g.pick(names) if names else None


def number_or_array(g: Generator, scope: Scope) -> Lines | None:
    """A name that is a number on one path and an array on the other, and what is made of it."""
    if (x := _vector(g, scope)) is None:
        return None
    b, target = g.fresh("b"), float_target(g, scope)
    test, weight, number = bool_expr(g, scope), float_leaf(g, scope), float_expr(g, scope, 1)
    array = g.pick([f"{x} * {weight}", f"np.sin({x})", f"{x} + {weight}", f"np.arange({scope.shape(x)[0]})"])
    use = g.pick(_USES).format(b=b, x=x)
    define(scope, target)
    begin = g.pick([
        [f"if {test}:", f"    {b} = {array}", "else:", f"    {b} = {number}"],
        [f"{b} = {number}", f"if {test}:", f"    {b} = {array}"],
        [f"{b} = {array} if {test} else {number}"]])
    return [*begin, f"{target} = {use}"]


def number_that_grows(g: Generator, scope: Scope) -> Lines | None:
    """A running value that begins as a number and is an array from the first turn on."""
    if (x := _vector(g, scope)) is None:
        return None
    b, k, target = g.fresh("b"), g.fresh("i"), float_target(g, scope)
    start = g.pick(["0", "0.0", "1", float_leaf(g, scope), float_expr(g, scope, 1), f"{x}[0]"])
    weight = float_leaf(g, scope)
    size = scope.shape(x)[0]
    step = g.pick([f"{b} = {b} + {x} * {weight}", f"{b} = 0.5 * {b} * {x} + {x}[{k} % {size}]", f"{b} += {x} * {k}",
                   f"{b} = np.sin({b}) + {x} * {weight}", f"{b} = 0.5 * {b} + {weight} * {x} - {weight}"])
    if step.startswith(f"{b} += "):  # in place, once it is an array of its own
        start = f"1.0 * {start}"
    use = g.pick(_USES).format(b=b, x=x)
    count = g.pick(["2", "3", f"len({x})"])
    define(scope, target)
    loop = g.pick([[f"for {k} in range({count}):", f"    {step}"],
                   [f"{k} = 0", f"while {k} < {count}:", f"    {step}", f"    {k} += 1"]])
    return [f"{b} = {start}", *loop, f"{target} = {use}"]


def held_between_turns(g: Generator, scope: Scope) -> Lines | None:
    """A name that only some turns of a loop assign; the others read what an earlier one has left."""
    if (x := _vector(g, scope)) is None:
        return None
    held, k, item, target = g.fresh("held"), g.fresh("i"), g.fresh("e"), float_target(g, scope)
    test, value, weight = bool_expr(g, scope), float_leaf(g, scope), float_leaf(g, scope)
    given = g.pick([f"{item} * {value}", f"{x} * {item}", f"np.cos({item}) + {value}"])
    read = f"np.sum({held})" if x in given else held
    start = float_expr(g, scope, 1)
    define(scope, target)
    first = g.pick([f"{k} == 0 or {item} > {g.constant(-0.2, 0.8)}", f"{k} % 2 == 0", f"{k} == 0 or ({test})"])
    body = [f"if {first}:", f"    {held} = {given}", f"{target} = {target} + {read} * {weight}"]
    if g.chance(0.3):
        body.insert(2, f"    {target} *= 0.5")
    loop = [f"for {k}, {item} in enumerate({x}):", *indent(body)]
    if g.chance(0.3):
        loop = [f"for {g.fresh('i')} in range(2):", *indent(loop)]
    after = [f"{target} = {target} + {read}"] if g.chance(0.5) else []
    return [f"{target} = {start}", *loop, *after]


STATEMENTS = {"number_or_array": number_or_array, "number_that_grows": number_that_grows,
              "held_between_turns": held_between_turns}
