"""The constructs of the language: one function each, joined into two tables."""
from __future__ import annotations

import ast
from typing import Any

from . import (
    assignment,
    attributes,
    branches,
    calls,
    catching,
    class_definitions,
    comparisons,
    comprehensions,
    conditions,
    contexts,
    definitions,
    expressions,
    items,
    loops,
    matching,
    names,
    raising,
    sets,
    statements,
    updates,
)

STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.Assign: assignment.lower_assign, ast.AnnAssign: assignment.lower_ann_assign,
    ast.AugAssign: updates.lower_aug_assign, ast.If: branches.lower_if, ast.For: loops.lower_for,
    ast.While: loops.lower_while, ast.Return: statements.lower_return, ast.Break: statements.lower_break,
    ast.Continue: statements.lower_continue, ast.Pass: statements.lower_pass,
    ast.Expr: statements.lower_expr_statement, ast.Delete: statements.lower_delete,
    ast.Assert: raising.lower_assert, ast.Raise: raising.lower_raise,
    ast.FunctionDef: definitions.lower_function_def, ast.Nonlocal: statements.lower_nonlocal,
    ast.Global: statements.lower_global, ast.Import: statements.lower_import,
    ast.ImportFrom: statements.lower_import, ast.With: contexts.lower_with, ast.Try: catching.lower_try,
    ast.Match: matching.lower_match, ast.ClassDef: class_definitions.lower_class_def,
}
if hasattr(ast, "TypeAlias"):  # from 3.12 on: `type Vector = ...` is for annotations, which nothing reads
    STATEMENTS[ast.TypeAlias] = statements.lower_pass

EXPRESSIONS: dict[type[ast.expr], Any] = {
    ast.Name: names.lower_name, ast.Constant: expressions.lower_constant, ast.BinOp: expressions.lower_bin_op,
    ast.UnaryOp: expressions.lower_unary, ast.BoolOp: conditions.lower_bool_op, ast.Compare: comparisons.lower_compare,
    ast.IfExp: conditions.lower_if_expr, ast.Call: calls.lower_call, ast.Attribute: attributes.lower_attribute,
    ast.Subscript: items.lower_subscript, ast.Tuple: expressions.lower_tuple, ast.List: expressions.lower_list,
    ast.Dict: expressions.lower_dict, ast.Lambda: definitions.lower_lambda, ast.NamedExpr: assignment.lower_walrus,
    ast.JoinedStr: expressions.lower_fstring, ast.ListComp: comprehensions.lower_list_comp,
    ast.SetComp: sets.lower_set_comp, ast.Set: sets.lower_set, ast.DictComp: comprehensions.lower_dict_comp,
    ast.GeneratorExp: comprehensions.lower_generator_expression, ast.Starred: expressions.lower_starred,
    ast.Slice: expressions.lower_slice,
}
