"""Golden files: exact emitted texts, which are run too. `pytest --update-golden` rewrites them; review the diff."""
from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import ad_compiler as ad
from tests.golden.case import Case, cases, commented, name, read
from tests.golden.emitted import Emitted, get, inner, like, numbers, put
from tests.golden.stages import stages

EMITTED = cases()
SECOND_ORDER = [path for path in EMITTED if read(path).kind == "grad" and "f32[" not in path.read_text()]
FIRST_ORDER = {"float32": 2e-4, "default": 1e-7}


@pytest.fixture
def compare(request: pytest.FixtureRequest):
    """Compares with the file, or rewrites it."""
    def check(case: Case, text: str) -> None:
        if request.config.getoption("--update-golden"):
            case.rewrite(text)
        else:
            assert text == case.expected, f"{name(case.path)}: differs; see `pytest --update-golden`"

    return check


@pytest.mark.parametrize("path", EMITTED, ids=name)
def test_text(path: Path, tmp_path: Path, compare) -> None:
    case = read(path)
    emitted = Emitted(case, tmp_path)
    assert Emitted(case, tmp_path).text == emitted.text
    transform = {"grad": ad.value_and_grad, "gradient": ad.grad}.get(case.kind)
    if transform is not None:
        g = transform(emitted.function, argnums=case.wrt, on_unsupported="error")
        assert ad.source(g, **emitted.args) == emitted.text
    compare(case, emitted.text)


@pytest.mark.parametrize("path", EMITTED, ids=name)
def test_numbers(path: Path, tmp_path: Path) -> None:
    """What the file holds computes the derivative."""
    case = read(path)
    emitted = Emitted(case, tmp_path)
    directions = emitted.directions()
    expected = emitted.difference(directions)
    tolerance = FIRST_ORDER["float32" if "f32[" in case.settings["args"] else "default"]
    if case.kind == "jvp":
        given, hidden = emitted.inputs(emitted.fresh())
        _, out_dot = emitted.functions(case.expected)[0](*given, *directions.values(), **hidden)
        np.testing.assert_allclose(numbers(out_dot), expected, rtol=tolerance, atol=tolerance)
        return
    weights = np.ones(1) if case.kind in ("grad", "gradient") else np.linspace(0.5, 1.5, expected.size)
    out = emitted.function(**emitted.fresh())
    bars = emitted.bars(case.expected, like(out, weights))
    for path_, bar in zip(emitted.paths, bars, strict=True):
        leaf = get(emitted.args, path_)
        assert np.shape(bar) == np.shape(leaf), path_
        assert np.result_type(bar) == np.result_type(leaf), path_
    found = inner(bars, list(directions.values()))
    np.testing.assert_allclose(found, float(np.real(weights @ expected)), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("path", SECOND_ORDER, ids=name)
def test_second_derivative(path: Path, tmp_path: Path) -> None:
    """The Hessian times a vector, against differences of what the file holds."""
    case = read(path)
    emitted = Emitted(case, tmp_path)
    directions, others = emitted.directions(), list(emitted.directions(1).values())

    def slope(step: float) -> float:
        moved = emitted.fresh({path: step * d for path, d in directions.items()})
        return inner(emitted.bars(case.expected, [], moved), others)

    h = 1e-3
    expected = (8.0 * (slope(h) - slope(-h)) - (slope(2 * h) - slope(-2 * h))) / (12.0 * h)
    tangents = emitted.fresh()
    for path_, direction in directions.items():
        tangents = put(tangents, path_, direction)
    hvp = ad.hvp(emitted.function, argnums=case.wrt, on_unsupported="error")
    args = emitted.fresh()
    product = hvp(*args.values(), tuple(tangents[w] for w in case.wrt))
    by_name = dict(zip(case.wrt, product, strict=True))
    found = inner([get(by_name, path_) for path_ in emitted.paths], others)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("path", cases("ir"), ids=name)
def test_passes(path: Path, tmp_path: Path, compare) -> None:
    case = read(path)
    compare(case, stages(case, tmp_path))


@pytest.mark.parametrize("path", cases("errors"), ids=name)
def test_refusals(path: Path, tmp_path: Path, compare) -> None:
    """The exact message, with the program's name for the file."""
    case = read(path)
    function, args = case.load(tmp_path)
    with pytest.raises(ad.errors.CompileError) as caught:
        ad.grad(function, argnums=case.wrt, on_unsupported="error")(**args)
    compare(case, commented(str(caught.value).replace(f"{tmp_path}/", "")))


@pytest.mark.parametrize("path", [*EMITTED, *cases("ir", "errors")], ids=name)
def test_files_are_python_and_short(path: Path) -> None:
    text = path.read_text()
    ast.parse(text)
    assert len(text.splitlines()) <= 90
