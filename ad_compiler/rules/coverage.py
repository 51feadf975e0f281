"""What the derivative table holds: `supports` for one function, `page` for docs/coverage.md.

    >>> import numpy as np
    >>> supports(np.tanh).status
    'derivative'
    >>> bool(supports(np.piecewise)), supports(np.piecewise).reason
    (True, '')

Write the page anew with `python -m ad_compiler.rules.coverage docs/coverage.md`.
"""
from __future__ import annotations

import builtins
import cmath
import math
import sys
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.fft
import numpy.random

from ad_compiler import rules
from ad_compiler.rules import written
from ad_compiler.rules.methods import METHODS, WITHOUT_RULE
from ad_compiler.rules.row import Row
from ad_compiler.rules.written import draws

Status = Literal["derivative", "zero", "none"]

UFUNC_METHODS = ("reduce", "accumulate", "outer", "reduceat", "at")

WRITTEN_OUT = "written out in Python: differentiated as the program that it stands for"

# Public callables without a row, by reason.
REASONS: dict[str, str] = {
    **dict.fromkeys(("fromfunction", "frompyfunc"), "it calls Python functions: differentiate those"),
    **dict.fromkeys(("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt",
                     "fromfile",
                     "fromregex", "fromstring", "frombuffer", "from_dlpack"), "input and output"),
    **dict.fromkeys(("busday_count", "busday_offset", "is_busday", "datetime_as_string", "datetime_data"),
                    "dates"),
    **dict.fromkeys(("asmatrix", "bmat"), "np.matrix is not supported"),
    **dict.fromkeys(("unique_all", "unique_counts", "unique_inverse"),
                    "several results, most of them counts"),
    **dict.fromkeys(("standard_gamma", "vonmises", "wald"),
                    "the draw is no shift and scale: write it with standard draws"),
    "histogram_bin_edges": "the edges follow the data by rules that jump",
    "einsum_path": "a plan, no numbers",
    "nested_iters": "an iterator",
    "row_stack": "deprecated: np.vstack",
}


class Support(NamedTuple):
    """Whether a function has a derivative in the table. True where it is differentiated, in both modes or
    as 0.

    status  "derivative" (both modes), "zero" (constant almost everywhere), "none"
    reason  why it is zero, or why there is none
    note    convention at kinks and limits, where the row states one
    """

    name: str
    status: Status
    reason: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        return self.status != "none"


def supports(function: Callable[..., Any]) -> Support:
    """What the derivative table holds for a NumPy, SciPy, `math`, `cmath` or built-in function."""
    name = getattr(function, "__name__", repr(function))
    row = rules.find(function)
    if definition_of(function) is not None and (row is None or row.kind == "zero"):
        return Support(name, "derivative", "", WRITTEN_OUT)
    if row is None:
        return Support(name, "none", REASONS.get(name, "no rule"))
    if row.kind == "zero":
        return Support(name, "zero", row.reason)
    return Support(name, "derivative", "", row.note)


def definition_of(function: Any) -> Any:
    """The Python definition of a library function, if it has one."""
    found = written.find(function)
    if found is not None:
        return found.body
    if isinstance(getattr(function, "__self__", None), np.random.Generator | np.random.RandomState):
        name = function.__name__
        return draws.MOVING.get(name) or draws.SCALED.get(name)
    return None


class Entry(NamedTuple):
    """One line of the page: a public name, what the table holds for it, and its definition in Python."""

    name: str
    row: Row | None
    support: Support
    body: Any = None


def entry(name: str, function: Any) -> Entry:
    found = supports(function)
    if not found and name in REASONS:
        found = found._replace(reason=REASONS[name])
    return Entry(name, rules.find(function), found, definition_of(function))


def public(module: Any) -> list[Entry]:
    """The public callables of a module that are no classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that NumPy keeps for a while with a DeprecationWarning
        named = {name: getattr(module, name, None) for name in dir(module) if not name.startswith("_")}
    exported = getattr(module, "__all__", named)
    return [entry(name, function) for name, function in sorted(named.items())
            if name in exported and callable(function) and not isinstance(function, type)]


def ufunc_methods() -> list[Entry]:
    """Methods of NumPy's ufuncs that have a row."""
    found = []
    for name in sorted(vars(np)):
        ufunc = getattr(np, name) if not name.startswith("_") else None
        if isinstance(ufunc, np.ufunc) and ufunc.__name__ == name:
            found += [entry(f"{name}.{method}", getattr(ufunc, method)) for method in UFUNC_METHODS]
    return [one for one in found if one.row is not None or one.body is not None]


def array_methods() -> list[Entry]:
    """Methods of arrays; each counts, since each is a form of its own."""
    known = {name: entry(name, method.function) for name, method in METHODS.items()}
    refused = {name: Entry(name, None, Support(name, "none", reason)) for name,
               reason in WITHOUT_RULE.items()}
    return [one for _, one in sorted({**known, **refused}.items())]


def of_scipy() -> list[tuple[str, list[Entry]]]:
    """Rows about SciPy, by module, if SciPy is installed."""
    sections = []
    for family, module in rules.ON_DEMAND.items():
        if module.startswith("scipy."):
            try:
                import_module(module)
            except ImportError:
                continue
            rows = import_module(f"ad_compiler.rules.{family}").RULES
            listed = {named(row.function): row.function for row in rows}
            for more, about in written.ON_DEMAND.items():
                if about == module:
                    bodies = import_module(f"ad_compiler.rules.written.{more}").DEFINITIONS
                    listed |= {named(function): function for function in bodies}
            sections.append((module, [entry(name, listed[name]) for name in sorted(listed)]))
    return sections + written_only({title for title, _ in sections})


def written_only(known: set[str]) -> list[tuple[str, list[Entry]]]:
    """Modules of SciPy of which nothing has a row, and some functions have definitions."""
    sections = []
    for family, module in written.ON_DEMAND.items():
        if module not in known:
            try:
                import_module(module)
            except ImportError:
                continue
            bodies = import_module(f"ad_compiler.rules.written.{family}").DEFINITIONS
            sections.append((module, [entry(name, function) for name, function in sorted(
                (named(function), function) for function in bodies)]))
    return sections


def named(function: Any) -> str:
    """`norm.logpdf` for a method of a distribution, else the function's own name."""
    owner = getattr(getattr(function, "__self__", None), "name", None)
    name = getattr(function, "__name__", None) or getattr(function, "name", None) or type(function).__name__
    return f"{owner}.{name}" if isinstance(owner, str) else name


def numpy_sections() -> list[tuple[str, list[Entry]]]:
    return [
        ("numpy", public(np)), ("numpy.linalg", public(np.linalg)), ("numpy.fft", public(np.fft)),
        ("numpy.random", public(np.random)), ("numpy.lib.stride_tricks", public(np.lib.stride_tricks)),
        ("methods of ufuncs", ufunc_methods()), ("methods of arrays", array_methods())]


def python_sections() -> list[tuple[str, list[Entry]]]:
    known = [one for one in public(builtins) if one.row is not None]
    known += [entry(name, getattr(builtins, name)) for name in ("complex", "float", "int")]
    return [("built in", sorted(known)), ("math", public(math)), ("cmath", public(cmath))]


def forms(sections: Iterable[tuple[str, list[Entry]]]) -> int:
    """How many forms have derivatives: a function under two names counts once, an array method by itself."""
    seen = set()
    for title, entries in sections:
        for one in entries:
            if one.support.status == "derivative" and (one.row is not None or one.body is not None):
                rule = one.row.partials if one.row is not None and one.row.kind != "zero" else one.body
                own = one.name if title == "methods of arrays" else id(rule)
                seen.add((title == "methods of arrays", own))
    return len(seen)


def page() -> str:
    """The text of docs/coverage.md for the installed NumPy (and SciPy)."""
    numpy_parts, python_parts, scipy_parts = numpy_sections(), python_sections(), of_scipy()
    version = ".".join(np.__version__.split(".")[:2])
    lines = [
        "# What can be differentiated", "",
        f"Made by `python -m ad_compiler.rules.coverage docs/coverage.md` with NumPy {version}; "
        "a test compares.", "",
        f"NumPy: {forms(numpy_parts)} forms with derivatives in both modes. "
        f"Python: {forms(python_parts)}. SciPy: {forms(scipy_parts)}.", "",
        "*zero* means: constant wherever it is differentiable at all. What has no rule is refused or falls "
        "back to the tape, never ignored.", ""]
    for title, entries in [*numpy_parts, *python_parts, *scipy_parts]:
        lines += section(title, entries)
    return "\n".join(lines).rstrip() + "\n"


def section(title: str, entries: list[Entry]) -> list[str]:
    """One module's part of the page: what has derivatives, what is zero, what has no rule and why."""
    with_rule = [one for one in entries if one.support.status == "derivative"]
    lines = [f"## {title}", ""]
    if with_rule:
        lines += [f"{len(with_rule)} with derivatives:", "", ", ".join(f"`{one.name}`" for one in with_rule),
                  ""]
    lines += grouped("Conventions", [(one.support.note, one.name) for one in with_rule if one.support.note])
    for status, head in (("zero", "Zero"), ("none", "No rule")):
        lines += grouped(head,
                         [(one.support.reason, one.name) for one in entries if one.support.status == status])
    return lines


def grouped(head: str, named: list[tuple[str, str]]) -> list[str]:
    """Names listed by what is said of them."""
    by_text: dict[str, list[str]] = {}
    for text, name in named:
        by_text.setdefault(text, []).append(f"`{name}`")
    return [f"{head}:", "", *(f"- {text}: {', '.join(names)}" for text, names in by_text.items()),
            ""] if named else []


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        file.write(page())
