"""More of what a program may define before `f`: factories, decorators, optional arguments."""
from __future__ import annotations

from .expressions import float_expr
from .functions import function_body
from .scope import Array, Float, Func, Generator, Int, Scope, Shape, indent


def _vector(g: Generator) -> Shape:
    return g.pick([s for s in g.shapes if len(s) == 1] or [(3,)])


def helper_factory(g: Generator) -> None:
    """A function that returns a function, called at once by a wrapper."""
    name, maker = g.fresh("scaled"), g.fresh("make")
    scope = Scope({"p": Float(), "q": Float()}, depth=1)
    value = float_expr(g, scope, 2)
    g.prelude.append([f"def {maker}(p):", "    def inner(q):", f"        return {value}", "    return inner"])
    g.prelude.append([f"def {name}(p, q):", f"    return {maker}(p)(q) + {maker}(q)({g.constant()})"])
    g.helpers[name] = Func((Float(), Float()), Float())


def helper_decorated(g: Generator) -> None:
    """A helper behind `functools.wraps` or `functools.lru_cache`."""
    name = g.fresh("wrapped")
    scope = Scope({"p": Float(), "q": Float()}, depth=1)
    body = [f"def {name}(p, q):", f"    return {float_expr(g, scope, 2)}"]
    if g.chance(0.4):
        g.prelude.append(["@functools.lru_cache", *body])
    else:
        decorator = g.fresh("doubled")
        g.prelude.append([f"def {decorator}(fn):", "    @functools.wraps(fn)",
                          "    def call(*args, **kwargs):",
                          f"        return {g.constant()} * fn(*args, **kwargs)", "    return call"])
        g.prelude.append([f"@{decorator}", *body])
    g.helpers[name] = Func((Float(), Float()), Float())


def helper_optional(g: Generator) -> None:
    """A helper whose second argument may be left out (None)."""
    shape, name = _vector(g), g.fresh("weigh")
    scope = Scope({"z": Array(shape), "w": Float()}, depth=1)
    body = function_body(g, scope, g.pick([0, 1]))
    default = g.pick(["0.5", "z[0]", "np.mean(z)"])
    g.prelude.append([f"def {name}(z, w=None):", "    if w is None:", f"        w = {default}",
                      *indent([*body, f"return w * np.sum(z) + {float_expr(g, scope, 1)}"])])
    g.helpers[name] = Func((Array(shape),) if g.chance(0.5) else (Array(shape), Float()), Float())


def helper_sweep(g: Generator) -> None:
    """A recursion that writes into its argument."""
    shape, name = _vector(g), g.fresh("sweep")
    scope = Scope({"z": Array(shape), "n": Int(1, shape[0] - 1)}, frozen=frozenset({"n"}), depth=1)
    g.prelude.append([f"def {name}(z, n):", "    if n == 0:", f"        return {g.pick(['z[0]', '0.5'])}",
                      f"    z[n] {g.pick(['=', '+='])} {float_expr(g, scope, 2)}",
                      f"    return {name}(z, n - 1) + z[n]"])
    g.helpers[name] = Func((Array(shape), Int(1, shape[0] - 1)), Float())


def helper_pair(g: Generator) -> None:
    """A helper that returns a tuple, unpacked by a second one."""
    shape, name, user = _vector(g), g.fresh("split"), g.fresh("rejoin")
    scope = Scope({"z": Array(shape), "p": Float()}, depth=1)
    value = float_expr(g, scope, 2)
    rest = g.pick(["z[1:]", "z", "z * p", "np.cumsum(z)"])
    g.prelude.append([f"def {name}(z, p):", f"    return {value}, {rest}"])
    g.prelude.append([f"def {user}(z, p):", f"    head, tail = {name}(z, p)",
                      f"    tail[0] {g.pick(['=', '*='])} head",
                      "    return head + np.sum(tail)"])
    g.helpers[user] = Func((Array(shape), Float()), Float())


def helper_mutual(g: Generator) -> None:
    """Two functions that call each other."""
    first, second = g.fresh("even"), g.fresh("odd")
    scope = Scope({"p": Float()}, depth=1)
    g.prelude.append([f"def {first}(p, n):",
                      f"    return p if n <= 0 else {second}({float_expr(g, scope, 1)}, n - 1)"])
    g.prelude.append([f"def {second}(p, n):",
                      f"    return 0.5 if n <= 0 else p * {first}({float_expr(g, scope, 1)}, n - 1)"])
    g.helpers[first] = Func((Float(), Int(1, 3)), Float())


def helper_by_value(g: Generator) -> None:
    """A function that calls itself as far as values decide: halving, or summing until little is left."""
    name, bound = g.fresh("settle"), g.constant(0.2, 0.6)
    scope = Scope({"p": Float(), "q": Float()}, depth=1)
    value = float_expr(g, scope, 1)
    lines = g.pick([
        [f"def {name}(p, q, n=6):", f"    if n <= 0 or abs(p) < {bound}:", f"        return {value}",
         f"    return {name}(0.5 * p, q + {g.constant()} * p, n - 1)"],
        [f"def {name}(p, q, n=4):", f"    if n <= 0 or p * q < {bound}:", "        return p - q",
         f"    return {name}(0.6 * p, q, n - 1) + 0.5 * {name}(p, 0.4 * q, n - 1)"],
        [f"def {name}(p, q, n=5):", f"    if n > 0 and p > {bound}:",
         f"        p = {name}(p - 0.3, q, n - 1) * {value}",
         "    return p + q"]])
    g.prelude.append(lines)
    g.helpers[name] = Func((Float(), Float()), Float())


HELPERS = {
    "helper_by_value": helper_by_value,
    "helper_factory": helper_factory, "helper_decorated": helper_decorated,
    "helper_optional": helper_optional,
    "helper_sweep": helper_sweep, "helper_pair": helper_pair, "helper_mutual": helper_mutual,
}
