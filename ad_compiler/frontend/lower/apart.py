"""Paths that are kept apart: what follows a branch is read once for each of them.

    if c > 0:                           if c > 0:
        rows = np.arange(3)                 rows = np.arange(3)
    else:                                   return np.sum(x[rows])
        rows = None              ==>    else:
    return np.sum(x[rows])                  rows = None
                                            return np.sum(x[rows])

Names that hold things of different kinds are followed that way, and errors that leave a branch (`catching.py`).
"""
from __future__ import annotations

import ast
from typing import Any, NoReturn

from ..lowering import Lowering
from ..values import Unusable

MOST_APART = 6  # branches, each of which doubles what follows it


class NeedExits(Exception):
    """The statement at `site` must be read as one that some path leaves."""

    def __init__(self, site: Any) -> None:
        self.site = site
        super().__init__(str(site))


def read_apart(lo: Lowering, site: Any) -> None:
    """Ask for a reading that keeps the paths of the branch at `site` apart, where there is one."""
    if site is not None and site not in lo.exiting and len(lo.exiting) < MOST_APART:
        raise NeedExits(site)


def unusable(lo: Lowering, value: Unusable, what: str, node: ast.AST | None) -> NoReturn:
    """Something is read that holds another kind of thing on another path. Raises NeedExits or UnsupportedError."""
    read_apart(lo, value.site)
    lo.fail("AD120", node, f"{what} cannot be followed here: {value.why}", "use one name for one kind of value")
