"""The schedules where PyTorch keeps them: ``nn.optim.lr_scheduler.StepLR`` is ``nn.optim.StepLR``."""

from nn.optim.combined import ChainedScheduler, SequentialLR
from nn.optim.cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from nn.optim.plateau import ReduceLROnPlateau
from nn.optim.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from nn.optim.schedules import Schedule as LRScheduler

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR", "LRScheduler",
    "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip
