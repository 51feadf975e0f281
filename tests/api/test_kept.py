"""Gradients from the disk cache: found again by an unchanged program, and by no other."""
from __future__ import annotations

import json
import linecache
import os
import subprocess
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.backend import store
from ad_compiler.errors import Diagnostic, UnsupportedError
from ad_compiler.interface import kept
from ad_compiler.interface.fingerprint import Doubt, fingerprint

PROGRAM = '''
import enum
import functools
from dataclasses import dataclass

import numpy as np
import kept_helpers as helpers
from kept_helpers import halve

SCALE = 3.0
AXIS = 0
KIND = "smooth"
ROUGH = False
WEIGHTS = np.array([1.0, 2.0, 3.0])
TABLE = {"a": 1.0, "b": 2.0}
LAYERS = (1.0, 2.0)


class Mode(enum.Enum):
    SINGLE = 1
    DOUBLE = 2


MODE = Mode.SINGLE


class Base:
    power = 2

    def bend(self, x):
        return x * x


class Model(Base):
    def __init__(self, rate):
        self.rate = rate

    @property
    def doubled(self):
        return 2.0 * self.rate

    def __call__(self, x):
        return self.rate * self.bend(x) + self.doubled


@dataclass
class Config:
    rate: float = 1.0
    flag: bool = True


MODEL = Model(0.5)
CONFIG = Config()


def shift(x, by=1.0, up=True):
    return x + by if up else x - by


def inner(x):
    return x * 2.0


def outer(x):
    # what inner does, and more
    return inner(x) + SCALE


def unrelated(x):
    return x


@functools.lru_cache
def cached(n):
    return n


def make(flag, factor):
    def closed(x):
        return np.sum(factor * x * x) if flag else np.sum(factor * x)
    return closed


closed = make(True, 2.0)
bound = functools.partial(shift, up=True)


def loss(x):
    y = outer(x) * WEIGHTS
    z = np.sum(y, axis=AXIS)
    if KIND == "smooth" and not ROUGH:
        z = z * z
    for value in LAYERS:
        z = z + value * TABLE["a"]
    z = z + helpers.twice(halve(z))
    if MODE is Mode.DOUBLE:
        z = z * 2.0
    z = z + np.sum(MODEL(x)) + np.sum(shift(x)) * (1.0 if CONFIG.flag else 2.0)
    return z + closed(x) + np.sum(bound(x)) + np.sum(x ** MODEL.power)
'''

HELPERS = '''
import numpy as np

FACTOR = 2.0


def thrice(z):
    return 3.0 * z


def twice(z):
    return FACTOR * np.sin(thrice(z))


def halve(z):
    return 0.5 * z
'''

X = np.array([0.1, 0.2, 0.3])


class Processes:
    """Runs programs as if each run were a process of its own: nothing is left in memory but the cache on disk."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch

    def load(self, text: str, name: str = "kept_program") -> types.ModuleType:
        """The module of a text."""
        path = self.folder / f"{name}.py"
        path.write_text(text)
        linecache.cache.pop(str(path), None)
        module = types.ModuleType(name)
        self.patch.setitem(sys.modules, name, module)
        exec(compile(text, str(path), "exec"), vars(module))
        return module

    def program(self, text: str = PROGRAM, helpers: str = HELPERS) -> types.ModuleType:
        kept._known.clear()
        self.load(helpers, "kept_helpers")
        return self.load(text)

    def run(self, text: str = PROGRAM, helpers: str = HELPERS, x: Any = X, **options: Any) -> tuple[Any, bool]:
        """The gradient of `loss`, and whether it came from the cache."""
        return gradient(self.program(text, helpers).loss, x, **options)


def gradient(function: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, bool]:
    """The value and gradient, checked against one that never sees the cache, and whether it came from there."""
    g = ad.value_and_grad(function, **options)
    found = g(*args)
    fresh = ad.value_and_grad(function, **options)
    fresh.keeps = False
    expected = fresh(*args)
    np.testing.assert_equal(found, expected)
    return found, bool(g.kept_used)


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    monkeypatch.setenv("AD_COMPILER_CACHE", str(tmp_path / "cache"))
    return Processes(tmp_path, monkeypatch)


def entries(processes: Processes) -> list[Path]:
    return [path for path in (processes.folder / "cache").rglob("*") if path.is_file()]


def test_the_same_program_is_found_again(processes: Processes) -> None:
    (first, hit) = processes.run()
    assert not hit
    (second, hit) = processes.run()
    assert hit
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(("old", "new"), [
    ("x * 2.0", "x * 2.5"),  # a helper's helper
    ("# what inner does, and more", "# something else"),  # comments go into the text
    ("return x * x\n", "return x * x * x\n"),  # a method of a base class
    ("2.0 * self.rate", "3.0 * self.rate"),  # a property
    ("self.rate * self.bend(x)", "self.rate - self.bend(x)"),
    ('KIND = "smooth"', 'KIND = "rough"'),
    ("ROUGH = False", "ROUGH = True"),
    ("AXIS = 0", "AXIS = -1"),  # a number whose value was used
    ("MODE = Mode.SINGLE", "MODE = Mode.DOUBLE"),
    ("SINGLE = 1", "SINGLE = 'one'"),
    ("flag: bool = True", "flag: bool = False"),
    ("by=1.0, up=True", "by=1.0, up=False"),
    ("partial(shift, up=True)", "partial(shift, up=False)"),
    ("make(True, 2.0)", "make(False, 2.0)"),
    ("make(True, 2.0)", "make(True, np.ones(3))"),
    ("LAYERS = (1.0, 2.0)", "LAYERS = (1.0, 2.0, 3.0)"),
    ("LAYERS = (1.0, 2.0)", "LAYERS = (1.0, 2)"),
    ('{"a": 1.0, "b": 2.0}', '{"a": 1.0, "c": 2.0}'),
    ("np.array([1.0, 2.0, 3.0])", "np.array([1.0, 2.0, 3.0], np.float32)"),
    ("np.array([1.0, 2.0, 3.0])", "np.array([3.0])"),
    ("SCALE = 3.0", "SCALE = np.float32(3.0)"),
    ("import halve", "import thrice as halve"),
    ("z = z * z", "z = z * z * z"),
    ("def unrelated(x):\n    return x", "def inner(x):\n    return x"),
])
def test_what_is_edited_is_compiled_anew(processes: Processes, old: str, new: str) -> None:
    assert old in PROGRAM
    processes.run()
    _, hit = processes.run(PROGRAM.replace(old, new))
    assert not hit
    _, hit = processes.run(PROGRAM.replace(old, new))
    assert hit


@pytest.mark.parametrize(("old", "new"), [("3.0 * z", "4.0 * z"), ("0.5 * z", "0.25 * z"), ("np.sin", "np.cos")])
def test_an_edited_helper_in_another_module_is_seen(processes: Processes, old: str, new: str) -> None:
    processes.run()
    _, hit = processes.run(helpers=HELPERS.replace(old, new))
    assert not hit


@pytest.mark.parametrize(("old", "new"), [
    ("SCALE = 3.0", "SCALE = 4.0"),  # numbers are read anew at each call
    ("np.array([1.0, 2.0, 3.0])", "np.array([4.0, 2.0, 3.0])"),
    ("Model(0.5)", "Model(0.75)"),
    ("make(True, 2.0)", "make(True, 5.0)"),
    ('{"a": 1.0, "b": 2.0}', '{"a": 3.0, "b": 2.0}'),
    ("def unrelated(x):\n    return x", "def unrelated(x):\n    return -x"),
    ("SCALE = 3.0", "\n\n\nSCALE = 3.0"),
    ("rate: float = 1.0", "rate: float = 2.0"),
    ("power = 2", "power = 3"),
])
def test_what_does_not_matter_does_not_matter(processes: Processes, old: str, new: str) -> None:
    assert old in PROGRAM
    processes.run()
    _, hit = processes.run(PROGRAM.replace(old, new))
    assert hit


@pytest.mark.parametrize("x", [
    np.array([0.1, 0.2, 0.3], np.float32), np.ones((2, 3)), np.ones((3, 3)), np.ones(6)[::2], np.ones(1),
])
def test_another_signature_is_another_entry(processes: Processes, x: np.ndarray) -> None:
    processes.run()
    text = PROGRAM.replace("return z +", "return np.sum(z) +")
    processes.run(text)
    _, hit = processes.run(text, x=x)
    assert not hit
    _, hit = processes.run(text, x=x.copy(order="K") if x.strides != (16,) else x)
    assert hit


def test_options_are_in_the_key(processes: Processes) -> None:
    processes.run()
    assert not processes.run(mode="slow")[1]
    assert processes.run(mode="slow")[1]
    assert not processes.run(on_unsupported="error")[1]
    assert processes.run()[1]


@pytest.mark.parametrize("what", ["version", "numpy"])
def test_versions_are_in_the_key(processes: Processes, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    processes.run()
    kept.versions.cache_clear()
    if what == "numpy":
        monkeypatch.setattr(np, "__version__", "9.9")
    else:
        monkeypatch.setattr(kept, "_own_files", lambda folder: ["another text"])
    assert not processes.run()[1]
    kept.versions.cache_clear()
    monkeypatch.undo()


def test_integers_by_type_and_by_value(processes: Processes) -> None:
    text = "import numpy as np\n\ndef loss(x, n, axis):\n    return np.sum(np.sum(x * n, axis=axis) ** 2)\n"
    x = np.arange(6.0).reshape(2, 3)
    for axis, expected in [(0, False), (0, True), (1, False), (1, True), (0, True)]:
        assert gradient(processes.program(text).loss, x, 2, axis)[1] is expected
    text = "def loss(x, n):\n    for i in range(n):\n        x = x * x + n\n    return x\n"
    for args, expected in [((0.5, 2), False), ((0.5, 3), True)]:  # a bound of a loop is a number like any other
        assert gradient(processes.program(text).loss, *args)[1] is expected


def test_what_is_rebound_in_this_process_is_seen(processes: Processes) -> None:
    processes.run()
    program = processes.program()
    g = ad.grad(program.loss)
    before = g(X)
    assert g.kept_used
    program.SCALE = 5.0
    assert not np.array_equal(g(X), before)
    np.testing.assert_array_equal(g(X), ad.grad(program.loss)(X))
    program.inner = lambda x: x * 7.0
    again = g(X)
    np.testing.assert_array_equal(again, np.asarray(gradient(program.loss, X)[0][1]))
    program.AXIS = -1
    np.testing.assert_array_equal(g(X), np.asarray(gradient(program.loss, X)[0][1]))


def test_new_function_objects_of_one_code_share_an_entry(processes: Processes) -> None:
    text = ("import numpy as np\n\ndef make(batch, flag):\n    def loss(w):\n"
            "        return np.sum((batch @ w) ** 2) if flag else np.sum(batch @ w)\n    return loss\n")
    gradient(processes.program(text).make(np.eye(3), True), X)
    make = processes.program(text).make
    for step in range(3):
        g = ad.grad(make(np.eye(3) * (step + 1.0), True))
        np.testing.assert_allclose(g(X), 2.0 * (step + 1.0) ** 2 * X)
        assert g.kept_used
    g = ad.grad(make(np.eye(3), False))
    np.testing.assert_allclose(g(X), np.ones(3))
    assert not g.kept_used


def test_source_report_and_module_are_there_on_a_hit(processes: Processes, tmp_path: Path) -> None:
    text = ("import numpy as np\n\ndef loss(x, w):\n    for i in range(3):\n        x = np.sin(x) * w['a']\n"
            "    return np.sum(x)\n")
    w = {"a": np.ones(3)}
    g = ad.grad(processes.program(text).loss)
    g(X, w)
    expected = g.source
    g = ad.grad(processes.program(text).loss)
    g(X, w)
    assert g.kept_used
    assert g.source == expected
    assert g.report().backend == "numpy"
    assert not g.kept_used
    assert g.source == expected
    other = ad.grad(processes.program(text).loss)
    other(X, w)
    other.save(tmp_path / "saved.py")
    assert "def loss_grad(" in (tmp_path / "saved.py").read_text()
    assert ad.source(other, X, w) == expected


def test_tracebacks_show_the_emitted_text(processes: Processes) -> None:
    text = "import numpy as np\n\ndef loss(x, y):\n    return np.sum(np.linalg.solve(x, y))\n"
    gradient(processes.program(text).loss, np.eye(2), np.ones(2))
    g = ad.grad(processes.program(text).loss)
    with pytest.raises(np.linalg.LinAlgError) as raised:
        g(np.zeros((2, 2)), np.ones(2))
    frames = traceback.extract_tb(raised.value.__traceback__)
    lines = [frame.line or "" for frame in frames if "ad_compiler loss" in frame.filename]
    assert any("np.linalg.solve(x, y)" in line for line in lines)


def test_errors_of_arguments_are_the_same(processes: Processes) -> None:
    processes.run()
    g = ad.grad(processes.program().loss)
    with pytest.raises(TypeError, match="convert to float"):
        g(np.arange(3))
    with pytest.raises(TypeError):
        g()
    text = "def loss(x, y):\n    x[0] = 2.0 * y[0]\n    return x[0] * x[1]\n"
    gradient(processes.program(text).loss, X.copy(), X.copy())
    shared = X.copy()
    g = ad.grad(processes.program(text).loss)
    g(X.copy(), X.copy())
    assert g.kept_used
    with pytest.raises(ValueError, match="share memory"):
        g(shared, shared[:])


def test_derivatives_of_a_kept_gradient(processes: Processes) -> None:
    text = "import numpy as np\n\ndef loss(x):\n    return np.sum(x ** 3)\n"
    gradient(processes.program(text).loss, X)
    g = ad.grad(processes.program(text).loss)
    g(X)
    assert g.kept_used
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(g(x)))(X), 6.0 * X)


def test_after_many_calls_the_compiler_is_asked(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MANY", 4)
    processes.run()
    program = processes.program()
    g = ad.grad(program.loss)
    expected = g(X)
    for _ in range(8):
        np.testing.assert_array_equal(g(X), expected)
    assert g.fast


@pytest.mark.parametrize("payload", [b"", b"nonsense", b"by value"])
def test_an_entry_that_makes_no_sense_is_rebuilt(processes: Processes, payload: bytes) -> None:
    processes.run()
    [path] = entries(processes)
    key = path.parent.name + path.name
    store.save("source", key, payload)
    assert not processes.run()[1]
    assert processes.run()[1]


@pytest.mark.parametrize("damage", ["cut", "foreign"])
def test_a_damaged_entry_is_rebuilt(processes: Processes, damage: str) -> None:
    processes.run()
    [path] = entries(processes)
    path.write_bytes(path.read_bytes()[:-20] if damage == "cut" else b"import os\n")
    assert not processes.run()[1]
    assert processes.run()[1]


def test_switched_off(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")
    assert not processes.run()[1]
    assert not processes.run()[1]
    assert not (processes.folder / "cache").exists()


@pytest.mark.parametrize("body", [
    "rng = np.random.default_rng(0)\n\ndef loss(x):\n    return np.sum(x * len(rng.bit_generator.state))",
    "info = np.finfo(float)\n\ndef loss(x):\n    return np.sum(x * info.eps)",
    "def loss(x):\n    return np.sum(x * eval('2.0'))",
    "def loss(x):\n    import kept_nowhere\n    return np.sum(x)",
])
def test_what_cannot_be_judged_is_not_kept(processes: Processes, body: str) -> None:
    program = processes.program(f"import numpy as np\n\n{body}\n")
    with pytest.raises(Doubt):
        fingerprint(program.loss)


@pytest.mark.parametrize(("body", "old", "new"), [
    ("from numpy import sum, dot\n\ndef loss(x):\n    return sum(x * 2.0) + dot(x, x)", "sum, dot", "max as sum, dot"),
    ("class Pair(typing.NamedTuple):\n    left: float\n    right: float\n\ndef loss(x):\n    p = Pair(x, 2.0 * x)\n"
     "    return np.sum(p.left * p.right)", "left: float\n    right: float", "right: float\n    left: float"),
    ("@dataclasses.dataclass\nclass Bag:\n    items: list = dataclasses.field(default_factory=list)\n\n"
     "def loss(x):\n    b = Bag()\n    b.items.append(x)\n    return np.sum(b.items[0])",
     "default_factory=list", "default_factory=lambda: []"),
    ("@np.vectorize\ndef bend(v):\n    return v * 2.0\n\ndef loss(x):\n    return np.sum(bend(x))", "2.0", "3.0"),
    ("class Kind(enum.Enum):\n    A = 'a'\n\ndef loss(x):\n    return np.sum(x) if Kind.A.value == 'a' else x[0]",
     "A = 'a'", "A = 'b'"),
    ("def tell(f):\n    @functools.wraps(f)\n    def told(x):\n        return f(x)\n    return told\n\n"
     "@tell\ndef bend(x):\n    return x * 2.0\n\ndef loss(x):\n    return np.sum(bend(x))", "x * 2.0", "x * 3.0"),
    ("class Meta(type):\n    rate = 'a'\n\nclass Box(metaclass=Meta):\n    pass\n\n"
     "def loss(x):\n    return np.sum(x) if Box.rate == 'a' else x[0]", "'a'\n\nclass", "'b'\n\nclass"),
])
def test_an_edit_changes_the_digest_or_is_doubtful(processes: Processes, body: str, old: str, new: str) -> None:
    head = "import dataclasses\nimport enum\nimport functools\nimport typing\n\nimport numpy as np\n\n"
    assert old in body
    digests = set()
    for text in (body, body.replace(old, new)):
        try:
            digests.add(fingerprint(processes.program(f"{head}{text}\n").loss).digest)
        except Doubt:
            return
    assert len(digests) == 2


def test_getattr_by_computed_names_takes_in_everything(processes: Processes) -> None:
    text = ("import numpy as np\n\nclass Box:\n    def __init__(self):\n        self.part_one = 'a'\n\nBOX = Box()\n\n"
            "def loss(x):\n    return np.sum(x * (2.0 if getattr(BOX, 'part_' + 'one') == 'a' else 3.0))\n")
    digests = {fingerprint(processes.program(t).loss).digest for t in (text, text.replace("= 'a'", "= 'b'"))}
    assert len(digests) == 2


def test_programs_on_the_tape_are_not_kept(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise UnsupportedError(Diagnostic("AD199", None, "not today"))

    monkeypatch.setattr(pipeline, "_compile_reverse", refuse)
    for _ in range(2):
        g = ad.grad(processes.program("def loss(x):\n    return x * x\n").loss)
        with pytest.warns(match="runs on the tape"):
            assert g(3.0) == 6.0
    assert entries(processes) == []


SECOND = """
import json, sys
import numpy as np
import kept_second
import ad_compiler as ad
g = ad.grad(kept_second.loss)
print(json.dumps([g(np.array([0.1, 0.2, 0.3])).tolist(), bool(g.kept_used), sorted(sys.modules)]))
"""


def test_a_second_process_imports_no_compiler(processes: Processes) -> None:
    (processes.folder / "kept_second.py").write_text(
        "import numpy as np\n\n\ndef loss(x):\n    # comments need a parser to be read\n    return np.sum(x * x)\n")
    path = os.pathsep.join([str(processes.folder), *sys.path])

    def start() -> tuple[Any, bool, set[str]]:
        out = subprocess.check_output([sys.executable, "-c", SECOND], env={**os.environ, "PYTHONPATH": path}, text=True)
        found, hit, loaded = json.loads(out)
        return found, hit, set(loaded)

    first, hit, loaded = start()
    assert not hit
    assert "ad_compiler.pipeline" in loaded
    second, hit, loaded = start()
    assert hit
    assert first == second
    bare = subprocess.check_output([sys.executable, "-c", "import json, numpy, sys; print(json.dumps([*sys.modules]))"],
                                   env={**os.environ, "PYTHONPATH": path}, text=True)
    loaded -= set(json.loads(bare))  # (an editable installation has a finder of its own, with imports)
    assert loaded.isdisjoint({"libcst", "platformdirs", "hashlib", "dataclasses", "pathlib"})
    compiler = ("ad_compiler.ir", "ad_compiler.rules", "ad_compiler.frontend", "ad_compiler.pipeline")
    assert not {name for name in loaded if name.startswith(compiler)}
