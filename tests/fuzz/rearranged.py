"""Array expressions that rearrange, repeat, select or solve: the long tail of NumPy."""
from __future__ import annotations

from . import arrays
from .scope import Generator, Scope, Shape

#: Forms for a vector of `n` numbers; `{v}` is a vector of the same size, `{n}` its size.
VECTOR_FORMS = {
    "diff": "np.diff({v}, prepend=0.5)", "cumprod": "np.cumprod(np.cos({v}))",
    "repeat": "np.repeat({v}[:1], {n})",
    "tile": "np.tile({v}[1:2], {n})", "diag": "np.diag(np.outer({v}, {v}))", "pad": "np.pad({v}[1:-1], 1)",
    "append": "np.append({v}[:-1], {v}[0])", "flatten": "({v}).reshape(1, -1).flatten()",
    "astype": "({v}).astype(float)", "squeeze": "np.squeeze(({v})[None, :])", "r_": "np.r_[{v}[1:], 0.5]",
    "broadcast_to": "np.broadcast_to({v}[0], ({n},))", "einsum": "np.einsum('i,i->i', {v}, {v})",
    "gradient": "np.gradient({v})", "hstack": "np.hstack(({v}[:1], {v}[1:]))",
    "trapezoid": "{v} * np.trapezoid({v})",
    "solve": "np.linalg.solve(3.0 * np.eye({n}) + 0.5 * np.outer(np.sin({v}), np.cos({v})), {v})",
    "select": "np.select([{v} > 0.3], [{v} * {v}], 0.2)", "delete": "np.append(np.delete({v}, 1), 0.3)",
    "vectorize": "np.vectorize(lambda e: e * e + 0.1)({v})", "frompylist": "np.array(({v}).tolist())",
    "fromiter": "np.array([e * 0.5 for e in {v}])", "real": "({v}).real", "power": "np.power(np.cos({v}), 2)",
    "concatenate_views": "np.concatenate(({v}[::-1][:2], {v}[2:]))",
}
#: The same for a matrix `{m}` with `{r}` rows and `{c}` columns.
MATRIX_FORMS = {
    "tril": "np.tril({m})", "triu": "np.triu({m}, 1)", "flipud": "np.flipud({m})", "rows": "({m})[::-1]",
    "ix_": "({m})[np.ix_(range({r}), range({c}))]", "einsum": "np.einsum('ij,ij->ij', {m}, {m})",
    "swap_columns": "({m})[:, ::-1]", "moveaxis": "np.moveaxis({m}, 0, 1).T",
    "cumprod": "np.cumprod(np.cos({m}), axis=0)",
    "hstack": "np.hstack([({m})[:, :1], ({m})[:, 1:]])", "column_stack": "np.column_stack(list(({m}).T))",
    "softmax": "np.exp(np.sin({m})) / np.sum(np.exp(np.sin({m})), axis=1, keepdims=True)",
    "centered": "{m} - ({m}).mean(axis=0)", "roll": "np.roll({m}, 1, axis=1)",
    "double_transpose": "({m}).T.copy().T",
    "power": "np.square(np.tanh({m}))", "expand": "np.expand_dims({m}, 0)[0]",
    "stack_rows": "np.stack([*{m}])",
}


def rearranged(g: Generator, scope: Scope, shape: Shape, depth: int) -> str | None:
    """One of the forms of the tables, around an array expression of the same shape."""
    del depth  # the operand is repeated in the text: keep it short
    if min(shape) < 2 or (len(shape) == 1 and shape[0] < 3):
        return None
    forms = VECTOR_FORMS if len(shape) == 1 else MATRIX_FORMS
    name = g.pick(list(forms))
    operand = arrays.reference(g, scope, shape)
    if operand is None or len(operand) > 12:
        return None
    g.note(f"np_{name}")
    text = forms[name].format(v=operand, m=operand, n=shape[0], r=shape[0], c=shape[-1])
    return f"({text})"
