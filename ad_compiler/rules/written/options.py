"""Options that a definition does not read: harmless ones, and those that are refused rather than dropped.

A definition has all parameters of the function that it stands for. One that its body never reads must not change the
value or the derivative; which those are is listed here. Any other is refused as soon as a call gives it a value that is
not its default.

    >>> ignored(lambda x, axis, workers: x + axis)
    ('workers',)
"""
from __future__ import annotations

import dis
import inspect
import types
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

# How something is computed or stored, who is told of it, when it gives up: not what the result is.
HARMLESS = frozenset({
    # memory, precision of the stored kind, threads, checks
    "copy", "overwrite_input", "overwrite_x", "overwrite_a", "overwrite_b", "overwrite_ab", "check_finite", "checks",
    "workers", "lwork", "driver", "format", "maxprint", "cache_size", "variable", "symbol", "assume_unique", "sorted",
    # how sparse systems are ordered and pivoted, how matrix functions and grids are computed
    "permc_spec", "diag_pivot_thresh", "relax", "panel_size", "use_umfpack", "solver", "solver_args", "rng", "seed",
    "random_state",
    # solvers: derivatives by the user (ours are exact), limits on the work, messages
    "jac", "hess", "hessp", "fprime", "fprime2", "Dfun", "col_deriv", "band", "ml", "mu", "disp", "verbose", "limit",
    "maxp1", "limlst", "maxfev", "max_nfev", "epsfcn", "factor", "diag", "diff_step", "tr_solver", "tr_options",
    "jac_sparsity", "x_scale", "k", "tcrit", "h0", "hmin", "ixpr", "mxstep", "mxhnil", "mxordn", "mxords",
    "printmessg", "vectorized",
})


def code_of(body: Callable[..., Any]) -> types.CodeType | None:
    """The code that reads the parameters of a definition, a function or a class."""
    made = vars(body).get("__init__") if isinstance(body, type) else body
    return getattr(made, "__code__", None)


@cache
def ignored(body: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the parameters that a definition never reads, in their order."""
    code = code_of(body)
    if code is None:
        return ()
    read = set(code.co_cellvars)
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith(("LOAD_", "STORE_FAST_LOAD_FAST")):
            name = instruction.argval
            read.update(name if isinstance(name, tuple) else (name,))  # one instruction may load two variables
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple(name for name in names if name != "self" and name not in read)


@cache
def _signature(body: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(body)


def dropped(body: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
            constant: Callable[[Any], Any], harmless: Collection[str] = ()) -> str:
    """The option that this call gives, and that the definition would drop; an empty string without one.

    `constant(value)` is an argument's plain value where that is known.
    """
    harmful = [name for name in ignored(body) if name not in HARMLESS and name not in harmless]
    if not harmful:
        return ""
    try:
        given = _signature(body).bind_partial(*args, **kwargs).arguments
    except TypeError:
        return ""  # the call itself will say what is wrong
    parameters = _signature(body).parameters
    for name in harmful:
        if name in given and not _same(constant(given[name]), parameters[name].default):
            return name
    return ""


def excluded(body: Callable[..., Any], unless: Mapping[str, Callable[[Any], bool]], args: tuple[Any, ...],
             kwargs: dict[str, Any], constant: Callable[[Any], Any]) -> bool:
    """Whether a parameter has a value with which the definition does not stand for the function."""
    if not args and not kwargs:
        return False  # a question about the function, not a call
    try:
        bound = _signature(body).bind_partial(*args, **kwargs)
    except TypeError:
        return False
    bound.apply_defaults()
    return any(test(constant(bound.arguments[name])) for name, test in unless.items())


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    return isinstance(value, str | int | float | bool) and type(value) is type(default) and value == default


def unsupported(reason: str) -> Any:
    """Said by a definition of a call that it has no derivative of: an error when compiling, and on the tape."""
    raise NotImplementedError(reason)


def _refused(lo: Any, function: Any, args: Any, kwargs: Any, node: Any, hint: Any) -> Any:
    lo.fail("AD108", node, args[0].value, "leave the option out, or write the function in Python")


unsupported.__ad_transform__ = _refused


def on_tape_only(reason: str) -> None:
    """Said by a definition of a call that is not compiled, since reading it would take too long: the tape runs it."""


on_tape_only.__ad_transform__ = _refused


def refusal(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """What is called instead of a definition that would drop an option: it raises, naming the option."""
    module = (getattr(function, "__module__", None) or "").split("._")[0]
    message = f"`{module}.{getattr(function, '__name__', function)}` has a derivative without {name}="

    def refused(*args: Any, **kwargs: Any) -> Any:
        return unsupported(message)
    return refused
