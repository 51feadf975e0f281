"""Statements on memory with several names: rows, diagonals, groups of views, swaps, masks, arrays of three axes."""
from __future__ import annotations

from .assignments import define, float_target
from .expressions import float_expr, float_leaf
from .scope import Array, DictOf, Generator, Lines, ListOf, Scope


def _name(g: Generator, scope: Scope, rank: int) -> str | None:
    names = scope.arrays(rank=rank)
    return g.pick(names) if names else None


def row_loop(g: Generator, scope: Scope) -> Lines | None:
    """Rows of a matrix, written through in a loop over them."""
    if (name := _name(g, scope, 2)) is None:
        return None
    row, value, factor = g.fresh("row"), float_expr(g, scope, 1), float_leaf(g, scope)
    head = g.pick([f"for {row} in {name}:", f"for {row} in {name}.T:", f"for {row} in reversed({name}):",
                   f"for {row} in list({name})[1:]:"])
    return [head, "    " + g.pick([f"{row}[0] = {value}", f"{row} *= 0.7", f"{row}[1:] += {row}[:-1] * {factor}",
                                   f"{row}[...] = np.sin({row})", f"{row}[-1] += {row}[0] * {factor}"])]


def diagonal_write(g: Generator, scope: Scope) -> Lines | None:
    """The diagonal of a matrix, filled or read and stored back."""
    if (name := _name(g, scope, 2)) is None:
        return None
    rows, columns = scope.shape(name)
    n, value = min(rows, columns), float_expr(g, scope, 1)
    return [g.pick([f"np.fill_diagonal({name}, {value})", f"{name}[range({n}), range({n})] *= {value}",
                    f"{name}[np.arange({n}), np.arange({n})] = np.diagonal({name}) + {value}",
                    f"{name}.reshape(-1)[::{columns + 1}] = {value}",
                    f"{name}[0] += np.sum(np.einsum('ii->i', {name}[:{n}, :{n}])) * {value}"])]


def view_group(g: Generator, scope: Scope) -> Lines | None:
    """Views of one array in a list or tuple, one of which is written; the array is read."""
    if (name := _name(g, scope, g.pick([1, 2]))) is None:
        return None
    group, target, item = g.fresh("group"), g.fresh("t"), g.fresh("e")
    size, value = scope.shape(name)[0], float_expr(g, scope, 1)
    if size < 3:
        return None
    views = g.pick([f"[{name}[:2], {name}[-2:]]", f"({name}[1:], {name}[:-1])", f"[{name}[k:k + 2] for k in range(2)]",
                    f"np.array_split({name}, 2)"])
    define(scope, target)
    write = g.pick([[f"{group}[0][...] = {value}"], [f"{group}[1][0] += {value}"],
                    [f"for {item} in {group}:", f"    {item} *= 0.8"], [f"{group}[0][-1] = {group}[1][0] * 0.5"]])
    return [f"{group} = {views}", *write, f"{target} = np.sum({group}[0] * {g.constant()}) + np.sum({name})"]


def exchange(g: Generator, scope: Scope) -> Lines | None:
    """Parts of an array, or two arrays, that change places."""
    if (name := _name(g, scope, g.pick([1, 2]))) is None:
        return None
    forms = [f"{name}[[0, 1]] = {name}[[1, 0]]", f"{name}[0], {name}[-1] = {name}[-1].copy(), {name}[0].copy()",
             f"{name}[:] = {name}[::-1].copy()", f"{name}[...] = np.roll({name}, 1, axis=0)",
             f"{name}[:2], {name}[-2:] = {name}[-2:].copy(), {name}[:2].copy()"]
    twins = [other for other in scope.arrays(scope.shape(name)) if other != name]
    if twins:
        forms.append(f"{name}[:], {twins[0]}[:] = {twins[0]}.copy(), {name}.copy()")
    return [g.pick(forms)]


def buffer_loop(g: Generator, scope: Scope) -> Lines | None:
    """A time loop over two buffers that change names; it may end early."""
    if (name := _name(g, scope, 1)) is None or scope.shape(name)[0] < 3:
        return None
    old, new, k, target = g.fresh("old"), g.fresh("new"), g.fresh("k"), g.fresh("t")
    rate, test = float_leaf(g, scope), float_leaf(g, scope)
    define(scope, target)
    exit_ = [f"    if {new}[1] > {test} + 0.5:", "        break"] if g.chance(0.5) else []
    swap = g.pick([f"    {old}, {new} = {new}, {old}", f"    {old}[...] = {new}",
                   f"    {old}, {new} = {new}, {old}.copy()"])
    return [f"{old}, {new} = {name}.copy(), {name}{g.pick(['.copy()', ' * 0.5', '[::-1].copy()'])}",
            f"for {k} in range(3):", f"    {new}[1:-1] = {old}[1:-1] + 0.2 * {rate} * ({old}[2:] - {old}[:-2])", *exit_,
            swap, f"{target} = np.sum({old} * {old}) + {new}[1]"]


def masks(g: Generator, scope: Scope) -> Lines | None:
    """Boolean masks: combined, negated, of rows; as value and as target."""
    if (name := _name(g, scope, g.pick([1, 2]))) is None:
        return None
    mask, target = g.fresh("mask"), g.fresh("t")
    value, low, high = float_expr(g, scope, 1), g.constant(-0.6, 0.1), g.constant(0.2, 0.9)
    whole = g.pick([f"({name} > {low}) & ({name} < {high})", f"({name} < {low}) | ({name} > {high})",
                    f"~({name} > {high})", f"np.logical_and({name} > {low}, {name} < {high})"])
    if len(scope.shape(name)) == 2 and g.chance(0.4):
        whole = f"{name}[:, 0] > {low}"
    define(scope, target)
    use = g.pick([f"{name}[{mask}] = {name}[{mask}] * 0.5", f"{name}[{mask}] += {value}", f"{name}[~{mask}] *= 0.8",
                  f"{name}[{mask}] = {value}", f"np.copyto({name}[{mask}], 0.5)",
                  f"{name}[{mask}] -= np.sin({name}[{mask}])"])
    return [f"{mask} = {whole}", use, f"{target} = np.sum({name}[{mask}]) + {g.constant()} * np.sum({mask})"]


def cube(g: Generator, scope: Scope) -> Lines | None:
    """An array of three axes: planes, lines, sums over several axes, other orders of the axes."""
    if (name := _name(g, scope, 2)) is None:
        return None
    box, target = g.fresh("box"), g.fresh("t")
    rows, columns = scope.shape(name)
    value, factor = float_expr(g, scope, 1), float_leaf(g, scope)
    make = g.pick([f"np.stack([{name}, {name} * {factor}])", f"np.zeros((2, {rows}, {columns})) + {name}",
                   f"np.array([{name}, np.sin({name})])", f"{name}[None] * np.array([{factor}, 0.5])[:, None, None]"])
    write = g.pick([f"{box}[0] += {value}", f"{box}[:, 1] = {value}", f"{box}[..., 0] *= {box}[..., 1]",
                    f"{box}[1, :, ::2] = {name}[:, ::2]", f"{box}.transpose(2, 0, 1)[0] += {value}",
                    f"{box}[0], {box}[1] = {box}[1].copy(), {box}[0].copy()", f"{box}[:, 1:, 1:] += {box}[:, :-1, :-1]",
                    f"{box}.reshape(2, -1)[1] = {value}", f"{box}[np.array([0, 1]), :, 0] += {value}"])
    use = g.pick(["np.sum(np.sum({0}, axis=(0, 2)) ** 2)", "np.sum(np.max({0}, axis=0))",
                  "np.sum(np.swapaxes({0}, 0, 2)[1] * 0.5)", "np.einsum('kij,kij->', {0}, {0})",
                  "np.sum({0}.mean(axis=1) @ np.ones({1}))", "np.sum(np.moveaxis({0}, 0, -1)[0] ** 2)",
                  "np.sum(np.cumsum({0}, axis=1)[:, -1])", "np.sum({0}.transpose(1, 0, 2).reshape({2}, -1)[0])"])
    define(scope, target)
    return [f"{box} = {make}", write, f"{target} = {use.format(box, columns, rows)}"]


def held_arrays(g: Generator, scope: Scope) -> Lines | None:
    """Arrays in a list or dict, each changed in place, in a loop over them or through another name."""
    held = [n for n, t in scope.vars.items() if isinstance(t, ListOf | DictOf) and isinstance(t.item, Array)]
    if not held:
        return None
    name, item, value = g.pick(held), g.fresh("e"), float_expr(g, scope, 1)
    values = f"{name}.values()" if isinstance(scope.vars[name], DictOf) else name
    first = f"{name}['p']" if isinstance(scope.vars[name], DictOf) else f"{name}[0]"
    return g.pick([[f"for {item} in {values}:", f"    {item} *= 0.7"],
                   [f"for {item} in {values}:", f"    {item}[0] = {value}"],
                   [f"{item} = {first}", f"{item}[...] = {item} * {value}"], [f"{first}[-1] += {value}"],
                   [f"{item} = [part * 0.5 for part in {values}]", f"{item}[0][0] = {value}",
                    f"{first}[...] = {item}[0]"]])


def single_precision(g: Generator, scope: Scope) -> Lines | None:
    """A part computed in float32."""
    if (name := _name(g, scope, 1)) is None:
        return None
    low, target = g.fresh("low"), float_target(g, scope)
    factor = float_leaf(g, scope)
    define(scope, target)
    change = g.pick([f"{low}[1:] += {low}[:-1]", f"{low} *= np.float32(0.5)", f"{low} = np.sin({low}) * {low}",
                     f"{low}[0] = {factor}"])
    return [f"{low} = {name}.astype(np.float32)", change, f"{target} = float(np.sum({low} * {low})) * {factor}"]


def complex_array(g: Generator, scope: Scope) -> Lines | None:
    """Complex arrays between real arguments and a real result."""
    if (name := _name(g, scope, g.pick([1, 2]))) is None:
        return None
    wave, target = g.fresh("wave"), g.fresh("t")
    value = float_expr(g, scope, 1)
    change = g.pick([f"{wave}[0] *= 1j", f"{wave} *= np.exp(1j * {value})", f"{wave}[1:] += 1j * {wave}[:-1]",
                     f"{wave}.real[...] += {value}", f"{wave}[-1] = {value} - 2j",
                     f"{wave} = np.conj({wave}) * {wave}.T.T"])
    use = g.pick(["np.sum(np.abs({0}) ** 2)", "np.sum({0}.real * {0}.imag)", "np.sum(({0} * np.conj({0})).real)",
                  "np.real(np.sum({0} ** 2))", "np.vdot({0}, {0}).real"])
    define(scope, target)
    return [f"{wave} = {name} * (1.0 + 0.5j) + 1j * {g.constant()}", change, f"{target} = {use.format(wave)}"]


STATEMENTS = {
    "row_loop": row_loop, "diagonal_write": diagonal_write, "view_group": view_group, "exchange": exchange,
    "buffer_loop": buffer_loop, "masks": masks, "cube": cube, "held_arrays": held_arrays,
    "single_precision": single_precision, "complex_array": complex_array,
}
