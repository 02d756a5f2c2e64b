"""Virtual environments of other tools, made once and kept in the user's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def cached_environment(name: str, made_of: Sequence[Path], install: Callable[[list[str]], None]) -> Path:
    """The Python of an environment, made first where it is not there yet.

    Args:
        name: What the environment is for.
        made_of: The files that say what is in it; it is kept under their hash.
        install: Installs into it; is given the beginning of a pip command.
    """
    content = b"".join(file.read_bytes() for file in made_of)
    digest = hashlib.sha256(content + sys.version.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keyflow"
    home = cache / f"{name}-{digest}"
    python = home / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}-{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").is_file():
            print(f"making the environment {name} in {home} (once)", file=sys.stderr, flush=True)
            shutil.rmtree(home, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            install([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            (home / "complete").touch()
    return python
