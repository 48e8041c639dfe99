"""Losses as modules, under PyTorch's names. Their arguments are those of the functions of `nn.functional`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import autograd
from nn import functional as F
from nn.configured import Configured, class_of

WEIGHTS = ("weight", "pos_weight")


class Loss(Configured):
    """A loss with its options; weights are buffers, so that they are cast with the module."""

    def _configure(self, **options: Any) -> None:
        odd = [option for option, value in options.items() if isinstance(value, complex)]
        if odd:
            raise TypeError(f"{type(self).__name__}: {odd[0]} must be a real number, given {options[odd[0]]}")
        for weight in filter(options.__contains__, WEIGHTS):
            given = options.pop(weight)
            self.register_buffer(weight, given if given is None else autograd.as_tensor(given))
        super()._configure(**options)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return type(self).function(*args, **kwargs, **self._options())

    def extra_repr(self) -> str:
        """What is not as by default; weights are in the state."""
        usual = {name: parameter.default for name, parameter in inspect.signature(type(self)).parameters.items()}
        options = {name: value for name, value in self._options().items() if name not in WEIGHTS}
        return ", ".join(f"{name}={value!r}" for name, value in options.items() if value != usual[name])


def _loss(name: str, function: Callable[..., Any], inputs: int = 2) -> Any:
    return class_of(Loss, name, function, inputs)


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
