"""`match`: a chain of `if`."""
from __future__ import annotations

import ast
from typing import Any

from ..lowering import Lowering


def lower_match(lo: Lowering, node: ast.Match, rest: list[Any]) -> bool | None:
    """`match` on constants, captures and wildcards: a chain of `if`."""
    subject = "<subject>"
    lo.frame.set(subject, lo.expr(node.subject))
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        test, binds = _pattern(lo, case.pattern, ast.copy_location(ast.Name(subject, ast.Load()), case.pattern))
        if case.guard is not None:
            test = case.guard if test is None else ast.BoolOp(ast.And(), [test, case.guard])
        body = [*binds, *case.body]
        if test is None:
            chain = body
        else:
            branch = ast.If(test, body, chain)
            chain = [ast.fix_missing_locations(ast.copy_location(branch, case.pattern))]
    rest[:0] = chain
    return None


def _pattern(lo: Lowering, pattern: ast.pattern, subject: ast.Name) -> tuple[ast.expr | None, list[ast.stmt]]:
    at = ast.copy_location
    match pattern:
        case ast.MatchValue(value) | ast.MatchSingleton(value):
            right = value if isinstance(value, ast.expr) else at(ast.Constant(value), pattern)
            op: ast.cmpop = ast.Eq() if isinstance(pattern, ast.MatchValue) else ast.Is()
            return at(ast.Compare(subject, [op], [right]), pattern), []
        case ast.MatchAs(None, None):
            return None, []
        case ast.MatchAs(None, str(name)):
            target = at(ast.Name(name, ast.Store()), pattern)
            return None, [ast.fix_missing_locations(at(ast.Assign([target], subject), pattern))]
        case ast.MatchOr(patterns):
            tests = [_pattern(lo, p, subject)[0] for p in patterns]
            if any(t is None for t in tests):
                return None, []
            return at(ast.BoolOp(ast.Or(), tests), pattern), []
        case _:
            lo.fail("AD106", pattern, "this `match` pattern is not supported", "use constants, `|`, names and `_`")
