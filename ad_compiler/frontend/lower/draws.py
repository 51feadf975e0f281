"""Random draws: calls of `np.random` and of generators.

A draw is made once, in the forward sweep, and is a constant for the derivative, but for what its row says of location
and scale. A draw that moves the values of an array (`rng.permutation(x)`) is read as one of places.
"""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...analysis.infer import dims_of
from ...ir import nodes as ir
from ...ir.types import Array, Num, Passive
from ..lowering import Lowering
from ..values import ExternalV, Value

_GENERATORS = (np.random.Generator, np.random.RandomState)
_STATE = ("seed", "set_state")
_INTEGERS = ("randint", "integers", "permutation", "choice", "poisson", "binomial", "geometric", "hypergeometric",
             "multinomial", "negative_binomial", "zipf", "logseries", "permuted", "multivariate_hypergeometric")
# Where the parameter `size` stands among the positional ones, if not third.
_SIZE_AT = {"random": 0, "standard_normal": 0, "random_sample": 0, "standard_exponential": 0, "standard_cauchy": 0,
            "tomaxint": 0, "choice": 1, "poisson": 1, "exponential": 1, "rayleigh": 1, "weibull": 1, "pareto": 1,
            "power": 1, "chisquare": 1, "standard_t": 1, "standard_gamma": 1, "geometric": 1, "zipf": 1, "dirichlet": 1,
            "logseries": 1, "hypergeometric": 3, "triangular": 3, "noncentral_f": 3}
# Draws of vectors, and the parameter that says how long they are.
_VECTORS = {"multinomial": 1, "dirichlet": 0, "multivariate_normal": 0}


def is_random(value: Any) -> bool:
    """Whether a function draws from `np.random` or makes a generator."""
    owner = getattr(value, "__self__", None)
    return isinstance(owner, _GENERATORS) or (getattr(value, "__module__", None) or "").startswith("numpy.random")


def generator_of(receiver: Value) -> Any:
    """The class of the generator that a value is; None for anything else."""
    if isinstance(receiver, (ir.Const, ExternalV)):
        cls = type(receiver.value)
    else:
        cls = getattr(getattr(receiver, "type", None), "cls", None)
    return cls if cls in _GENERATORS else None


def random_call(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    """A call of a function of `np.random`, or of a bound method of a generator from outside."""
    value = function.value
    name = getattr(value, "__name__", "")
    written = _written(lo, name, args, kwargs)
    if written is not None:
        from .calls import call_python

        owner = getattr(value, "__self__", None)
        from_module = owner is getattr(np.random.normal, "__self__", None)
        rng = ir.Const(np.random, "np.random") if from_module else ir.Const(owner)
        return call_python(lo, written, [rng, *args], kwargs, node, hint)
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    text = function.text or name
    if name in _STATE:
        lo.emit(ir.Effect(ir.Call(value, tuple(operands), tuple(named.items()), "call", text), lo.origin))
        return ir.Const(None)
    return lo.call(value, operands, named, text=text, hint=hint, type_=draw_type(lo, name, operands, named))


def draw(lo: Lowering, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    """A method of a generator that the program was given or made."""
    written = _written(lo, name, args, kwargs)
    if written is not None:
        from .calls import call_python

        return call_python(lo, written, [receiver, *args], kwargs, node, hint)
    base = lo.operand(receiver, node)
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    if name in _STATE:
        lo.emit(ir.Effect(ir.Call(getattr, (base, *operands), tuple(named.items()), "passive", name), lo.origin))
        return ir.Const(None)
    return lo.call(getattr, (base, *operands), named, style="passive", text=name, hint=hint,
                   type_=draw_type(lo, name, operands, named))


def _written(lo: Lowering, name: str, args: list[Value], kwargs: dict[str, Value]) -> Any:
    """The definition of a draw that writes, or some of whose arguments may carry derivatives."""
    from ...rules.written.draws import MOVING, SCALED, writing
    from .tables import may_be_active

    if (body := writing(name, kwargs)) is not None:
        return body
    if name in SCALED:
        return SCALED[name] if may_be_active([*args, *kwargs.values()]) else None
    moved = args[0] if args else kwargs.get("x", kwargs.get("a"))
    if name in MOVING and isinstance(moved, ir.Var) and isinstance(moved.type, Array) and may_be_active(moved):
        return MOVING[name]
    return None


def draw_type(lo: Lowering, name: str, operands: list[ir.Arg], named: dict[str, ir.Arg]) -> Any:
    """The type of a draw: what the generator would give for such arguments."""
    dtype = np.dtype(np.int64 if name in _INTEGERS else np.float64)
    if name in ("default_rng", "Generator"):
        return Passive(np.random.Generator)
    if name == "RandomState":
        return Passive(np.random.RandomState)
    if name in ("rand", "randn"):
        dims = tuple(d for o in operands for d in dims_of(o) or ())
        return Array(dtype, dims) if operands else Num(dtype, weak=True)
    if name in ("permutation", "permuted", "choice"):
        source = _array_dims(operands[0]) if operands else ()
        if source:
            dtype = operands[0].type.dtype
        if name != "choice":
            return Array(dtype, source or dims_of(operands[0]) or ())
    position = _SIZE_AT.get(name, 2)
    size = named.get("size", operands[position] if len(operands) > position else None)
    parameters = [o for k, o in enumerate(operands) if k != position] + [
        v for k, v in named.items() if k in _PARAMETERS]
    if size is None or (isinstance(size, ir.Const) and size.value is None):
        dims = () if name == "choice" else _broadcast(parameters)
    else:
        dims = dims_of(size)
    if dims is None:
        lo.fail("AD110", None, "the rank of this random draw is not known when compiling")
    if name in _VECTORS:
        lead = () if size is None or (isinstance(size, ir.Const) and size.value is None) else dims
        dims = (*lead, *_vector(lo, operands[_VECTORS[name]]))
    return Array(dtype, dims) if dims else Num(dtype, weak=True)


_PARAMETERS = ("loc", "scale", "low", "high", "mean", "sigma", "lam", "n", "p", "a", "df", "shape", "left", "mode",
               "right", "mu", "kappa")


def _array_dims(operand: ir.Arg) -> Any:
    return operand.type.dims if isinstance(operand, ir.Var) and isinstance(operand.type, Array) else ()


def _broadcast(parameters: list[ir.Arg]) -> Any:
    """The shape of a draw without a size: that of its parameters together."""
    from ...analysis.infer import broadcast

    return broadcast([_array_dims(p) for p in parameters])


def _vector(lo: Lowering, operand: ir.Arg) -> Any:
    from ...analysis.infer import array_of, type_of

    return array_of(type_of(operand)).dims[-1:]
