"""Array expressions: elements, views, and values of a wanted shape."""
from __future__ import annotations

from . import expressions
from .rearranged import rearranged
from .scope import Array, DictOf, Func, Generator, ListOf, Obj, Scope, Shape


def element(g: Generator, scope: Scope) -> str:
    """An element of some array in scope: `a[i]`, `A[i, j]`, `A[i][j]`."""
    name = g.pick(scope.arrays())
    g.note("element_read")
    return name + subscript(g, scope, scope.shape(name))


def subscript(g: Generator, scope: Scope, shape: Shape) -> str:
    parts = [expressions.index(g, scope, size) for size in shape]
    if len(parts) > 1 and g.chance(0.2):
        return "".join(f"[{part}]" for part in parts)
    return f"[{', '.join(parts)}]"


def slice_of(g: Generator, size: int, want: int | None = None) -> tuple[str, int] | None:
    """A slice of an axis and how many elements it takes (`want`, if given); None if none fit."""
    options = []
    for start in range(size):
        for stop in range(start + 1, size + 1):
            options += [(start, stop, step) for step in (1, 1, 1, 2)]
    options += [(size - 1, -1, -1), (size - 1, -1, -2), (size - 1, 0, -1)]
    fitting = [o for o in options if len(range(*o)) >= 1 and want in (None, len(range(*o)))]
    if not fitting:
        return None
    start, stop, step = g.pick(fitting)
    return _slice_text(g, size, start, stop, step), len(range(start, stop, step))


def _slice_text(g: Generator, size: int, start: int, stop: int, step: int) -> str:
    first = "" if start == (0 if step > 0 else size - 1) else str(start if g.chance(0.6) else start - size)
    end = stop if stop == 0 or g.chance(0.5) else stop - size
    last = "" if stop == (size if step > 0 else -1) else str(end)
    return f"{first}:{last}" + ("" if step == 1 else f":{step}")


def view(g: Generator, scope: Scope, name: str) -> tuple[str, Shape]:
    """A basic-indexing view or a reshaping of an array: text and shape."""
    shape = scope.shape(name)
    if len(shape) == 1:
        form = g.rng.choices(["slice", "reverse", "reshape", "none", "ellipsis"], [6, 1, 1, 0.5, 0.5])[0]
        if form == "reshape" and shape[0] % 2 == 0:
            return f"{name}.reshape({shape[0] // 2}, {g.pick(['2', '-1'])})", (shape[0] // 2, 2)
        if form == "none":
            return g.pick([(f"{name}[None, :]", (1, *shape)), (f"{name}[:, None]", (*shape, 1))])
        if form == "ellipsis":
            return f"{name}[...]", shape
        if form == "reverse":
            return f"{name}[::-1]", shape
        taken = slice_of(g, shape[0])
        return (name, shape) if taken is None else (f"{name}[{taken[0]}]", (taken[1],))
    return _matrix_view(g, scope, name, shape)


def _matrix_view(g: Generator, scope: Scope, name: str, shape: Shape) -> tuple[str, Shape]:
    rows, columns = shape[0], shape[1]
    form = g.pick(["row", "row", "column", "block", "T", "ravel", "reshape", "diagonal", "swapaxes", "T_row"])
    if form == "row":
        return f"{name}[{expressions.index(g, scope, rows)}]", (columns,)
    if form == "column":
        return f"{name}[:, {expressions.index(g, scope, columns)}]", (rows,)
    if form == "T_row":
        return f"{name}.T[{expressions.index(g, scope, columns)}]", (rows,)
    if form == "block":
        first, second = slice_of(g, rows), slice_of(g, columns)
        if first and second:
            return f"{name}[{first[0]}, {second[0]}]", (first[1], second[1])
    if form == "ravel":
        return g.pick([f"{name}.ravel()", f"{name}.reshape(-1)", f"np.ravel({name})", f"{name}.T.ravel()"]), \
            (rows * columns,)
    if form == "reshape":
        return f"{name}.reshape({columns}, {rows})", (columns, rows)
    if form == "diagonal":
        return f"np.diagonal({name})", (min(rows, columns),)
    return (f"{name}.T" if form == "T" else f"{name}.swapaxes(0, 1)"), (columns, rows)


#: Ways to make a view, recognized in its text.
VIEWS = {".reshape(": "reshape", "None": "newaxis", "ravel(": "ravel", "diagonal": "diagonal",
         ".T": "transpose", "swapaxes": "transpose", "::": "stepped_slice", "[:, ": "column",
         "...": "ellipsis"}


def note_view(g: Generator, text: str) -> None:
    for mark, feature in VIEWS.items():
        if mark in text:
            g.note(feature)


def reference(g: Generator, scope: Scope, shape: Shape) -> str | None:
    """Something of exactly this shape that shares memory with a variable: the variable, or a view of one."""
    options = list(scope.arrays(shape)) * 2
    for name in scope.arrays():
        for _ in range(3):
            text, got = view(g, scope, name)
            if got == shape and "diagonal" not in text:
                options.append(text)
    for name, kind in scope.vars.items():
        options += _held(name, kind, shape)
    if not options:
        return None
    chosen = g.pick(options)
    note_view(g, chosen)
    return chosen


def _held(name: str, kind: object, shape: Shape) -> list[str]:
    """References to arrays of this shape that a container or object holds."""
    match kind:
        case ListOf(item=Array(shape=got)) if got == shape:
            return [f"{name}[0]", f"{name}[-1]"]
        case DictOf(keys=keys, item=Array(shape=got)) if got == shape:
            return [f"{name}[{key!r}]" for key in keys]
        case Obj(attributes=attributes):
            return [f"{name}.{a}" for a, t in attributes if t == Array(shape)]
        case _:
            return []


def array_expr(g: Generator, scope: Scope, shape: Shape, depth: int = 2) -> str:
    """Text of an array expression of this shape."""
    if depth <= 0 or g.chance(0.2):
        return array_leaf(g, scope, shape)
    return g.weighted_call(ARRAYS, g, scope, shape, depth - 1) or array_leaf(g, scope, shape)


def array_leaf(g: Generator, scope: Scope, shape: Shape) -> str:
    if g.chance(0.9) and (text := reference(g, scope, shape)) is not None:
        return text
    size = str(shape[0]) if len(shape) == 1 else str(shape)
    fill = expressions.float_leaf(g, scope)
    forms = [f"np.full({size}, {fill})", f"({fill} * np.ones({size}))", f"(np.zeros({size}) + {fill})"]
    if len(shape) == 1:
        items = ", ".join(expressions.float_leaf(g, scope) for _ in range(shape[0]))
        forms += [f"np.array([{items}])", f"({fill} * np.arange({size}))",
                  f"np.linspace(0.1, {fill}, {size})"]
    elif shape[0] == shape[1]:
        forms.append(f"({fill} * np.eye({shape[0]}))")
    g.note("creation")
    return g.pick(forms)


def _operand(g: Generator, scope: Scope, shape: Shape, depth: int) -> str:
    """An operand that broadcasts to the shape."""
    if g.chance(0.25):
        return expressions.float_expr(g, scope, min(depth, 1))
    if len(shape) == 2 and g.chance(0.25):
        g.note("broadcast")
        smaller: Shape = g.pick([(shape[1],), (1, shape[1]), (shape[0], 1)])
        return array_expr(g, scope, smaller, depth - 1)
    return array_expr(g, scope, shape, depth)


def _binary(g: Generator, scope: Scope, shape: Shape, depth: int) -> str:
    pair = [array_expr(g, scope, shape, depth), _operand(g, scope, shape, depth)]
    g.rng.shuffle(pair)
    return f"({pair[0]} {g.pick(['+', '-', '*'])} {pair[1]})"


def _divide(g: Generator, scope: Scope, shape: Shape, depth: int) -> str:
    below = array_leaf(g, scope, shape)
    return f"({_operand(g, scope, shape, depth)} / (1.0 + ({below}) ** 2))"


def _smooth(g: Generator, scope: Scope, shape: Shape, depth: int) -> str:
    return g.pick(expressions.SMOOTH).format(array_expr(g, scope, shape, depth))


def _where(g: Generator, scope: Scope, shape: Shape, depth: int) -> str:
    g.note("where")
    test = array_leaf(g, scope, shape)
    return f"np.where({test} > {g.constant(-0.4, 0.8)}, {_operand(g, scope, shape, depth)}, " \
           f"{array_expr(g, scope, shape, depth)})"


def _product(g: Generator, scope: Scope, shape: Shape, depth: int) -> str | None:
    """A matrix product, or an outer product, of arrays in scope."""
    if len(shape) == 1:
        for name in scope.arrays(rank=2):
            rows, columns = scope.shape(name)
            if rows == shape[0]:
                g.note("matmul")
                vector = array_expr(g, scope, (columns,), depth)
                return g.pick(["np.dot({}, {})", "({} @ {})"]).format(name, vector)
            if columns == shape[0]:
                g.note("matmul")
                return f"({array_expr(g, scope, (rows,), depth)} @ {name})"
        return None
    if g.chance(0.5):
        g.note("outer")
        left, right = array_expr(g, scope, shape[:1], depth), array_expr(g, scope, shape[1:], depth)
        return f"np.outer({left}, {right})"
    g.note("matmul")
    inner = g.pick([2, 3])
    left, right = (array_expr(g, scope, pair, depth) for pair in ((shape[0], inner), (inner, shape[1])))
    return f"({left} @ {right})"


def _along_axis(g: Generator, scope: Scope, shape: Shape, depth: int) -> str | None:
    """A reduction of a matrix over one axis, or a cumulative sum."""
    if len(shape) == 1:
        for name in g.rng.sample(scope.arrays(rank=2), len(scope.arrays(rank=2))):
            rows, columns = scope.shape(name)
            if shape[0] in (rows, columns):
                axis = g.pick(["1", "-1"]) if rows == shape[0] else "0"
                g.note("reduce_axis")
                form = g.pick(["np.sum({}, axis={})", "{}.mean(axis={})", "np.max({}, axis={})"])
                return form.format(name, axis)
    g.note("cumulative")
    axis = "" if len(shape) == 1 else ", axis=" + g.pick(["0", "1"])
    return f"np.{g.pick(['cumsum', 'sort', 'flip'])}({array_expr(g, scope, shape, depth)}{axis})"


def _fancy(g: Generator, scope: Scope, shape: Shape, depth: int) -> str | None:
    """Integer-array indexing with repeated and negative indices."""
    names = [n for n in scope.arrays() if scope.shape(n)[1:] == shape[1:]]
    if not names:
        return None
    g.note("fancy_read")
    name = g.pick(names)
    size = scope.shape(name)[0]
    picks = [g.rng.randrange(-size, size) for _ in range(shape[0])]
    return f"{name}[{picks}]" if g.chance(0.6) else f"np.take({name}, {picks}, axis=0)"


def _join(g: Generator, scope: Scope, shape: Shape, depth: int) -> str | None:
    """Concatenation, stacking, rolling, or an array of computed items."""
    if shape[0] < 2:
        return None
    if len(shape) == 2:
        g.note("stack")
        rows = ", ".join(array_expr(g, scope, shape[1:], min(depth, 1)) for _ in range(shape[0]))
        return f"np.{g.pick(['stack', 'array', 'vstack'])}([{rows}])"
    form = g.pick(["concatenate", "roll", "comprehension"])
    g.note(form)
    if form == "roll":
        return f"np.roll({array_expr(g, scope, shape, depth)}, {g.pick([1, -1, 2])})"
    if form == "concatenate":
        cut = g.rng.randrange(1, shape[0])
        return f"np.concatenate([{array_expr(g, scope, (cut,), depth)}, " \
               f"{array_expr(g, scope, (shape[0] - cut,), depth)}])"
    name = g.fresh("i")
    inner = scope.inner()
    inner.vars[name] = expressions.Int(0, shape[0] - 1)
    inner.frozen |= {name}
    return f"np.array([{expressions.float_expr(g, inner, 1)} for {name} in range({shape[0]})])"


def _call(g: Generator, scope: Scope, shape: Shape, depth: int) -> str | None:
    calls: list[tuple[str, Func]] = [(n, f) for n, f in g.helpers.items() if f.result == Array(shape)]
    calls += [(n, t) for n, t in scope.vars.items() if isinstance(t, Func) and t.result == Array(shape)]
    for name, function in g.rng.sample(calls, min(2, len(calls))):
        if (args := expressions.arguments(g, scope, function, depth)) is not None:
            g.note("call")
            return f"{name}({', '.join(args)})"
    return None


def _copy(g: Generator, scope: Scope, shape: Shape, depth: int) -> str:
    return g.pick(["({}).copy()", "np.copy({})", "np.array({})", "np.asarray({})",
                   "np.ascontiguousarray({})"]) \
        .format(array_leaf(g, scope, shape))


ARRAYS = {
    "_binary": (6.0, _binary), "_divide": (1.0, _divide), "_smooth": (4.0, _smooth), "_where": (1.0, _where),
    "_product": (1.5, _product), "_along_axis": (1.0, _along_axis), "_fancy": (1.0, _fancy),
    "_join": (1.0, _join),
    "_call": (2.0, _call), "_copy": (0.7, _copy), "_rearranged": (1.0, rearranged),
}
