"""The fuzzer itself, run by `run.py` where atheris is installed."""

from __future__ import annotations

import json
import random
import sys
import warnings

import atheris

with atheris.instrument_imports(include=["keyflow"]):
    from tests.asl.definitions import VALID
    from tests.fuzz.target import try_bytes

warnings.simplefilter("ignore")
SEEDS = [json.dumps(document).encode() for document in VALID.values()]


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Mostly bytes changed at random; now and then a valid definition anew, so that depth is reached."""
    if seed % 20 == 0:
        return random.Random(seed).choice(SEEDS)[:max_size]
    return bytes(atheris.Mutate(data, max_size))


atheris.Setup(sys.argv, try_bytes, custom_mutator=mutated)
atheris.Fuzz()
