"""Array kernels of convolution, pooling and normalisation: functions of ndarrays, no tensor and no graph.

Arrays are (N, C, *spatial). Results keep the dtype of their inputs. Where a function is linear in an
argument, its adjoint stands beside it under the name `..._input` or `..._weight`, so that derivatives of any
order stay inside.
"""

from autograd.kernels.adaptive import (
    adaptive_average_pool,
    adaptive_average_pool_input,
    adaptive_max_pool,
    adaptive_max_pool_indices,
    adaptive_max_pool_input,
    adaptive_max_pool_output,
)
from autograd.kernels.choice import use
from autograd.kernels.convolution import convolution_window, convolve, convolve_input, convolve_weight
from autograd.kernels.elementwise import descend, relu, relu_input
from autograd.kernels.geometry import Window, padding_pairs, per_axis, sliding, transposed_size
from autograd.kernels.layout import Padded, buffer_of, empty_like_layout, is_padded, to_padded, zeros
from autograd.kernels.norm import batch_norm, batch_norm_gradients, normalise
from autograd.kernels.parallel import set_threads
from autograd.kernels.pooling import (
    average_pool,
    average_pool_input,
    max_pool,
    max_pool_indices,
    max_pool_input,
    max_pool_output,
    pool_window,
)
from autograd.kernels.windows import fold, unfold

__all__ = [
    "Padded",
    "Window",
    "adaptive_average_pool",
    "adaptive_average_pool_input",
    "adaptive_max_pool",
    "adaptive_max_pool_indices",
    "adaptive_max_pool_input",
    "adaptive_max_pool_output",
    "average_pool",
    "average_pool_input",
    "batch_norm",
    "batch_norm_gradients",
    "buffer_of",
    "convolution_window",
    "convolve",
    "convolve_input",
    "convolve_weight",
    "descend",
    "empty_like_layout",
    "fold",
    "is_padded",
    "max_pool",
    "max_pool_indices",
    "max_pool_input",
    "max_pool_output",
    "normalise",
    "padding_pairs",
    "per_axis",
    "pool_window",
    "relu",
    "relu_input",
    "set_threads",
    "sliding",
    "to_padded",
    "transposed_size",
    "unfold",
    "use",
    "zeros",
]
