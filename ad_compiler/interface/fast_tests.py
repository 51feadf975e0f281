"""The fast function of a signature as text, but for its call: tests of the arguments and what compiling relied on."""
from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..frontend.signature import Leaf, Spec, Static, Tree
from ..ir.types import Array, Dim, Num
from .captured import Member, Note, Same, Text
from .overlap import check_overlap
from .specialize import Specialization
from .structure import as_leaf
from .target import MISS

_SINGLETONS = (bool, type(None), type(Ellipsis))


class NoFastWay(Exception):
    """This signature has parts that are better compared by the general way."""


class Writer:
    """Collects the lines of one fast function and the objects it refers to."""

    def __init__(self, special: Specialization, function: types.FunctionType) -> None:
        self.special, self.primal = special, function
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"MISS": MISS, "ndarray": np.ndarray, "as_leaf": as_leaf}
        self.by_object: dict[int, str] = {}
        self.sizes: dict[Dim, str] = {}
        self.shapes: dict[tuple[Dim, ...], str] = {}
        self.places: dict[tuple[Any, ...], str] = {}
        self.count = 0

    def function(self) -> Callable[..., Any]:
        specs = self.special.specs
        inputs = {name: f"arg_{name}" for name in specs}
        for name, spec in specs.items():
            self.argument(inputs[name], spec, (name,))
        for form in self.special.assumed:
            self.assumed(form)
        for note in self.special.notes:
            self.note(note)
        for access, value in self.special.fixed:
            self.require(f"{self.constant(access.read)}({self.constant(self.primal)}) == {self.constant(value)}")
        if self.special.written:
            pairs = ", ".join(f"{name!r}: {place}" for name, place in inputs.items())
            self.overlap(f"{self.constant(check_overlap)}({self.constant(self.special)}, {{{pairs}}})")
        self.call(inputs)
        body = "".join(f"        {line}\n" for line in self.lines)
        text = (f"def factory({', '.join(self.names)}):\n    def fast({', '.join(inputs.values())}):\n{body}"
                f"    return fast\n")
        return _factory(text)(*self.names.values())

    # --- names ----------------------------------------------------------------------------------------------------
    def constant(self, value: Any) -> str:
        """The name under which the text refers to an object."""
        known = self.by_object.get(id(value))
        if known is None:
            known = self.by_object[id(value)] = self.fresh("const")
            self.names[known] = value
        return known

    def fresh(self, hint: str) -> str:
        self.count += 1
        return f"{hint}_{self.count}"

    def require(self, condition: str) -> None:
        self.lines.append(f"if not ({condition}): return MISS")

    # --- arguments ------------------------------------------------------------------------------------------------
    def argument(self, place: str, spec: Spec, path: tuple[Any, ...]) -> None:
        """Tests of one argument, or of a part of one."""
        self.places[path] = place
        match spec:
            case Static(value):
                self.static(place, value)
            case Leaf(Array() as type_):
                self.array(place, type_)
                if spec.contiguous and type_.ndim and self.special.layout:
                    self.require(f"{place}.flags.c_contiguous")
            case Leaf(Num() as type_):
                self.number(place, type_)
            case Tree():
                self.tree(place, spec, path)

    def static(self, place: str, value: Any) -> None:
        if type(value) in (str, bytes, int):
            self.require(f"type({place}) is {type(value).__name__} and {place} == {value!r}")
        elif isinstance(value, (*_SINGLETONS, type, types.FunctionType)):
            self.require(f"{place} is {self.constant(value)}")
        else:
            raise NoFastWay

    def array(self, place: str, type_: Array) -> None:
        kind = f"type({place}) is ndarray and {place}.dtype is {self.constant(type_.dtype)}"
        shape = self.shapes.get(type_.dims)
        if shape is None and all(dim.known for dim in type_.dims):
            shape = self.shapes[type_.dims] = self.constant(tuple(dim.const for dim in type_.dims))
        if shape is not None:
            return self.require(f"{kind} and {place}.shape == {shape}")
        shape = self.shapes[type_.dims] = self.fresh("shape")
        names = [self.fresh("n") for _ in type_.dims]
        self.require(f"{kind} and {place}.ndim == {type_.ndim}")
        self.lines.append(f"{', '.join(names)}, = {shape} = {place}.shape")
        self.require(" and ".join(map(self.size, names, type_.dims)))

    def size(self, name: str, dim: Dim) -> str:
        if dim.known:
            return f"{name} == {dim.const}"
        known = self.sizes.get(dim)
        if known is not None:
            return f"{name} == {known}"
        self.sizes[dim] = name
        return f"{name} != 1"

    def number(self, place: str, type_: Num) -> None:
        if type_.weak:
            kind = {"f": "float", "c": "complex", "i": "int"}.get(type_.kind)
            if kind is None:
                raise NoFastWay
            self.require(f"type({place}) is {kind}")
        else:
            self.require(f"type({place}) is {self.constant(type_.dtype.type)}")
        if type_.dim is not None and type_.dim in self.sizes:
            self.require(f"{place} == {self.sizes[type_.dim]}")
        elif type_.dim is not None and not type_.dim.known:
            self.sizes[type_.dim] = place

    def assumed(self, form: Dim) -> None:
        """What was taken for granted about sizes."""
        parts = []
        for symbol, factor in form.terms:
            place = self.sizes.get(Dim(((symbol, 1),)))
            if place is None:
                raise NoFastWay
            parts.append(place if factor == 1 else f"{factor} * {place}")
        self.require(f"{' + '.join(parts)} >= {-form.const}")

    def tree(self, place: str, spec: Tree, path: tuple[Any, ...]) -> None:
        keys = tuple(key for key, _ in spec.children)
        kind = self.constant(spec.cls)
        if spec.access == "attribute":
            own = self.fresh("own")
            self.require(f"type({place}) is {kind}")
            self.lines.append(f"{own} = {place}.__dict__")
            self.require(f"tuple({own}) == {self.constant(keys)}")
            place = own
        elif spec.cls is dict:
            self.require(f"type({place}) is dict and tuple({place}) == {self.constant(keys)}")
        else:
            self.require(f"type({place}) is {kind} and len({place}) == {len(keys)}")
        parts = [self.fresh("part") for _ in keys]
        known = spec.access == "attribute" or spec.cls in (dict, list, tuple)
        if parts and known:
            # keys or length are those of the signature: all parts in one step, without a look-up for each
            values = "" if spec.access != "attribute" and spec.cls is not dict else ".values()"
            self.lines.append(f"{', '.join(parts)}, = {place}{values}")
        for part, (key, child) in zip(parts, spec.children, strict=True):
            if not known:
                by = repr(key) if isinstance(key, (int, str)) else self.constant(key)
                self.lines.append(f"{part} = {place}[{by}]")
            self.argument(part, child, (*path, key))

    # --- what compiling relied on ---------------------------------------------------------------------------------
    def note(self, note: Note | Text | Member) -> None:
        if isinstance(note, Text):
            return self.text(note)
        if isinstance(note, Member):
            return self.member(note)
        if isinstance(note.where, int):
            place = f"{self.constant((self.primal.__closure__ or ())[note.where])}.cell_contents"
        elif isinstance(note.where, dict) and note.name in note.where:
            place = f"{self.constant(note.where)}.get({note.name!r})"
        else:
            return self.general(note)
        form = note.form
        if isinstance(form, Same):
            self.require(f"{place} is {self.constant(form.value)}")
        elif isinstance(form, type):
            self.require(f"type({place}) is {self.constant(form)}")
        elif isinstance(form, tuple) and form[0] is np.ndarray and not any(form[2]):
            found = self.fresh("found")
            self.lines.append(f"{found} = {place}")
            self.require(f"type({found}) is ndarray and {found}.dtype is {self.constant(form[1])} and "
                         f"{found}.ndim == {len(form[2])} and 1 not in {found}.shape")
        else:
            self.general(note)

    def text(self, note: Text) -> None:
        function = self.constant(note.function)
        tests = [f"{function}.__code__ is {self.constant(note.code)}",
                 f"{function}.__defaults__ is {self.constant(note.defaults)}"]
        if note.kwdefaults is not None:
            tests.append(f"{function}.__kwdefaults__ is {self.constant(note.kwdefaults)}")
        if note.cls is not None and isinstance(note.found, types.FunctionType) and note.name.isidentifier():
            tests.append(f"{self.constant(note.cls)}.{note.name} is {function}")
        elif note.cls is not None:
            tests.append(f"{self.constant(vars(note.cls))}.get({note.name!r}) is {self.constant(note.found)}")
        self.require(" and ".join(tests))

    def member(self, note: Member) -> None:
        place = f"{self.constant(note.owner)}.{note.name}"
        bound = getattr(note.owner, note.name) is not note.found
        self.require(f"{place}{'.__func__' if bound else ''} is {self.constant(note.found)}")

    def general(self, note: Note) -> None:
        self.require(f"{self.constant(note)}.holds({self.constant(self.primal)})")

    # --- the call and its result ----------------------------------------------------------------------------------
    def overlap(self, check: str) -> None:
        """Write the check that no argument which is written shares memory with another."""
        self.lines.append(check)

    def call(self, inputs: dict[str, str]) -> None:
        """Write the call of the emitted code, and what is returned of it; each kind of function has its own."""
        raise NotImplementedError

    def emitted(self, inputs: dict[str, str]) -> str:
        """The call of the emitted code, with its hidden arguments."""
        given = [inputs[name] for name in self.special.main.params]
        for keyword, access in self.special.accesses.items():
            given.append(f"{keyword}={self.access_text(access.text, dict(access.names))}")
        return f"{self.constant(self.special.main.call)}({', '.join(given)})"

    def access_text(self, text: str, names: dict[str, Any]) -> str:
        """The expression of a hidden argument, its names replaced by ours."""
        return _renamed(text, {"function": self.constant(self.primal),
                               **{name: self.constant(value) for name, value in names.items()}})


def _renamed(text: str, names: dict[str, str]) -> str:
    import ast

    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names[node.id]
    return ast.unparse(tree)


@functools.lru_cache(maxsize=1024)
def _factory(text: str) -> Callable[..., Callable[..., Any]]:
    namespace: dict[str, Any] = {}
    exec(compile(text, "<fast>", "exec"), namespace)
    return namespace["factory"]


__all__ = ["NoFastWay", "Writer"]
