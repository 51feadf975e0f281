"""The in-place operations of training loops: straight into memory where nothing is recorded."""
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime import arithmetic, draws, own_rows
from runtime.constants import F32, F64
from runtime.core import Recorded, edge, version
from runtime.dispatch import Op, record
from runtime.grad_mode import LOCAL
from runtime.inplace import check_fits, guard, refuse_partial_overlap, wants, write
from runtime.ops import pointwise, shape
from runtime.places import user_place
from runtime.promotion import operand
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor

ZERO = Op(own_rows.ZERO, "ZeroBackward0")


def _arithmetic(name: str, ufunc: np.ufunc, function: Callable[..., Any],
                in_place: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def apply(self: Any, other: Any, *, alpha: Any = 1, rounding_mode: Any = None) -> Any:
        if type(other) is Tensor and not LOCAL.enabled and LOCAL.simple and alpha == 1 and rounding_mode is None:
            a, b = self._data, other._data  # a step of gradient descent: the plain case of what follows
            dtype = a.dtype
            if dtype is b.dtype and (dtype is F32 or dtype is F64) and b.base is None and (
                    self._meta is None or not self._meta.inference) and (a.base is None or a.flags.forc):
                token = ENTER(SILENT)
                try:
                    in_place(a, b)
                except ValueError:  # shapes, or read-only memory: nothing was written
                    guard(self, False)
                    _straight(self, ufunc, function, other)
                    return self
                finally:
                    LEAVE(token)
                cell = self._ver
                if cell is None or not cell.writes:
                    version(self).bump(user_place())
                else:
                    cell.n = n = cell.n + 1
                    cell.writes.append((n, *user_place()))
                return self
        other = operand(other)
        if other is NotImplemented:
            return NotImplemented
        if alpha != 1:
            other = other * alpha
        if rounding_mode is not None:
            return write(self, arithmetic.div, other, rounding_mode=rounding_mode)
        if LOCAL.dual_level < 0 and (not LOCAL.enabled or not wants(self, (other,))):
            guard(self, False)
            if isinstance(other, Recorded):
                refuse_partial_overlap(self._data, other._data)
            _straight(self, ufunc, function, other)
            return self
        return write(self, function, other)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name.rstrip('_')}` in place."
    return apply


def _straight(x: Any, ufunc: np.ufunc, function: Callable[..., Any], other: Any) -> None:
    """`x = ufunc(x, other)` in the memory of `x`."""
    a = x._data
    b = other._data if isinstance(other, Recorded) else other
    token = ENTER(SILENT)
    try:
        if (isinstance(b, np.ndarray) and b.dtype == a.dtype and a.dtype.kind == "f" and b.ndim <= a.ndim) or (
                a.dtype.kind == "f" and type(b) in (int, float)):
            ufunc(a, b, out=a)
        else:
            z = function(x, other)._data
            check_fits(a, z)
            np.copyto(a, z, casting="unsafe")
    except ValueError:
        shape = np.broadcast_shapes(a.shape, np.shape(b)) if _broadcasts(a, b) else None
        if shape is None:
            from runtime.promotion import broadcast_error
            raise broadcast_error(a, b) from None
        raise RuntimeError(f"output with shape {list(a.shape)} doesn't match the broadcast shape "
                           f"{list(shape)}") from None
    finally:
        LEAVE(token)
    version(x).bump(user_place())


def _broadcasts(a: Any, b: Any) -> bool:
    try:
        np.broadcast_shapes(np.shape(a), np.shape(b))
    except ValueError:
        return False
    return True


def zero_(self: Any) -> Any:
    """Zeros everywhere."""
    if LOCAL.dual_level < 0 and (not LOCAL.enabled or not wants(self, ())):
        guard(self, False)
        self._data[...] = 0
        version(self).bump(user_place())
        return self
    return write(self, lambda before: record(ZERO, Tensor, (before,), np.zeros_like(before._data)))


def addcmul_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`self += value * tensor1 * tensor2`."""
    return write(self, pointwise.addcmul, tensor1, tensor2, value=value)


def addcdiv_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`self += value * tensor1 / tensor2`."""
    return write(self, pointwise.addcdiv, tensor1, tensor2, value=value)


def _drawn(name: str, draw: Callable[..., np.ndarray]) -> Callable[..., Any]:
    def apply(self: Any, *args: Any, generator: Any = None, **kwargs: Any) -> Any:
        guard(self, self._req)
        values = draw(draws.stream(generator), self._data.shape, *args, **kwargs)
        self._data[...] = values
        version(self).bump(user_place())
        return self
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"Random draws ({name.rstrip('_')}) into this tensor."
    return apply


def _uniform(rng: Any, shape: Any, a: float = 0.0, b: float = 1.0, **kw: float) -> Any:
    low, high = kw.get("from", a), kw.get("to", b)
    return rng.uniform(low, high, shape)


def _normal(rng: Any, shape: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    return rng.normal(mean, std, shape)


def _bernoulli(rng: Any, shape: Any, p: float = 0.5) -> Any:
    return rng.random(shape) < p


def _integers(rng: Any, shape: Any, low: int = 0, high: int = 2**31) -> Any:
    return rng.integers(low, high, shape)


def _exponential(rng: Any, shape: Any, lambd: float = 1.0) -> Any:
    return rng.exponential(1 / lambd, shape)


def _geometric(rng: Any, shape: Any, p: float) -> Any:
    return rng.geometric(p, shape)


def _log_normal(rng: Any, shape: Any, mean: float = 1.0, std: float = 2.0) -> Any:
    return rng.lognormal(mean, std, shape)


def _cauchy(rng: Any, shape: Any, median: float = 0.0, sigma: float = 1.0) -> Any:
    return median + sigma * rng.standard_cauchy(shape)


def _reshaped(name: str, take: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: Any, *args: Any) -> Any:
        guard(self, self._req)
        result = take(self, *args)
        m = self._meta
        if m is not None and m.base is not None:
            m.link, m.node = result._meta.link, result._meta.node
        elif result._req and LOCAL.enabled:
            self._node = edge(result)
        self._data = result._data
        version(self).bump(user_place())
        if m is not None and m.base is not None:
            m.stamp = version(self).n
        node = self.grad_fn
        if node is not None and type(node).__name__ in IN_PLACE:
            node.__class__ = _named(type(node))
        return self
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name.rstrip('_')}` of this tensor itself: its shape changes, its memory stays."
    return apply


# torch numbers the in-place forms of these operations apart
IN_PLACE = {"TBackward0": "TBackward1", "UnsqueezeBackward0": "UnsqueezeBackward1", "SqueezeBackward0":
            "SqueezeBackward3", "SqueezeBackward1": "SqueezeBackward4", "TransposeBackward0": "TransposeBackward1"}
_NAMED: dict[Any, Any] = {}


def _named(kind: Any) -> Any:
    """The class of nodes of the in-place form."""
    found = _NAMED.get(kind)
    if found is None:
        found = _NAMED[kind] = type(IN_PLACE[kind.__name__], (kind,), {"__slots__": (), "__module__": "builtins"})
    return found


RESHAPED: dict[str, Any] = {f"{name}_": _reshaped(f"{name}_", f) for name, f in (
    ("squeeze", shape.squeeze), ("unsqueeze", shape.unsqueeze), ("t", shape.t), ("transpose", shape.transpose),
    ("swapaxes", shape.transpose), ("swapdims", shape.transpose))}


def apply_(self: Any, function: Callable[[Any], Any]) -> Any:
    """A Python function of each element, in place; not differentiable."""
    guard(self, self._req)
    flat = [function(v) for v in self._data.ravel().tolist()]
    self._data[...] = np.asarray(flat, self._data.dtype).reshape(self._data.shape)
    version(self).bump(user_place())
    return self


METHODS: dict[str, Any] = {
    "add_": _arithmetic("add_", np.add, arithmetic.add, operator.iadd),
    "sub_": _arithmetic("sub_", np.subtract, arithmetic.sub, operator.isub),
    "mul_": _arithmetic("mul_", np.multiply, arithmetic.mul, operator.imul),
    "div_": _arithmetic("div_", np.true_divide, arithmetic.div, operator.itruediv),
    "zero_": zero_, "addcmul_": addcmul_, "addcdiv_": addcdiv_, "uniform_": _drawn("uniform_", _uniform),
    "normal_": _drawn("normal_", _normal), "bernoulli_": _drawn("bernoulli_", _bernoulli),
    "random_": _drawn("random_", _integers), "exponential_": _drawn("exponential_", _exponential),
    "geometric_": _drawn("geometric_", _geometric), "log_normal_": _drawn("log_normal_", _log_normal),
    "cauchy_": _drawn("cauchy_", _cauchy)}
METHODS |= {"subtract_": METHODS["sub_"], "multiply_": METHODS["mul_"], "divide_": METHODS["div_"]}
