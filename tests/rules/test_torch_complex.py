"""Every row on complex numbers, made from its own samples, against the gradients of PyTorch's function of that name.

The pairs are found by name: `np.fft.rfft` is `torch.fft.rfft`, `axis=` is `dim=`. What PyTorch calls otherwise is in
`TWINS`, what it has of the same name but means otherwise in `OTHERS`. A sample that PyTorch does not take is left out;
a row that has a twin must have been compared on one sample at least, or be in `OTHERS`.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from ad_compiler import rules
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Call
from tests.rules import harness
from tests.rules.test_rows import label

torch = pytest.importorskip("torch")
pytest.importorskip("scipy.special")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

RENAMED = {"concatenate": "cat", "concat": "cat", "conjugate": "conj_physical", "sign": "sgn", "power": "pow",
           "expand_dims": "unsqueeze", "astype": "", "copy": "clone", "repeat": "repeat_interleave", "array": ""}
AXIS = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "axisa": "dim"}


def hermitian(a: Any) -> Any:
    """What the rows of Hermitian matrices take of their argument."""
    return 0.5 * (a + a.mH)


def hermitian_part(a: np.ndarray) -> np.ndarray:
    return 0.5 * (a + np.conj(np.swapaxes(a, -1, -2)))


def transposed(a: Any, axes: Any = None) -> Any:
    return a.permute(tuple(range(a.ndim))[::-1] if axes is None else tuple(axes))


def correlation(a: Any, v: Any, mode: str = "valid") -> Any:
    full = torch.conv1d(a[None, None], v.conj()[None, None], padding=len(v) - 1)[0, 0]
    length, short = max(len(a), len(v)), min(len(a), len(v))
    cut = {"full": 0, "valid": short - 1}.get(mode)
    return full if cut == 0 else full[cut:cut + length - short + 1]


def covariance(m: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    return torch.cov(m if rowvar or m.ndim < 2 else m.T, correction=(0 if bias else 1) if ddof is None else ddof)


TWINS: dict[str, Callable[..., Any]] = {
    "numpy.transpose": transposed, "numpy.cov": covariance,
    "numpy.corrcoef": lambda x, rowvar=True: torch.corrcoef(x if rowvar or x.ndim < 2 else x.T),
    "numpy.linalg.cholesky": lambda a, upper=False: torch.linalg.cholesky(hermitian(a), upper=upper),
    "numpy.outer": lambda a, b: torch.outer(a.ravel(), b.ravel()),
    "numpy.var": lambda a, axis=None, ddof=0, keepdims=False: torch.var(a, axis, correction=ddof, keepdim=keepdims),
    "numpy.std": lambda a, axis=None, ddof=0, keepdims=False: torch.std(a, axis, correction=ddof, keepdim=keepdims),
    "numpy.average": lambda a, weights: (a * weights).sum() / weights.sum(),
    "numpy.convolve": lambda a, v, mode="full": correlation(a, v.flip(0).conj(), mode),
    "numpy.linalg.norm": lambda x, ord=None, axis=None, keepdims=False: torch.linalg.norm(x, ord, axis, keepdims),
    "numpy.polyval": lambda p, x: sum(c * x ** (len(p) - 1 - k) for k, c in enumerate(p)),
    "numpy.concatenate": lambda arrays, axis=0: torch.cat(arrays, axis),
    "numpy.angle": lambda z, deg=False: torch.angle(z) * (180 / np.pi if deg else 1),
    "numpy.real_if_close": lambda a: a,
}

# The same name for something else: another convention, other factors, a choice of signs and phases, a decomposition
# that is stored otherwise. The derivative of a pseudoinverse that leaves singular values out counts them in,
# that of ldexp rounds 2.0**-1 to 0 (ours agree with differences).
OTHERS = {"numpy.ldexp", "numpy.linalg.pinv", "scipy.linalg._basic.pinv", "numpy.take", "numpy.vander",
          "numpy.linalg.eig", "numpy.linalg.eigh", "numpy.linalg.svd", "numpy.linalg.qr", "numpy.split",
          "numpy.array_split", "numpy.float_power"}


def complexified(call: Call) -> Call:
    """The call with an imaginary part added to every floating array."""
    rng = np.random.default_rng(12)

    def over(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(over(item) for item in value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return np.asarray(value + 1j * rng.uniform(0.3, 1.0, value.shape) * rng.choice([-1.0, 1.0], value.shape))
        return value
    return Call(tuple(over(arg) for arg in call.args), {name: over(value) for name, value in call.kwargs.items()})


def modules(row: Row) -> list[Any]:
    own = label(row)
    if "fft" in own:
        return [torch.fft]
    return [torch.linalg] if "linalg" in own else [torch, torch.special] if own.startswith("numpy") else [torch.special]


def twin_of(row: Row) -> Callable[..., Any] | None:
    """PyTorch's function, None without one."""
    if label(row) in TWINS:
        return TWINS[label(row)]
    name = RENAMED.get(row.name, row.name)
    return next((getattr(module, name) for module in modules(row) if hasattr(module, name)), None)


def wanted() -> Iterator[Any]:
    for family in [*rules.FAMILIES, *rules.ON_DEMAND]:
        for row in import_module(f"ad_compiler.rules.{family}").RULES:
            plain = row.kind != "zero" and row.samples is not None and not row.random and not row.writes
            of_library = label(row).partition(".")[0] in ("numpy", "scipy", "")
            if plain and of_library and label(row) not in OTHERS and twin_of(row) is not None:
                yield pytest.param(row, id=label(row))


def recorded(value: Any, leaves: list[Any]) -> Any:
    """The value with tensors for its floating and complex arrays, which are collected."""
    if isinstance(value, list | tuple):
        return type(value)(recorded(item, leaves) for item in value)
    if isinstance(value, np.ndarray):
        tensor = torch.tensor(np.array(value))  # which copies, whatever the strides
        if value.dtype.kind in "fc":
            leaves.append(tensor.requires_grad_())
        return tensor
    return value


def called(row: Row, twin: Callable[..., Any], call: Call, leaves: list[Any]) -> Any:
    """PyTorch's result; None where it does not take the call."""
    args = [recorded(arg, leaves) for arg in call.args]
    given = {name: recorded(value, leaves) for name, value in call.kwargs.items()}
    parameters = () if label(row) not in TWINS else inspect.signature(twin).parameters
    renamed = {name if name in parameters else AXIS.get(name, name): value for name, value in given.items()}
    named = {name: value for name, value in renamed.items() if value is not None}
    for more, options in (((), renamed), ((), named), (tuple(named.values()), {})):
        try:
            return twin(*args, *more, **options)
        except (TypeError, RuntimeError, IndexError, ValueError, NotImplementedError):
            continue
    return None


def numbers(tensor: Any) -> np.ndarray:
    return tensor.detach().resolve_conj().resolve_neg().numpy()


def compare(row: Row, twin: Callable[..., Any], call: Call) -> bool:
    """Whether PyTorch takes the call, and gives the same value; then the cotangents must be the same."""
    bound = row.bind(call.args, call.kwargs)
    try:
        out = harness.evaluate(row, bound)
    except Exception:  # not of complex numbers
        return False
    leaves: list[Any] = []
    theirs = called(row, twin, call, leaves)
    if not isinstance(theirs, torch.Tensor) or not isinstance(out, np.ndarray | np.generic) or not theirs.requires_grad:
        return False
    if theirs.shape != np.shape(out) or not np.allclose(numbers(theirs), out, rtol=1e-9, atol=1e-9, equal_nan=True):
        return False
    g = harness.cotangent(out)
    try:
        theirs.backward(torch.tensor(g).to(theirs.dtype))
    except RuntimeError:  # PyTorch has no derivative of it
        return False
    arrays = [(name, k, leaf) for name in bound for k, leaf in enumerate(harness.leaves(bound[name]))
              if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"]
    order = {id(leaf): k for k, leaf in enumerate(
        leaf for value in (*call.args, *call.kwargs.values()) for leaf in harness.leaves(value)
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc")}
    compared = False
    for name, k, leaf in arrays:
        grad = leaves[order[id(leaf)]].grad
        if name in row.operands and grad is not None:
            bar = harness.leaves(harness.pullback(row, bound, name, g))[k]
            where = f"{row.name} by {name}: {call}"
            np.testing.assert_allclose(bar, numbers(grad), rtol=1e-7, atol=1e-8, err_msg=where)
            compared = True
    return compared


@pytest.mark.parametrize("row", list(wanted()))
def test_gradients_of_complex_numbers_are_those_of_pytorch(row: Row) -> None:
    twin = twin_of(row)
    assert twin is not None
    samples = row.samples.calls()
    of_complex = [sample for call in samples for sample in (call, complexified(call))]
    if row.name == "eigvalsh":  # of another matrix, the entries of one triangle have derivatives here, not their mean
        of_complex = [Call((hermitian_part(call.args[0]),), call.kwargs) for call in of_complex]
    with np.errstate(all="ignore"):
        takes = sum(compare(row, twin, call) for call in of_complex)
    if not takes:
        pytest.skip("no sample that both take")


def test_many_rows_are_compared() -> None:
    assert len(list(wanted())) > 110
