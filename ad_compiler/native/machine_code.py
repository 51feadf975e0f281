"""Object code: LLVM's side of a kernel. Loads what was compiled before; llvmlite alone is imported, not numba.

Object files are linked by ORC, which answers a symbol that cannot be found with an error where the older engine
ends the process. Each kernel is a library of its own, so the names in it meet nobody else's.
"""
from __future__ import annotations

import threading
from typing import Any

from .machine_entry import entry_text
from .machine_types import ArgumentType

_lock = threading.RLock()
_state: dict[str, Any] = {}
_kept: list[Any] = []  # a library's code lives as long as its tracker


class LinkError(Exception):
    """The object code does not fit into this process."""


def cpu() -> str:
    """The processor that code is made for: its name and what it can do, in one line."""
    if "cpu" not in _state:
        import llvmlite.binding as llvm

        features = llvm.get_host_cpu_features().flatten()
        _state["cpu"] = f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"
    return _state["cpu"]


def target_machine(opt: int = 3) -> Any:
    """LLVM's description of this processor. Made for each use, as the linker takes possession of it."""
    import llvmlite.binding as llvm

    if "ready" not in _state:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        _state["ready"] = True
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(),
        opt=opt, reloc="pic", codemodel="jitdefault", jit=True,
    )


def entry_object(arguments: tuple[ArgumentType, ...]) -> bytes:
    """Object code of the entry for these arguments; compiled once per process and tuple of types."""
    import llvmlite.binding as llvm

    name = f"entry {' '.join(map(str, arguments))}"
    with _lock:
        if name not in _state:
            machine = target_machine(opt=0)  # it is straight, so better code gains nothing and takes four times as long
            module = llvm.parse_assembly(entry_text(arguments))
            module.triple, module.data_layout = machine.triple, str(machine.target_data)
            module.verify()
            _state[name] = machine.emit_object(module)
        return _state[name]


def link(objects: tuple[bytes, ...], symbols: tuple[str, ...]) -> tuple[int, ...]:
    """Put object files into memory, for good, and give the addresses of `symbols`. LinkError if one is missing."""
    import llvmlite.binding as llvm

    with _lock:
        if "linker" not in _state:
            _state["linker"] = llvm.create_lljit_compiler(target_machine(), suppress_errors=True)
        builder = llvm.JITLibraryBuilder()
        for data in objects:
            builder.add_object_img(data)
        builder.add_current_process()
        for symbol in symbols:
            builder.export_symbol(symbol)
        try:
            tracker = builder.link(_state["linker"], f"kernel {len(_kept)}")
        except RuntimeError as error:
            _kept.append(None)  # the name of a library cannot be used again
            raise LinkError(str(error)) from None
        _kept.append(tracker)
        return tuple(tracker[symbol] for symbol in symbols)
