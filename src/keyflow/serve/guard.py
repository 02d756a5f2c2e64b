"""Which requests reach this server: those that are meant for it, by programs on this machine.

A browser sends requests for any website. So a website on the internet could call the server, or, under a name of its
own that leads to 127.0.0.1, read what it answers. Both are told from a browser's own headers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refusal(headers: Mapping[str, str], origins: Collection[str]) -> str | None:
    """Why a request is refused; None where it is not.

    Args:
        headers: Of the request, with names in lower case.
        origins: Websites elsewhere that may call.
    """
    host = headers.get("host", "")
    if _host(f"//{host}") not in _LOOPBACK:
        return f"this server answers to localhost, not to {host!r}"
    origin = headers.get("origin")
    if origin is None:
        cross_site = headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
        return "another website sends this request" if cross_site else None
    if _host(origin) in _LOOPBACK or origin in origins:
        return None
    return f"the website {origin!r} sends this request, and no API names it as its cors origin"


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
