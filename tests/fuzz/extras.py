"""Statements for the corners: itertools, slices in variables, module constants, complex numbers."""
from __future__ import annotations

from . import arrays
from .assignments import define, float_target
from .expressions import float_expr, float_leaf
from .scope import Array, Float, Generator, Int, Lines, Scope


def product_loop(g: Generator, scope: Scope) -> Lines | None:
    """Loops over pairs and positions without nesting: `itertools.product`, `np.ndindex`, `np.ndenumerate`."""
    target, first, second = float_target(g, scope), g.fresh("i"), g.fresh("j")
    start = float_expr(g, scope, 1)
    matrices = scope.arrays(rank=2)
    inner = scope.inner()
    inner.vars.update({first: Int(0, 1), second: Int(0, 1)})
    if matrices and g.chance(0.6):
        name = g.pick(matrices)
        rows, columns = scope.shape(name)
        inner.vars.update({first: Int(0, rows - 1), second: Int(0, columns - 1)})
        head = g.pick([f"for {first}, {second} in np.ndindex({rows}, {columns}):",
                       f"for ({first}, {second}), cell in np.ndenumerate({name}):",
                       f"for {first}, {second} in itertools.product(range({rows}), range({columns})):"])
    else:
        head = f"for {first}, {second} in itertools.product(range(2), repeat=2):"
    value = float_expr(g, inner, 2)
    define(scope, target)
    return [f"{target} = {start}", head, f"    {target} = 0.5 * {target} + {value}"]


def iterator_loop(g: Generator, scope: Scope) -> Lines | None:
    """Loops over `itertools.chain`, `accumulate`, `islice`, `filter`, pairs."""
    vectors = scope.arrays(rank=1)
    if not vectors:
        return None
    name, item, target = g.pick(vectors), g.fresh("e"), float_target(g, scope)
    start, factor = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    source = g.pick([f"itertools.chain({name}, {name}[:1])", f"itertools.accumulate({name})",
                     f"itertools.islice({name}, 2)", f"filter(lambda v: v > 0.1, {name})",
                     f"list({name})[1:]",
                     f"(v * v for v in {name})", f"tuple({name})", f"{name}[::-1]", f"{name}.flat"])
    return [f"{target} = {start}", f"for {item} in {source}:",
            f"    {target} += {item} * {factor}"]


def slice_variable(g: Generator, scope: Scope) -> Lines | None:
    """Slices and index tuples held in variables."""
    names = scope.arrays()
    if not names:
        return None
    name, where = g.pick(names), g.fresh("where")
    shape = scope.shape(name)
    text = g.pick(["slice(1, None)", "slice(None, None, 2)", "slice(0, -1)", "Ellipsis",
                   "-1" if len(shape) == 1 else "(slice(None), 1)"])
    return [f"{where} = {text}", f"{name}[{where}] {g.pick(['*=', '+=', '='])} {float_expr(g, scope)}"]


def endless_while(g: Generator, scope: Scope) -> Lines:
    """`while True` that ends by `break`."""
    count, target = g.fresh("k"), float_target(g, scope)
    start = float_expr(g, scope, 1)
    define(scope, target)
    return [f"{target} = {start}", f"{count} = 0", "while True:", f"    {count} += 1",
            f"    if {count} > {g.pick([2, 3])}:", "        break", f"    {target} = np.tanh({target}) * "
            f"{float_leaf(g, scope)} + {float_expr(g, scope, 1)}"]


def module_constant(g: Generator, scope: Scope) -> Lines:
    """Constants of the module: numbers, arrays, and functions in tuples."""
    target = float_target(g, scope)
    name = g.fresh("SCALE")
    value = float_expr(g, scope, 1)
    define(scope, target)
    if g.chance(0.5):
        g.prelude.insert(0, [f"{name} = {g.constant()}"])
        return [f"{target} = {name} * {value}"]
    g.prelude.insert(0, [f"{name} = np.array([{g.constant()}, {g.constant()}])"])
    return [f"{target} = {name}[{g.pick([0, 1, -1])}] * {value} + np.sum({name})"]


def function_table(g: Generator, scope: Scope) -> Lines:
    """Functions held in a tuple or dict and called in turn."""
    target, fn = float_target(g, scope), g.fresh("fn")
    start, last = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    lines = g.pick([
        [f"for {fn} in (np.sin, np.cos, np.tanh):", f"    {target} = {fn}({target}) + {last}"],
        [f"{fn} = {{'s': np.sin, 'c': lambda v: v * {last}}}", f"{target} = {fn}['c']({fn}['s']({target}))"],
        [f"{target} = functools.reduce(lambda p, q: 0.5 * p + q, [{target}, {last}, 0.3])"],
    ])
    return [f"{target} = {start}", *lines]


def complex_number(g: Generator, scope: Scope) -> Lines:
    """Complex numbers on the way from real arguments to a real result."""
    name, target = g.fresh("z"), g.fresh("t")
    first, second = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    return [f"{name} = {first} + 1j * {second}", f"{name} = {name} * {name} + 0.5",
            f"{target} = {g.pick([f'{name}.real', f'{name}.imag', f'({name} * np.conj({name})).real'])}"]


def caught_error(g: Generator, scope: Scope) -> Lines:
    """An exception that is raised and caught."""
    target = float_target(g, scope)
    start = float_expr(g, scope)
    define(scope, target)
    test = f"{float_leaf(g, scope)} > {g.constant(-0.2, 0.8)}"
    return [f"{target} = {start}", "try:", f"    if {test}:", "        raise ValueError('above')",
            f"    {target} = {float_expr(g, scope)}", "except ValueError:",
            f"    {target} = {float_expr(g, scope)}"]


def type_test(g: Generator, scope: Scope) -> Lines:
    target = float_target(g, scope)
    value = float_leaf(g, scope)
    define(scope, target)
    return [f"{target} = {value} if isinstance({value}, float) else 0.5",
            f"{target} = {target} * {target} if not isinstance({target}, np.ndarray) else 0.0"]


def trajectory(g: Generator, scope: Scope) -> Lines | None:
    """A time loop that keeps its states in a list, and a result made of them."""
    vectors = scope.arrays(rank=1)
    if not vectors:
        return None
    name, states, state, target = g.pick(vectors), g.fresh("states"), g.fresh("state"), g.fresh("t")
    shape = scope.shape(name)
    inner = scope.inner()
    inner.vars[state] = Array(shape)
    change = arrays.array_expr(g, inner, shape, 2)
    keep = g.pick([f"{state}.copy()", f"{state}.copy()", state])
    step = g.pick([f"{state} = {state} + 0.3 * {change}", f"{state} += 0.3 * {change}",
                   f"{state}[1:] += 0.4 * {state}[:-1]"])
    use = g.pick([f"np.sum(np.array({states}))", f"np.sum({states}[-1] * {states}[0])",
                  f"sum(np.sum(u * u) for u in {states})", f"np.stack({states})[1, 0]", f"sum({states})[0]"])
    define(scope, target)
    return [f"{state} = {name}.copy()", f"{states} = [{state}.copy()]", "for _ in range(2):", f"    {step}",
            f"    {states}.append({keep})", f"{target} = {use}"]


def starred_call(g: Generator, scope: Scope) -> Lines | None:
    """Helpers called with `*args`, by keyword, or with `**options`."""
    pairs = [n for n, f in g.helpers.items() if f.kind == "plain" and f.params == (Float(), Float())]
    if not pairs:
        return None
    name, target = g.pick(pairs), g.fresh("t")
    first, second = float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    calls = [f"{name}(*({first}, {second}))", f"{name}(*[{first}], {second})"]
    if name.startswith("blend"):
        calls += [f"{name}(q={first}, p={second})", f"{name}({first}, **{{'q': {second}}})"]
    return [f"{target} = {g.pick(calls)}"]


def small_class(g: Generator, scope: Scope) -> Lines:
    """A class with operators, a property, a static method and a subclass that calls `super()`."""
    name, target, obj = g.fresh("Point"), g.fresh("t"), g.fresh("point")
    factor = g.constant()
    g.prelude.append([
        f"class {name}:", "    def __init__(self, a, b):", "        self.a = a", "        self.b = b", "",
        "    def __add__(self, other):", f"        return {name}(self.a + other.a, self.b * other.b)", "",
        "    def __getitem__(self, k):", "        return self.a if k == 0 else self.b", "", "    @property",
        "    def size(self):", f"        return self.a * self.a + {factor} * self.b", "", "    @staticmethod",
        "    def mix(p, q):", "        return 0.5 * p + np.sin(q)", "", "", f"class {name}Shifted({name}):",
        "    def __init__(self, a, b):", f"        super().__init__(a + {factor}, b)"])
    first, second, third = (float_expr(g, scope, 1) for _ in range(3))
    define(scope, target)
    use = g.pick(["{0}.size", "{0}[0] * {0}[1]", "({0} + {0}).size", "{0}.mix({0}.a, {0}.b)"]).format(obj)
    return [f"{obj} = {name}{g.pick(['', 'Shifted'])}({first}, {second})", f"{obj}.b += {third}",
            f"{target} = {use}"]


STATEMENTS = {
    "product_loop": product_loop, "iterator_loop": iterator_loop, "slice_variable": slice_variable,
    "endless_while": endless_while, "module_constant": module_constant, "function_table": function_table,
    "complex_number": complex_number, "caught_error": caught_error, "type_test": type_test,
    "trajectory": trajectory, "starred_call": starred_call, "small_class": small_class,
}
