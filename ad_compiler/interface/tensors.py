"""Transforms and functions called with the tape's tensors: the call is one node of their graph."""
from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bridge_again import ran_on_tape, within_run
from ..bridge_tensors import Step, call, copies, node_name, plain_leaf
from ..bridge_trees import holds_recorded, mapped, refuse_written
from ..errors import CompileError, Diagnostic, UnsupportedError
from .function_like import FunctionLike
from .target import Target, is_derivative, is_within, resolve

if TYPE_CHECKING:
    from .derivative import Derivative

__all__ = ["Compiled", "compiled", "derivative_on_tensors", "on_tensors"]


def _vjp() -> Callable[..., Any]:
    """`vjp`, known to the front end: the gradient functions below are themselves differentiated."""
    from .directions import vjp

    if not hasattr(vjp, "__ad_transform__"):
        from .inside_transforms import read_vjp

        vjp.__ad_transform__ = read_vjp
    return vjp


def _jvp() -> Callable[..., Any]:
    """`jvp`, known to the front end."""
    from .directions import jvp

    if not hasattr(jvp, "__ad_transform__"):
        from .inside_transforms import read_jvp

        jvp.__ad_transform__ = read_jvp
    return jvp


def _pullback(options: dict[str, Any]) -> Callable[..., Any]:
    vjp = _vjp()

    def pullback(function: Callable[..., Any], args: Sequence[Any], argnums: tuple[int, ...]) -> Any:
        return vjp(function, *args, argnums=argnums, **options)
    return pullback


# How derivatives are differentiated again. The tape is no way out for them: it would come back here.
STRICT = {"on_unsupported": "error"}


def gradient_function(function: Callable[..., Any], argnums: tuple[int, ...]) -> Callable[..., Any]:
    """The pullback of a function as a function of its own: `(cotangents, *args)` to a cotangent per argnum."""
    vjp = _vjp()

    def gradient(bars: Any, *args: Any) -> Any:
        return vjp(function, *args, argnums=argnums)[1](bars)
    return gradient


def on_tensors(function: Callable[..., Any], args: Sequence[Any], name: str, options: dict[str, Any] | None = None,
               lazy: bool = True) -> Any:
    """`function(*args)` as one node called `name`; see `bridge_tensors.call`."""
    step = Step(function, name, _pullback(options or {}), gradient_function, _pullback({**(options or {}), **STRICT}))
    return call(step, args, lazy=lazy)


def vjp_on_tensors(f: Callable[..., Any], args: tuple[Any, ...], argnums: Any, has_aux: bool,
                   options: dict[str, Any]) -> tuple[Any, Callable[..., Any]]:
    """`vjp(f, *args)` with tensors among the arguments: value and pullback are differentiable steps of the graph."""
    if has_aux:
        if within_run(args):
            return _pulled_on_the_tape(f, args, argnums, True)
        raise _no_aux("vjp")
    f = _as_it_is(f)
    name = node_name(resolve(f).name)
    kept = tuple(mapped(arg, _own) for arg in args)  # the pullback may be called after these have changed
    try:
        out = on_tensors(f, args, name, options, lazy=False)
    except CompileError:
        if not within_run(args):
            raise
        return _pulled_on_the_tape(f, args, argnums, False)
    _refuse_procedure(out, f)
    if ran_on_tape(out) and within_run(args):
        return _pulled_within(f, args, argnums, out)
    gradient = gradient_function(f, argnums)

    def pullback(bars: Any) -> Any:
        return on_tensors(gradient, (bars, *kept), name + "Backward", {**options, **STRICT})
    return out, pullback


def _as_it_is(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that a transform takes derivatives of now, whatever globals the program assigns until a pullback."""
    target = resolve(f)
    return target.function if not (target.leading or target.keywords) and target.primal is f is not target.function \
        and isinstance(f, types.FunctionType) else f


def _own(leaf: Any) -> Any:
    """An array as it is now, recorded where it is."""
    if holds_recorded([leaf]):
        return leaf.clone() if hasattr(leaf, "clone") else np.copy(leaf) if np.ndim(leaf) else leaf
    return leaf.copy("K") if isinstance(leaf, np.ndarray) else leaf


def jvp_on_tensors(f: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...], has_aux: bool,
                   options: dict[str, Any]) -> Any:
    """`jvp(f, args, tangents)` with tensors among them: one node with the value and the tangent."""
    jvp, f = _jvp(), _as_it_is(f)
    within = within_run((args, tangents))

    def pushed(primals: Any, along: Any) -> Any:
        return jvp(f, primals, along)

    def node() -> Any:
        return on_tensors(pushed, (args, tangents), node_name(resolve(f).name, "JvpBackward"), {**options, **STRICT},
                          lazy=not within)

    def on_the_tape() -> Any:
        from .within_recording import pushed

        return pushed(_on_record(f), args, tangents, has_aux)
    if has_aux and not within:
        raise _no_aux("jvp")
    if has_aux:
        return on_the_tape()
    out = _compiled_or(on_the_tape, node) if within else node()
    _refuse_procedure(out[0], f)
    return out


def _compiled_or(on_the_tape: Callable[[], Any], node: Callable[[], Any]) -> Any:
    """A derivative within a run on the tape: one compiled step, or else a part of that run."""
    try:
        return node()
    except CompileError:
        return on_the_tape()


def _no_aux(what: str) -> TypeError:
    return TypeError(f"{what} of tensors takes no has_aux: return the auxiliary numbers as results")


def _refuse_procedure(out: Any, f: Callable[..., Any]) -> None:
    """Raise CompileError for a procedure: it gets copies of the numbers, so what it writes would be lost."""
    if out is None:
        raise UnsupportedError(Diagnostic(
            "AD161", None, f"{resolve(f).spoken} returns nothing, and is given tensors (or runs within a function that "
            "is on the tape): what it writes into them is not followed there", "return what it computes"))


def _pulled_within(f: Callable[..., Any], args: tuple[Any, ...], argnums: Any, out: Any
                   ) -> tuple[Any, Callable[..., Any]]:
    """`vjp` of a function that runs on the tape, within a run on the tape: one record of both. Where that is not to
    be had, the value stays, and the pullback raises: compiled, it would leave the arguments out of its derivative."""
    try:
        return _pulled_on_the_tape(f, args, argnums, False)
    except CompileError as error:
        problem = error

    def pullback(bars: Any) -> Any:
        raise problem
    return out, pullback


def _pulled_on_the_tape(f: Callable[..., Any], args: tuple[Any, ...], argnums: Any, has_aux: bool) -> Any:
    from .within_recording import pulled

    return pulled(_on_record(f), args, argnums, has_aux)


def _on_record(f: Callable[..., Any]) -> Target:
    """A function as it runs on recorded arrays."""
    from ..bridge_again import on_record
    from .derivative import Derivative
    from .within_recording import recorded_derivative

    target = resolve(f)
    if isinstance(target.function, Derivative):
        return recorded_derivative(target.function, _on_record(target.function.target))
    if is_within(target) or is_derivative(target.function):
        return target
    return Target(target.primal, on_record(target.function), target.leading, target.keywords, target.visible,
                  target.parameters)


def composition_on_tensors(composition: Any, args: tuple[Any, ...]) -> Any:
    """A call of a Jacobian, a Hessian, ... with tensors: one node."""
    return _transformed(composition, composition.how, args, lambda: composed_on_the_tape(
        composition.how, composition.target, args, composition.settings))


def composed_on_the_tape(how: str, target: Target, args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """The same as a part of a run on the tape."""
    from .within_recording import composed

    return composed(how, _on_record(target), args, settings)


def belongs_to_a_run(target: Target, args: tuple[Any, ...]) -> bool:
    """Whether a call is made by a function that runs on the tape, of a function of its own or with recorded numbers."""
    return is_within(target) or (holds_recorded(args) and within_run(args))


def batched_on_tensors(batched: Any, args: tuple[Any, ...], one_by_one: Callable[[], Any]) -> Any:
    """A call of `vmap(f)` with tensors: one node."""
    return _transformed(batched, "vmap", args, one_by_one)


def _transformed(made: Any, how: str, args: tuple[Any, ...], on_the_tape: Callable[[], Any]) -> Any:
    """A call of a transformed function: one node, or a part of the run on the tape that it belongs to."""
    if is_within(made.target):
        return on_the_tape()
    within = within_run(args)

    def node() -> Any:
        return on_tensors(made, args, node_name(f"{made.target.name}_{how}"), STRICT, lazy=not within)
    return _compiled_or(on_the_tape, node) if within else node()


def derivative_on_tensors(derivative: Derivative, arguments: tuple[Any, ...]) -> Any:
    """A call of `grad(f)` or `value_and_grad(f)` with tensors.

    The value's node is that of `f`, and its backward is the gradient that was computed with it; the gradient's own
    backward is the compiled second derivative, made when it is wanted.
    """
    if any(p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in derivative.target.parameters):
        raise TypeError(f"`{derivative.__name__}` takes keyword-only or variadic parameters: with tensors, give it "
                        "parameters that can be passed by position")
    plain = tuple(mapped(a, plain_leaf) for a in arguments)
    kept = copies(plain)
    name = node_name(derivative.target.name, "Backward" if derivative.with_value else "GradBackward")
    out = derivative.run(*plain)
    try:
        refuse_written(name, arguments, plain, kept)
    except CompileError:
        if not within_run(arguments):
            raise
        return recorded_gradient(derivative, arguments)
    step = Step(derivative, name, _pullback({}), gradient_function, _pullback(STRICT))
    if derivative.with_value and not (derivative.target.leading or derivative.has_aux):
        step.known = _known(derivative, out)
        step.value, step.value_pullback = derivative.target.function, _pullback({})
    return call(step, arguments, out, lazy=True)


def recorded_gradient(derivative: Derivative, arguments: tuple[Any, ...]) -> Any:
    """The same as a part of the run on the tape that the arguments are of."""
    from .within_recording import gradient, recorded_derivative

    return gradient(recorded_derivative(derivative, _on_record(derivative.target)).function, arguments)


def _known(derivative: Derivative, out: Any) -> dict[int, Any]:
    """The gradient that a call gave, by position of the argument, as far as it is by whole arguments."""
    gradients = (out[1],) if derivative.wrt.single else out[1]
    names = derivative.target.names
    return {names.index(path[0]): bar for path, bar in zip(derivative.wrt.paths, gradients, strict=True)
            if len(path) == 1 and path[0] in names}


class Compiled(FunctionLike):
    """A function that is itself on arrays and numbers, and one compiled step of the graph on tensors."""

    __slots__ = ("__weakref__", "options", "target")

    def __init__(self, primal: Callable[..., Any], options: dict[str, Any]) -> None:
        self.target: Target = resolve(primal)
        self.options = options

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not holds_recorded(args) and not holds_recorded(tuple(kwargs.values())):
            return self.primal(*args, **kwargs)
        bound = self.target.visible.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise TypeError(f"`{self.__name__}` takes keyword-only parameters: with tensors, give it parameters that "
                            "can be passed by position")
        out = on_tensors(self.primal, bound.args, node_name(self.target.name), self.options, lazy=False)
        _refuse_procedure(out, self.primal)
        return out

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return _made, (self.primal, self.options)


def _made(primal: Callable[..., Any], options: dict[str, Any]) -> Compiled:
    return Compiled(primal, options)


def compiled(f: Callable[..., Any] | None = None, **options: Any) -> Any:
    """`f` for use among the tensors of `runtime`: a call with tensors is one node of their graph.

    On arrays and numbers it is `f` itself. With tensors among its arguments (in containers too) `f` sees plain arrays,
    and its derivative is compiled: `grad_fn` is `<EnergyBackward>` for a function `energy`, and `no_grad`,
    `retain_graph`, `create_graph`, hooks and `nn.Module` mean what they mean for any other operation. The options are
    those of `vjp`. Usable as a decorator, with and without options.

    Raises TypeError for keyword-only parameters, and at a call what `f` or `vjp` raises; RuntimeError for a second
    backward without `retain_graph`, as any node does.

    >>> import ad_compiler as ad, numpy as np, runtime as torch
    >>> @ad.compiled
    ... def energy(x):
    ...     return np.sum(x ** 3)
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> energy(x)
    tensor(9., grad_fn=<EnergyBackward>)
    >>> (2 * energy(x)).backward()
    >>> x.grad
    tensor([ 6., 24.])
    """
    return (lambda function: Compiled(function, options)) if f is None else Compiled(f, options)
