"""Expressions of the IR as Python text, with the parentheses that are needed and no others."""
from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from ..errors import Diagnostic, InternalError
from ..ir import nodes as ir
from ..ir import prims
from ..naming import Names
from ..support import instance
from .constants import constant, literal, string
from .namespace import Namespace
from .nesting import TEMPORARY
from .operators import ATOM, BINARY, LOWEST, UNARIES

Text = tuple[str, int]


class Expressions:
    """Writes expressions. A variable in `pending` is written as the expression there, which is taken out.

    `variables` are the names given so far, `read` the variables that are read anywhere: a `_` among them is a `k`."""

    def __init__(self, names: Names, namespace: Namespace, pending: dict[ir.Var, Any],
                 variables: dict[ir.Var, str], read: Container[ir.Var] = ()) -> None:
        self.names = names
        self.namespace = namespace
        self.variables = variables
        self.read = read
        self.pending = pending
        self._styles: dict[str, Callable[[ir.Call], Text]] = {
            "call": self._call, "op": self._op, "method": self._method, "attribute": self._attribute,
            "index": self._index, "dim": self._dim, "display": self._display, "fstring": self._fstring,
            "passive": self._method,
        }

    def name(self, var: ir.Var) -> str:
        found = self.variables.get(var)
        if found is None:
            hint = "k" if var.hint == "_" and var in self.read else var.hint
            found = self.variables[var] = self.names.fresh(hint, yields=hint == TEMPORARY or hint is not var.hint)
        return found

    def text(self, arg: Any, level: int = LOWEST) -> str:
        """The text of an expression, in parentheses if it binds less tightly than `level`."""
        text, own = self.value(arg)
        return text if own >= level else f"({text})"

    def value(self, arg: Any) -> Text:
        """The text of an expression and how tightly it binds."""
        kind = type(arg)
        if kind is ir.Var:
            waiting = self.pending.pop(arg, None)
            if waiting is not None:
                return waiting.text, waiting.level
            return self.variables.get(arg) or self.name(arg), ATOM
        if kind is ir.Const:
            return constant(arg, self.namespace)
        if kind is ir.Call:
            return self._styles[arg.style](arg)
        return self.pack(arg), ATOM

    def pack(self, pack: ir.Pack) -> str:
        items = [self.text(i) for i in pack.items]
        if pack.kind == "tuple":
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if pack.kind == "list":
            return f"[{', '.join(items)}]"
        if pack.kind == "dict":
            keys = [literal(k, self.namespace)[0] for k in pack.keys]
            return f"{{{', '.join(f'{k}: {v}' for k, v in zip(keys, items, strict=True))}}}"
        if pack.kind == "object" and pack.is_tuple:
            return f"{self.namespace.reference(pack.cls)}({', '.join(items)})"
        if pack.kind == "object":
            named = [f"{k}={v}" for k, v in zip(pack.keys, items, strict=True)]
            return f"{self.namespace.reference(instance)}({', '.join([self.namespace.reference(pack.cls), *named])})"
        return f"{self.namespace.builtin('slice')}({', '.join(items)})"

    def index(self, index: ir.Arg) -> str:
        """What stands between the brackets of a subscript."""
        if isinstance(index, ir.Const) and type(index.value) is tuple:
            index = ir.Pack("tuple", tuple(map(ir.Const, index.value)))
        if isinstance(index, ir.Pack) and index.kind == "tuple" and index.items:
            items = [self._between(i) for i in index.items]
            return f"{items[0]}," if len(items) == 1 else ", ".join(items)
        return self._between(index)

    def _between(self, item: ir.Arg) -> str:
        """One item of a subscript: a slice is written with colons."""
        if isinstance(item, ir.Const) and type(item.value) is slice:
            value = item.value
            item = ir.Pack("slice", (ir.Const(value.start), ir.Const(value.stop), ir.Const(value.step)))
        if not (isinstance(item, ir.Pack) and item.kind == "slice"):
            return self.text(item)
        start, stop, step = ("" if isinstance(i, ir.Const) and i.value is None else self.text(i)
                             for i in item.items)
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"

    def receiver(self, arg: ir.Arg) -> str:
        """The text of what a dot or bracket follows."""
        if isinstance(arg, ir.Const) and isinstance(arg.value, (int, float, complex)):
            return f"({self.text(arg)})"
        return self.text(arg, ATOM)

    def arguments(self, args: tuple[ir.Arg, ...], kwargs: tuple[tuple[str, ir.Arg], ...]) -> str:
        parts = [self.text(a) for a in args]
        parts += [f"{k}={self.text(a)}" if k else f"**{self.text(a, ATOM)}" for k, a in kwargs]
        return ", ".join(parts)

    def _call(self, call: ir.Call) -> Text:
        if isinstance(call.function, (ir.Var, ir.Const)):
            function = self.text(call.function, ATOM)
        else:
            function = self.namespace.reference(call.function, call.text, hint="function")
        return f"{function}({self.arguments(call.args, call.kwargs)})", ATOM

    def _op(self, call: ir.Call) -> Text:
        binary = BINARY.get(call.function)
        if binary is not None and len(call.args) == 2:
            symbol, level, left, right = binary
            return f"{self.text(call.args[0], left)}{symbol}{self.text(call.args[1], right)}", level
        unary = UNARIES.get(call.function)
        if unary is None:
            raise InternalError(Diagnostic("AD900", None, f"{call.function!r} is not an operator"))
        return f"{unary[0]}{self.text(call.args[0], unary[2])}", unary[1]

    def _method(self, call: ir.Call) -> Text:
        base = self.receiver(call.args[0])
        return f"{base}.{call.text}({self.arguments(call.args[1:], call.kwargs)})", ATOM

    def _attribute(self, call: ir.Call) -> Text:
        base = self.receiver(call.args[0])
        if call.function is prims.shape:
            return f"{base}.shape", ATOM
        if call.function is prims.attribute:
            name = call.args[1]
            assert isinstance(name, ir.Const)
            return f"{base}.{name.value}", ATOM
        return f"{base}.{call.text}", ATOM

    def _index(self, call: ir.Call) -> Text:
        base = self.receiver(call.args[0])
        return f"{base}[{self.index(call.args[1])}]", ATOM

    def _dim(self, call: ir.Call) -> Text:
        base = self.receiver(call.args[0])
        return f"{base}.shape[{self.text(call.args[1])}]", ATOM

    def _display(self, call: ir.Call) -> Text:
        return self.text(call.args[0]), ATOM

    def _fstring(self, call: ir.Call) -> Text:
        """An f-string; a part whose text cannot stand inside one makes it a `str.join`."""
        texts = [a.value if isinstance(a, ir.Const) and isinstance(a.value, str) else None for a in call.args]
        values = [None if t is not None else self.text(a) for a, t in zip(call.args, texts, strict=True)]
        if any(v is not None and not set("\"'\\{}!:\n").isdisjoint(v) for v in values):
            items = [string(t)[0] if t is not None else v or "" for t, v in zip(texts, values, strict=True)]
            return f'"".join([{", ".join(items)}])', ATOM
        body = "".join(_escaped(t) if t is not None else f"{{{v}}}" for t, v in zip(texts, values, strict=True))
        return f'f"{body}"', ATOM


def _escaped(text: str) -> str:
    """The inside of a double-quoted f-string."""
    quoted = repr(text + "'")[1:-1]  # with an apostrophe inside and no quotation mark, repr chooses "..."
    if '"' in text:
        quoted = repr(text)[1:-1].replace("\\'", "'").replace('"', '\\"')
    else:
        quoted = quoted[:-1]
    return quoted.replace("{", "{{").replace("}", "}}")
