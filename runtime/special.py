"""`torch.special`: special functions by SciPy's of the same meaning, recorded by their rows of the table.

    >>> import runtime as torch
    >>> x = torch.tensor([0.5, 3.0], dtype=torch.float64, requires_grad=True)
    >>> torch.lgamma(x).sum().backward()
    >>> x.grad
    tensor([-1.9635,  0.9228], dtype=torch.float64)

SciPy is imported at the first call; without it ModuleNotFoundError says what to install.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ad_compiler import rules
from ad_compiler.extras import scipy_module
from runtime import dtypes
from runtime.core import Recorded
from runtime.dispatch import Op, record
from runtime.ops import more, pointwise, reduce
from runtime.promotion import raw_as, result_type
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.refusals import SPECIAL_CHECKS, refusing
from runtime.tensor import Tensor

# torch's name: SciPy's name and the name of the node
TABLE = {
    "lgamma": ("gammaln", "LgammaBackward0"), "digamma": ("psi", "DigammaBackward0"),
    "polygamma": ("polygamma", "PolygammaBackward0"), "mvlgamma": ("multigammaln", "MvlgammaBackward0"),
    "zeta": ("zeta", "SpecialZetaBackward0"), "igamma": ("gammainc", "IgammaBackward0"),
    "igammac": ("gammaincc", "IgammacBackward0"), "erfinv": ("erfinv", "ErfinvBackward0"),
    "erfcx": ("erfcx", "SpecialErfcxBackward0"), "ndtri": ("ndtri", "SpecialNdtriBackward0"),
    "log_ndtr": ("log_ndtr", "SpecialLogNdtrBackward0"), "entr": ("entr", "SpecialEntrBackward0"),
    "xlog1py": ("xlog1py", "SpecialXlog1PyBackward0"), "i0": ("i0", "I0Backward0"),
    "i0e": ("i0e", "SpecialI0EBackward0"),
    "i1": ("i1", "SpecialI1Backward0"), "i1e": ("i1e", "SpecialI1EBackward0")}
_OPS: dict[str, tuple[Any, Op]] = {}


def _found(name: str) -> tuple[Any, Op]:
    """SciPy's function and the operation, made at the first use."""
    found = _OPS.get(name)
    if found is None:
        special = scipy_module("special", f"torch.special.{name}")
        scipy_name, node = TABLE[name]
        function = getattr(special, scipy_name)
        row = rules.find(function)
        assert row is not None, scipy_name
        found = _OPS[name] = function, Op(row, node)
    return found


def _by_scipy(name: str) -> Callable[..., Any]:
    def apply(*args: Any) -> Any:
        function, op = _found(name)
        if name == "mvlgamma" and not isinstance(args[1], int):
            raise TypeError(f"mvlgamma(): argument 'p' (position 2) must be int, not {type(args[1]).__name__}")
        for parameter, value in zip(op.row.parameters, args, strict=True):
            if isinstance(value, Recorded) and value._req and parameter.name not in op.row.partials:
                raise RuntimeError(f"the derivative for '{name}: {parameter.name}' is not implemented.")
        tensors = [v for v in args if isinstance(v, Recorded)]
        d = result_type(*tensors)
        d = d if d.is_floating_point or d.is_complex else dtypes.get_default_dtype()
        token = ENTER(SILENT)
        try:
            z = function(*(raw_as(v, d.np) if isinstance(v, Recorded) else v for v in args))
        finally:
            LEAVE(token)
        return record(op, Tensor, args, z.astype(d.np, copy=False))
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}` of each element, by SciPy's `{TABLE[name][0]}`."
    return apply


_BY_SCIPY = {name: _by_scipy(name) for name in TABLE}
lgamma, digamma, erfinv, i0 = (_BY_SCIPY[name] for name in ("lgamma", "digamma", "erfinv", "i0"))
gammaln, psi = lgamma, digamma
erfcx, ndtri, log_ndtr, entr, xlog1py, zeta = (_BY_SCIPY[name] for name in (
    "erfcx", "ndtri", "log_ndtr", "entr", "xlog1py", "zeta"))
i0e, i1, i1e = (_BY_SCIPY[name] for name in ("i0e", "i1", "i1e"))
gammainc, gammaincc, multigammaln = (_BY_SCIPY[name] for name in ("igamma", "igammac", "mvlgamma"))
expit, exp2, expm1, log1p, sinc, erf = (pointwise.FUNCTIONS[name] for name in (
    "sigmoid", "exp2", "expm1", "log1p", "sinc", "erf"))
round = pointwise.FUNCTIONS["round"]
erfc, logit, xlogy = (more.FUNCTIONS[name] for name in ("erfc", "logit", "xlogy"))
softmax, log_softmax, logsumexp = reduce.softmax, reduce.log_softmax, reduce.logsumexp
logaddexp = pointwise.FUNCTIONS["logaddexp"]


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma."""
    return _BY_SCIPY["polygamma"](n, input)


def _polygamma_method(self: Any, n: int) -> Any:
    """The n-th derivative of digamma."""
    return polygamma(n, self)


def ndtr(input: Any) -> Any:
    """The distribution function of the standard normal distribution."""
    return erfc(input * -(0.5 ** 0.5)) * 0.5


FUNCTIONS: dict[str, Any] = {name: _BY_SCIPY[name] for name in (
    "lgamma", "digamma", "erfinv", "i0", "mvlgamma", "igamma", "igammac")}
METHODS: dict[str, Any] = {"polygamma": _polygamma_method}
globals().update({_name: refusing(globals()[_name], _check) for _name, _check in SPECIAL_CHECKS.items()})
