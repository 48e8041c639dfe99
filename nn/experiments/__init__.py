"""The field's experiments on residual networks, as functions that return numbers; `nn.experiments.plots` draws them."""

from nn.experiments.depth import INITIALISATIONS, KINDS, DepthProfile, compare_depths, gradient_by_depth

__all__ = ["INITIALISATIONS", "KINDS", "DepthProfile", "compare_depths", "gradient_by_depth"]
