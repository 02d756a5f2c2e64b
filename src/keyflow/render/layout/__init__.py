"""Where everything of a graph stands: boxes, frames, lines and labels, in whole pixels."""

from keyflow.render.layout.placed import Box, Drawing, Frame, Label, Line
from keyflow.render.layout.scopes import layout

__all__ = ["Box", "Drawing", "Frame", "Label", "Line", "layout"]
