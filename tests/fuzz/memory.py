"""Statements that write into arrays: elements, slices, masks, through views and aliases, `out=`."""
from __future__ import annotations

from . import arrays
from .expressions import float_expr, float_leaf
from .scope import Array, Generator, Lines, Scope, Shape

UPDATES = ("{} += {}", "{} -= {}", "{} *= np.cos({})", "{} /= 1.5 + np.sin({})")


def _name(g: Generator, scope: Scope, rank: int | None = None) -> str | None:
    names = scope.arrays(rank=rank)
    return g.pick(names) if names else None


def region(g: Generator, scope: Scope, name: str) -> tuple[str, Shape]:
    """A writable basic-indexing region of an array, or a view of it by `.T`: text and shape."""
    for _ in range(6):
        text, shape = arrays.view(g, scope, name)
        if text != name and "diagonal" not in text and "ravel" not in text and "swapaxes" not in text:
            arrays.note_view(g, text)
            return text, shape
    return f"{name}[:]", scope.shape(name)


def _store(text: str, value: str) -> str:
    """`text = value`, for a text that ends with a subscript; otherwise through `[...]`."""
    return f"{text} = {value}" if text.endswith("]") else f"{text}[...] = {value}"


def element_store(g: Generator, scope: Scope) -> Lines | None:
    if (name := _name(g, scope)) is None:
        return None
    return [f"{name}{arrays.subscript(g, scope, scope.shape(name))} = {float_expr(g, scope, 3)}"]


def element_update(g: Generator, scope: Scope) -> Lines | None:
    if (name := _name(g, scope)) is None:
        return None
    target = name + arrays.subscript(g, scope, scope.shape(name))
    return [g.pick(UPDATES).format(target, float_expr(g, scope))]


def constant_store(g: Generator, scope: Scope) -> Lines | None:
    if (name := _name(g, scope)) is None:
        return None
    if g.chance(0.5):
        return [f"{name}{arrays.subscript(g, scope, scope.shape(name))} = {g.constant()}"]
    return [_store(region(g, scope, name)[0], g.constant())]


def slice_store(g: Generator, scope: Scope) -> Lines | None:
    if (name := _name(g, scope)) is None:
        return None
    text, shape = region(g, scope, name)
    value = float_expr(g, scope) if g.chance(0.2) else arrays.array_expr(g, scope, shape)
    return [_store(text, value)]


def slice_update(g: Generator, scope: Scope) -> Lines | None:
    if (name := _name(g, scope)) is None:
        return None
    text, shape = region(g, scope, name)
    value = float_expr(g, scope) if g.chance(0.3) else arrays.array_expr(g, scope, shape)
    if not text.endswith("]"):
        text += "[...]"
    return [g.pick(UPDATES).format(text, value)]


def overlap_update(g: Generator, scope: Scope) -> Lines | None:
    """`a[1:] += a[:-1]` and the like: target and operand are overlapping parts of one array."""
    names = [n for n in scope.arrays() if scope.shape(n)[0] > 2]
    if not names:
        return None
    name = g.pick(names)
    shift = g.pick([1, 2])
    pair = [f"{name}[{shift}:]", f"{name}[:-{shift}]"]
    if g.chance(0.2):
        pair = [f"{name}[:]", f"{name}[::-1]"]
    g.rng.shuffle(pair)
    factor = g.pick(["", f"{float_leaf(g, scope)} * "])
    form = g.pick(["{} += {}{}", "{} = {}{}", "{} *= 0.5 + 0.3 * np.sin({}{})", "{} -= {}{}"])
    return [form.format(pair[0], factor, pair[1])]


def whole_update(g: Generator, scope: Scope) -> Lines | None:
    """`a += e`, in place: every alias sees it."""
    if (name := _name(g, scope)) is None:
        return None
    if name in scope.frozen:
        return [f"np.add({name}, {float_expr(g, scope)}, out={name})"]
    shape = scope.shape(name)
    value = float_expr(g, scope) if g.chance(0.3) else arrays.array_expr(g, scope, shape)
    return [g.pick(UPDATES).format(name, value)]


def alias_write(g: Generator, scope: Scope) -> Lines | None:
    """`b = a`, then a write through either name."""
    if (name := _name(g, scope)) is None:
        return None
    shape, alias = scope.shape(name), g.fresh("alias")
    scope.vars[alias] = Array(shape)
    written = g.pick([name, alias])
    return [f"{alias} = {name}", f"{written}{arrays.subscript(g, scope, shape)} {g.pick(['=', '+='])} "
            f"{float_expr(g, scope)}"]


def view_bind(g: Generator, scope: Scope) -> Lines | None:
    """`v = a[1:]`, often written through at once, sometimes later."""
    if (name := _name(g, scope)) is None:
        return None
    text, shape = arrays.view(g, scope, name)
    if "diagonal" in text or not shape:
        return None
    arrays.note_view(g, text)
    target = g.fresh("v")
    scope.vars[target] = Array(shape)
    lines = [f"{target} = {text}"]
    if g.chance(0.6):
        value = float_expr(g, scope) if g.chance(0.5) else arrays.array_expr(g, scope, shape, 1)
        lines.append(g.pick(UPDATES).format(g.pick([target, f"{target}[...]"]), value))
    return lines


def mask_store(g: Generator, scope: Scope) -> Lines | None:
    if (name := _name(g, scope)) is None:
        return None
    test = f"{name} {g.pick(['>', '<'])} {g.constant(-0.4, 0.8)}"
    mask, value = g.fresh("mask"), float_expr(g, scope)
    form = g.pick(["{n}[{t}] = {v}", "{n}[{t}] *= {v}", "{n}[{t}] += {v}",
                   "{m} = {t}\n{n}[{m}] = np.sin({n}[{m}])",
                   "np.putmask({n}, {t}, {v})", "np.copyto({n}, {v}, where={t})"])
    return form.format(n=name, t=test, m=mask, v=value).split("\n")


def fancy_store(g: Generator, scope: Scope) -> Lines | None:
    """Integer-array stores and updates, with repeated indices where NumPy keeps the last write."""
    if (name := _name(g, scope, 1)) is None:
        return None
    size = scope.shape(name)[0]
    picks = [g.rng.randrange(-size, size) for _ in range(3)]
    value = arrays.array_expr(g, scope, (3,), 1)
    form = g.pick(["{n}[{p}] = {v}", "{n}[{p}] += {v}", "{n}[np.array({p})] *= np.cos({v})",
                   "np.add.at({n}, {p}, {v})", "np.subtract.at({n}, {p}, {v})"])
    if ".at(" in form:
        g.note("add_at")
    return [form.format(n=name, p=picks, v=value)]


def out_argument(g: Generator, scope: Scope) -> Lines | None:
    """`np.multiply(a, b, out=c)` into a variable or a view; operands may share memory with it."""
    if (name := _name(g, scope)) is None:
        return None
    text, shape = (name, scope.shape(name)) if g.chance(0.6) else region(g, scope, name)
    left, right = arrays.array_expr(g, scope, shape, 1), arrays.array_expr(g, scope, shape, 1)
    form = g.pick(["np.add({a}, {b}, out={o})", "np.multiply({a}, {b}, out={o})", "np.sin({a}, out={o})",
                   "np.subtract({a}, {b}, {o})", "np.tanh({a}, out={o})"])
    return [form.format(a=left, b=right, o=text)]


def fill(g: Generator, scope: Scope) -> Lines | None:
    """Methods and functions that overwrite a whole region."""
    if (name := _name(g, scope)) is None:
        return None
    text, shape = region(g, scope, name)
    return [g.pick([f"{name}.fill({float_expr(g, scope)})",
                    f"np.copyto({text}, {arrays.array_expr(g, scope, shape)})",
                    f"{text}.fill({float_expr(g, scope)})", f"{name}.sort()" if g.chance(0.3)
                    else f"{name}[...] = "
                    + arrays.array_expr(g, scope, scope.shape(name))])]


def buffer(g: Generator, scope: Scope) -> Lines:
    """An allocated buffer, filled afterwards."""
    shape = g.pick(g.shapes)
    size = str(shape[0]) if len(shape) == 1 else str(shape)
    target = g.fresh("buf")
    same = scope.arrays(shape)
    make = g.pick([f"np.zeros({size})", f"np.empty({size})", f"np.ones({size})"]
                  + [f"np.{f}_like({same[0]})" for f in ("zeros", "empty") if same])
    value = arrays.array_expr(g, scope, shape)
    scope.vars[target] = Array(shape)
    lines = [f"{target} = {make}", f"{target}[:] = {value}"]
    return lines if "empty" in make or g.chance(0.5) else lines[:1]


def flat_store(g: Generator, scope: Scope) -> Lines | None:
    """`A.flat[k] = e` and `A.ravel()[k] += e`."""
    if (name := _name(g, scope, 2)) is None:
        return None
    rows, columns = scope.shape(name)
    k = g.rng.randrange(rows * columns)
    return [g.pick([f"{name}.flat[{k}] = {float_expr(g, scope)}",
                    f"{name}.ravel()[{k}] += {float_expr(g, scope)}",
                    f"{name}.reshape(-1)[{k}] = {float_expr(g, scope)}"])]


STATEMENTS = {
    "element_store": element_store, "element_update": element_update, "constant_store": constant_store,
    "slice_store": slice_store, "slice_update": slice_update, "overlap_update": overlap_update,
    "whole_update": whole_update, "alias_write": alias_write, "view_bind": view_bind,
    "mask_store": mask_store,
    "fancy_store": fancy_store, "out_argument": out_argument, "fill": fill, "buffer": buffer,
    "flat_store": flat_store,
}
