"""The table of statement constructs, joined once, and the choice among them."""
from __future__ import annotations

from . import (
    assignments,
    by_value,
    containers,
    control,
    extras,
    functions,
    gathering,
    idioms,
    memory,
    objects,
    producing,
    settling,
    sharing,
)
from .scope import Generator, Lines, Scope

STATEMENTS = {
    **assignments.STATEMENTS, **memory.STATEMENTS, **control.STATEMENTS, **containers.STATEMENTS,
    **functions.STATEMENTS, **extras.STATEMENTS, **idioms.STATEMENTS,
    **gathering.STATEMENTS, **objects.STATEMENTS, **producing.STATEMENTS, **sharing.STATEMENTS, **by_value.STATEMENTS,
    **settling.STATEMENTS,
}

#: Constructs that hold blocks; not chosen below the depth limit.
NESTING = control.BLOCKS | {"closure"}


def statement(g: Generator, scope: Scope) -> Lines:
    """One statement (some constructs take several lines), written into the scope."""
    g.budget -= 1
    deep = scope.depth >= g.max_depth or g.budget <= 0
    names = [name for name in STATEMENTS if not (deep and name in NESTING)]
    for _ in range(8):
        name = g.weighted(names)
        mark = g.features.mark()
        with g.inside(name):
            lines = STATEMENTS[name](g, scope)
        if lines is not None:
            return lines
        g.features.rewind(mark)
    return assignments.assign(g, scope)
