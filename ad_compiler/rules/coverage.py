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
import types
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import numpy.fft
import numpy.random

from ad_compiler import rules
from ad_compiler.rules import coverage_reasons as reasons
from ad_compiler.rules import written
from ad_compiler.rules.methods import ATTRIBUTES, METHODS, WITHOUT_RULE
from ad_compiler.rules.row import Row
from ad_compiler.rules.written import draws

Status = Literal["derivative", "zero", "structure", "none"]

UFUNC_METHODS = ("reduce", "accumulate", "outer", "reduceat", "at")

READ = "read from NumPy's own Python: compiled, or on the tape"
WRITTEN_OUT = "written out in Python: differentiated as the program that it stands for"

class Support(NamedTuple):
    """Whether a function has a derivative in the table. True where it is differentiated, in both modes or
    as 0.

    status  "derivative" (both modes), "zero" (constant almost everywhere), "structure" (a class that is followed when
            compiling, and has no derivative of its own), "none"
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
    """What the derivative table holds for a NumPy, SciPy, `math`, `cmath` or built-in function.

    >>> import numpy as np
    >>> supports(np.sin).status, supports(np.floor).status
    ('derivative', 'zero')
    """
    name = getattr(function, "__name__", repr(function))
    row = rules.find(function)
    defined = written.find(function)
    if defined is not None and defined.reason:
        return Support(name, "none", defined.reason)
    if definition_of(function) is not None and (row is None or row.kind == "zero"):
        return Support(name, "derivative", "", WRITTEN_OUT)
    if row is None and isinstance(function, type) and (function.__module__ or "").startswith("numpy"):
        status, reason = reasons.of_class(name, function)
        return Support(name, cast(Status, status), reason)
    if row is None and (getattr(function, "__module__", None) or "").startswith("numpy.polynomial"):
        reason = reasons.SERIES_REASONS.get(name, "")
        return Support(name, "zero", reason) if reason else Support(name, "derivative", "", READ)
    if row is None:
        return Support(name, "none", reasons.REASONS.get(name, "no rule"))
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
        return draws.writing(name, {}) or draws.MOVING.get(name) or draws.SCALED.get(name)
    return None


class Entry(NamedTuple):
    """One line of the page: a public name, what the table holds for it, and its definition in Python."""

    name: str
    row: Row | None
    support: Support
    body: Any = None


def entry(name: str, function: Any) -> Entry:
    found = supports(function)
    if not found and name in reasons.REASONS:
        found = found._replace(reason=reasons.REASONS[name])
    return Entry(name, rules.find(function), found, definition_of(function))


def public(module: Any) -> list[Entry]:
    """The public callables of a module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that NumPy keeps for a while with a DeprecationWarning
        named = {name: getattr(module, name, None) for name in dir(module) if not name.startswith("_")}
    exported = getattr(module, "__all__", named)
    return [entry(name, function) for name, function in sorted(named.items())
            if name in exported and callable(function) and not _of_python(module, function)]


def _of_python(module: Any, function: Any) -> bool:
    """Whether a callable is a class of Python's, or an error: `builtins` and `math` list functions only."""
    return isinstance(function, type) and (
        module in (builtins, math, cmath) or issubclass(function, BaseException))


def ufunc_methods() -> list[Entry]:
    """Methods of NumPy's ufuncs: those with a row, those that are zero, and why the others have none."""
    found = []
    for name in sorted(vars(np)):
        ufunc = getattr(np, name) if not name.startswith("_") else None
        if isinstance(ufunc, np.ufunc) and ufunc.__name__ == name:
            found += [_ufunc_method(ufunc, method) for method in UFUNC_METHODS]
    return found


def _ufunc_method(ufunc: np.ufunc, method: str) -> Entry:
    name = f"{ufunc.__name__}.{method}"
    found = entry(name, getattr(ufunc, method))
    if found.row is not None or found.body is not None:
        return found
    own = supports(ufunc)
    status, reason = reasons.of_ufunc_method(ufunc, method, own.reason if own.status == "zero" else "")
    return Entry(name, None, Support(name, cast(Status, status), reason))


def array_methods() -> list[Entry]:
    """Methods and attributes of arrays; each method counts, since each is a form of its own."""
    known = {name: entry(name, method.function) for name, method in METHODS.items()}
    refused = {name: Entry(name, None, Support(name, "none", reason)) for name, reason in WITHOUT_RULE.items()}
    facts = {name: Entry(name, None, Support(name, "zero", "an attribute: a fact about shape or type"))
             for name in reasons.ATTRIBUTE_FACTS}
    places = {name: Entry(name, None, Support(name, "none", "an attribute: memory, no numbers"))
              for name in reasons.ATTRIBUTE_PLACES}
    return [one for _, one in sorted({**known, **refused, **facts, **places}.items())]


def array_attributes() -> list[Entry]:
    """Attributes of arrays that are functions of their values (they count as those functions)."""
    return [entry(name, function) for name, function in sorted(ATTRIBUTES.items())]


def generator_methods() -> list[Entry]:
    """Methods of `np.random.default_rng()`."""
    made = np.random.default_rng(0)
    about = ("bit_generator", "spawn")
    found = [entry(name, getattr(made, name)) for name in sorted(dir(made)) if name[0] != "_" and name not in about]
    return found + [Entry(name, None, Support(name, "zero", "about the generator itself")) for name in about]


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
    sections += written_only({title for title, _ in sections})
    return [(module, entries + others(import_module(module), {one.name for one in entries}))
            for module, entries in sections]


def others(module: Any, known: set[str]) -> list[Entry]:
    """The public functions of a module of SciPy's that are in no list of ours."""
    found = []
    for name in sorted(getattr(module, "__all__", dir(module))):
        function = getattr(module, name, None)
        if name in known or not callable(function) or isinstance(function, type) or hasattr(function, "pdf") or (
                hasattr(function, "pmf")):
            continue
        plain = isinstance(function, types.FunctionType)
        found.append(Entry(name, None, Support(name, "none", reasons.SCIPY_PYTHON if plain else reasons.SCIPY_C)))
    return found


def written_only(known: set[str]) -> list[tuple[str, list[Entry]]]:
    """Modules of SciPy of which nothing has a row, and some functions have definitions."""
    sections: dict[str, dict[str, Any]] = {}
    for family, module in written.ON_DEMAND.items():
        if module not in known:
            try:
                import_module(module)
            except ImportError:
                continue
            bodies = import_module(f"ad_compiler.rules.written.{family}").DEFINITIONS
            sections.setdefault(module, {}).update((named(function), function) for function in bodies)
    return [(module, [entry(name, function) for name, function in sorted(listed.items())])
            for module, listed in sections.items()]


def named(function: Any) -> str:
    """`norm.logpdf` for a method of a distribution, else the function's own name."""
    owner = getattr(getattr(function, "__self__", None), "name", None)
    name = getattr(function, "__name__", None) or getattr(function, "name", None) or type(function).__name__
    return f"{owner}.{name}" if isinstance(owner, str) else name


def numpy_sections() -> list[tuple[str, list[Entry]]]:
    return [
        ("numpy", public(np)), ("numpy.linalg", public(np.linalg)), ("numpy.fft", public(np.fft)),
        ("numpy.random", public(np.random)), ("methods of numpy.random.Generator", generator_methods()),
        ("numpy.lib.stride_tricks", public(np.lib.stride_tricks)), *series_sections(),
        ("methods of ufuncs", ufunc_methods()), ("methods of arrays", array_methods()),
        ("attributes of arrays", array_attributes())]


def series_sections() -> list[tuple[str, list[Entry]]]:
    """The modules of `numpy.polynomial`."""
    return [(module.__name__, public(module)) for module in reasons.SERIES]


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
    lines = [
        "# What can be differentiated", "",
        f"Made by `python -m ad_compiler.rules.coverage docs/coverage.md` with {reasons.versions()}; "
        "a test compares.", "",
        f"NumPy: {forms(numpy_parts)} forms with derivatives in both modes. "
        f"Python: {forms(python_parts)}. SciPy: {forms(scipy_parts)}.", "",
        "*zero* means: constant wherever it is differentiable at all. What has no rule is refused or falls "
        "back to the tape, never ignored. Of NumPy's modules `char`, `strings`, `rec`, `ma`, `emath`, `testing` and "
        "`ctypeslib` have no section: text, records and tests have no derivatives; masked arrays are refused; "
        "`emath` chooses the type of its results by values: use NumPy's own functions, or complex numbers.", ""]
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
    for status, head in (("zero", "Zero"), ("structure", "Followed when compiling"), ("none", "No rule")):
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
