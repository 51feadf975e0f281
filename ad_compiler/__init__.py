"""Derivatives of ordinary NumPy programs, as Python source that you can read.

    import ad_compiler as ad

    @ad.grad
    def loss(x): ...

Names are loaded when they are first used: importing this package loads neither NumPy nor a parser.
"""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors, testing
    from .api import (
        LoopFallback,
        check,
        checkpoint,
        checkpointed,
        compile_ahead,
        compiled,
        custom_jvp,
        custom_linear_solve,
        custom_root,
        custom_vjp,
        derivative,
        elementwise_grad,
        fixed_point,
        grad,
        hessian,
        hvp,
        jacfwd,
        jacobian,
        jacrev,
        jit,
        jvp,
        linearize,
        primitive,
        probe,
        remat,
        source,
        sparse_hessian,
        sparse_jacobian,
        stop_gradient,
        supports,
        value_and_grad,
        value_and_jacobian,
        vhp,
        vjp,
        vmap,
    )

__version__ = "0.1.0"

__all__ = [
    "LoopFallback", "check", "checkpoint", "checkpointed", "compile_ahead", "compiled", "custom_jvp",
    "custom_linear_solve", "custom_root", "custom_vjp", "derivative", "elementwise_grad", "errors",
    "fixed_point", "grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jit", "jvp", "linearize",
    "primitive", "probe", "remat", "source", "sparse_hessian", "sparse_jacobian", "stop_gradient", "supports",
    "testing", "value_and_grad", "value_and_jacobian", "vhp", "vjp", "vmap",
]

_MODULES = ("errors", "testing")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    value = getattr(import_module(".api", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
