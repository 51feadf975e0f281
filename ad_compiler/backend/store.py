"""Bytes kept between processes: one file per entry in a folder of the user's, never trusted unseen.

    key = digest("numpy source", text, version)        # whatever the entry depends on
    save("source", key, payload)
    load("source", key)                                # the payload, or None

An entry is code that will be run, so a file counts only if it and its folder belong to this user alone, and only
if the checksum over its kind, key and payload is right: what is damaged, cut short, renamed or foreign is not
there. Files are written beside their place and moved into it, so that another process sees the whole entry or
none, and a killed one leaves a scrap that the next clean-up removes. Nothing here raises because of the disk: a
cache that cannot be read or written is an empty cache.

`AD_COMPILER_CACHE` names the folder (`off` for none); without it the per-user cache folder of the system is
taken. `AD_COMPILER_CACHE_MEGABYTES` bounds its size (256): the entries unused for the longest time go first.
"""
from __future__ import annotations

import os
import stat
import sys
import time

try:  # hashlib loads OpenSSL first, which takes longer than all of a load
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

MAGIC = b"ad_compiler entry 1\n"
CHECKSUM = 32
OFF = frozenset({"off", "0", "no", "none"})
MEGABYTES = 256
DAY = 86400.0
SCRAP_AGE = 3600.0  # seconds after which a file that was never moved into its place is a scrap

_swept: set[str] = set()  # folders whose size this process has looked at


def digest(*parts: str | bytes) -> str:
    """A name for what an entry depends on: 40 hexadecimal digits.

    Parts are told apart: `digest("ab", "c")` and `digest("a", "bc")` differ.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    state = blake2b(digest_size=20)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.hexdigest()


def folder() -> str | None:
    """Where entries are kept, or None where the cache is switched off."""
    named = os.environ.get("AD_COMPILER_CACHE")
    if named is None:
        return user_cache()
    return None if named.strip().lower() in OFF or not named.strip() else os.path.abspath(named)


def user_cache() -> str | None:
    """The cache folder of this user, as `platformdirs` has it.

    Importing `platformdirs` takes as long as the whole first call may, so the two systems whose rule is one line
    are answered here; a test compares.
    """
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "ad_compiler") if os.path.isabs(home) else None
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        base = os.environ.get("XDG_CACHE_HOME", "").strip()
        base = base if os.path.isabs(base) else os.path.join(home, ".cache")
        return os.path.join(base, "ad_compiler") if os.path.isabs(base) else None
    import platformdirs

    return platformdirs.user_cache_dir("ad_compiler", appauthor=False)


def load(kind: str, key: str) -> bytes | None:
    """The payload saved as `key`, or None: not there, damaged, or not this user's."""
    root = folder()
    if root is None or not private(root):
        return None
    path = place(root, kind, key)
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            data = file.read() if owned(status) and stat.S_ISREG(status.st_mode) else b""
        body = data[len(MAGIC) + CHECKSUM:]
        if data[:len(MAGIC)] != MAGIC or data[len(MAGIC):len(MAGIC) + CHECKSUM] != checksum(kind, key, body):
            return None
        if time.time() - status.st_mtime > DAY:
            os.utime(path)  # the clean-up takes the least recently used first
    except OSError:
        return None
    return body


def save(kind: str, key: str, payload: bytes) -> bool:
    """Keep `payload` under `key`. False where it could not be kept, which is no error."""
    root = folder()
    if root is None:
        return False
    path = place(root, kind, key)
    try:
        os.makedirs(root, mode=0o700, exist_ok=True)
        if not private(root):
            return False
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        scrap = f"{path}.{os.getpid()}-{time.monotonic_ns()}.tmp"
        handle = os.open(scrap, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + checksum(kind, key, payload) + payload)
            os.replace(scrap, path)
        except OSError:
            unlink(scrap)
            return False
    except OSError:
        return False
    if root not in _swept:
        _swept.add(root)
        sweep(root)
    return True


def discard(kind: str, key: str) -> None:
    """Remove an entry, for a reader that found its content unusable."""
    if (root := folder()) is not None:
        unlink(place(root, kind, key))


def sweep(root: str, limit: int | None = None) -> None:
    """Remove scraps, and the entries that were unused for the longest time until `limit` bytes are left."""
    limit = size_limit() if limit is None else limit
    entries: list[tuple[float, int, str]] = []
    total = 0
    for parent, _, names in os.walk(root):
        for name in names:
            if not ours(parent, name):  # the folder may have been named by hand, with other things in it
                continue
            path = os.path.join(parent, name)
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if name.endswith(".tmp") and time.time() - status.st_mtime > SCRAP_AGE:
                unlink(path)
                continue
            entries.append((status.st_mtime, status.st_size, path))
            total += status.st_size
    for _, size, path in sorted(entries):
        if total <= limit:
            break
        if unlink(path):
            total -= size


def unlink(path: str) -> bool:
    """Remove a file; False where it cannot be, or another process was faster."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def size_limit() -> int:
    """The bound on the folder's size in bytes."""
    try:
        return int(float(os.environ.get("AD_COMPILER_CACHE_MEGABYTES", MEGABYTES)) * 2**20)
    except (ValueError, OverflowError):
        return MEGABYTES * 2**20


def place(root: str, kind: str, key: str) -> str:
    return os.path.join(root, kind, key[:2], key[2:])


def ours(parent: str, name: str) -> bool:
    """The file is an entry, or the scrap of one."""
    key = os.path.basename(parent) + name.partition(".")[0]
    return len(key) == 40 and not key.strip("0123456789abcdef")


def checksum(kind: str, key: str, payload: bytes) -> bytes:
    state = blake2b(f"{kind}/{key}/".encode(), digest_size=CHECKSUM)
    state.update(payload)
    return state.digest()


def private(root: str) -> bool:
    """The folder is this user's and nobody else may write into it."""
    try:
        status = os.stat(root)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and owned(status) and (os.name == "nt" or not status.st_mode & 0o022)


def owned(status: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()
