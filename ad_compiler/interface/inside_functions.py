"""What a transform is applied to inside a function that is being compiled, as an object from outside.

A function that is made inside is given its captured variables as keyword parameters, and is then an ordinary function:

    lambda z: np.sum(z * q)        ==>        lambda z, *, q: np.sum(z * q)

The object is that function with the values bound (`functools.partial`), so it is good for this compilation only.
"""
from __future__ import annotations

import ast
import copy
import functools
import symtable
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..frontend.frames import MISSING
from ..frontend.lower.calls import call_value
from ..frontend.lower.items import need_value
from ..frontend.lower.names import external
from ..frontend.lower.partials import is_open, parts_outside
from ..frontend.lowering import Lowering
from ..frontend.scopes import scopes_of
from ..frontend.values import ExternalV, FunctionV, HeapV, MethodV, PartialV, TupleV, Value
from ..ir import nodes as ir
from .naming import fresh, load_text
from .structure import class_attribute


@dataclass(frozen=True, slots=True, eq=False)
class InnerDerivative:
    """A transform of a function that is made inside the program being compiled."""

    transform: Callable[..., Any]
    of: Value | InnerDerivative
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        made = outside(lo, self, node)
        return call_value(lo, ir.Const(made), args, kwargs, node, hint)


def outside(lo: Lowering, subject: Any, node: Any) -> Any:
    """A callable that stands for `subject`, a function that the program being compiled knows."""
    if isinstance(subject, ir.Const) and isinstance(subject.value, InnerDerivative):
        subject = subject.value
    match subject:
        case InnerDerivative():
            return subject.transform(outside(lo, subject.of, node), *subject.args, **subject.kwargs)
        case FunctionV():
            return _closed(lo, subject, node)
        case MethodV(receiver, _, types.FunctionType() as function):
            return functools.partial(function, receiver)
        case PartialV(function, args, kwargs):
            _in_order(lo, args, node)
            return functools.partial(outside(lo, function, node), *args, **kwargs)
        case HeapV(cls) if isinstance(call := class_attribute(cls, "__call__"), types.FunctionType):
            return functools.partial(call, subject)
        case ExternalV(value) if callable(value):
            return _with_receiver(lo, value, subject, node)
    return constant(lo, subject, node)


def _in_order(lo: Lowering, args: list[Value], node: Any) -> None:
    """Refuse arguments of a partial function that leave places open."""
    if any(map(is_open, args)):
        lo.fail("AD146", node, "a transform of a partial function that leaves open an argument (`Placeholder`)",
                "write a lambda")


def _with_receiver(lo: Lowering, value: Any, subject: ExternalV, node: Any) -> Any:
    """A callable from outside; what it holds keeps its place, so that it is read anew at each call."""
    if isinstance(value, functools.partial):
        function, args, kwargs = parts_outside(lo, value, subject.path)
        _in_order(lo, args, node)
        return functools.partial(function, *args, **kwargs)
    if isinstance(value, types.MethodType) and isinstance(value.__func__, types.FunctionType):
        return functools.partial(value.__func__, external(lo, value.__self__, f"{subject.path}.__self__", "self"))
    call = class_attribute(type(value), "__call__")
    plain = isinstance(call, types.FunctionType) and not hasattr(type(value), "__ad_transform__")
    return functools.partial(call, subject) if plain and not hasattr(value, "__wrapped__") else value


def constant(lo: Lowering, value: Value | None, node: Any) -> Any:
    """The Python object that a value is; refused if it is known only at run time."""
    match value:
        case ir.Const() | ExternalV():
            return value.value
        case TupleV(items):
            return tuple(constant(lo, item, node) for item in items)
        case HeapV(cls) if cls is list:
            return [constant(lo, item, node) for item in value.slots.values()]
        case HeapV(cls) if cls is dict:
            return {key: constant(lo, item, node) for key, item in value.slots.items()}
    need_value(lo, value, node)
    lo.fail("AD146", node, "which function this is the derivative of is not known when compiling",
            "name a function, or write a lambda")


# --- functions that are made inside -----------------------------------------------------------------------------------
@dataclass(slots=True)
class _Closure:
    """The text of a function with those of the functions that it captures, and the values that they capture.

    All of them are names of one function, whose own parameters and variables are `taken`. A captured function that
    means something else by one of these names, or by a name that is in use already, is made where the name is its own:

        def fun_made(x):                   # fun captures another x than the function's own
            return lambda q: q**2 - x
        fun = fun_made(x_)
    """

    lo: Lowering
    node: Any
    names: dict[str, Any]
    taken: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    done: dict[str, Any] = field(default_factory=dict)

    def captures(self, function: FunctionV) -> dict[str, str]:
        """Note everything that a function captures, functions before those that use them; the names that had to
        change."""
        changed = {}
        for name in _free_names(function.node):
            value = _captured_value(self.lo, function.frame, name)
            if value is MISSING or value is function:
                continue
            if name not in self.taken and self.done.get(name, value) is value:
                self.add(name, value)
            else:
                changed[name] = self.name_of(value, name)
        return changed

    def define(self, name: str, function: FunctionV) -> None:
        """The text of a captured function, under a name."""
        node = function.node
        own = node.name if isinstance(node, ast.FunctionDef) else None
        changed = self.captures(function)
        if not changed and (own is None or own == name or own not in _free_names(node)):
            self.lines += _definition(node, name)
            return
        made = fresh(f"{name}_made", {*self.names, *self.done, *self.taken})
        self.done[made] = function
        body = [f"return {ast.unparse(node)}"] if own is None else [*_definition(node, own), f"return {own}"]
        self.lines += [f"def {made}({', '.join(changed)}):", *(f"    {line}" for line in body),
                       f"{name} = {made}({', '.join(changed.values())})"]

    def add(self, name: str, value: Any) -> None:
        if name in self.done:
            return
        self.done[name] = value
        match value:
            case FunctionV():
                self.define(name, value)
            case ir.Const(InnerDerivative() as inner):
                of = self.name_of(inner.of, f"{name}_of")
                transform = self.keep(inner.transform, "transform")
                args = "".join(f", {self.keep(a, 'arg')}" for a in inner.args)
                args += "".join(f", {k}={self.keep(a, k)}" for k, a in inner.kwargs.items())
                self.lines.append(f"{name} = {transform}({of}{args})")
            case PartialV(function, args, kwargs):
                given = [self.name_of(a, f"{name}_arg") for a in args]
                given += [f"{k}={self.name_of(a, f'{name}_{k}')}" for k, a in kwargs.items()]
                partial = self.keep(functools.partial, "partial")
                self.lines.append(f"{name} = {partial}({', '.join([self.name_of(function, f'{name}_of'), *given])})")
            case MethodV(receiver, method, types.FunctionType()):
                self.lines.append(f"{name} = {self.name_of(receiver, f'{name}_self')}.{method}")
            case _:
                self.values[name] = value

    def name_of(self, value: Any, hint: str) -> str:
        """A name under which the text finds a value."""
        if isinstance(value, InnerDerivative):
            value = ir.Const(value)
        if isinstance(value, ir.Const) and not isinstance(value.value, InnerDerivative):
            return self.keep(value.value, hint)
        known = next((name for name, v in self.done.items() if v is value), None)
        if known is None:
            self.add(known := fresh(hint, {*self.names, *self.done, *self.taken}), value)
        return known

    def keep(self, value: Any, hint: str) -> str:
        name = fresh(f"{hint}_", {*self.names, *self.done, *self.taken})
        self.names[name] = value
        return name


def _closed(lo: Lowering, function: FunctionV, node: Any) -> Any:
    """The function with its captured variables as keyword parameters, bound to their values now."""
    closure = _Closure(lo, node, dict(function.frame.globals), _bound_names(function.node))
    closure.captures(function)
    tree = copy.deepcopy(function.node)
    given = {name: value for name, value in function.defaults.items() if _made_inside(value)}
    for name, value in given.items():  # a default that is a function made inside becomes one of the text
        closure.add(name, value)
    for kind in (tree.args.posonlyargs, tree.args.args, tree.args.kwonlyargs):
        kind[:] = [arg for arg in kind if arg.arg not in given]
    defaults = {k: v for k, v in function.defaults.items() if k not in closure.values and k not in given}
    tree.args.defaults, tree.args.kw_defaults = [], [None] * len(tree.args.kwonlyargs)
    if isinstance(tree, ast.Lambda):
        tree = ast.fix_missing_locations(ast.FunctionDef("inner", tree.args, [ast.Return(tree.body)], [], None))
    for name in closure.values:
        tree.args.kwonlyargs.append(ast.arg(name))
        tree.args.kw_defaults.append(None)
    tree.decorator_list = []
    tree.body = [*ast.parse("\n".join(closure.lines)).body, *tree.body]
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    made = _loaded(lo, text, tree.name, closure.names, function)
    bound = {**defaults, **closure.values}
    return functools.partial(made, **bound) if bound else made


def _made_inside(value: Any) -> bool:
    """Whether a value is a function that exists only while the program is compiled."""
    return isinstance(value, (FunctionV, PartialV)) or (
        isinstance(value, ir.Const) and isinstance(value.value, InnerDerivative))


def _loaded(lo: Lowering, text: str, name: str, names: dict[str, Any], function: FunctionV) -> types.FunctionType:
    """The function of a text; one object for one text, so that reading the program again compiles nothing anew."""
    own = tuple(sorted((k, id(v)) for k, v in names.items() if function.frame.globals.get(k, MISSING) is not v))
    key = (text, name, id(function.frame.globals), own)
    if key not in _texts:
        while len(_texts) >= 512:
            _texts.pop(next(iter(_texts)))
        _texts[key] = (load_text(text, name, names), function.frame.globals)
    made, _ = _texts[key]
    return types.FunctionType(made.__code__, function.frame.globals, name) if not own else made


_texts: dict[Any, Any] = {}


def _definition(node: ast.FunctionDef | ast.Lambda, name: str) -> list[str]:
    if isinstance(node, ast.Lambda):
        return [f"{name} = {ast.unparse(node)}"]
    tree = copy.deepcopy(node)
    tree.name, tree.decorator_list = name, []
    return ast.unparse(tree).splitlines()


def _captured_value(lo: Lowering, frame: Any, name: str) -> Any:
    """The value of a name of the functions around; MISSING for a global or builtin."""
    before, where = lo.frame, frame
    while where is not None:
        function = where.function
        cells = getattr(getattr(function, "__code__", None), "co_freevars", ())
        if where.get(name) is not MISSING or name in cells:
            lo.frame = where
            try:
                return lo.lookup(name)
            finally:
                lo.frame = before
        where = where.parent
    return MISSING


def _free_names(node: ast.FunctionDef | ast.Lambda) -> Iterator[str]:
    """Names that a function, or one inside it, reads and none of them binds, in order."""
    free = {symbol.get_name() for scope in _scopes(node) for symbol in scope.get_symbols() if symbol.is_global()}
    read = dict.fromkeys(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    return (name for name in read if name in free)


def _bound_names(node: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """The parameters and variables of a function."""
    return frozenset(symbol.get_name() for symbol in next(_scopes(node)).get_symbols() if symbol.is_local())


def _scopes(node: ast.FunctionDef | ast.Lambda) -> Iterator[symtable.SymbolTable]:
    """The names of a function by themselves, its decorators and defaults left out, and those of the functions in it."""
    tree = copy.copy(node)
    tree.args = copy.copy(node.args)
    tree.args.defaults, tree.args.kw_defaults = [], [None] * len(node.args.kwonlyargs)
    if isinstance(tree, ast.FunctionDef):
        tree.decorator_list = []
    return scopes_of(tree)
