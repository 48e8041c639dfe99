"""The field's experiments on residual networks, as functions that return numbers; `nn.experiments.plots` draws them."""

from nn.experiments.depth import INITIALISATIONS, KINDS, DepthProfile, compare_depths, gradient_by_depth
from nn.experiments.lesions import Lesions, deleted, lesion_study, reordered
from nn.experiments.shattered import NETS, Shattering, shattered_gradients

__all__ = [
    "INITIALISATIONS", "KINDS", "NETS",
    "DepthProfile", "Lesions", "Shattering",
    "compare_depths", "deleted", "gradient_by_depth", "lesion_study", "reordered", "shattered_gradients",
]  # fmt: skip
