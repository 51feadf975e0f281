"""Containers whose keys, lengths and kinds of items are decided when the program runs."""
from __future__ import annotations

from .assignments import define, float_target
from .expressions import float_expr, float_leaf
from .scope import Generator, Lines, Scope


def _vector(g: Generator, scope: Scope) -> str | None:
    names = scope.arrays(rank=1)
    return g.pick(names) if names else None


def keyed(g: Generator, scope: Scope) -> Lines | None:
    """A dict, a defaultdict or a Counter with keys that come from the data."""
    if (name := _vector(g, scope)) is None:
        return None
    table, k, item, target = g.fresh("table"), g.fresh("k"), g.fresh("e"), g.fresh("t")
    value, bound = float_expr(g, scope, 1), g.constant(-0.2, 0.9)
    define(scope, target)
    key = g.pick([f"int({item} > {bound})", f"{k} % 2", f"({k} % 2, int({item} > {bound}))",
                  f"'p' if {item} > {bound} else 'q'"])
    start, add = g.pick([("{}", f"{table}[{key}] = {table}.get({key}, 0.0) + {item} * {value}"),
                         ("defaultdict(float)", f"{table}[{key}] += {item} * {value}"),
                         ("Counter()", f"{table}[{key}] += {item} * {value}"),
                         ("{}", f"{table}[{key}] = {item} + {value}"),
                         ("{}", f"if {key} not in {table}:\n        {table}[{key}] = {item} * {value}")])
    use = g.pick([f"sum({table}.values())", f"sum(v * v for v in {table}.values())", f"max({table}.values())",
                  f"len({table}) * sum({table}.values())", f"sum(v * 0.5 ** r for r, (_, v) in enumerate(sorted("
                  f"{table}.items())))", f"sum({table}[q] * 0.7 for q in sorted({table}))"])
    return [f"{table} = {start}", f"for {k}, {item} in enumerate({name}):", *f"    {add}".split("\n"),
            f"{target} = {use}"]


def heap(g: Generator, scope: Scope) -> Lines | None:
    """A heap of numbers, or of pairs."""
    if (name := _vector(g, scope)) is None:
        return None
    line, k, item, target = g.fresh("heap"), g.fresh("k"), g.fresh("e"), float_target(g, scope)
    start, weight = float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    if g.chance(0.5):
        return [f"{target} = {start}", f"{line} = [v * {g.constant()} for v in {name}]", f"heapq.heapify({line})",
                f"heapq.heappush({line}, {weight})", f"while len({line}) > 1:",
                f"    {target} = 0.6 * {target} + heapq.heappop({line}) * {line}[0]"]
    label = g.pick([k, f"'p' if {k} % 2 else 'q'"])
    use = f"{item}[1] * 0.3" if label == k else f"(0.4 if {item}[1] == 'p' else 0.9)"
    return [f"{target} = {start}", f"{line} = []", f"for {k} in range(len({name})):",
            f"    heapq.heappush({line}, ({name}[{k}] * {weight}, {label}))", f"while {line}:",
            f"    {item} = heapq.heappop({line})", f"    {target} = 0.5 * {target} + {item}[0] * {use}"]


def namespace(g: Generator, scope: Scope) -> Lines:
    """Attributes of a SimpleNamespace that a loop changes."""
    state, target = g.fresh("state"), g.fresh("t")
    first, second, change = float_expr(g, scope, 1), float_leaf(g, scope), float_expr(g, scope, 1)
    define(scope, target)
    return [f"{state} = SimpleNamespace(p={first}, q={second})", f"for _ in range({g.pick([2, 3])}):",
            f"    {state}.p = 0.5 * {state}.p + {state}.q * {change}", f"    {state}.q *= 0.8",
            f"{target} = {state}.p * {state}.q"]


def table_row(g: Generator, scope: Scope) -> Lines | None:
    """A row of a table of the module, picked by a number of the run."""
    if (name := _vector(g, scope)) is None:
        return None
    table, row, target, c = g.fresh("ROWS"), g.fresh("row"), g.fresh("t"), g.fresh("c")
    value, bound = float_expr(g, scope, 1), g.constant(-0.2, 0.9)
    define(scope, target)
    widths = [2, 2] if g.chance(0.5) else [1, 3]
    rows = [f"({', '.join(g.constant() for _ in range(w))},)" for w in widths]
    g.prelude.insert(0, [f"{table} = {g.pick(['[{0}, {1}]', '({0}, {1})']).format(*rows)}"])
    which = g.pick([f"int({name}[0] > {bound})", f"int(np.argmax({name})) % 2", f"len({name}) % 2"])
    return [f"{row} = {table}[{which}]", f"{target} = {value}", f"for {c} in {row}:",
            f"    {target} = 0.5 * {target} + {c} * {g.pick([name + '[0]', name + '[-1]'])}"]


def read_before_filled(g: Generator, scope: Scope) -> Lines | None:
    """Lists and optional values that the text reads before it puts anything into them."""
    if (name := _vector(g, scope)) is None:
        return None
    held, item, target = g.fresh("held"), g.fresh("e"), float_target(g, scope)
    start, weight = float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    test = g.pick([held, f"len({held}) > 0", f"{held} and {item} > {g.constant(-0.2, 0.6)}",
                   f"not (not {held} or {item} < {g.constant(-0.4, 0.4)})"])
    return [f"{target} = {start}", f"{held} = []", f"for {item} in {name}:", f"    if {test}:",
            f"        {target} += {held}[{g.pick(['-1', '0', 'len(' + held + ') // 2'])}] * {item}",
            f"    {held}.append({item} * {weight})"]


def unlike_kinds(g: Generator, scope: Scope) -> Lines | None:
    """`and` and `or` of what is of several kinds."""
    if (name := _vector(g, scope)) is None:
        return None
    flag, kept, target = g.fresh("flag"), g.fresh("kept"), g.fresh("t")
    first, second, bound = float_expr(g, scope, 1), float_leaf(g, scope), g.constant(-0.2, 0.9)
    define(scope, target)
    return g.pick([
        [f"{kept} = [v for v in {name} if v > {bound}]",
         f"{target} = {first} if {kept} and {name}[0] > 0.0 else {second}"],
        [f"{flag} = None", f"if {name}[0] > {bound}:", f"    {flag} = {name}[0] * {first}",
         f"{target} = {second} if {flag} is None or {flag} > 2.0 else {flag}"],
        [f"{flag} = 'up' if {name}[0] > {bound} else ''",
         f"{target} = {first} if {flag} or len({name}) > 4 else {second}"],
        [f"{kept} = {{'p': {first}}}", f"{target} = {second} if {kept} and {name}[-1] < {bound} else {kept}['p']"],
    ])


def none_filled(g: Generator, scope: Scope) -> Lines | None:
    """A list of None that numbers are put into, and asked which of its items are there."""
    if (name := _vector(g, scope)) is None:
        return None
    memo, k, target = g.fresh("memo"), g.fresh("k"), float_target(g, scope)
    weight, bound = float_leaf(g, scope), g.constant(-0.2, 0.9)
    define(scope, target)
    filled = [f"    {memo}[{k}] = {name}[{k}] * {weight}"]
    if g.chance(0.5):
        filled = [f"    if {name}[{k}] > {bound}:", f"    {filled[0]}"]
    return [f"{target} = 0.0", f"{memo} = [None] * len({name})", f"for {k} in range(len({name})):", *filled,
            f"for {k} in range(len({name})):",
            f"    {target} += {memo}[{k}] ** 2 if {memo}[{k}] is not None else {name}[{k}]"]


def labelled(g: Generator, scope: Scope) -> Lines | None:
    """A list of steps, each a text and a number, then run."""
    if (name := _vector(g, scope)) is None:
        return None
    steps, op, v, item, target = g.fresh("steps"), g.fresh("op"), g.fresh("v"), g.fresh("e"), float_target(g, scope)
    start, bound = float_expr(g, scope, 1), g.constant(-0.2, 0.9)
    define(scope, target)
    return [f"{target} = {start}", f"{steps} = []", f"for {item} in {name}:",
            f"    {steps}.append(('times', {item}) if {item} > {bound} else ('plus', 0.5 * {item}))",
            f"for {op}, {v} in {steps}:", f"    {target} = {target} * {v} if {op} == 'times' else {target} + {v}"]


def kept_functions(g: Generator, scope: Scope) -> Lines | None:
    """Functions made in a loop, each with what it captured, kept in a list."""
    if (name := _vector(g, scope)) is None:
        return None
    made, fn, k, u, target = g.fresh("made"), g.fresh("fn"), g.fresh("k"), g.fresh("u"), float_target(g, scope)
    start, factor = float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    kind = g.pick(["lambda", "factory", "partial"])
    if kind == "factory":
        maker = g.fresh("maker")
        g.prelude.append([f"def {maker}(p, q):", f"    def inner({u}):", f"        return p * np.sin({u}) + q",
                          "    return inner"])
        each = f"{maker}({k}, {factor})"
    elif kind == "partial":
        each = f"functools.partial(lambda p, {u}: p * {u} + {factor}, {k})"
    else:
        each = f"lambda {u}, {k}={k}: {k} * {u} + {factor}"
    return [f"{target} = {start}", f"{made} = [{each} for {k} in {name}]", f"for {fn} in {made}:",
            f"    {target} = 0.5 * {fn}({target})"]


def seen_set(g: Generator, scope: Scope) -> Lines | None:
    """A set of whole numbers that come from the data."""
    if (name := _vector(g, scope)) is None:
        return None
    seen, k, key, target = g.fresh("seen"), g.fresh("k"), g.fresh("key"), float_target(g, scope)
    start, bound = float_expr(g, scope, 1), g.constant(-0.2, 0.9)
    define(scope, target)
    new = g.pick([f"int({name}[{k}] > {bound})", f"(int({name}[{k}] > {bound}), {k} % 2)", f"{k} * {k} % 3"])
    return [f"{target} = {start}", f"{seen} = set()", f"for {k} in range(len({name})):", f"    {key} = {new}",
            f"    if {key} not in {seen}:", f"        {seen}.add({key})",
            f"        {target} += {name}[{k}] * len({seen})"]


def spliced(g: Generator, scope: Scope) -> Lines | None:
    """Slices of a list as targets."""
    if (name := _vector(g, scope)) is None:
        return None
    parts, target = g.fresh("parts"), g.fresh("t")
    first, second = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    change = g.pick([f"{parts}[1:2] = [{first}, {second}]", f"{parts}[:2] = [{first}]", f"del {parts}[1]",
                     f"{parts}[::2] = [v * {second} for v in {parts}[::2]]", f"{parts}[1:1] = [{first}]",
                     f"del {parts}[1:]"])
    return [f"{parts} = list({name})", change, f"{target} = sum({parts}) + {parts}[0] * {parts}[-1]"]


STATEMENTS = {
    "keyed": keyed, "heap": heap, "namespace": namespace, "table_row": table_row,
    "read_before_filled": read_before_filled, "unlike_kinds": unlike_kinds, "none_filled": none_filled,
    "labelled": labelled, "kept_functions": kept_functions, "seen_set": seen_set, "spliced": spliced,
}
