"""Statements that decide and repeat: branches, loops, exits, try, with."""
from __future__ import annotations

from collections.abc import Callable

from . import arrays
from .assignments import define, float_target
from .expressions import bool_expr, float_expr, float_leaf
from .scope import Array, DictOf, Float, Func, Generator, Int, Lines, ListOf, Scope, Type, indent
from .structured import Pieces

Writer = Callable[[Generator, Scope, int], Lines]


def block(g: Generator, scope: Scope, count: int | None = None) -> Lines:
    """One to three statements (never empty)."""
    from .statements import statement  # the table of all statements contains the loops written here
    lines: Lines = []
    for _ in range(count or g.rng.choice([1, 1, 2, 2, 3])):
        lines += statement(g, scope)
    return lines or ["pass"]


def if_statement(g: Generator, scope: Scope) -> Lines:
    lines = [f"if {bool_expr(g, scope)}:", *indent(block(g, scope.inner()))]
    if g.chance(0.3):
        g.note("elif")
        lines += [f"elif {bool_expr(g, scope)}:", *indent(block(g, scope.inner()))]
    if g.chance(0.6):
        g.note("else")
        lines += ["else:", *indent(block(g, scope.inner()))]
    return lines


def exits(g: Generator, scope: Scope) -> Lines:
    """Zero or one way out of the loop whose body this is: `if test: break`."""
    form = g.weighted(["none", "none_", "break", "continue", "early_return"])
    test = bool_expr(g, scope)
    if form == "early_return" and scope.returns is not None:
        g.note("return_in_loop")
        return [f"if {test}:", f"    return {result(g, scope)}"]
    if form in ("break", "continue") and scope.may_break:
        g.note(form)
        return [f"if {test}:", *indent(block(g, scope.inner(), 1) if g.chance(0.3) else []), f"    {form}"]
    return []


def result(g: Generator, scope: Scope) -> str:
    """An expression of the type that the function being written returns."""
    match scope.returns:
        case Array(shape=shape):
            return arrays.array_expr(g, scope, shape)
        case Pieces() as pieces:
            return pieces.written(g, scope)
        case _:
            return float_expr(g, scope)


def loop_body(g: Generator, scope: Scope, bound: dict[str, Type],
              locked: frozenset[str] = frozenset()) -> Lines:
    """The body of a loop that binds these names, perhaps with exits before or after its statements."""
    counters = {name for name, kind in bound.items() if isinstance(kind, Int)}
    inner = scope.inner(in_loop=True, may_break=True, frozen=scope.frozen | counters,
                        locked=scope.locked | locked)
    inner.vars.update(bound)
    lines = exits(g, inner) if g.chance(0.3) else []
    lines += block(g, inner)
    lines += exits(g, inner) if g.chance(0.4) else []
    if lines and not lines[-1].strip().startswith(("break", "continue", "return")) and g.chance(0.3):
        lines += block(g, inner, 1)
    return lines


def finish(g: Generator, scope: Scope, head: str, body: Lines) -> Lines:
    lines = [head, *indent(body)]
    if g.chance(0.15):
        g.note("loop_else")
        lines += ["else:", *indent(block(g, scope.inner(), 1))]
    return lines


def for_range(g: Generator, scope: Scope) -> Lines:
    name = g.fresh("i")
    names = scope.arrays()
    choices = [("range(3)", 0, 2), ("range(2)", 0, 1), ("range(1, 4)", 1, 3), ("range(0, 5, 2)", 0, 4),
               ("range(3, 0, -1)", 1, 3), ("range(4, -1, -2)", 0, 4), ("range(0)", 0, 0)]
    if names:
        array = g.pick(names)
        size = scope.shape(array)[0]
        choices += [(f"range(len({array}))", 0, size - 1), (f"range({array}.shape[0])", 0, size - 1)] * 3
        if size > 2:
            choices += [(f"range(1, len({array}) - 1)", 1, size - 2),
                        (f"range(1, {array}.shape[0])", 1, size - 1)] * 2
    counters = [(n, t.hi) for n, t in scope.vars.items() if isinstance(t, Int) and t.lo >= 0 and t.hi < 5]
    if counters:
        outer, hi = g.pick(counters)
        choices += [(f"range({outer} + 1)", 0, hi), (f"range({outer}, -1, -1)", 0, hi)] * 2
    head, lo, hi = g.pick(choices)
    if "range(0)" in head and not g.chance(0.1):
        head, lo, hi = "range(3)", 0, 2
    return finish(g, scope, f"for {name} in {head}:", loop_body(g, scope, {name: Int(lo, hi)}))


def for_items(g: Generator, scope: Scope) -> Lines | None:
    """Loops over the items of an array, list, dict or tuple, perhaps by `enumerate`, `zip` or `reversed`."""
    item, counter = g.fresh("e"), g.fresh("i")
    source = iterable(g, scope)
    if source is None:
        return None
    text, kind, size, locked = source
    form = g.pick(["plain", "plain", "enumerate", "zip", "reversed"])
    g.note(f"for_{form}")
    bound: dict[str, Type] = {item: kind}
    head = f"for {item} in {text}:"
    if form == "enumerate":
        bound[counter] = Int(0, size - 1)
        head = f"for {counter}, {item} in enumerate({text}):"
    elif form == "reversed" and (text in scope.vars or text.startswith("(")):
        head = f"for {item} in reversed({text}):"
    elif form == "zip" and (other := iterable(g, scope)) is not None:
        bound[second := g.fresh("e")] = other[1]
        head = f"for {item}, {second} in zip({text}, {other[0]}):"
        locked |= other[3]
    return finish(g, scope, head, loop_body(g, scope, bound, locked))


def iterable(g: Generator, scope: Scope) -> tuple[str, Type, int, frozenset[str]] | None:
    """Something to loop over: text, type of items, how many at most, what must keep its length meanwhile."""
    options: list[tuple[str, Type, int, frozenset[str]]] = []
    for name, kind in scope.vars.items():
        match kind:
            case Array(shape=(size,)):
                options.append((name, Float(), size, frozenset()))
            case Array(shape=(rows, *rest)):
                options.append((name, Array(tuple(rest)), rows, frozenset()))
            case ListOf(item=item_kind):
                options.append((name, item_kind, 99, frozenset({name})))
            case DictOf(item=item_kind) as d:
                options.append((f"{name}.values()", item_kind, len(d.keys), frozenset({name})))
            case _:
                pass
    first, second = float_leaf(g, scope), float_leaf(g, scope)
    options.append((f"({first}, {second})", Float(), 2, frozenset()))
    options += [(f"{n}({', '.join(map(str, args))})", Float(), 99, frozenset())
                for n, args in _generators(g, scope)]
    return g.pick(options)


def _generators(g: Generator, scope: Scope) -> list[tuple[str, list[str]]]:
    from .expressions import arguments
    found = []
    for name, function in g.helpers.items():
        if isinstance(function, Func) and function.kind == "generator":
            args = arguments(g, scope, function)
            if args is not None:
                found.append((name, args))
    return found


def while_counter(g: Generator, scope: Scope) -> Lines:
    """A `while` with a counter, and perhaps a condition on data."""
    name = g.fresh("k")
    scope.vars[name] = Int(0, 4)
    scope.frozen |= {name}
    test = f"{name} < {g.pick([2, 3, 4])}"
    if g.chance(0.4):
        test += f" and {bool_expr(g, scope)}"
    body = [f"{name} += 1", *loop_body(g, scope, {name: Int(0, 4)})]
    return [f"{name} = 0", *finish(g, scope, f"while {test}:", body)]


def while_tolerance(g: Generator, scope: Scope) -> Lines:
    """Iterate a contraction until it moves little (or ten times)."""
    value, step, count = float_target(g, scope), g.fresh("step"), g.fresh("k")
    start = float_expr(g, scope)
    define(scope, value)
    drive = float_leaf(g, scope)
    define(scope, step)
    return [f"{value} = {start}", f"{step} = 1.0", f"{count} = 0",
            f"while abs({step}) > 1e-3 and {count} < 10:",
            f"    {step} = 0.4 * np.cos({value}) + 0.3 * np.tanh({drive}) - 0.5 * {value}",
            f"    {value} = {value} + {step}", f"    {count} += 1"]


def early_return(g: Generator, scope: Scope) -> Lines | None:
    if scope.returns is None:
        return None
    return [f"if {bool_expr(g, scope)}:", *indent(block(g, scope.inner(), 1) if g.chance(0.4) else []),
            f"    return {result(g, scope)}"]


def try_finally(g: Generator, scope: Scope) -> Lines:
    lines = ["try:", *indent(block(g, scope.inner(may_break=False)))]
    if g.chance(0.4):
        lines += ["except ZeroDivisionError:", *indent(block(g, scope.inner(), 1))]
        if g.chance(0.5):
            return lines
    return [*lines, "finally:", *indent(block(g, scope.inner(may_break=False, returns=None), 1))]


def with_errstate(g: Generator, scope: Scope) -> Lines:
    return [f"with np.errstate({g.pick(['divide', 'over', 'invalid'])}='ignore'):",
            *indent(block(g, scope.inner()))]


def assertion(g: Generator, scope: Scope) -> Lines:
    value = float_leaf(g, scope)
    return g.pick([[f"assert {value} < 1e9"], [f"if {value} > 1e9:", "    raise ValueError('too large')"],
                   ["pass"], [f'message = f"{{{value}:.3f}}"']])


def match_constant(g: Generator, scope: Scope) -> Lines | None:
    if not (ints := scope.ints()):
        return None
    return [f"match {g.pick(ints)} % 3:", "    case 0:", *indent(indent(block(g, scope.inner(), 1))),
            "    case 1 | 2:",
            *indent(indent(block(g, scope.inner(), 1)))]


STATEMENTS = {
    "if": if_statement, "for_range": for_range, "for_items": for_items, "while_counter": while_counter,
    "while_tolerance": while_tolerance, "early_return": early_return, "try_finally": try_finally,
    "with_errstate": with_errstate, "assertion": assertion, "match_constant": match_constant,
}
BLOCKS = frozenset({"if", "for_range", "for_items", "while_counter", "try_finally", "with_errstate",
                    "match_constant"})
