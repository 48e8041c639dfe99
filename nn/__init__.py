"""Networks on `autograd`: modules, layers, losses, residual blocks, initialisers and optimisers, under PyTorch's names.

    import nn
    model = nn.Sequential(nn.Linear(64, 32), *[nn.ResidualBlock(32, depth=30) for _ in range(30)], nn.Linear(32, 10))
    optimizer = nn.optim.Adam(model.parameters())

This is gradroutes' package of the name, not PyPI's.
"""

from typing import TYPE_CHECKING, Any

from nn import functional, init, optim, utils
from nn.activations import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    RReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softmax2d,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
    Threshold,
)
from nn.adaptive import AdaptiveLogSoftmaxWithLoss
from nn.attention import MultiheadAttention
from nn.blocks import BasicBlock, Bottleneck, PaddedShortcut, PreActivationBlock, PreActivationBottleneck, SqueezeExcitation
from nn.containers import Identity, Lambda, ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from nn.convolutions import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Fold, Unfold
from nn.dense import Bilinear, CosineSimilarity, Embedding, EmbeddingBag, Flatten, Linear, PairwiseDistance, Unflatten
from nn.dropouts import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, DropPath, FeatureAlphaDropout
from nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    CTCLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from nn.module import Module, Parameter
from nn.norms import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
)
from nn.poolings import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    FractionalMaxPool2d,
    FractionalMaxPool3d,
    LPPool1d,
    LPPool2d,
    LPPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool1d,
    MaxUnpool2d,
    MaxUnpool3d,
)
from nn.randomness import manual_seed
from nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNBase, RNNCell
from nn.resampling import (
    ChannelShuffle,
    CircularPad1d,
    CircularPad2d,
    CircularPad3d,
    ConstantPad1d,
    ConstantPad2d,
    ConstantPad3d,
    PixelShuffle,
    PixelUnshuffle,
    ReflectionPad1d,
    ReflectionPad2d,
    ReflectionPad3d,
    ReplicationPad1d,
    ReplicationPad2d,
    ReplicationPad3d,
    Upsample,
    UpsamplingBilinear2d,
    UpsamplingNearest2d,
    ZeroPad1d,
    ZeroPad2d,
    ZeroPad3d,
)
from nn.residual import (
    Residual,
    ResidualBlock,
    Switchable,
    residual_blocks,
    stochastic_depth_,
    without_branch,
    without_skips,
)
from nn.resnets import (
    CifarResNet,
    ResNet,
    preact_resnet20,
    preact_resnet56,
    preact_resnet110,
    preact_resnet164,
    preact_resnet1001,
    resnet18,
    resnet20,
    resnet32,
    resnet34,
    resnet44,
    resnet50,
    resnet56,
    resnet101,
    resnet110,
    resnet152,
    resnext50_32x4d,
    resnext101_32x8d,
    resnext101_64x4d,
    se_resnet18,
    se_resnet50,
    wide_resnet16_8,
    wide_resnet28_10,
    wide_resnet40_4,
    wide_resnet50_2,
    wide_resnet101_2,
)
from nn.sharpening import VDSR
from nn.transformers import Transformer, TransformerDecoder, TransformerDecoderLayer, TransformerEncoder, TransformerEncoderLayer
from nn.variants import DropoutSkipBlock, GatedBlock, NormAfterAddBlock, ReLUBeforeAddBlock, ReLUOnlyBlock, ScaledBlock
from nn.weights import load, load_into, save

if TYPE_CHECKING:
    from nn import data, experiments, onnx, sharpening, training
else:

    def __getattr__(name: str) -> Any:
        """Rooms that not everybody enters come when they are asked for."""
        if name in ("data", "experiments", "onnx", "training"):
            from importlib import import_module

            return import_module(f"nn.{name}")
        raise AttributeError(f"module 'nn' has no attribute {name!r}")


__all__ = [
    "PreActivationBottleneck", "DropoutSkipBlock", "GatedBlock", "NormAfterAddBlock", "ReLUBeforeAddBlock", "ReLUOnlyBlock",
    "ScaledBlock", "stochastic_depth_", "preact_resnet20", "preact_resnet56", "preact_resnet110", "preact_resnet164",
    "preact_resnet1001", "se_resnet18", "se_resnet50", "wide_resnet16_8", "wide_resnet28_10", "wide_resnet40_4",
    "VDSR", "SqueezeExcitation", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
    "AdaptiveLogSoftmaxWithLoss", "CTCLoss", "FractionalMaxPool2d", "FractionalMaxPool3d",
    "GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "Transformer", "TransformerDecoder", "TransformerDecoderLayer",
    "TransformerEncoder", "MultiheadAttention", "TransformerEncoderLayer", "LocalResponseNorm",
    "LPPool1d", "LPPool2d", "LPPool3d", "MultiLabelMarginLoss",
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
    "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ChannelShuffle", "PixelShuffle",
    "PixelUnshuffle", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d", "CosineEmbeddingLoss",
    "GaussianNLLLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "TripletMarginLoss", "PairwiseDistance",
    "BasicBlock", "Bottleneck", "PaddedShortcut", "PreActivationBlock", "Conv1d", "Conv2d", "Conv3d",
    "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d",
    "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d", "CifarResNet", "ResNet", "resnet18", "resnet20",
    "resnet32", "resnet34", "resnet44", "resnet50", "resnet56", "resnet101", "resnet110", "resnet152",
    "Module", "Parameter", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Identity", "Lambda",
    "Linear", "Bilinear", "Embedding", "Flatten", "Unflatten", "CosineSimilarity",
    "Residual", "ResidualBlock", "Switchable", "residual_blocks", "without_branch", "without_skips",
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    "LayerNorm", "RMSNorm",
    "EmbeddingBag", "FeatureAlphaDropout", "Fold", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "TripletMarginWithDistanceLoss",
    "Unfold", "AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "DropPath",
    "CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
    "LogSoftmax", "Mish", "PReLU", "ReLU", "ReLU6", "RReLU", "SELU", "Sigmoid", "SiLU", "Softmax", "Softmax2d", "Softmin",
    "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
    "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss",
    "MarginRankingLoss", "NLLLoss", "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss",
    "load", "load_into", "save",
    "data", "experiments", "functional", "init", "manual_seed", "onnx", "optim", "utils", "sharpening", "training",
]  # fmt: skip
