"""Statements that people write: flags, counters, searches, optional values, stacks, closures in lists."""
from __future__ import annotations

from . import arrays
from .assignments import define, float_target
from .expressions import data_leaf, float_expr, float_leaf
from .scope import Array, DictOf, Float, Generator, Lines, ListOf, Scope


def _vector(g: Generator, scope: Scope) -> str | None:
    names = scope.arrays(rank=1)
    return g.pick(names) if names else None


def optional_best(g: Generator, scope: Scope) -> Lines | None:
    """A value that is None until the loop finds one."""
    if (name := _vector(g, scope)) is None:
        return None
    best, item = g.fresh("best"), g.fresh("e")
    weight = float_leaf(g, scope)
    define(scope, best)
    return [f"{best} = None", f"for {item} in {name}:",
            f"    if {best} is None or {item} * {weight} {g.pick(['>', '<'])} {best}:",
            f"        {best} = {item} * {weight}"]


def flag_search(g: Generator, scope: Scope) -> Lines | None:
    """A flag set in a loop that is then left."""
    if (name := _vector(g, scope)) is None:
        return None
    flag, item, target = g.fresh("found"), g.fresh("e"), float_target(g, scope)
    first, second = float_expr(g, scope), float_expr(g, scope)
    start = float_leaf(g, scope)
    define(scope, target)
    return [f"{target} = {start}", f"{flag} = False", f"for {item} in {name}:",
            f"    if {item} > {g.constant(-0.2, 0.9)}:", f"        {flag} = True",
            f"        {target} = {item} * {second}",
            "        break", f"if not {flag}:", f"    {target} = {first}"]


def count_index(g: Generator, scope: Scope) -> Lines | None:
    """An integer counted from the data and used as an index."""
    if (name := _vector(g, scope)) is None:
        return None
    count, item, target = g.fresh("count"), g.fresh("e"), g.fresh("t")
    size = scope.shape(name)[0]
    threshold, value = g.constant(-0.3, 0.8), float_expr(g, scope, 1)
    define(scope, target)
    how = g.pick([
        [f"{count} = 0", f"for {item} in {name}:", f"    if {item} > {threshold}:", f"        {count} += 1"],
        [f"{count} = int(np.sum({name} > {threshold}))"], [f"{count} = np.argmax({name})"],
        [f"{count} = int(np.count_nonzero({name} < {threshold}))"],
        [f"{count} = len([{item} for {item} in {name} if {item} > {threshold}])"]])
    return [*how, f"{target} = {name}[{count} % {size}] * {value}"]


def drain(g: Generator, scope: Scope) -> Lines | None:
    """A stack that is emptied."""
    if (name := _vector(g, scope)) is None:
        return None
    stack, item, target = g.fresh("stack"), g.fresh("e"), float_target(g, scope)
    start, weight = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    return [f"{target} = {start}", f"{stack} = list({name})",
            f"while {g.pick([stack, f'len({stack}) > 1'])}:",
            f"    {item} = {stack}.pop({g.pick(['', '0'])})",
            f"    {target} = 0.5 * {target} + {item} * {weight}"]


def retype(g: Generator, scope: Scope) -> Lines:
    """One name for an array, then a part of it, then a number."""
    name, shape = g.fresh("r"), g.pick(g.shapes)
    value = arrays.array_expr(g, scope, shape)
    factor = float_leaf(g, scope)
    define(scope, name)
    return [f"{name} = {value}", f"{name} = {name}[1:] * {factor}", f"{name} = np.sum({name})"]


def closure_list(g: Generator, scope: Scope) -> Lines:
    """Closures made in a loop: bound late, or by a default."""
    fns, k, u, target = g.fresh("fns"), g.fresh("k"), g.fresh("u"), g.fresh("t")
    capture = g.pick(["", f", {k}={k}"])
    factor, point = data_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    return [f"{fns} = [lambda {u}{capture}: {u} * {factor} + {k} for {k} in range(3)]",
            f"{target} = {fns}[0]({point}) + {fns}[2]({factor})"]


def two_lambdas(g: Generator, scope: Scope) -> Lines:
    first, second, target = g.fresh("fn"), g.fresh("fn"), g.fresh("t")
    factor, point = float_leaf(g, scope), data_leaf(g, scope)
    define(scope, target)
    return [f"{first}, {second} = (lambda p: p * {factor}), (lambda p: np.sin(p) + {factor})",
            f"{target} = {first}({second}({point}))"]


def list_methods(g: Generator, scope: Scope) -> Lines | None:
    lists = [n for n, t in scope.vars.items() if isinstance(t, ListOf) and t.item == Float()
             and n not in scope.locked]
    if not lists:
        return None
    name, target = g.pick(lists), g.fresh("t")
    value = float_expr(g, scope, 1)
    define(scope, target)
    return g.pick([[f"{name}.reverse()", f"{target} = {name}[0] * {value}"],
                   [f"{target} = sum({name}[1:], {value})"],
                   [f"{target} = len({name}) * {name}[-1] + {value}"],
                   [f"{target} = {name}.copy()[0] * {value}", f"{name}.append({target})"],
                   [f"{target} = sum([{value}] + {name})"],
                   [f"{target} = sum([{value}, 0.5] * 2) * {name}[0]"],
                   [f"{target} = {value} if any(v > 0.4 for v in {name}) else {name}[0]"],
                   [f"{target} = {value} if all(v > -0.4 for v in {name}) else {name}[-1]"]])


def dict_methods(g: Generator, scope: Scope) -> Lines | None:
    dicts = [n for n, t in scope.vars.items() if isinstance(t, DictOf) and t.item == Float()
             and n not in scope.locked]
    if not dicts:
        return None
    name, target, other = g.pick(dicts), g.fresh("t"), g.fresh("d")
    value = float_expr(g, scope, 1)
    define(scope, target)
    return g.pick([[f"{name}.update(p={value})", f"{target} = sum({name}.values())"],
                   [f"{target} = {name}.get('q', 0.5) * {name}.get('absent', {value})"],
                   [f"{other} = dict({name})", f"{other}['q'] = {value}",
                    f"{target} = {other}['q'] * {name}['q']"],
                   [f"{other} = {{**{name}, 'r': {value}}}", f"{target} = {other}['r'] + {other}['p']"],
                   [f"{other} = {{k: v * {value} for k, v in {name}.items()}}", f"{target} = {other}['p']"],
                   [f"{target} = {name}['p'] if 'p' in {name} else {value}", f"{target} += {value}"],
                   [f"{other} = {{'r': {value}}}",
                    f"{target} = {other}.pop('r') * {name}.setdefault('p', 0.3)"]])


def transposed_rows(g: Generator, scope: Scope) -> Lines | None:
    """`zip(*matrix)`, `enumerate` of rows, sums of columns in plain Python."""
    names = scope.arrays(rank=2)
    if not names:
        return None
    name, target, column = g.pick(names), float_target(g, scope), g.fresh("column")
    start = float_leaf(g, scope)
    define(scope, target)
    return [f"{target} = {start}", f"for {column} in zip(*{name}):",
            f"    {target} = 0.5 * {target} + {g.pick([f'sum({column})', f'{column}[0] * {column}[-1]'])}"]


def alias_kept(g: Generator, scope: Scope) -> Lines | None:
    """A view made before a loop that writes what it shows; the view is read after."""
    if (name := _vector(g, scope)) is None or scope.shape(name)[0] < 3:
        return None
    view, i, target = g.fresh("view"), g.fresh("i"), g.fresh("t")
    weight = float_leaf(g, scope)
    scope.vars[view] = Array((scope.shape(name)[0] - 1,))
    define(scope, target)
    step = g.pick([f"{name}[{i}] = {name}[{i}] * {view}[{i} - 1] + {weight}",
                   f"{view}[{i} - 1] += {weight} * {name}[{i}]",
                   f"{name}[{i}] = np.sin({view}[0]) + {weight} * {name}[{i} - 1]"])
    return [f"{view} = {name}[{g.pick(['1:', ':-1'])}]", f"for {i} in range(1, len({name})):", f"    {step}",
            f"{target} = np.sum({view} * {view})"]


STATEMENTS = {
    "optional_best": optional_best, "flag_search": flag_search, "count_index": count_index, "drain": drain,
    "retype": retype, "closure_list": closure_list, "two_lambdas": two_lambdas, "list_methods": list_methods,
    "dict_methods": dict_methods, "transposed_rows": transposed_rows, "alias_kept": alias_kept,
}
