"""Statements on the containers of `collections`: queues with two ends, dicts with defaults, ordered dicts, records."""
from __future__ import annotations

from . import arrays
from .assignments import define, float_target
from .expressions import float_expr, float_leaf
from .scope import Generator, Lines, Scope


def _vector(g: Generator, scope: Scope) -> str | None:
    names = scope.arrays(rank=1)
    return g.pick(names) if names else None


def window(g: Generator, scope: Scope) -> Lines | None:
    """A deque of bounded length: what it held longest falls out."""
    if (name := _vector(g, scope)) is None:
        return None
    queue, item, target = g.fresh("window"), g.fresh("e"), float_target(g, scope)
    first, weight, start = float_expr(g, scope, 1), float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    use = g.pick(["{0}[0] * {0}[-1]", "sum({0})", "len({0}) * {0}[0]"]).format(queue)
    return [f"{target} = {start}", f"{queue} = deque([{first}], maxlen={g.pick([2, 3])})", f"for {item} in {name}:",
            f"    {queue}.append({item} * {weight})", f"    {target} = 0.5 * {target} + {use}"]


def queue(g: Generator, scope: Scope) -> Lines | None:
    """A deque that is emptied from both ends."""
    if (name := _vector(g, scope)) is None:
        return None
    line, target = g.fresh("line"), float_target(g, scope)
    first, start = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    return [f"{target} = {start}", f"{line} = deque({name})", f"{line}.{g.pick(['append', 'appendleft'])}({first})",
            f"while len({line}) > {g.pick([1, 2])}:",
            f"    {target} = 0.6 * {target} + {line}.{g.pick(['popleft', 'pop'])}() * {line}[{g.pick([0, -1])}]"]


def grouped(g: Generator, scope: Scope) -> Lines | None:
    """A defaultdict that sums or collects under keys."""
    if (name := _vector(g, scope)) is None:
        return None
    groups, key, target, item = g.fresh("groups"), g.fresh("key"), g.fresh("t"), g.fresh("e")
    value, factor = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    if g.chance(0.5):
        return [f"{groups} = defaultdict(float)", f"for {key} in ('p', 'q', 'p'):",
                f"    {groups}[{key}] += {value} * {factor}", f"{groups}['r'] -= {factor}",
                f"{target} = sum({groups}.values()) * {groups}['p']"]
    return [f"{groups} = defaultdict(list)", f"{groups}['p'].append({value})",
            f"{groups}['q'].append({value})", f"for {item} in {name}:",
            f"    {groups}['q'].append({item} * {factor})", f"{groups}['p'].append({factor})",
            f"{target} = sum({groups}['p']) * {groups}['q'][-1] + len({groups}['q'])"]


def ordered(g: Generator, scope: Scope) -> Lines:
    """An OrderedDict that is changed and read in order."""
    name, key, item, target = g.fresh("ordered"), g.fresh("key"), g.fresh("e"), g.fresh("t")
    first, second, change = float_expr(g, scope, 1), float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    return [f"{name} = OrderedDict(p={first}, q={second})", f"{name}['q'] {g.pick(['*=', '+=', '='])} {change}",
            f"{name}['r'] = {name}['p'] * {name}['q']", f"{target} = 0.0",
            f"for {key}, {item} in {name}.items():", f"    {target} = 0.5 * {target} + {item}"]


def record(g: Generator, scope: Scope) -> Lines:
    """A named tuple of a number and an array: replaced, unpacked, indexed."""
    cls, pair, other, target = g.fresh("Pair"), g.fresh("pair"), g.fresh("pair"), g.fresh("t")
    shape = g.pick(g.shapes)
    g.prelude.append([f"{cls} = namedtuple('{cls}', 'weight data')"])
    first, change, data = float_expr(g, scope, 1), float_expr(g, scope, 1), arrays.array_expr(g, scope, shape, 1)
    define(scope, target)
    use = g.pick(["{0}.weight * np.sum({1}.data)", "{0}[0] * np.sum({1}[1]) + {1}.weight",
                  "sum(np.sum(part) for part in {0}) * {1}.weight"]).format(pair, other)
    return [f"{pair} = {cls}({first}, {data})", f"{other} = {pair}._replace(weight={change})", f"{target} = {use}"]


def optional_key(g: Generator, scope: Scope) -> Lines:
    """A cache in a dict: computed when its key is not there yet."""
    cache, key, target = g.fresh("cache"), g.fresh("i"), float_target(g, scope)
    start, value = float_leaf(g, scope), float_expr(g, scope, 2)
    define(scope, target)
    return [f"{target} = {start}", f"{cache} = {{}}", f"for {key} in (0, 1, 0):", f"    if {key} not in {cache}:",
            f"        {cache}[{key}] = {value} + 0.1 * {key} * {target}",
            f"    {target} = 0.5 * {target} + {cache}[{key}]"]


STATEMENTS = {
    "window": window, "queue": queue, "grouped": grouped, "ordered": ordered, "record": record,
    "optional_key": optional_key,
}
