"""What PyTorch keeps in ``nn.utils``: clipping, parameters as one vector, weights that are computed of others, norms folded away."""

from nn.optim.clipping import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from nn.utils import parametrizations, parametrize, rnn
from nn.utils.folding import fuse_conv_bn_eval, fuse_linear_bn_eval
from nn.utils.vectors import parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "fuse_conv_bn_eval", "fuse_linear_bn_eval", "get_total_norm",
    "parameters_to_vector", "parametrizations", "parametrize", "rnn", "vector_to_parameters",
]  # fmt: skip
