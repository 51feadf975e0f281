"""Statements with generator functions, closures that keep state, and errors that are raised and caught."""
from __future__ import annotations

from .arrays import subscript
from .assignments import define, float_target
from .expressions import bool_expr, float_expr, float_leaf
from .scope import Array, Float, Generator, Int, Lines, Scope


def _vector(g: Generator, scope: Scope) -> str | None:
    names = scope.arrays(rank=1)
    return g.pick(names) if names else None


def generator_function(g: Generator, scope: Scope) -> Lines | None:
    """A generator that yields pairs, yields from another, or stops early; consumed in several ways."""
    if (name := _vector(g, scope)) is None:
        return None
    make, target, item = g.fresh("pairs"), float_target(g, scope), g.fresh("e")
    inner = Scope({"z": Array(scope.shape(name)), "p": Float(), "k": Int(0, 2)}, frozen=frozenset({"k"}), depth=1)
    value, start, last = float_expr(g, inner, 2), float_leaf(g, scope), float_leaf(g, scope)
    place = "k" if scope.shape(name)[0] > 1 else "0"
    body = g.pick([
        ["    for k in range(3):", f"        yield {value}", "        p = p * 0.5"],
        ["    k = 0", "    while k < 2:", f"        yield {value}", f"        z[{place}] *= 0.9", "        k += 1"],
        ["    k = 1", f"    yield {value}", "    yield from z[1:]", "    yield p"],
        ["    for k, v in enumerate(z[:3]):", "        if v > 0.6:", "            return",
         f"        yield v * {value}"]])
    g.prelude.append([f"def {make}(z, p):", *body])
    define(scope, target)
    call = f"{make}({name}, {last})"
    return [f"{target} = {start}", *g.pick([
        [f"for {item} in {call}:", f"    {target} = 0.5 * {target} + {item}"],
        [f"{target} += sum({call})"], [f"{target} += sum({item} * {item} for {item} in {call})"],
        [f"for {item}, other in zip({call}, {name}):", f"    {target} += {item} * other"],
        [f"for {item} in list({call}):", f"    {target} -= {item}"]])]


def counter_closure(g: Generator, scope: Scope) -> Lines:
    """A function returned by another, with state of its own that each call changes."""
    make, step, target = g.fresh("counter"), g.fresh("step"), g.fresh("t")
    start, change, first, second = (float_expr(g, scope, 1) for _ in range(4))
    state = g.pick(["number", "array", "list", "dict"])
    forms = {
        "number": ["    total = start", "    def step(p):", "        nonlocal total", "        total = 0.5 * total + p",
                   "        return total"],
        "array": ["    total = np.array([start, 0.5 * start])", "    def step(p):", "        total[1] += p * total[0]",
                  "        return np.sum(total * total)"],
        "list": ["    seen = [start]", "    def step(p):", "        seen.append(p * seen[-1])",
                 "        return sum(seen)"],
        "dict": ["    box = {'v': start}", "    def step(p):", "        box['v'] = np.sin(box['v']) + p",
                 "        return box['v']"]}
    g.prelude.append([f"def {make}(start):", *forms[state], "    return step"])
    define(scope, target)
    return [f"{step} = {make}({start})", f"{target} = {step}({first}) * {change}", f"{target} += {step}({second})"]


def rebound_capture(g: Generator, scope: Scope) -> Lines | None:
    """A nested function that writes and rebinds a captured array."""
    if (name := _vector(g, scope)) is None:
        return None
    held, fn, target = g.fresh("held"), g.fresh("renew"), g.fresh("t")
    value, point = float_expr(g, scope, 1), float_leaf(g, scope)
    change = g.pick([f"{held}[0] += u", f"{held} = {held} * u", f"{held} = np.append({held}[1:], u)",
                     f"{held} *= np.cos(u)", f"{held} = {held}[::-1]"])
    define(scope, target)
    return [f"{held} = {name}{g.pick(['.copy()', '[:]', ' * 1.5'])}", f"def {fn}(u):", f"    nonlocal {held}",
            f"    {change}", f"    return {held}[-1]", f"{target} = {fn}({point}) + {fn}({value})",
            f"{target} *= np.sum({held})"]


def guarded_loop(g: Generator, scope: Scope) -> Lines | None:
    """`try` in a loop: what was written before the error stays; `else` and `finally` run where they should."""
    if (name := _vector(g, scope)) is None:
        return None
    i, target = g.fresh("i"), float_target(g, scope)
    inner = scope.inner()
    inner.vars[i] = Int(0, 2)
    inner.frozen |= {i}
    start = float_leaf(g, scope)
    test, first, second, third = (bool_expr(g, inner), *(float_expr(g, inner, 1) for _ in range(3)))
    define(scope, target)
    where = name + subscript(g, inner, scope.shape(name))
    lines = [f"{target} = {start}", f"for {i} in range(3):", "    try:",
             f"        {where} {g.pick(['*=', '='])} {first}", f"        if {test}:",
             f"            raise {g.pick(['ValueError', 'IndexError'])}('no')",
             f"        {target} = 0.7 * {target} + {second}", "    except (ValueError, IndexError):",
             f"        {target} = 0.6 * {target} - {third}"]
    if g.chance(0.4):
        lines += ["    else:", f"        {target} += 0.5 * {where}"]
    if g.chance(0.4):
        lines += ["    finally:", f"        {target} *= 0.9"]
    return lines


def raising_helper(g: Generator, scope: Scope) -> Lines:
    """An error raised in a helper and caught by the caller, by a class of its own or a base of it."""
    error, helper, target = g.fresh("Refused"), g.fresh("checked"), float_target(g, scope)
    start, first, second = (float_expr(g, scope, 1) for _ in range(3))
    g.prelude.append([f"class {error}(ArithmeticError):", "    pass"])
    g.prelude.append([f"def {helper}(p):", f"    if np.sin(3.0 * p) > {g.constant(-0.5, 0.7)}:",
                      f"        raise {error}('too large')", "    return p * p + 0.5"])
    define(scope, target)
    caught = g.pick([error, "ArithmeticError", "Exception", f"(KeyError, {error})"])
    return [f"{target} = {start}", "try:", f"    {target} += 0.5", f"    {target} = {helper}({first}) * {target}",
            f"except {caught}:", f"    {target} = {target} * {second}"]


STATEMENTS = {
    "generator_function": generator_function, "counter_closure": counter_closure, "rebound_capture": rebound_capture,
    "guarded_loop": guarded_loop, "raising_helper": raising_helper,
}
