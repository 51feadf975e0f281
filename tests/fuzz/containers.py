"""Statements on lists, dicts, tuples and objects."""
from __future__ import annotations

from . import arrays
from .assignments import any_shape, define
from .expressions import arguments, float_expr, float_leaf
from .scope import Array, DictOf, Float, Func, Generator, Int, Lines, ListOf, Obj, Scope, Type


def _value(g: Generator, scope: Scope, kind: Type, depth: int = 1) -> str:
    if isinstance(kind, Array):
        return arrays.array_expr(g, scope, kind.shape, depth)
    return float_expr(g, scope, depth)


def _lists(scope: Scope) -> list[tuple[str, ListOf]]:
    return [(name, kind) for name, kind in scope.vars.items() if isinstance(kind, ListOf)]


def list_new(g: Generator, scope: Scope) -> Lines:
    name = g.fresh("items")
    kind: Type = Array(any_shape(g, scope)) if g.chance(0.4) else Float()
    values = [_value(g, scope, kind) for _ in range(g.pick([1, 2, 3]))]
    scope.vars[name] = ListOf(kind, len(values))
    return [f"{name} = [{', '.join(values)}]"]


def list_grow(g: Generator, scope: Scope) -> Lines | None:
    lists = [(n, k) for n, k in _lists(scope) if n not in scope.locked]
    if not lists:
        return None
    name, kind = g.pick(lists)
    value = _value(g, scope, kind.item)
    joined = f"{name}.append({value})" if name in scope.frozen else f"{name} += [{value}]"  # binds the name
    return [g.pick([f"{name}.append({value})", f"{name}.append({value})", joined,
                    f"{name}.extend([{value}])", f"{name}.insert(0, {value})"])]


def list_pop(g: Generator, scope: Scope) -> Lines | None:
    lists = [(n, k) for n, k in _lists(scope) if n not in scope.locked and k.item == Float()]
    if not lists:
        return None
    name, _ = g.pick(lists)
    target = g.fresh("t")
    value = float_expr(g, scope, 1)
    define(scope, target)
    return [f"{name}.append({value})", f"{target} = {name}.pop({g.pick(['', '0', '-1'])})"]


def worklist(g: Generator, scope: Scope) -> Lines | None:
    """A loop over a list that grows meanwhile."""
    lists = [n for n, k in _lists(scope) if n not in scope.locked and k.item == Float()]
    if not lists:
        return None
    name, item, number, target = g.pick(lists), g.fresh("e"), g.fresh("i"), g.fresh("t")
    factor, other = float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    loop, step = g.pick([(f"for {item} in {name}:", factor), (f"for {number}, {item} in enumerate({name}):", number),
                         (f"for {item}, {number} in zip({name}, range(7)):", number)])
    leave = [f"    if {target} > 2.0:", f"        {g.pick(['break', 'continue'])}"] if g.chance(0.4) else []
    grow = g.pick([f"{name}.append({item} * {other})", f"{name}.extend([{item}, {other}])",
                   f"{name}.insert(0, {other})"])
    return [f"{target} = 0.0", loop, f"    {target} += {item} * {step}", *leave,
            f"    if len({name}) < {g.pick([3, 4, 6])}:", f"        {grow}"]


def list_store(g: Generator, scope: Scope) -> Lines | None:
    lists = _lists(scope)
    if not lists:
        return None
    name, kind = g.pick(lists)
    place = g.pick([-1, g.rng.randrange(kind.least)])
    if isinstance(kind.item, Array) and g.chance(0.6):
        element = arrays.subscript(g, scope, kind.item.shape)
        return [f"{name}[{place}]{element} {g.pick(['=', '+='])} {float_expr(g, scope)}"]
    value = _value(g, scope, kind.item)
    return [f"{name}[{place}] {g.pick(['=', '+=', '='])} {value}"]


def comprehension(g: Generator, scope: Scope) -> Lines:
    """A list comprehension over a range or an array, its items used at once."""
    name, item = g.fresh("items"), g.fresh("i")
    inner = scope.inner(frozen=scope.frozen | {item})
    vectors = scope.arrays(rank=1)
    if vectors and g.chance(0.5):
        array = g.pick(vectors)
        inner.vars[item] = Float()
        source, size = array, scope.shape(array)[0]
    else:
        inner.vars[item] = Int(0, 2)
        source, size = "range(3)", 3
    text = f"[{float_leaf(g, inner)} * {float_expr(g, inner, 1)} for {item} in {source}]"
    scope.vars[name] = ListOf(Float(), size)
    return [f"{name} = {text}"]


def nested_list(g: Generator, scope: Scope) -> Lines:
    """A matrix as a list of lists."""
    name, target = g.fresh("rows"), g.fresh("t")
    cells = [[float_expr(g, scope, 1) for _ in range(2)] for _ in range(2)]
    text = ", ".join("[" + ", ".join(row) + "]" for row in cells)
    lines = [f"{name} = [{text}]",
             f"{name}[{g.pick([0, -1])}][1] {g.pick(['=', '*=', '+='])} {float_expr(g, scope)}",
             f"{target} = {name}[0][1] * {name}[1][0] - {name}[1][1]"]
    define(scope, target)
    return lines


def dict_new(g: Generator, scope: Scope) -> Lines:
    name = g.fresh("d")
    kind: Type = Array(any_shape(g, scope)) if g.chance(0.4) else Float()
    keys = ("p", "q")
    values = [_value(g, scope, kind) for _ in keys]
    scope.vars[name] = DictOf(keys, kind)
    if g.chance(0.3):
        return [f"{name} = {{}}", *(f"{name}[{k!r}] = {v}" for k, v in zip(keys, values, strict=True))]
    if g.chance(0.3):
        return [f"{name} = dict({', '.join(f'{k}={v}' for k, v in zip(keys, values, strict=True))})"]
    return [f"{name} = {{{', '.join(f'{k!r}: {v}' for k, v in zip(keys, values, strict=True))}}}"]


def dict_store(g: Generator, scope: Scope) -> Lines | None:
    dicts = [(n, k) for n, k in scope.vars.items() if isinstance(k, DictOf)]
    if not dicts:
        return None
    name, kind = g.pick(dicts)
    key = g.pick(kind.keys)
    if isinstance(kind.item, Array) and g.chance(0.6):
        return [f"{name}[{key!r}]{arrays.subscript(g, scope, kind.item.shape)} += {float_expr(g, scope)}"]
    return [f"{name}[{key!r}] {g.pick(['=', '+=', '*='])} {_value(g, scope, kind.item)}"]


def dict_loop(g: Generator, scope: Scope) -> Lines | None:
    dicts = [(n, k) for n, k in scope.vars.items() if isinstance(k, DictOf) and k.item == Float()]
    if not dicts:
        return None
    name, key, value, total = g.pick(dicts)[0], g.fresh("key"), g.fresh("e"), g.fresh("total")
    define(scope, total)
    return [f"{total} = 0.0", *g.pick([
        [f"for {key}, {value} in {name}.items():", f"    {total} += {value} * {value}"],
        [f"for {key} in {name}:", f"    {name}[{key}] *= 0.5", f"    {total} += np.sin({name}[{key}])"]])]


def tuple_new(g: Generator, scope: Scope) -> Lines:
    """A tuple that is kept, then indexed and unpacked."""
    name, shape = g.fresh("pair"), any_shape(g, scope)
    first, second, target = float_expr(g, scope), arrays.array_expr(g, scope, shape), g.fresh("t")
    define(scope, target)
    return [f"{name} = ({first}, {second})", f"{target} = {name}[0] * np.sum({name}[-1])"]


def object_new(g: Generator, scope: Scope) -> Lines | None:
    if not g.classes:
        return None
    cls = g.pick(list(g.classes.values()))
    values: list[str] = []
    for _, kind in cls.attributes:
        if isinstance(kind, Array):
            values.append(arrays.reference(g, scope, kind.shape) or arrays.array_expr(g, scope, kind.shape))
        else:
            values.append(float_expr(g, scope))
    name = g.fresh("obj")
    scope.vars[name] = cls
    return [f"{name} = {cls.cls}({', '.join(values)})"]


def object_store(g: Generator, scope: Scope) -> Lines | None:
    objects = [(n, k) for n, k in scope.vars.items() if isinstance(k, Obj)]
    if not objects:
        return None
    name, kind = g.pick(objects)
    attribute, item = g.pick(kind.attributes)
    if isinstance(item, Array):
        return [f"{name}.{attribute}{arrays.subscript(g, scope, item.shape)} "
                f"{g.pick(['=', '+='])} {float_expr(g, scope)}"]
    return [f"{name}.{attribute} {g.pick(['=', '+=', '*='])} {float_expr(g, scope)}"]


def method_call(g: Generator, scope: Scope) -> Lines | None:
    """A method called for its effect."""
    found: list[tuple[str, Func]] = []
    for name, kind in scope.vars.items():
        if isinstance(kind, Obj):
            found += [(f"{name}.{m}", f) for m, f in kind.methods if f.result is None]
    if not found:
        return None
    name, function = g.pick(found)
    args = arguments(g, scope, function)
    return None if args is None else [f"{name}({', '.join(args)})"]


def functional(g: Generator, scope: Scope) -> Lines | None:
    """`map`, `sorted`, `zip` and `sum` over a vector."""
    vectors = scope.arrays(rank=1)
    if not vectors:
        return None
    name, other, target, item = g.pick(vectors), g.pick(vectors), g.fresh("t"), g.fresh("e")
    factor = float_leaf(g, scope)
    define(scope, target)
    return [f"{target} = " + g.pick([
        f"sum(map(lambda {item}: {item} * {item} * {factor}, {name}))", f"sorted({name})[0] * {factor}",
        f"sorted({name}, key=lambda {item}: -{item})[-1] * {factor}",
        f"sum(p * q for p, q in zip({name}, {other})) * {factor}",
        f"max([{item} * {factor} for {item} in {name}])",
        f"sum(list({name})) + {factor}", f"sum({name}[::-1]) * {factor}",
        f"sum([k * {item} for k, {item} in enumerate({name})])"])]


STATEMENTS = {
    "list_new": list_new, "list_grow": list_grow, "list_pop": list_pop, "worklist": worklist, "list_store": list_store,
    "comprehension": comprehension, "nested_list": nested_list, "dict_new": dict_new,
    "dict_store": dict_store,
    "dict_loop": dict_loop, "tuple_new": tuple_new, "object_new": object_new, "object_store": object_store,
    "method_call": method_call, "functional": functional,
}
