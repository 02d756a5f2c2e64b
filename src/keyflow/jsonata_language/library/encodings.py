"""Functions that encode and decode strings: base64, and parts of URLs.

Source: https://docs.jsonata.org/string-functions#base64encode
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.library.strings import of_text
from keyflow.jsonata_language.texts import units
from keyflow.lazy import lazy_pattern


def _base64encode(value: str) -> str:
    return binascii.b2a_base64(units(value)[1::2], newline=False).decode()


_NO_BASE64 = lazy_pattern(r"[^A-Za-z0-9+/]")


def _base64decode(value: str) -> str:
    """What base64 says, as lenient as Node: of either alphabet, up to the first `=`, without what is none of it."""
    found = _NO_BASE64.sub("", value.partition("=")[0].replace("-", "+").replace("_", "/"))
    found = found[: len(found) - (len(found) % 4 == 1)]
    return binascii.a2b_base64(found + "=" * (-len(found) % 4)).decode("latin-1")


_KEPT_OF_PART = "!'()*-._~"
_SEPARATORS = ";/?:@&=+$,#"
_ESCAPED = lazy_pattern(r"(?:%[0-9A-Fa-f]{2})+")


def _encoding(name: str, kept: str) -> Callable[[Any], Any]:
    def encode(value: str) -> str:
        from urllib.parse import quote

        try:
            return quote(value, safe=kept)
        except UnicodeEncodeError:
            raise JsonataError("D3140", value=value, functionName=name) from None

    return of_text(encode)


def _decoding(name: str, kept: str) -> Callable[[Any], Any]:
    """Decodes all escapes but those of some signs, which stay as they are written."""
    escapes = re.compile("|".join(f"%{ord(sign):02x}" for sign in kept) or "(?!)", re.IGNORECASE)

    def decode(value: str) -> str:
        pieces, position = [], 0
        try:
            for held in escapes.finditer(value):
                pieces += [_decoded(value[position : held.start()]), held[0]]
                position = held.end()
            return "".join([*pieces, _decoded(value[position:])])
        except ValueError:
            raise JsonataError("D3140", value=value, functionName=name) from None

    return of_text(decode)


def _decoded(value: str) -> str:
    if "%" in _ESCAPED.sub("", value):
        raise ValueError("a percent sign without its two digits")
    return _ESCAPED.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode(), value)


FUNCTIONS = {
    "base64encode": Native(of_text(_base64encode), 1, "<s-:s>"),
    "base64decode": Native(of_text(_base64decode), 1, "<s-:s>"),
    "encodeUrlComponent": Native(_encoding("encodeUrlComponent", _KEPT_OF_PART), 1, "<s-:s>"),
    "encodeUrl": Native(_encoding("encodeUrl", _SEPARATORS + _KEPT_OF_PART), 1, "<s-:s>"),
    "decodeUrlComponent": Native(_decoding("decodeUrlComponent", ""), 1, "<s-:s>"),
    "decodeUrl": Native(_decoding("decodeUrl", _SEPARATORS), 1, "<s-:s>"),
}
