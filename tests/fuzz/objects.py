"""Statements on objects of the program's own classes that behave as containers, functions, and numbers."""
from __future__ import annotations

from . import arrays
from .assignments import define, float_target
from .expressions import float_expr, float_leaf
from .scope import Generator, Lines, Scope, Shape


def _shape(g: Generator) -> Shape:
    return g.pick([s for s in g.shapes if len(s) == 1] or [(3,)])


def container_object(g: Generator, scope: Scope) -> Lines:
    """An object with `__getitem__`, `__setitem__`, `__len__`, `__iter__` and `__call__` over an array it shares."""
    cls, name, target, item = g.fresh("Cells"), g.fresh("cells"), float_target(g, scope), g.fresh("e")
    shape = _shape(g)
    g.prelude.append([
        f"class {cls}:", "    def __init__(self, cells):", "        self.cells = cells", "",
        "    def __getitem__(self, k):", "        return self.cells[k]", "", "    def __setitem__(self, k, value):",
        "        self.cells[k] = value", "", "    def __len__(self):", "        return len(self.cells)", "",
        "    def __iter__(self):", "        return iter(self.cells)", "", "    def __call__(self, p):",
        f"        return np.sum(self.cells * {g.constant()}) * p"])
    given = arrays.reference(g, scope, shape) or arrays.array_expr(g, scope, shape, 1)
    start, value, point = float_leaf(g, scope), float_expr(g, scope, 1), float_leaf(g, scope)
    define(scope, target)
    k, where = g.rng.randrange(shape[0]), g.pick([0, -1, 1])
    write = g.pick([f"{name}[{k}] = {value}", f"{name}[{k}] += {value}", f"{name}[1:] *= 0.8"])
    use = g.pick([[f"{target} = {name}({point}) + {name}[{where}]"],
                  [f"{target} = {start}", f"for {item} in {name}:",
                   f"    {target} = 0.5 * {target} + {item} * {point}"],
                  [f"{target} = {start}", f"for k in range(len({name})):", f"    {target} += {name}[k] * {point}",
                   f"    {name}[k] = {target}"]])
    return [f"{name} = {cls}({given})", write, *use]


def number_object(g: Generator, scope: Scope) -> Lines:
    """Objects with operators, one of them made of others."""
    cls, first, second, target = g.fresh("Dual"), g.fresh("u"), g.fresh("u"), g.fresh("t")
    g.prelude.append([
        f"class {cls}:", "    def __init__(self, a, b):", "        self.a = a", "        self.b = b", "",
        "    def __mul__(self, other):",
        f"        return {cls}(self.a * other.a, self.a * other.b + self.b * other.a)", "",
        "    def __neg__(self):", f"        return {cls}(-self.a, -self.b)", "",
        "    def __sub__(self, other):", f"        return {cls}(self.a - other, self.b)", "",
        "    def __rmul__(self, factor):", f"        return {cls}(factor * self.a, factor * self.b)", "",
        "    def __iadd__(self, other):", "        self.a = self.a + other.a", "        return self"])
    values = [float_expr(g, scope, 1) for _ in range(3)]
    define(scope, target)
    use = g.pick(["({0} * {1}).b", "(-{0} * {1}).a", "(0.5 * {0} - {1}.a).a * {0}.b", "({0} * {0} * {1}).a"])
    return [f"{first} = {cls}({values[0]}, {values[1]})", f"{second} = {cls}({values[2]}, {values[0]})",
            f"{second} += {first}", f"{target} = {use.format(first, second)}"]


def derived_object(g: Generator, scope: Scope) -> Lines:
    """A subclass that extends a method, a class attribute, a property that is set, a class method."""
    cls, name, target = g.fresh("Filter"), g.fresh("filt"), float_target(g, scope)
    g.prelude.append([
        f"class {cls}:", f"    gain = {g.constant()}", "", "    def __init__(self, state):",
        "        self._state = state", "        self.steps = 0", "", "    @classmethod",
        "    def from_pair(cls, p, q):", "        return cls(p * cls.gain + q)", "",
        "    @property", "    def state(self):",
        "        return self._state", "", "    @state.setter", "    def state(self, value):",
        "        self._state = np.tanh(value)", "", "    def step(self, p):",
        "        self.state = self.gain * self._state + p", "        self.steps += 1", "        return self._state",
        "", "", f"class {cls}Damped({cls}):", f"    gain = {g.constant()}", "", "    def step(self, p):",
        "        return 0.5 * super().step(p) + self.steps"])
    first, second, third = (float_expr(g, scope, 1) for _ in range(3))
    kind = f"{cls}{g.pick(['', 'Damped'])}"
    make = g.pick([f"{kind}({first})", f"{kind}.from_pair({first}, {second})"])
    define(scope, target)
    return [f"{name} = {make}", f"{target} = 0.0", "for k in range(2):", f"    {target} += {name}.step({third})",
            f"{name}.state = {second}", f"{target} = {target} * {name}.state"]


def keyword_only(g: Generator, scope: Scope) -> Lines:
    """A function with keyword-only, defaulted and positional-only parameters."""
    name, target = g.fresh("tuned"), g.fresh("t")
    first, second, third = (float_expr(g, scope, 1) for _ in range(3))
    g.prelude.append([f"def {name}(p, /, q=0.4, *rest, gain, shift=0.3, **options):",
                      "    out = p * gain + q * shift", "    for value in rest:", "        out = out + value * p",
                      "    return out * options.get('factor', 1.0)"])
    define(scope, target)
    call = g.pick([f"{name}({first}, gain={second})", f"{name}({first}, {second}, gain={third}, shift={first})",
                   f"{name}({first}, {second}, {third}, gain=0.7, factor={second})",
                   f"{name}({first}, **{{'gain': {second}, 'shift': {third}}})"])
    return [f"{target} = {call}"]


STATEMENTS = {
    "container_object": container_object, "number_object": number_object, "derived_object": derived_object,
    "keyword_only": keyword_only,
}
