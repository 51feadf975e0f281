"""The disk cache: damaged entries, programs that cannot be judged or kept, and a second process."""
from __future__ import annotations

import json
import linecache
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.backend import store
from ad_compiler.errors import Diagnostic, UnsupportedError
from ad_compiler.interface.fingerprint import Doubt, fingerprint
from tests.house.tree import ROOT

from .keeping import Processes, entries


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


@pytest.mark.parametrize(("body", "old", "new"), [
    ("class Kind(enum.Enum):\n    A = 2\n\ndef loss(x):\n    return np.sum(x) * Kind.A.value", "A = 2", "A = 3"),
    ("class Kind(enum.Enum):\n    A = 2.0\n    B = 3.0\n\ndef loss(x):\n    for kind in Kind:\n"
     "        x = x * kind.value\n    return np.sum(x)", "B = 3.0", "B = 4.0"),
    ("class Kind(enum.Enum):\n    A = 2\n    B = 3\n\ndef loss(x):\n    for kind in Kind:\n"
     "        x = x ** kind.value + 1.0\n    return np.sum(x)", "A = 2\n    B = 3", "B = 3\n    A = 2"),
    ("class Kind(enum.Enum):\n    A = (2.0, 'a')\n\nKIND = Kind.A\n\ndef loss(x):\n"
     "    return np.sum(x) * KIND.value[0]", "2.0, 'a'", "3.0, 'a'"),
    ("class Kind(enum.IntEnum):\n    A = 2\n    B = 3\n\nKIND = Kind.A\n\ndef loss(x):\n"
     "    return np.sum(x) * 2.0 if KIND is Kind.A else np.sum(x)", "KIND = Kind.A", "KIND = Kind.B"),
    ("class Kind(enum.StrEnum):\n    A = 'a'\n    B = 'b'\n\nKIND = Kind.A\n\ndef loss(x):\n"
     "    return np.sum(x) * 2.0 if KIND is Kind.A else np.sum(x)", "KIND = Kind.A", "KIND = Kind.B"),
    ("class Kind(enum.Flag):\n    A = 1\n    B = 2\n\nKIND = Kind.A | Kind.B\n\ndef loss(x):\n"
     "    return np.sum(x) * KIND.value", "KIND = Kind.A | Kind.B", "KIND = Kind.B"),
    ("class Kind(enum.Enum):\n    A = 2\n\n    def __init__(self, n):\n        self.rate = 1.0 * n\n\n"
     "def loss(x):\n    return np.sum(x) * Kind.A.rate", "1.0 * n", "2.0 * n"),
])
def test_an_enumeration_counts_with_its_numbers(processes: Processes, body: str, old: str, new: str) -> None:
    assert old in body
    digests = []
    for text in (body, body, body.replace(old, new)):
        program = processes.program(f"import enum\n\nimport numpy as np\n\n{text}\n")
        digests.append(fingerprint(program.loss).digest)
    assert digests[0] == digests[1] != digests[2]


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


@pytest.mark.parametrize("name", ["profile", "statistics", "runtime"])
def test_a_module_of_the_user_may_have_the_name_of_a_library(name: str, tmp_path: Path) -> None:
    """It counts by what it says, not by its name, so an edit is seen."""
    (tmp_path / "main.py").write_text(
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport ad_compiler as ad\nfrom {name} import f\n"
        "def loss(x):\n    return f(x) * 2.0\nprint(ad.grad(loss)(2.0))\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AD_COMPILER_CACHE": str(tmp_path / "cache"),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    for body, slope in (("3.0 * x * x", "24.0"), ("7.0 * x", "14.0")):
        (tmp_path / f"{name}.py").write_text(f"def f(x):\n    return {body}\n")
        found = subprocess.check_output([sys.executable, str(tmp_path / "main.py")], env=environment, text=True)
        assert found.strip() == slope


def test_what_is_typed_into_a_module_of_a_library_is_no_part_of_it() -> None:
    space: dict[str, object] = {"__name__": "ad_compiler.api"}
    digests = []
    for body in ("x * x", "x * x * x"):
        file, text = f"<example {body}>", f"def f(x): return {body}\n"
        linecache.cache[file] = (len(text), None, [text], file)
        exec(compile(text, file, "exec"), space)
        digests.append(fingerprint(space["f"]).digest)  # type: ignore[arg-type]
        del linecache.cache[file]
    assert digests[0] != digests[1]
