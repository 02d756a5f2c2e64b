"""The functions that write and read by pictures, by their names."""

from __future__ import annotations

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.pictures import decimals, integers, moments_read, moments_written

FUNCTIONS = {
    "formatNumber": Native(decimals.format_number, 3, "<n-so?:s>"),
    "formatInteger": Native(integers.format_integer, 2, "<n-s:s>"),
    "parseInteger": Native(integers.parse_integer, 2, "<s-s:n>"),
    "toMillis": Native(moments_read.to_millis, 2, "<s-s?:n>", timed=True),
    "fromMillis": Native(moments_written.from_millis, 3, "<n-s?s?:s>"),
    "now": Native(
        lambda run, picture, zone: moments_written.from_millis(run.now(), picture, zone), 2, "<s?s?:s>", timed=True
    ),
    "millis": Native(lambda run: run.now(), 0, "<:n>", timed=True),
}
