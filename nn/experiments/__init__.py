"""The field's experiments on residual networks, as functions that return numbers; `nn.experiments.plots` draws them."""

from nn.experiments.depth import INITIALISATIONS, KINDS, DepthProfile, compare_depths, gradient_by_depth
from nn.experiments.shattered import NETS, Shattering, shattered_gradients

__all__ = [
    "INITIALISATIONS", "KINDS", "NETS",
    "DepthProfile", "Shattering",
    "compare_depths", "gradient_by_depth", "shattered_gradients",
]  # fmt: skip
