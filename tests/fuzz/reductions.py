"""Scalars made of arrays."""
from __future__ import annotations

from . import arrays
from .scope import Generator, Scope


def reduction(g: Generator, scope: Scope, depth: int) -> str | None:
    """A scalar made of an array: sums, products, extremes, norms, masked sums."""
    names = scope.arrays()
    if not names:
        return None
    shape = scope.shape(g.pick(names))
    value = arrays.array_expr(g, scope, shape, min(depth, 1))
    form = g.rng.choices(["sum", "mean", "max", "dot", "norm", "prod", "masked", "var", "item"],
                         [5, 2, 1, 2, 1, 0.5, 1, 0.5, 0.5])[0]
    g.note("reduce_" + form)
    match form:
        case "sum":
            return g.pick([f"np.sum({value})", f"({value}).sum()", f"np.add.reduce(np.ravel({value}))"])
        case "mean":
            return g.pick([f"np.mean({value})", f"({value}).mean()"])
        case "max":
            return f"np.{g.pick(['max', 'min'])}({value})"
        case "dot" if len(shape) == 1:
            other = arrays.array_expr(g, scope, shape, 0)
            return g.pick([f"np.dot({value}, {other})", f"({value} @ {other})", f"np.vdot({value}, {other})",
                           f"np.einsum('i,i->', {value}, {other})"])
        case "norm":
            return f"np.linalg.norm(({value}) + 2.0)"
        case "prod":
            return f"np.prod(np.cos({value}))"
        case "masked":
            name = g.pick(names)
            return f"np.sum({name}[{name} {g.pick(['>', '<'])} {g.constant(-0.3, 0.6)}])"
        case "var":
            return f"np.var({value})"
        case "item" if len(shape) == 1:
            return f"({value}).tolist()[{g.rng.randrange(shape[0])}]" if g.chance(0.3) else \
                f"({value})[{g.rng.randrange(-shape[0], shape[0])}].item()"
        case _:
            return f"np.sum({value})"
