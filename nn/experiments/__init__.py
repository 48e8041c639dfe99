"""The field's experiments on residual networks, as functions that return numbers; their results draw themselves (`.draw()`)."""

from nn.experiments.contests import Training, train_variant
from nn.experiments.depth import INITIALISATIONS, KINDS, DepthProfile, compare_depths, gradient_by_depth
from nn.experiments.lengths import LengthProfile, gradient_by_length
from nn.experiments.lesions import Lesions, deleted, lesion_study, reordered
from nn.experiments.shattered import NETS, Shattering, shattered_gradients
from nn.experiments.skips import VariantProfile, compare_orders, compare_skips, gradient_by_variant
from nn.experiments.starts import STARTS, StartProfile, compare_starts, first_steps
from nn.experiments.variants import ORDERS, SKIPS

__all__ = [
    "INITIALISATIONS", "KINDS", "NETS", "ORDERS", "SKIPS", "STARTS",
    "DepthProfile", "LengthProfile", "Lesions", "Shattering", "StartProfile", "Training", "VariantProfile",
    "compare_depths", "compare_orders", "compare_skips", "compare_starts", "deleted", "first_steps", "gradient_by_depth",
    "gradient_by_length", "gradient_by_variant", "lesion_study", "reordered", "shattered_gradients", "train_variant",
]  # fmt: skip
