"""The disk cache: what counts as an entry, who may read it, and that no fault of the disk is an error."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ad_compiler.backend import store

KEY = "0123456789" * 4


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AD_COMPILER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def entry(root: Path) -> Path:
    [found] = [path for path in root.rglob("*") if path.is_file()]
    return found


def test_what_is_saved_is_loaded(root: Path) -> None:
    assert store.load("kind", KEY) is None
    for payload in (b"", b"text\0\xff" * 1000):
        assert store.save("kind", KEY, payload)
        assert store.load("kind", KEY) == payload
    assert store.load("other", KEY) is None
    store.discard("kind", KEY)
    store.discard("kind", KEY)
    assert store.load("kind", KEY) is None


def test_only_this_user_may_look(root: Path) -> None:
    store.save("kind", KEY, b"secret")
    assert root.stat().st_mode & 0o777 == 0o700
    assert entry(root).stat().st_mode & 0o777 == 0o600
    assert entry(root).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_folder_that_others_may_write_into_is_not_used(root: Path, mode: int) -> None:
    store.save("kind", KEY, b"code")
    root.chmod(mode)
    assert store.load("kind", KEY) is None
    assert not store.save("kind", KEY, b"code")
    root.chmod(0o700)
    assert store.load("kind", KEY) == b"code"


def test_a_file_of_another_user_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save("kind", KEY, b"code")
    real = os.getuid()
    owners = iter([real, real + 1])  # the folder is ours, the file is not
    monkeypatch.setattr(os, "getuid", lambda: next(owners, real))
    assert store.load("kind", KEY) is None


@pytest.mark.parametrize("damage", ["cut", "longer", "flip", "empty", "foreign", "kind", "key"])
def test_damage_is_seen(root: Path, damage: str) -> None:
    store.save("kind", KEY, b"payload" * 50)
    path = entry(root)
    data = path.read_bytes()
    other = store.MAGIC + store.checksum("other", KEY, b"x") + b"x"
    renamed = store.MAGIC + store.checksum("kind", KEY[::-1], b"x") + b"x"
    path.write_bytes({
        "cut": data[:-1], "longer": data + b"x", "flip": data[:-9] + b"Z" + data[-8:], "empty": b"",
        "foreign": b"#!/bin/sh\necho\n", "kind": other, "key": renamed}[damage])
    assert store.load("kind", KEY) is None


def test_a_folder_in_the_place_of_an_entry_is_no_entry(root: Path) -> None:
    store.save("kind", KEY, b"code")
    path = entry(root)
    path.unlink()
    path.mkdir()
    assert store.load("kind", KEY) is None
    assert not store.save("kind", KEY, b"code")
    assert not list(root.rglob("*.tmp"))


@pytest.mark.parametrize("word", ["off", "OFF", "0", "none", "", "  "])
def test_it_can_be_switched_off(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AD_COMPILER_CACHE", word)
    monkeypatch.chdir(tmp_path)
    assert store.folder() is None
    assert not store.save("kind", KEY, b"code")
    assert store.load("kind", KEY) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("home", [None, "given"])
def test_the_folder_is_the_one_that_platformdirs_names(
    home: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.delenv("AD_COMPILER_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.folder() == platformdirs.user_cache_dir("ad_compiler", appauthor=False)


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of this system is no variable's")
def test_a_relative_cache_folder_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # as the XDG specification has it, and newer versions of platformdirs
    monkeypatch.delenv("AD_COMPILER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert store.folder() == os.path.expanduser("~/.cache/ad_compiler")


def test_other_systems_ask_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name, appauthor: f"there/{name}/{appauthor}")
    assert store.user_cache() == "there/ad_compiler/False"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert store.user_cache() == os.path.expanduser("~/Library/Caches/ad_compiler")


def test_a_disk_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AD_COMPILER_CACHE", str(tmp_path / "file" / "cache"))
    assert not store.save("kind", KEY, b"code")
    assert store.load("kind", KEY) is None
    monkeypatch.setenv("AD_COMPILER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    assert not store.save("kind", KEY, b"code")
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_the_longest_unused_go_first(root: Path) -> None:
    keys = [f"{i:040x}" for i in range(6)]
    for age, key in enumerate(keys):
        store.save("kind", key, bytes(1000))
        os.utime(store.place(str(root), "kind", key), (time.time() - 1e6 + age,) * 2)
    assert store.load("kind", keys[0]) is not None  # read: now it is the youngest
    store.sweep(str(root), 3500)
    assert [key for key in keys if store.load("kind", key)] == [keys[0], keys[4], keys[5]]


def test_sweeping_takes_scraps_and_leaves_what_is_not_ours(root: Path) -> None:
    store.save("kind", KEY, b"code")
    scrap = Path(f"{entry(root)}.1-2.tmp")
    scrap.write_bytes(b"half")
    (root / "notes.txt").write_text("a user's own")
    (root / "kind" / "thesis.tmp").write_text("a user's own")
    store.sweep(str(root))
    assert scrap.exists()  # another process may be writing it
    os.utime(scrap, (time.time() - 2 * store.SCRAP_AGE,) * 2)
    store.sweep(str(root), 0)
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == ["notes.txt", "thesis.tmp"]


def test_the_size_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AD_COMPILER_CACHE_MEGABYTES", "0.01")
    assert store.size_limit() == 10485
    for i in range(8):
        store._swept.discard(str(root))  # as if each were saved by a process of its own
        store.save("kind", f"{i:040x}", bytes(3000))
    assert sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) <= 10485
    monkeypatch.setenv("AD_COMPILER_CACHE_MEGABYTES", "many")
    assert store.size_limit() == store.MEGABYTES * 2**20


def test_a_killed_writer_leaves_no_entry(root: Path) -> None:
    """A process that dies while it writes: the next one finds nothing, and can save."""
    code = ("import os\nfrom ad_compiler.backend import store\n"
            "os.replace = lambda *_: os._exit(9)\n"
            f"store.save('kind', {KEY!r}, b'code')\n")
    assert subprocess.run([sys.executable, "-c", code], env=os.environ.copy()).returncode == 9
    assert len(list(root.rglob("*.tmp"))) == 1
    assert store.load("kind", KEY) is None
    assert store.save("kind", KEY, b"code")
    assert store.load("kind", KEY) == b"code"


def test_parts_of_a_key_are_told_apart() -> None:
    several = [("ab", "c"), ("a", "bc"), ("abc",), ("ab", b"c", "")]
    assert len({store.digest(*parts) for parts in several}) == 4
    assert len(store.digest("x")) == 40
    assert store.digest("\ud800")  # a lone surrogate, as in file names


def test_the_tests_leave_the_user_s_cache_alone() -> None:
    assert store.folder() is None
