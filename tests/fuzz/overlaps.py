"""Programs in which NumPy itself errs: `x[1] = x[:, 2]` reads what it has just written (NumPy 2.4 and 2.5).

NumPy documents that the two sides of an assignment may overlap, as if the right one were copied first. For a
row and a column of one matrix they may not, so such a program says nothing about a derivative.
"""
from __future__ import annotations

import ast
import copy

import numpy as np

from .generate import Program
from .loading import loaded

_OWN = """
import numpy

def _own(base, value):
    return value.copy() if isinstance(base, numpy.ndarray) and isinstance(value, numpy.ndarray) else value

"""


class _Copied(ast.NodeTransformer):
    """`a[i] = e` becomes `a[i] = _own(a, e)`."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            call = ast.Call(ast.Name("_own", ast.Load()), [ast.Name(target.value.id, ast.Load()), node.value], [])
            node.value = call
        return self.generic_visit(node)


def reads_what_it_wrote(program: Program) -> bool:
    """Whether the program gives something else if what is stored into arrays is copied first.

    >>> import numpy as np
    >>> text = "def f(x):\\n    x[1] = x[:, 2]\\n    return x[1, 1]\\n"
    >>> reads_what_it_wrote(Program(text, (np.arange(9.0).reshape(3, 3),)))
    True
    """
    if not any(isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Subscript) for n in ast.walk(
            ast.parse(program.text))):
        return False
    text = _OWN + ast.unparse(ast.fix_missing_locations(_Copied().visit(ast.parse(program.text))))
    with loaded(program.text) as plain, loaded(text) as copying:
        one, other = (m.function(*copy.deepcopy(program.args)) for m in (plain, copying))
    return not np.allclose(one, other, rtol=1e-12, atol=1e-12)
