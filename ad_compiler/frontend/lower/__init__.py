"""The constructs of the language: one function each, joined into two tables."""
from __future__ import annotations

import ast
from typing import Any

from . import assignment, branches, calls, expressions, loops, names, structures

STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.Assign: assignment.lower_assign, ast.AnnAssign: assignment.lower_ann_assign,
    ast.AugAssign: assignment.lower_aug_assign, ast.If: branches.lower_if, ast.For: loops.lower_for,
    ast.While: loops.lower_while, ast.Return: assignment.lower_return, ast.Break: assignment.lower_break,
    ast.Continue: assignment.lower_continue, ast.Pass: assignment.lower_pass,
    ast.Expr: assignment.lower_expr_statement, ast.Delete: assignment.lower_delete,
    ast.Assert: assignment.lower_assert, ast.Raise: assignment.lower_raise,
    ast.FunctionDef: assignment.lower_function_def, ast.Nonlocal: assignment.lower_nonlocal,
    ast.Global: assignment.lower_global, ast.Import: assignment.lower_import,
    ast.ImportFrom: assignment.lower_import, ast.With: assignment.lower_with, ast.Try: assignment.lower_try,
    ast.Match: assignment.lower_match,
}

EXPRESSIONS: dict[type[ast.expr], Any] = {
    ast.Name: names.lower_name, ast.Constant: expressions.lower_constant, ast.BinOp: expressions.lower_bin_op,
    ast.UnaryOp: expressions.lower_unary, ast.BoolOp: branches.lower_bool_op, ast.Compare: branches.lower_compare,
    ast.IfExp: branches.lower_if_expr, ast.Call: calls.lower_call, ast.Attribute: structures.lower_attribute,
    ast.Subscript: structures.lower_subscript, ast.Tuple: expressions.lower_tuple, ast.List: expressions.lower_list,
    ast.Dict: expressions.lower_dict, ast.Lambda: assignment.lower_lambda, ast.NamedExpr: assignment.lower_walrus,
    ast.JoinedStr: expressions.lower_fstring, ast.ListComp: expressions.lower_list_comp,
    ast.SetComp: expressions.lower_list_comp, ast.DictComp: expressions.lower_dict_comp,
    ast.GeneratorExp: expressions.lower_generator_expression, ast.Starred: expressions.lower_starred,
    ast.Slice: expressions.lower_slice,
}
