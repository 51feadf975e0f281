"""`checkpoint` and `checkpointed`: less memory, for computing things again in the reverse sweep."""
from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..analysis.replay import check_replayable
from ..frontend.lower.custom import UserRule, lower_ruled
from ..frontend.lower.custom_parts import peek
from ..frontend.lower.trees import opened
from ..frontend.lowering import Lowering
from ..frontend.values import GeneratorV, IterV, PlannedV, Value
from ..ir import nodes as ir
from ..parameters import signature_of
from .directions import jvp, vjp
from .equation import Closed, Solution
from .function_like import reduced
from .inside_transforms import read_jvp, read_transform, read_vjp
from .naming import load_text

T = TypeVar("T")
vjp.__ad_transform__, jvp.__ad_transform__ = read_vjp, read_jvp


def checkpoint(f: Callable[..., Any] | None = None, *, prevent_cse: bool = True, policy: None = None,
               static_argnums: int | tuple[int, ...] = ()) -> Any:
    """`f`, of whose calls a reverse sweep keeps the arguments only: it computes the rest again. Usable as a decorator.

    The gradient is the same; the memory of what `f` computes inside is needed for one call at a time. `f` must do the
    same when it is run again: no effects, no random draws (CompileError says which). It does not write into its
    arguments. `prevent_cse` and `static_argnums` are taken as in JAX and have no meaning here: the compiler knows what
    is static, and computes again what it was asked to. There is no other `policy` than to keep the arguments
    (ValueError).

    >>> import ad_compiler as ad, numpy as np
    >>> @ad.checkpoint
    ... def layer(x):
    ...     return np.tanh(np.sin(x) * np.exp(x))
    >>> ad.grad(lambda x: layer(layer(x)))(0.5) == ad.grad(lambda x: layer.primal(layer.primal(x)))(0.5)
    True
    """
    if policy is not None:
        raise ValueError("checkpoint has no policies: it keeps the arguments; checkpoint a smaller part to keep more")
    return CheckpointedFunction if f is None else CheckpointedFunction(f)


def checkpointed(over: T, snapshots: int | None = None, memory_limit: float | None = None) -> T:
    """What a loop runs over, with snapshots of the loop's state kept instead of records of every step.

        for t in checkpointed(range(n), snapshots=20): ...
        while checkpointed(error > 1e-8, memory_limit=1e9): ...

    At most `snapshots` states of the loop (what its body changes) are kept, or as many as `memory_limit` bytes hold.
    The reverse sweep runs steps again from these: where the number of steps is known, in the binomial order that
    needs the fewest (Griewank and Walther's Revolve); a `while`, or a loop that can be left early, keeps every k-th
    state and doubles k when there is no room. The gradient is the same. Outside of a derivative the loop is as it is.

    Raises TypeError for what cannot be read twice (a generator, a file), ValueError for neither or both limits, or for
    a memory limit below one state; CompileError where the body does something that cannot be run again (draws random
    numbers, prints) or changes a list from outside.

    >>> import ad_compiler as ad, numpy as np
    >>> def heat(u, n):
    ...     u = u.copy()
    ...     for _ in ad.checkpointed(range(n), snapshots=5):
    ...         u[1:-1] += 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    ...     return np.sum(u * u)
    >>> ad.grad(heat)(np.array([0.0, 1.0, 2.0, 0.0]), 30).shape
    (4,)
    """
    _one_limit(snapshots, memory_limit)
    if isinstance(over, Iterator):
        raise TypeError(f"checkpointed: a {type(over).__name__} can be read only once: pass a range, a list or an "
                        "array")
    return over


def _one_limit(snapshots: Any, memory_limit: Any) -> None:
    if (snapshots is None) == (memory_limit is None):
        raise ValueError("checkpointed takes either snapshots=k or memory_limit=bytes")


def _read_checkpointed(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                       hint: str | None) -> Value:
    try:
        bound = signature_of(checkpointed).bind(*args, **kwargs)
    except TypeError as error:
        lo.fail("AD109", node, f"checkpointed(): {error}")
    none = ir.Const(None)
    over = bound.arguments["over"]
    count, limit = (bound.arguments.get(name, none) for name in ("snapshots", "memory_limit"))
    given = [not (isinstance(v, ir.Const) and v.value is None) for v in (count, limit)]
    if sum(given) != 1:
        lo.fail("AD109", node, "checkpointed takes either snapshots=k or memory_limit=bytes",
                "say how many states may be kept, or how many bytes they may take")
    if isinstance(over, GeneratorV) or (isinstance(over, IterV) and over.kind in ("count", "cycle", "iter")):
        lo.fail("AD177", node, "what this checkpointed loop runs over can be read only once, or never ends",
                "pass a range, a list or an array; or write `while checkpointed(condition, ...)`")
    return PlannedV(over, ir.Plan(lo.number(count, node), lo.number(limit, node)))


# --- calls ------------------------------------------------------------------------------------------------------------
class CheckpointedFunction:
    """What `checkpoint` returns outside of differentiated code."""

    __slots__ = ("__weakref__", "primal", "signature")

    def __init__(self, f: Callable[..., Any]) -> None:
        if not callable(f):
            raise TypeError(f"checkpoint takes a function, not {f!r}")
        self.primal = f
        self.signature = signature_of(f)

    rule = None  # so that transforms call it, and do not read what is behind it
    __ad_keeps_arguments__ = True

    @property
    def __name__(self) -> str:
        return getattr(self.primal, "__name__", "f")

    @property
    def __signature__(self) -> inspect.Signature:
        return self.signature

    def __getattr__(self, name: str) -> Any:
        if name in ("__qualname__", "__module__", "__doc__"):
            return getattr(self.primal, name, None)
        raise AttributeError(f"{self!r} has no attribute {name!r}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.primal(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __deepcopy__(self, memo: dict[int, Any]) -> CheckpointedFunction:
        return self

    def __reduce__(self) -> Any:
        return reduced(self, (checkpoint, (self.primal,)))

    def __repr__(self) -> str:
        return f"<checkpoint of {self.__name__!r}>"

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        return _call(lo, ir.Const(self.primal), args, kwargs, node, hint)


def _call(lo: Lowering, f: Value, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None) -> Value:
    """A call whose inside is computed again: a function with a rule, of what `f` takes and captures."""
    closed = Closed(lo, node)
    closed.take("f", f)
    given = [closed.parameter(opened(lo, v)) for v in args]
    named = [f"{k}={closed.parameter(opened(lo, v))}" for k, v in kwargs.items()]
    call, of = closed.functions([*given, *named])
    function = Solution(closed.name, call, call)
    count = len(closed.params)
    forward, backward, tangent = _rules(count)(function, of)
    rule = UserRule(function, closed.name, closed.signature(), None, forward, backward, tangent, closed.nondiff(),
                    like=call)
    function.rule = rule
    values = [*closed.params, *closed.fixed]
    _check(lo, rule, values, node)
    return lower_ruled(lo, rule, values, {}, node, hint)


def _check(lo: Lowering, rule: UserRule, values: list[Value], node: Any) -> None:
    from ..frontend.lower.calls import call_value

    sweep, lo.sweep = lo.sweep, "none"  # (a checkpointed call inside is looked at when its own turn comes)
    seen = peek(lo, lambda: call_value(lo, ir.Const(rule.like), values, {}, node, None))
    lo.sweep = sweep
    if seen.refusal is None:
        check_replayable(seen.block, lo.origin)
        if seen.writes:
            lo.fail("AD178", node, f"`{rule.name}` is checkpointed, and changes variables or lists from outside",
                    "return what it computes")


@functools.lru_cache(maxsize=256)
def _rules(count: int) -> Callable[..., Any]:
    """A factory of the functions of the rule; how many arguments carry derivatives is a constant of their text."""
    text = (f"def made(function, of):\n"
            f"    def forward(*args):\n"
            f"        return function(*args), args\n"
            f"    def backward(*given):\n"
            f"        fixed, args, out_bar = given[:-2], given[-2], given[-1]\n"
            f"        _, pullback = vjp(lambda p: of(p, fixed), args[:{count}])\n"
            f"        return pullback(out_bar)[0]\n"
            f"    def tangent(*given):\n"
            f"        fixed, primals, dots = given[:-2], given[-2], given[-1]\n"
            f"        return jvp(lambda p: of(p, fixed), (primals,), (dots,))\n"
            f"    return forward, backward, tangent\n")
    return load_text(text, "made", {"vjp": vjp, "jvp": jvp})


remat = checkpoint
checkpoint.__ad_transform__ = read_transform(checkpoint)
checkpointed.__ad_transform__ = _read_checkpointed

__all__ = ["checkpoint", "checkpointed", "remat"]
