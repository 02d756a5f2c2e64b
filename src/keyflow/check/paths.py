"""Where something stands in a document: its keys and indexes, from the outermost on."""

Path = tuple[str | int, ...]
