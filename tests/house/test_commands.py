"""The commands that the documents name exist."""
from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.house.tree import ROOT, files

NAMED = re.compile(r"(?:`|^)make ([a-z][a-z-]*)", re.MULTILINE)
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)


def test_every_make_command_in_the_documents_is_a_target() -> None:
    named = {command for path in files(".md") for command in NAMED.findall(path.read_text())}
    assert {"demo", "test"} <= named
    assert named <= set(TARGET.findall((ROOT / "Makefile").read_text()))


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_help_names_every_target() -> None:
    printed = subprocess.check_output(["make", "--no-print-directory", "help"], cwd=ROOT, text=True)
    targets = set(TARGET.findall((ROOT / "Makefile").read_text())) - {"help"}
    assert set(re.findall(r"^make (\S+)", printed, re.MULTILINE)) == targets
