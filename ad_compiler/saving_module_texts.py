"""The texts that a saved derivative takes along: imports, support functions, functions of the user's, constants.

A function of the user's is written as it is, in a function around it that takes what it uses from outside:

    def make_log1pexp(np):
        def log1pexp(x):
            return np.log1p(np.exp(x))
        return log1pexp
    log1pexp = make_log1pexp(np)
"""
from __future__ import annotations

import ast
import builtins
import copy
import functools
import inspect
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from .errors import SourceNotFound
from .frontend.source import read_source
from .interface.naming import fresh
from .support.owning import owning

OURS = "ad_compiler"
ALLOWED = ("numpy", "scipy")
PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Imports:
    """The import lines of a module, each tested for whether a stand-alone module may have it."""

    def __init__(self) -> None:
        self.lines: dict[str, None] = {}

    def add(self, line: str, module: str) -> None:
        root = module.partition(".")[0]
        if root not in ALLOWED and root not in sys.stdlib_module_names:
            raise ValueError(f"the derivative uses `{module}`, which a stand-alone module cannot import: only NumPy, "
                             f"SciPy and the standard library can be used")
        self.lines[line] = None

    def module(self, name: str) -> str:
        """An expression for a module."""
        if name == "numpy":
            self.add("import numpy as np", name)
            return "np"
        self.add(f"import {name}", name)
        return name

    def text(self, definitions: Definitions) -> str:
        typing = "from typing import Any" if any("Any" in text for text in definitions.texts.values()) else ""
        return "\n".join(sorted({*self.lines, *filter(None, [typing])}))


class Definitions:
    """Texts of functions and constants, in the order in which they must stand. `taken`: names that mean something
    else."""

    def __init__(self, imports: Imports, taken: set[str]) -> None:
        self.imports, self.taken = imports, taken
        self.texts: dict[str, str] = {}
        self.names: dict[int, tuple[str, Any]] = {}
        self.open: set[int] = set()

    def constant(self, name: str, value: Any) -> None:
        """`name = ...` for an object that the emitted text uses. Raises ValueError where it has no text."""
        self.texts[name] = ""
        text = constant_text(value)
        if text is None:
            text = self.expression(name, value)
        elif "np." in text:
            self.imports.module("numpy")
        del self.texts[name]
        self.texts[name] = f"{name} = {text}"

    # --- what is ours ---------------------------------------------------------------------------------------------
    def support(self, definition: Any, wanted: str | None = None) -> None:
        """A support function or class with all that it uses."""
        plain = inspect.unwrap(definition)
        name = plain.__name__
        if name not in self.texts:
            self.texts[name] = ""  # a function that calls itself
            for used, value in _used(plain):
                if isinstance(value, types.ModuleType):
                    self.imports.add(f"import {value.__name__}" + (f" as {used}" if used != value.__name__ else ""),
                                     value.__name__)
                elif isinstance(value, types.BuiltinFunctionType):
                    self.imports.add(f"from {value.__module__} import {used}", value.__module__)
                elif _is_ours(value):
                    self.support(value)
                elif used not in self.texts:
                    self.constant(used, value)
            text = self.texts.pop(name) or _without_decorators(plain)
            self.texts[name] = text
        if wanted and wanted != name:
            self.texts[wanted] = f"{wanted} = {name}"

    # --- what is the user's ---------------------------------------------------------------------------------------
    def expression(self, hint: str, value: Any) -> str:
        """The text of an object from outside. Raises ValueError if it has none."""
        if id(value) not in self.names:
            if id(value) in self.open:
                raise ValueError(f"the derivative uses `{hint}`, which calls itself by way of other functions: that "
                                 f"cannot be saved")
            self.open.add(id(value))
            self.names[id(value)] = self._expression(hint, value), value
            self.open.discard(id(value))
        return self.names[id(value)][0]

    def _expression(self, hint: str, value: Any) -> str:
        constant = constant_text(value)
        if constant is not None:
            if "np." in constant:
                self.imports.module("numpy")
            return constant
        if isinstance(value, types.ModuleType):
            return self.imports.module(value.__name__)
        found = _imported(value)
        if found is not None:
            return f"{self.imports.module(found[0])}.{found[1]}" if found[0] != "builtins" else found[1]
        if isinstance(value, functools.partial):
            given = [self.expression(hint, a) for a in value.args]
            given += [f"{k}={self.expression(k, a)}" for k, a in value.keywords.items()]
            self.imports.add("import functools", "functools")
            return f"functools.partial({', '.join([self.expression(hint, value.func), *given])})"
        if isinstance(value, types.FunctionType):
            return self._function(value)
        behind = next((f for name in ("fun", "call", "primal") if callable(f := getattr(value, name, None))), None)
        if behind is not None and type(value).__module__.partition(".")[0] == OURS:
            inner = self.expression(hint, behind)
            self.support(owning)
            return self._named(hint, f"{owning.__name__}({inner})")
        raise ValueError(f"the derivative uses the object `{hint}` ({type(value).__name__}), which has no text: "
                         f"pass it as an argument")

    def _named(self, hint: str, text: str) -> str:
        name = fresh(hint if hint.isidentifier() else "made", {*self.taken, *self.texts})
        self.texts[name] = f"{name} = {text}"
        return name

    def _function(self, function: types.FunctionType) -> str:
        """A function of the user's. What it uses from outside are parameters of the function around it."""
        try:
            node = _bare(read_source(function).node, function)
        except SourceNotFound as error:
            raise ValueError(f"the derivative uses `{function.__name__}`, whose text cannot be read") from error
        given = {name: self.expression(name, value) for name, value in _outside(node, function)}
        for name, value in _default_values(node, function):
            given[name] = self.expression(name, value)
        own = node.name if isinstance(node, ast.FunctionDef) else "function"
        made = fresh(own if own != "function" else "made", {*self.taken, *self.texts})
        around = fresh(f"make_{made}", {*self.taken, *self.texts})
        body = ast.unparse(node if isinstance(node, ast.FunctionDef) else ast.Return(node))
        if isinstance(node, ast.FunctionDef):
            body += f"\n\nreturn {own}"
        self.texts[made] = (f"def {around}({', '.join(given)}):\n{textwrap.indent(body, '    ')}\n\n\n"
                            f"{made} = {around}({', '.join(given.values())})")
        return made


def _is_ours(value: Any) -> bool:
    plain = inspect.unwrap(value) if callable(value) else value
    return isinstance(plain, (types.FunctionType, type)) and plain.__module__.partition(".")[0] == OURS


def _used(definition: Any) -> Iterator[tuple[str, Any]]:
    """Global names that a function's or class's body reads, with their values."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(definition)))
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    loaded = dict.fromkeys(node.id for node in ast.walk(_without_annotations(tree)) if isinstance(node, ast.Name))
    scope = vars(sys.modules[definition.__module__])
    return ((n, scope[n]) for n in loaded if n in scope and n not in stored and scope[n] is not definition)


def _without_decorators(definition: Any) -> str:
    text = textwrap.dedent(inspect.getsource(definition))
    node = ast.parse(text).body[0]
    assert isinstance(node, (ast.FunctionDef, ast.ClassDef))
    return "\n".join(text.splitlines()[node.lineno - 1:])


class _Annotations(ast.NodeTransformer):
    """Drops annotations."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns, node.decorator_list = None, []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)


def _without_annotations(tree: Any) -> Any:
    return ast.fix_missing_locations(_Annotations().visit(copy.deepcopy(tree)))


def _bare(node: ast.FunctionDef | ast.Lambda, function: types.FunctionType) -> Any:
    """A function's tree without decorators and annotations; its defaults are names."""
    bare = _without_annotations(node)
    spec = bare.args
    spec.defaults = [ast.Name(f"default{i}_", ast.Load()) for i in range(len(spec.defaults))]
    spec.kw_defaults = [d and ast.Name(f"default_{a.arg}", ast.Load())
                        for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
    if any(isinstance(inner, (ast.Global, ast.Nonlocal)) for inner in ast.walk(bare)):
        raise ValueError(f"the derivative uses `{function.__name__}`, which assigns variables from outside: that "
                         f"cannot be saved")
    return bare


def _default_values(node: Any, function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    for i, value in enumerate(function.__defaults__ or ()):
        yield f"default{i}_", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f"default_{name}", value


def _outside(node: Any, function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """The captured variables and globals that a function reads, with their values; not the function itself."""
    read = dict.fromkeys(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    local = {*function.__code__.co_varnames, *function.__code__.co_cellvars}
    for name in read:
        if name in cells:
            value = cells[name].cell_contents
        elif name in function.__globals__ and name not in local:
            value = function.__globals__[name]
        else:
            continue
        if value is not function:
            yield name, value


def _imported(value: Any) -> tuple[str, str] | None:
    """The module and name under which a library has an object."""
    name = getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    if getattr(builtins, name, None) is value:
        return "builtins", name
    modules = [getattr(value, "__module__", None), "numpy", "scipy.special"]
    for module in modules:
        allowed = isinstance(module, str) and (module.partition(".")[0] in ALLOWED
                                               or module.partition(".")[0] in sys.stdlib_module_names)
        if allowed and module != "__main__" and getattr(sys.modules.get(module), name, None) is value:
            return module, name
    return None


def constant_text(value: Any) -> str | None:
    """The text of a constant, with NumPy as `np`; None for what is none."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r}, np.{value.dtype.name})"
    if isinstance(value, np.dtype):
        return f"np.dtype({value.str!r})"
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({value.item()!r})"
    if isinstance(value, type) and value.__module__ == "numpy":
        return f"np.{value.__name__}"
    if isinstance(value, (tuple, frozenset, set, list)):
        return repr(value) if all(constant_text(v) == repr(v) for v in value) else None
    return repr(value) if isinstance(value, PLAIN) else None


__all__ = ["OURS", "PLAIN", "Definitions", "Imports", "constant_text"]
