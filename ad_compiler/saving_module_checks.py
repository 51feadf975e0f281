"""What a saved module tests of its arguments: nobody else does, and its code is for one signature.

    if not (getattr(x, "dtype", None) == "float64" and x.ndim == 2 and 1 not in x.shape):
        raise ValueError("this derivative was saved for x: float64[n, 3]")
    if not (getattr(y, "dtype", None) == "float64" and y.shape == (x.shape[0],)):
        ...

Equal sizes of the call that was compiled must be equal again, since one array may be stretched to another's shape where
they are not; sizes of 1 are others than the rest for the same reason.
"""
from __future__ import annotations

from collections.abc import Iterator

from .frontend.signature import Leaf, Spec, Tree
from .interface.signing import describe
from .interface.specialize import Specialization
from .ir.types import Array, Dim, Num


def argument_checks(special: Specialization) -> list[str]:
    """Lines that raise ValueError where an argument is not of the signature that a module was saved for."""
    lines: list[str] = []
    sizes: dict[Dim, str] = {}
    for place, spec in _leaves(special):
        type_ = spec.type
        tests = _array_tests(place, type_, sizes) if isinstance(type_, Array) else _number_tests(place, type_, sizes)
        if isinstance(type_, Array) and spec.contiguous and type_.ndim and special.layout:
            tests.append(f"{place}.flags.c_contiguous")
        if tests:
            lines += _raising(tests, f"this derivative was saved for {place}: {_described(spec, place, sizes)}")
    return lines


def _leaves(special: Specialization) -> Iterator[tuple[str, Leaf]]:
    """The numbers and arrays of the arguments, and the arrays among the captured values, by how they are written."""
    for name, spec in special.specs.items():
        yield from _leaves_of(name, spec)
    hidden = special.main.lowered.hidden
    for keyword, path in special.main.hidden.items():
        var = hidden[path][0] if path in hidden else None
        if var is not None and isinstance(var.type, Array):
            yield keyword, Leaf(var.type)


def _leaves_of(place: str, spec: Spec) -> Iterator[tuple[str, Leaf]]:
    if isinstance(spec, Leaf):
        yield place, spec
    elif isinstance(spec, Tree):
        step = ".{}" if spec.access == "attribute" else "[{!r}]"
        for key, child in spec.children:
            yield from _leaves_of(place + step.format(key), child)


def _array_tests(place: str, type_: Array, sizes: dict[Dim, str]) -> list[str]:
    tests = [f'getattr({place}, "dtype", None) == "{type_.dtype}"', f"{place}.ndim == {type_.ndim}"]
    known = [_known(d, sizes) for d in type_.dims]
    if type_.ndim and None not in known:
        return [tests[0], f"{place}.shape == ({', '.join(str(k) for k in known)}{',' if type_.ndim == 1 else ''})"]
    for axis, (dim, value) in enumerate(zip(type_.dims, known, strict=True)):
        here = f"{place}.shape[{axis}]"
        if value is not None:
            tests.append(f"{here} == {value}")
        elif dim in sizes:  # an axis of this array before
            tests.append(f"{here} == {sizes[dim]}")
        else:
            sizes[dim] = here
            if len(dim.terms) == 1 and dim.terms[0][0].startswith("@"):
                tests.append(f"{here} != 1")
    return tests


def _number_tests(place: str, type_: Num, sizes: dict[Dim, str]) -> list[str]:
    """Of a number: that it is no array, and not complex where the one compiled for was not; that it is the size that it
    was then."""
    tests = [f'not getattr({place}, "shape", ())']
    if type_.kind in "fiu":
        tests.append(f"not isinstance({place}, complex)")
    if type_.dim is not None and type_.dim in sizes:
        tests.append(f"{place} == {sizes[type_.dim]}")
    elif type_.dim is not None and not type_.dim.known:
        sizes[type_.dim] = place
    return tests


def _known(dim: Dim, sizes: dict[Dim, str]) -> str | None:
    return str(dim.const) if dim.known else sizes.get(dim)


def _described(spec: Leaf, place: str, sizes: dict[Dim, str]) -> str:
    """The type, and for a number which size it is."""
    type_ = spec.type
    size = sizes.get(type_.dim) if isinstance(type_, Num) and type_.dim is not None else None
    return describe(spec) + (f", equal to {size}" if size not in (None, place) else "")


def _raising(tests: list[str], message: str) -> list[str]:
    condition = " and ".join(tests)
    lines = [f"    if not ({condition}):"]
    if len(lines[0]) > 110:
        inner = " and\n            ".join(tests)
        lines = [f"    if not ({inner}):"]
    return [*lines, f"        raise ValueError({message!r})"]


__all__ = ["argument_checks"]
