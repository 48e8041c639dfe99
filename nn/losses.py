"""Losses as modules, under PyTorch's names. Their arguments are those of the functions of `nn.functional`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import autograd
from nn import functional as F
from nn.module import Module


class Loss(Module):
    """A loss with its options; weights are buffers, so that they are cast with the module."""

    function: Callable[..., Any]
    options: dict[str, Any]

    def forward(self, *args: Any) -> Any:
        weights = {name: getattr(self, name) for name in self._buffers}
        return type(self).function(*args, **self.options, **weights)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


def _loss(name: str, function: Callable[..., Any], inputs: int = 2) -> Any:
    """A module class for a function: what follows its `inputs` becomes arguments of the constructor, in order."""
    parameters = list(inspect.signature(function).parameters.values())[inputs:]
    # PyTorch's constructors keep `reduction` behind options that change what is computed, as its functions do.
    signature = inspect.Signature(parameters)

    def __init__(self: Loss, *args: Any, **kwargs: Any) -> None:
        given = signature.bind(*args, **kwargs).arguments
        odd = [option for option, value in given.items() if isinstance(value, complex)]
        if odd:
            raise TypeError(f"{name}: {odd[0]} must be a real number, given {given[odd[0]]}")
        for weight in ("weight", "pos_weight"):
            if given.get(weight) is not None:
                self.register_buffer(weight, autograd.as_tensor(given.pop(weight)))
        object.__setattr__(self, "options", dict(given))

    body = {
        "function": staticmethod(function), "__init__": __init__, "__module__": __name__, "__doc__": function.__doc__,
        "__signature__": signature,
    }  # fmt: skip
    return type(name, (Loss,), body)


MSELoss = _loss("MSELoss", F.mse_loss)
L1Loss = _loss("L1Loss", F.l1_loss)
SmoothL1Loss = _loss("SmoothL1Loss", F.smooth_l1_loss)
HuberLoss = _loss("HuberLoss", F.huber_loss)
CrossEntropyLoss = _loss("CrossEntropyLoss", F.cross_entropy)
NLLLoss = _loss("NLLLoss", F.nll_loss)
BCELoss = _loss("BCELoss", F.binary_cross_entropy)
BCEWithLogitsLoss = _loss("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits)
KLDivLoss = _loss("KLDivLoss", F.kl_div)
PoissonNLLLoss = _loss("PoissonNLLLoss", F.poisson_nll_loss)
SoftMarginLoss = _loss("SoftMarginLoss", F.soft_margin_loss)
MarginRankingLoss = _loss("MarginRankingLoss", F.margin_ranking_loss, inputs=3)
CosineEmbeddingLoss = _loss("CosineEmbeddingLoss", F.cosine_embedding_loss, inputs=3)
TripletMarginLoss = _loss("TripletMarginLoss", F.triplet_margin_loss, inputs=3)
TripletMarginWithDistanceLoss = _loss("TripletMarginWithDistanceLoss", F.triplet_margin_with_distance_loss, inputs=3)
MultiMarginLoss = _loss("MultiMarginLoss", F.multi_margin_loss)
MultiLabelMarginLoss = _loss("MultiLabelMarginLoss", F.multilabel_margin_loss)
MultiLabelSoftMarginLoss = _loss("MultiLabelSoftMarginLoss", F.multilabel_soft_margin_loss)
GaussianNLLLoss = _loss("GaussianNLLLoss", F.gaussian_nll_loss, inputs=3)
HingeEmbeddingLoss = _loss("HingeEmbeddingLoss", F.hinge_embedding_loss)
CTCLoss = _loss("CTCLoss", F.ctc_loss, inputs=4)
