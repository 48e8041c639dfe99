"""Optimisers, schedules of their learning rates, and clipping, with PyTorch's names and semantics."""

from nn.optim import lr_scheduler
from nn.optim.adams import Adamax, NAdam, RAdam
from nn.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nn.optim.classic import ASGD, Adadelta, Rprop
from nn.optim.clipping import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from nn.optim.combined import ChainedScheduler, SequentialLR
from nn.optim.cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from nn.optim.optimizer import Optimizer
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
from nn.optim.sgd import SGD

__all__ = [
    "ASGD", "Adadelta", "Adamax", "NAdam", "RAdam", "Rprop",
    "Adagrad", "Adam", "AdamW", "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR",
    "ExponentialLR", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "Optimizer", "PolynomialLR", "RMSprop",
    "ReduceLROnPlateau", "SGD", "SequentialLR", "StepLR", "clip_grad_norm_", "clip_grad_value_",
    "clip_grads_with_norm_", "get_total_norm", "lr_scheduler",
]  # fmt: skip
