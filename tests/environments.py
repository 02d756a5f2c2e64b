"""Environments of other tools, Python's and Node's, made once and kept in the user's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def cached_environment(
    name: str, made_of: Sequence[Path], install: Callable[[list[str]], object], *, kept: int | None = None
) -> Path:
    """The Python of an environment, made first where it is not there yet.

    Args:
        name: What the environment is for.
        made_of: The files that say what is in it; it is kept under their hash.
        install: Installs into it; is given the beginning of a `pip install` command.
        kept: How many environments of the name stay beside a new one, where each change of keyflow makes another.
    """
    content = b"".join(file.read_bytes() for file in made_of)
    digest = hashlib.sha256(content + sys.version.encode()).hexdigest()[:16]
    home = _cache() / f"{name}-{digest}"
    python = home / "bin" / "python"

    def make() -> None:
        # What is never imported need not be compiled, and an environment needs no pip of its own: a third of the time.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
        install([*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"])

    _once(home, make)
    if kept is not None:
        _forget_oldest(name, home, kept)
    return python


def node_modules(package: Path) -> Path:
    """The folder of the modules that a package.json names, installed first where they are not there yet."""
    digest = hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    home = _cache() / f"{package.parent.name}-{digest}"

    def make() -> None:
        home.mkdir(parents=True)
        shutil.copy(package, home)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--prefix", str(home)], check=True)

    _once(home, make)
    return home / "node_modules"


def cached_folder(name: str, source: str, fetch: Callable[[Path], None]) -> Path:
    """A folder that `fetch` fills, once for each source."""
    home = _cache() / f"{name}-{hashlib.sha256(source.encode()).hexdigest()[:16]}"

    def make() -> None:
        home.mkdir(parents=True)
        fetch(home)

    _once(home, make)
    return home


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keyflow"


def _forget_oldest(name: str, but: Path, kept: int) -> None:
    others = [each for each in _cache().glob(f"{name}-*/complete") if each.parent != but]
    for each in sorted(others, key=lambda file: file.stat().st_mtime, reverse=True)[kept:]:
        shutil.rmtree(each.parent, ignore_errors=True)


def _once(home: Path, make: Callable[[], None]) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").is_file():
            print(f"making {home} (once)", file=sys.stderr, flush=True)
            shutil.rmtree(home, ignore_errors=True)
            make()
            (home / "complete").touch()
