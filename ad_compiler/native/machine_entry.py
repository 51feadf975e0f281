"""From Python's calling convention to a kernel's: a few lines of LLVM per argument, no Python per call.

The entry is a `METH_FASTCALL` function. Its `self` is an int64 array, the *block*:

    block[0]        address of the kernel
    block[1]        address of the type `numpy.ndarray`
    block[2 + i]    address of the dtype that argument i must have (0 for a scalar)

Arrays must be exactly `ndarray` of that dtype object, of the declared rank, aligned, in the declared memory
order and, unless `const`, writeable; else the entry returns `MISMATCH` before anything is read or written, and
`machine.Kernel` looks more closely. Scalars go through `PyFloat_AsDouble`, `PyLong_AsLongLong`,
`PyComplex_*AsDouble` and `PyObject_IsTrue`, so NumPy scalars are taken like Python numbers.

The kernel is called as numba calls its functions: (address of the result, address of an exception record,
arguments), an array being (memory record, parent, item count, item size, data, shape..., strides...). Large
work lets other threads run.

The members of an array are read where NumPy's public struct `PyArrayObject_fields` has them; `layout_holds`
checks that on an array before any entry is used.
"""
from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .machine_types import SCALARS, ArgumentType

MISMATCH = -9001
"""Status of an entry whose arguments are not of the declared types; nothing was run."""
RAISED = -9002
"""Status of an entry whose kernel raised instead of returning a status: a fault of whoever wrote it."""

HEAD = object.__basicsize__
TYPE = HEAD - 8
DATA, NDIM, SHAPE, STRIDES, DESCR, FLAGS = HEAD, HEAD + 8, HEAD + 16, HEAD + 24, HEAD + 40, HEAD + 48
C_CONTIGUOUS, F_CONTIGUOUS, ALIGNED, WRITEABLE = 0x1, 0x2, 0x100, 0x400
FREE_FROM = 1 << 16  # elements in all arrays from which on other threads may run meanwhile

DECLARATIONS = """
declare double @PyFloat_AsDouble(ptr)
declare double @PyComplex_RealAsDouble(ptr)
declare double @PyComplex_ImagAsDouble(ptr)
declare i64 @PyLong_AsLongLong(ptr)
declare i64 @PyLong_AsUnsignedLongLong(ptr)
declare i32 @PyObject_IsTrue(ptr)
declare ptr @PyErr_Occurred()
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)

; numba's reference counting asks for it; arrays are passed without a memory record, so nothing calls it
define void @NRT_MemInfo_call_dtor(ptr %record) {
  ret void
}

"""


class _Text:
    """Lines of a function, and fresh names for its values."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def value(self, expression: str) -> str:
        self.count += 1
        self.lines.append(f"  %v{self.count} = {expression}")
        return f"%v{self.count}"

    def load(self, kind: str, base: str, offset: int) -> str:
        return self.value(f"load {kind}, ptr {self.value(f'getelementptr i8, ptr {base}, i64 {offset}')}")

    def unless(self, condition: str, target: str) -> None:
        self.count += 1
        self.lines += [f"  br i1 {condition}, label %on{self.count}, label %{target}", f"on{self.count}:"]


def entry_text(arguments: Sequence[ArgumentType]) -> str:
    """The LLVM assembly of the function `entry` for a kernel with these arguments that returns an int64."""
    text = _Text()
    block = text.load("ptr", "%self", DATA)
    text.unless(text.value(f"icmp eq i64 %count, {len(arguments)}"), "mismatch")
    objects = [text.load("ptr", "%args", 8 * i) for i in range(len(arguments))]
    sizes = []
    passed: list[str] = ["ptr %result", "ptr %exception"]
    ndarray = text.load("ptr", block, 8)
    for index, argument in enumerate(arguments):
        if argument.is_array:
            check_array(text, objects[index], argument, ndarray, text.load("ptr", block, 8 * (2 + index)))
    for index, argument in enumerate(arguments):
        if argument.is_array:
            fields, size = pass_array(text, objects[index], argument)
            passed += fields
            sizes.append(size)
        else:
            passed += pass_scalar(text, objects[index], argument)
    work = "0"
    for size in sizes:
        work = text.value(f"add i64 {work}, {size}")
    kernel = text.load("ptr", block, 0)
    call = f"call i32 {kernel}({', '.join(passed)})"
    text.lines += [
        f"  %large = icmp sge i64 {work}, {FREE_FROM}",
        "  br i1 %large, label %free, label %held", "free:",
        "  %thread = call ptr @PyEval_SaveThread()", f"  %code_free = {call}",
        "  call void @PyEval_RestoreThread(ptr %thread)", "  br label %done", "held:",
        f"  %code_held = {call}", "  br label %done", "done:",
        "  %code = phi i32 [ %code_free, %free ], [ %code_held, %held ]",
        "  %fine = icmp eq i32 %code, 0",
        "  %returned = load i64, ptr %result",
        f"  %status = select i1 %fine, i64 %returned, i64 {RAISED}",
        "  %answer = call ptr @PyLong_FromLongLong(i64 %status)", "  ret ptr %answer", "mismatch:",
        f"  %refusal = call ptr @PyLong_FromLongLong(i64 {MISMATCH})", "  ret ptr %refusal", "failed:",
        "  ret ptr null",
    ]
    head = "define ptr @entry(ptr %self, ptr %args, i64 %count) {\nstart:\n  %result = alloca i64\n" \
           "  %exception = alloca ptr\n  store ptr null, ptr %exception\n"
    return DECLARATIONS + head + "\n".join(text.lines) + "\n}\n"


def check_array(text: _Text, it: str, argument: ArgumentType, ndarray: str, descr: str) -> None:
    """Go to `mismatch` unless the object is an array as declared."""
    text.unless(text.value(f"icmp eq ptr {text.load('ptr', it, TYPE)}, {ndarray}"), "mismatch")
    text.unless(text.value(f"icmp eq ptr {text.load('ptr', it, DESCR)}, {descr}"), "mismatch")
    text.unless(text.value(f"icmp eq i32 {text.load('i32', it, NDIM)}, {argument.rank}"), "mismatch")
    wanted = required_flags(argument)
    flags = text.value(f"and i32 {text.load('i32', it, FLAGS)}, {wanted}")
    text.unless(text.value(f"icmp eq i32 {flags}, {wanted}"), "mismatch")


def required_flags(argument: ArgumentType) -> int:
    """The bits of an array's flags that must be set for it to be passed as `argument`."""
    order = {"C": C_CONTIGUOUS, "F": F_CONTIGUOUS, "A": 0}[argument.layout]
    return ALIGNED | order | (0 if argument.const else WRITEABLE)


def pass_array(text: _Text, it: str, argument: ArgumentType) -> tuple[list[str], str]:
    """The values an array is passed as, and its item count."""
    data = text.load("ptr", it, DATA)
    shape, strides = text.load("ptr", it, SHAPE), text.load("ptr", it, STRIDES)
    rank = argument.rank or 0
    sizes = [text.load("i64", shape, 8 * axis) for axis in range(rank)]
    steps = [text.load("i64", strides, 8 * axis) for axis in range(rank)]
    count = "1"
    for size in sizes:
        count = text.value(f"mul i64 {count}, {size}")
    values = [f"i64 {count}", f"i64 {np.dtype(argument.dtype).itemsize}", f"ptr {data}"]
    values += [f"i64 {value}" for value in [*sizes, *steps]]
    return ["ptr null", "ptr null", *values], count


def pass_scalar(text: _Text, it: str, argument: ArgumentType) -> list[str]:
    """The values a scalar is passed as; to `failed` where Python raised."""
    kind = SCALARS[argument.dtype]
    if argument.dtype == "bool":
        truth = text.value(f"call i32 @PyObject_IsTrue(ptr {it})")
        text.unless(text.value(f"icmp sge i32 {truth}, 0"), "failed")
        return [f"i1 {text.value(f'icmp ne i32 {truth}, 0')}"]
    if kind in ("double", "float"):
        parts = ["Complex_Real", "Complex_Imag"] if argument.dtype.startswith("complex") else ["Float_"]
        wide = [text.value(f"call double @Py{part}AsDouble(ptr {it})") for part in parts]
        narrow = "fptrunc double {} to float"
    else:
        sign = "Unsigned" if argument.dtype.startswith("u") else ""
        wide = [text.value(f"call i64 @PyLong_As{sign}LongLong(ptr {it})")]
        narrow = f"trunc i64 {{}} to {kind}"
    text.unless(text.value(f"icmp eq ptr {text.value('call ptr @PyErr_Occurred()')}, null"), "failed")
    whole = kind in ("double", "i64")
    return [f"{kind} {value if whole else text.value(narrow.format(value))}" for value in wide]


class _MethodDef(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int),
                ("doc", ctypes.c_char_p))


_kept: list[Any] = []  # machine code is never unloaded, so nothing it needs may go


def bind(entry: int, kernel: int, name: str, arguments: Sequence[ArgumentType]) -> Callable[..., int]:
    """A built-in function that calls the kernel at one address through the entry at another."""
    descriptions = [id(np.dtype(a.dtype)) if a.is_array else 0 for a in arguments]
    block = np.array([kernel, id(np.ndarray), *descriptions], dtype=np.int64)
    method = _MethodDef(name.encode(), entry, 0x80, b"A kernel in machine code; returns its status.")
    _kept.append((block, method))
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    return make(ctypes.addressof(method), block, None)


def layout_holds() -> bool:
    """The members of an array are where the entry reads them."""
    array = np.zeros((3, 5), dtype=np.float32)[:, ::2]
    if np.ndarray.__basicsize__ < FLAGS + 4 or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    base = id(array)
    seen = [ctypes.c_int64.from_address(base + at).value for at in (TYPE, DATA, DESCR)]
    dims = (ctypes.c_int64 * 2).from_address(ctypes.c_int64.from_address(base + SHAPE).value)
    steps = (ctypes.c_int64 * 2).from_address(ctypes.c_int64.from_address(base + STRIDES).value)
    flags = ctypes.c_int32.from_address(base + FLAGS).value
    return (
        seen == [id(np.ndarray), array.__array_interface__["data"][0], id(array.dtype)]
        and ctypes.c_int32.from_address(base + NDIM).value == 2
        and tuple(dims) == array.shape and tuple(steps) == array.strides
        and flags & 0xFFF == array.flags.num & 0xFFF
    )
