"""No option is dropped in silence: every keyword of every function is read, harmless, or refused.

The keywords are those of the functions' own signatures, so one that a new version brings is asked about here.
"""
from __future__ import annotations

import copy
import importlib.util
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import UnsupportedError
from ad_compiler.rules import coverage, written
from ad_compiler.rules.row import Row
from ad_compiler.rules.written.options import HARMLESS, ignored
from tests.rules import harness
from tests.rules.test_compiled_rows import Program
from tests.rules.test_rows import rows_of_all_libraries
from tests.rules.test_written import names as definitions

# Values that are not the default, to be tried for an option of this name; the first that NumPy takes counts.
VALUES: dict[str, tuple[Any, ...]] = {
    "axis": (0, 1, -1), "axes": ((1, 0), (0,), 1), "descending": (True,), "check_bounds": (True,), "steps": (2,),
    "axis1": (1,), "axis2": (0,), "axisa": (0,), "axisb": (0,),
    "axisc": (0,), "keepdims": (True,), "dtype": ("f4", "c16"), "order": ("F",), "ddof": (1,), "correction": (1,),
    "initial": (0.7,), "k": (1, 2), "offset": (1,), "n": (2, 3), "norm": ("ortho",), "s": ((2, 2), (2,)),
    "method": ("lower", "cholesky", "direct"), "mode": ("same", "wrap", "clip", "reduced", "edge", "r"),
    "overwrite_input": (True,), "weights": (), "returned": (True,), "decimals": (1,), "edge_order": (2,),
    "dx": (0.3,), "x": (), "period": (3.1,), "discont": (2.5,), "left": (0.2,), "right": (0.3,), "kind": ("stable",),
    "stable": (True,), "assume_unique": (True,), "copy": (True, False), "ndmin": (3,), "subok": (True,), "nan": (0.4,),
    "posinf": (2.0,), "neginf": (-2.0,), "tol": (1e-9, 50), "deg": (True,), "where": (True,), "indexing": ("ij",),
    "sparse": (True,), "rcond": (0.2,), "rtol": (0.2,), "hermitian": (), "full_matrices": (False,),
    "compute_uv": (False,), "UPLO": ("U",), "uplo": ("U",), "upper": (True,), "ord": (1, 2, "fro"), "p": (1,),
    "ind": (1,),
    "optimize": (True,), "casting": ("unsafe",), "out": (None,), "shift": (1,), "return_index": (True,),
    "return_inverse": (True,), "return_counts": (True,), "equal_nan": (False,), "sorted": (False,), "like": (None,),
    "interpolation": (), "bias": (True,), "rowvar": (False,), "fweights": (), "aweights": (), "y": (), "fill": (0.0,),
    "include_initial": (True,), "N": (3,), "increasing": (True,), "density": (True,), "range": ((0.0, 1.0),),
    "bins": (2,), "minlength": (7,), "m": (2,), "full": (True,), "cov": (True,), "w": (), "mean": (),
    "reflect_type": ("odd",), "constant_values": (0.3,), "end_values": (0.3,), "stat_length": (2,), "shape": ((3, 2),),
    "strides": (), "writeable": (False,), "device": ("cpu",), "requirements": ("C",), "endpoint": (False,),
    "num": (4,), "retstep": (True,), "base": (3.0,), "start": (1,), "prepend": (0.2,), "append": (0.4,),
    "to_begin": (0.2,), "to_end": (0.3,), "offsets": (1,), "bitorder": (), "signature": (), "stream": (None,),
    "side": ("right",), "sorter": (), "axisb_": (), "count": (2,), "max": (1.0,), "min": (0.5,), "a_min": (0.5,),
    "a_max": (1.0,), "obj": (), "varargs": (), "trim": ("f",), "a": (), "b": (), "repeats": (), "size": (),
    "extobj": (), "default": (0.3,), "scl": (2.0,), "boundary": ("symm", "wrap"), "fillvalue": (0.4,), "zi": (),
    "type": (3,),
    "pivoting": (True,), "lapack_driver": ("gesvd", "gelsy"), "subset_by_index": ((0, 1), [0, 1]),
    "subset_by_value": ((0.0, 4.0),),
    "reverse": (True,), "mod": (), "homogeneous_eigvals": (True,), "skip_nan": (True,), "blocksize": (),
    "plan": (None,), "overwrite_data": (True,), "x0": (), "atol": (1e-3,), "maxiter": (100,), "M": (),
    "callback": (), "restart": (5,), "callback_type": ("legacy",), "ndmax": (2,), "stop": (4.0,), "ext": (1, 3),
    "left_": (), "right_": (), "extrapolate": (False, "periodic"), "orthogonalize": (True,), "allow_singular": (True,),
    "cond": (0.1,), "inverse": (True,), "conjugate": (True,), "trans": (1,), "assume_a": ("sym",),
    "return_rank": (True,), "return_sign": (True,), "lower": (True,),
    "c": (), "q": (), "t": (), "lbnd": (0.5,), "tensor": (False,),
    "kwargs": (), "dimensions": (), "loc": (0.3,), "scale": (1.4,), "beta": (2.0,),
}


class WithOption(Program):
    """A program of one call with one more option; its derivatives are compared with differences of itself."""

    def __init__(self, row: Row, call: Any, name: str, value: Any) -> None:
        super().__init__(row, call)
        shown = f"np.dtype({value!r})" if name == "dtype" else repr(value)
        self.call = f"{self.call[:-1]}, {name}={shown})"
        self.call = self.call.replace("(, ", "(")

    def text(self) -> str:
        first = "r[0] if isinstance(r, (tuple, list)) else r"
        return (f"def program({', '.join(self.arguments)}):\n    r = {self.call}\n"
                f"    return {first if isinstance(self.result, (tuple, list)) else 'r'}\n")


def options() -> Iterator[Any]:
    """Every keyword of every row's function that the row's samples leave at its default."""
    for row in rows_of_all_libraries():
        if row.writes or row.random or not row.samples.calls():
            continue
        try:
            own = inspect.signature(row.function).parameters.values()
        except (ValueError, TypeError):
            own = []
        given = {name for call in row.samples.calls() for name in call.kwargs}
        for p in own:
            if p.default is not p.empty and p.name not in {*row.operands, *given, *HARMLESS}:
                yield pytest.param(row, p.name, id=f"{coverage.named(row.function)}-{p.name}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("row", "name"), list(options()))
def test_option_is_respected_or_refused(row: Row, name: str, tmp_path: Path) -> None:
    assert name in VALUES, f"a new option: say here what to try for {name}="
    for value in VALUES[name]:
        for call in row.samples.calls()[:3]:
            program = WithOption(row, call, name, value)
            if program.active and _check(program, tmp_path):
                return


# Functions that read one triangle: only symmetric directions mean anything to them.
TRIANGULAR = ("eigh", "eigvalsh", "cholesky", "cho_factor", "logpdf", "solve", "inv")


def symmetric(row: Row, u: np.ndarray) -> np.ndarray:
    """A direction in which a function of symmetric matrices has a derivative."""
    square = u.ndim >= 2 and u.shape[-1] == u.shape[-2]
    return (u + np.conj(np.swapaxes(u, -1, -2))) / 2 if square and row.name in TRIANGULAR else u


def _check(program: WithOption, folder: Path) -> bool:
    """Whether NumPy takes the call; where it does, the derivative is right or refused."""
    function = program.load(folder / "option.py")
    arguments = list(program.arguments.values())
    try:
        with np.errstate(all="ignore"):
            out = np.asarray(function(*copy.deepcopy(arguments)))  # some options overwrite their arguments
    except (TypeError, ValueError, np.linalg.LinAlgError, IndexError):
        return False
    if out.dtype.kind not in "fc":
        return False
    rng = np.random.default_rng(2)
    directions = [symmetric(program.row, harness.direction(a, rng)) for a in arguments]
    w = harness.direction(out, rng)
    single = any(np.asarray(a).dtype.char in "fF" for a in (*arguments, out))
    step, tolerance = (2e-2, 5e-3) if single else (1e-4, 1e-5)

    def at(amount: float) -> float:
        moved = [np.asarray(a + amount * u) if isinstance(a, np.ndarray) else a + amount * u
                 for a, u in zip(arguments, directions, strict=True)]
        return float(np.sum(np.real(np.conj(w) * function(*moved))))

    with np.errstate(all="ignore"):
        near, far = (at(step) - at(-step)) / (2 * step), (at(2 * step) - at(-2 * step)) / (4 * step)
        expected = (4 * near - far) / 3
        if abs(near - far) > 0.1 * (1 + abs(near)):
            return False  # a jump between the points, or a tolerance that the option made coarse
        try:
            value, pullback = ad.vjp(function, *copy.deepcopy(arguments))
            bars = pullback(w if w.ndim else w[()])
        except (UnsupportedError, TypeError, ValueError, NotImplementedError):
            return True  # refused
    np.testing.assert_allclose(np.asarray(value), out)
    got = sum(float(np.sum(np.real(np.conj(np.asarray(b)) * u)))
              for b, u in zip(bars if isinstance(bars, tuple) else (bars,), directions, strict=True))
    assert np.isclose(got, expected, rtol=tolerance, atol=tolerance * (1 + abs(expected))), program.call
    return True


@pytest.mark.parametrize("function", definitions())
def test_definition_reads_its_options(function: Any) -> None:
    """What the body does not read is harmless, or refused as soon as it is given."""
    found = written.find(function)
    assert found is not None
    for name in ignored(found.body):
        if name not in HARMLESS and name not in found.harmless and name not in found.covered:
            needed = [1.0 for p in inspect.signature(found.body).parameters.values()
                      if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
            body = written.definition(function, tuple(needed), {name: "something else"})
            if body is None:
                continue  # the function has a row, which knows the option
            assert body.__name__ == "refused", name
            with pytest.raises(NotImplementedError, match=f"without {name}="):
                body()


@pytest.mark.parametrize("family", [*written.FAMILIES, *written.ON_DEMAND])
def test_methods_of_definitions_read_their_options(family: str) -> None:
    if importlib.util.find_spec(written.ON_DEMAND.get(family, "numpy").split(".")[0]) is None:
        pytest.skip("not installed")
    module = import_module(f"ad_compiler.rules.written.{family}")
    for kind in (v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__):
        for name, method in vars(kind).items():
            if hasattr(method, "__code__") and name != "__init__":
                assert [option for option in ignored(method) if option not in HARMLESS] == [], f"{kind.__name__}.{name}"


@pytest.mark.parametrize("function", definitions())
def test_positions_of_a_definition_are_the_functions_own(function: Any) -> None:
    found = written.find(function)
    assert found is not None
    try:
        own = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return
    if any(p.kind is p.VAR_POSITIONAL for p in own):
        return
    places = [p for p in own if p.kind is not p.KEYWORD_ONLY and p.name != "self"]
    for k, parameter in enumerate(inspect.signature(found.body).parameters.values()):
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name in {p.name for p in own}:
            keyword_only = all(p.name != parameter.name for p in places)
            assert keyword_only or places[k].name == parameter.name, parameter.name
