"""Gradient routes and graphs as pictures: drawing alone, no arithmetic on gradients.

`picture_of` is what `autograd.draw` and `Routes.draw` call. A scene (`scene`) is read off the graph (`from_graph`,
`from_routes`, `fused`) and written as DOT by a level of detail (`flow`, `stack`, `rolled`); `picture` renders it.
"""

from autograd.pictures.canvas import Ink, legend_below, themed_figure
from autograd.pictures.entry import picture_of
from autograd.pictures.picture import Picture
from autograd.pictures.render import RendererMissing, find_renderer

__all__ = ["Ink", "Picture", "RendererMissing", "find_renderer", "legend_below", "picture_of", "themed_figure"]
