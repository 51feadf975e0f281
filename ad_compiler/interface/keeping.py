"""Writing a compiled gradient into the disk cache, for `kept` to find in another process.

Only what another process can put together from its text alone is kept: code whose names its own import lines
provide, captured numbers that are found from the functions of the program, plain values. The entry is restored once
here and compared before it is written.
"""
from __future__ import annotations

import marshal
import sys
import types
from typing import Any

from ..backend import store
from ..frontend.signature import Leaf, Spec, Static, Tree
from ..ir.types import Array, Num
from .access import Access
from .fingerprint import Fingerprint
from .hidden import owners_of
from .kept import BY_VALUE, KIND, Place, restore
from .libraries import of_library
from .signing import places_of
from .specialize import Specialization

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


class NotKept(Exception):
    """This gradient cannot be put together from text."""


def keep(special: Specialization, place: Place, function: types.FunctionType) -> bool:
    """Write what was compiled at its place. False where it cannot be kept."""
    if special.on_tape or any(map(_fixes_size, special.specs.values())):
        return False
    try:
        payload = entry(special, place.found)
        restored = restore(payload, function, place.found)
    except (NotKept, ValueError, TypeError, LookupError, ImportError, AttributeError):
        return False
    if not _same(restored, special):
        return False
    if not any(map(_fixes_integer, special.specs.values())):
        return store.save(KIND, place.by_type, payload)
    return store.save(KIND, place.by_value, payload) and store.save(KIND, place.by_type, BY_VALUE)


def entry(special: Specialization, found: Fingerprint) -> bytes:
    """The payload for a specialization. Raises NotKept, and ValueError for what `marshal` does not take."""
    main = special.main
    if main.native is not None and main.native.missing:
        raise NotKept  # numba may be installed tomorrow
    if not all(isinstance(owner, types.FunctionType) for owner in owners_of(main.lowered.guards).values()):
        raise NotKept  # an object that only this process has
    callees = [_index(f, found) for f in main.lowered.guards.values()
               if isinstance(f, types.FunctionType) and not of_library(f)]
    hidden = tuple((keyword, access_out(access, found)) for keyword, access in special.accesses.items())
    fixed = tuple((access_out(access, found), _plain(value)) for access, value in special.fixed)
    call = main.call
    if call.__defaults__ or call.__kwdefaults__ or call.__closure__:
        raise NotKept
    head = main.source.partition("\ndef ")[0].splitlines()
    imports = tuple(line for line in head if line.startswith(("import ", "from ")))
    kernels: tuple[Any, ...] = ()
    if main.native is not None and call is main.native.call:
        from ..native.launch import written_out

        imports, kernels = main.native.imports, tuple(map(written_out, main.native.kernels))
    written = tuple(sorted(special.written))
    return marshal.dumps((main.source, tuple(main.params), written, call.__code__, imports, hidden, fixed,
                          tuple(callees), _assumed(special), kernels, special.returns))


def _assumed(special: Specialization) -> tuple[Any, ...]:
    """What was taken for granted about sizes, by the places where they are found."""
    places = places_of(special.specs) if special.assumed else {}
    return tuple((tuple((*places[symbol], factor) for symbol, factor in form.terms), form.const)
                 for form in special.assumed)


def access_out(access: Access, found: Fingerprint) -> tuple[str, str, tuple[Any, ...]]:
    """An access in plain values: the objects in it by the functions of the program. Raises NotKept."""
    return access.root, access.rest, tuple((name, _place(value, found)) for name, value in access.names)


def _place(value: Any, found: Fingerprint) -> tuple[str, Any]:
    if isinstance(value, types.FunctionType):
        return "function", _index(value, found)
    for index, function in enumerate(found.functions):
        if function.__globals__ is value:
            return "globals", index
    name = value.get("__name__") if isinstance(value, dict) else None
    if name is None or vars(sys.modules.get(name, types)) is not value:
        raise NotKept
    return "module", name


def _index(function: types.FunctionType, found: Fingerprint) -> int:
    for index, known in enumerate(found.functions):
        if known is function:
            return index
    raise NotKept


def _plain(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(map(_plain, value))
    if type(value) not in _PLAIN:
        raise NotKept
    return value


def _same(restored: Any, special: Specialization) -> bool:
    """Whether the restored code sees the objects that the compiled code sees."""
    own, other = special.main.call, restored.call
    names = _names(own.__code__) & own.__globals__.keys()
    kernels = {kernel.name for kernel in special.main.native.kernels} if special.main.native is not None else set()
    return all(other.__globals__.get(name, restored) is own.__globals__[name] for name in names - kernels)


def _names(code: types.CodeType) -> set[str]:
    inner = (const for const in code.co_consts if isinstance(const, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _fixes_size(spec: Spec) -> bool:
    """Whether the signature has the size of an array in it, which the cache does not ask for."""
    match spec:
        case Leaf(Array(dims=dims)):
            return any(dim.known and dim.const != 1 for dim in dims)
        case Tree():
            return any(_fixes_size(child) for _, child in spec.children)
        case _:
            return False


def _fixes_integer(spec: Spec) -> bool:
    match spec:
        case Static(value):
            return type(value) is int
        case Tree():
            return any(_fixes_integer(child) for _, child in spec.children)
        case Leaf(Num()):
            return False
    return False
