"""What a program defines before `f`: helper functions, recursion, generators, classes."""
from __future__ import annotations

from . import memory
from .control import result
from .expressions import float_expr
from .functions import function_body
from .scope import Array, Float, Func, Generator, Int, Lines, Obj, Scope, Shape, Type, indent


def _shape(g: Generator, rank: int = 1) -> Shape:
    return g.pick([s for s in g.shapes if len(s) == rank] or [(3,)])


def _define(g: Generator, stem: str, params: dict[str, Type], returns: Type | None, statements: int,
            kind: str = "plain") -> tuple[str, Lines, Scope]:
    name = g.fresh(stem)
    scope = Scope(dict(params), returns=returns, depth=1)
    return name, function_body(g, scope, statements), scope


def helper_scalar(g: Generator) -> None:
    """Floats in, float out; perhaps an early return."""
    name, body, scope = _define(g, "blend", {"p": Float(), "q": Float()}, Float(), g.pick([0, 1, 2]))
    default = g.chance(0.3)
    head = f"def {name}(p, q={g.constant()}):" if default else f"def {name}(p, q):"
    g.prelude.append([head, *indent([*body, f"return {float_expr(g, scope, 3)}"])])
    g.helpers[name] = Func((Float(),) if default and g.chance(0.5) else (Float(), Float()), Float())


def helper_array(g: Generator) -> None:
    """An array and a float in, float out; may write into its argument."""
    shape = _shape(g, g.pick([1, 1, 2]))
    name, body, scope = _define(g, "score", {"z": Array(shape), "p": Float()}, Float(), g.pick([1, 2, 3]))
    g.prelude.append([f"def {name}(z, p):",
                      *indent([*body, f"return np.sum(z) * p + {float_expr(g, scope, 2)}"])])
    g.helpers[name] = Func((Array(shape), Float()), Float())


def helper_map(g: Generator) -> None:
    """Array in, array of the same shape out: fresh, or its own argument, or a view of it."""
    shape = _shape(g, g.pick([1, 1, 2]))
    name, body, scope = _define(g, "relax", {"z": Array(shape)}, Array(shape), g.pick([0, 1, 2]))
    value = g.pick(["z", "z[::-1]", result(g, scope), result(g, scope), "z.copy()"])
    g.prelude.append([f"def {name}(z):", *indent([*body, f"return {value}"])])
    g.helpers[name] = Func((Array(shape),), Array(shape))


def helper_mutate(g: Generator) -> None:
    """Two arrays in, nothing out: called for its writes; the arguments may overlap."""
    shape = _shape(g, g.pick([1, 1, 2]))
    name, body, scope = _define(g, "update", {"z": Array(shape), "r": Array(shape)}, None, g.pick([0, 1, 2]))
    g.features.enter("helper_mutate")
    writes = memory.slice_update(g, scope) or []
    g.features.leave()
    g.prelude.append([f"def {name}(z, r):", *indent([*body, *writes, "z[0] += 0.5 * r[-1]"])])
    g.helpers[name] = Func((Array(shape), Array(shape)), None, "mutate")


def helper_recursive(g: Generator) -> None:
    """A recursion on an integer depth, over a float or over halves of an array."""
    name = g.fresh("recurse")
    if g.chance(0.5):
        scope = Scope({"p": Float(), "n": Int(1, 3)}, frozen=frozenset({"n"}), depth=1)
        step, last = float_expr(g, scope, 2), float_expr(g, scope, 1)
        g.prelude.append([f"def {name}(p, n):", "    if n <= 0:",
                          f"        return {g.pick(['p', 'np.sin(p)'])}",
                          f"    return {name}({step}, n - 1) * 0.7 + {last}"])
        g.helpers[name] = Func((Float(), Int(1, 3)), Float())
    else:
        shape = _shape(g)
        leaf = g.pick(["np.sin(z[0])", "z[0] * z[0]"])
        g.prelude.append([f"def {name}(z):", "    if len(z) == 1:", f"        return {leaf}",
                          "    half = len(z) // 2",
                          f"    left = {name}(z[:half])",
                          f"    return left * {g.constant()} + {name}(z[half:])"])
        g.helpers[name] = Func((Array(shape),), Float())


def helper_generator(g: Generator) -> None:
    """A generator function that yields floats."""
    shape = _shape(g)
    name, item = g.fresh("produce"), g.fresh("e")
    scope = Scope({"z": Array(shape), "p": Float(), item: Float()}, frozen=frozenset({item}), depth=1)
    first, update = float_expr(g, scope, 2), float_expr(g, scope, 1)
    g.prelude.append([f"def {name}(z, p):", f"    for {item} in z:", f"        yield {first}",
                      f"        p = 0.5 * p + {update}"])
    g.helpers[name] = Func((Array(shape), Float()), Float(), "generator")


def helper_variadic(g: Generator) -> None:
    name, item = g.fresh("gather"), g.fresh("e")
    scope = Scope({item: Float(), "scale": Float()}, depth=1)
    g.prelude.append([f"def {name}(*values, scale=1.0):", "    out = 0.0", f"    for {item} in values:",
                      f"        out = out * 0.5 + {float_expr(g, scope, 2)}", "    return out * scale"])
    g.helpers[name] = Func((Float(),) * g.pick([2, 3]), Float())


def helper_class(g: Generator) -> None:
    """A class with a float and an array attribute, a method or `__call__`, and a method that writes."""
    name, shape = g.fresh("Model"), _shape(g)
    scope = Scope({"self.w": Float(), "self.data": Array(shape), "p": Float()},
                  frozen=frozenset({"self.w", "self.data"}), depth=1)
    value, change = float_expr(g, scope, 2), float_expr(g, scope, 2)
    method = g.pick(["energy", "__call__"])
    lines = [f"class {name}:"] if g.chance(0.7) else ["@dataclass", f"class {name}:"]
    if len(lines) == 2:
        lines += ["    w: float", "    data: np.ndarray"]
    else:
        lines += ["    def __init__(self, w, data):", "        self.w = w", "        self.data = data"]
    lines += ["", f"    def {method}(self, p):", f"        return self.w * np.sum(self.data) + {value}", "",
              "    def step(self, p):", f"        self.data[{g.pick([0, 1, -1])}] += {change}",
              f"        self.w {g.pick(['=', '+=', '*='])} np.tanh(p)"]
    g.prelude.append(lines)
    methods = ((method, Func((Float(),), Float())), ("step", Func((Float(),), None)))
    g.classes[name] = Obj(name, (("w", Float()), ("data", Array(shape))), methods)


HELPERS = {
    "helper_scalar": helper_scalar, "helper_array": helper_array, "helper_map": helper_map,
    "helper_mutate": helper_mutate, "helper_recursive": helper_recursive,
    "helper_generator": helper_generator,
    "helper_variadic": helper_variadic, "helper_class": helper_class,
}
