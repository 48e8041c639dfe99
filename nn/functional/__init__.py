"""Functions of networks, under the names and with the meaning of ``torch.nn.functional``: ``from nn import functional as F``."""

from autograd import pdist
from nn.functional.activations import (
    celu,
    elu,
    gelu,
    glu,
    gumbel_softmax,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    rrelu,
    selu,
    sigmoid,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from nn.functional.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    fold,
    unfold,
)
from nn.functional.dense import bilinear, cosine_similarity, embedding, embedding_bag, linear, normalize, one_hot
from nn.functional.fractional import fractional_max_pool2d, fractional_max_pool3d
from nn.functional.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    nll_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
)
from nn.functional.margins import (
    cosine_embedding_loss,
    gaussian_nll_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    pairwise_distance,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from nn.functional.masks import alpha_dropout, drop_path, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from nn.functional.norms import batch_norm, group_norm, instance_norm, layer_norm, local_response_norm, rms_norm
from nn.functional.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from nn.functional.resampling import (
    channel_shuffle,
    interpolate,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
    upsample,
    upsample_bilinear,
    upsample_nearest,
)
from nn.functional.sampling import affine_grid, grid_sample, max_unpool1d, max_unpool2d, max_unpool3d
from nn.functional.scores import scaled_dot_product_attention
from nn.functional.sequences import ctc_loss

__all__ = [
    "ctc_loss", "fractional_max_pool2d", "fractional_max_pool3d",
    "affine_grid", "embedding_bag", "feature_alpha_dropout", "grid_sample", "max_unpool1d", "max_unpool2d", "max_unpool3d",
    "pdist", "triplet_margin_with_distance_loss", "upsample", "upsample_bilinear", "upsample_nearest",
    "scaled_dot_product_attention", "local_response_norm", "lp_pool1d", "lp_pool2d", "lp_pool3d", "multilabel_margin_loss",
    "channel_shuffle", "interpolate", "pad", "pixel_shuffle", "pixel_unshuffle", "cosine_embedding_loss",
    "gaussian_nll_loss", "multi_margin_loss", "multilabel_soft_margin_loss", "pairwise_distance",
    "triplet_margin_loss",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "conv1d", "conv2d", "conv3d",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "fold", "max_pool1d", "max_pool2d", "max_pool3d", "unfold",
    "alpha_dropout", "batch_norm", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits", "celu",
    "cosine_similarity", "cross_entropy", "drop_path", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu",
    "embedding", "gelu", "glu", "group_norm", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "hinge_embedding_loss", "huber_loss", "instance_norm", "kl_div", "l1_loss", "layer_norm", "leaky_relu", "linear",
    "log_softmax", "logsigmoid", "margin_ranking_loss", "mish", "mse_loss", "nll_loss", "normalize", "one_hot",
    "poisson_nll_loss", "prelu", "relu", "relu6", "rms_norm", "rrelu", "selu", "sigmoid", "silu", "smooth_l1_loss",
    "soft_margin_loss", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
]  # fmt: skip
