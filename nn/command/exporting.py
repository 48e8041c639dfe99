"""`gradroutes export MODEL`: a network with its weights as an ONNX file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import nn
from nn import resnets, sharpening
from nn.command.functions import found
from nn.command.refusal import Refusal, require

T = TypeVar("T")
SHARPENER = "sharpener"
IMAGENET, CIFAR, GREY = (1, 3, 224, 224), (1, 3, 32, 32), (1, 1, 64, 64)


def builders() -> dict[str, Callable[..., nn.Module]]:
    """The residual networks that have a name."""
    names = [name for name in vars(resnets) if name.startswith(("resnet", "resnext", "wide_resnet"))]
    return {name: getattr(resnets, name) for name in sorted(names)}


def export_model(options: argparse.Namespace) -> None:
    """Build it, load its weights, export, and say what was written."""
    require("onnx", "onnx")
    if options.out.suffix != ".onnx":
        raise Refusal(f"--out {options.out}: the file ends in .onnx")
    model = _model(options)
    example = np.random.default_rng(0).standard_normal(options.shape or _shape(model, options.model), np.float32)
    try:
        import nn.onnx

        nn.onnx.export(model, example, options.out, dynamic=(0, 2, 3) if options.model == SHARPENER else None)
    except (NotImplementedError, OSError, TypeError, ValueError) as error:
        raise Refusal(f"{options.model}: {error}") from None
    print(f"wrote {options.out}, {options.out.stat().st_size / 2**20:.1f} MiB: {_described(options.out)}")


def _model(options: argparse.Namespace) -> nn.Module:
    if options.model == SHARPENER:
        if options.weights is None:
            raise Refusal("sharpener: takes its sizes from its weights: --weights FILE, which `gradroutes sharpen` writes")
        return _read(options.weights, lambda: sharpening.sharpener_of(nn.load(options.weights)))
    model = _built(options)
    if options.weights is not None:
        _read(options.weights, lambda: nn.load_into(model, options.weights))
    return model


def _built(options: argparse.Namespace) -> nn.Module:
    known = builders()
    if options.model in known:
        net: nn.Module = known[options.model](**({} if options.classes is None else {"num_classes": options.classes}))
        return net
    if ":" not in options.model:
        raise Refusal(f"{options.model}: takes {SHARPENER}, {', '.join(known)}, or MODULE:FUNCTION for one that returns your module")
    model = found(options.model)()
    if not isinstance(model, nn.Module):
        raise Refusal(f"{options.model}() returned {type(model).__name__}; return the nn.Module to export")
    return model


def _read(path: Path, load: Callable[[], T]) -> T:
    try:
        return load()
    except (OSError, ValueError) as error:
        text = str(error)
        raise Refusal(f"--weights {text if str(path) in text else f'{path}: {text}'}") from None


def _shape(model: nn.Module, name: str) -> tuple[int, ...]:
    if name == SHARPENER:
        return GREY
    for kind, shape in ((resnets.CifarResNet, CIFAR), (resnets.ResNet, IMAGENET)):
        if isinstance(model, kind):
            return shape
    raise Refusal(f"{name}: --shape says what goes in, as in --shape 1,3,32,32")


def _described(path: Path) -> str:
    """Inputs and outputs as ONNX has them."""
    import onnx

    graph = onnx.load(path).graph
    sides = [[f"{v.name} ({_sizes(v)})" for v in side] for side in (graph.input, graph.output)]
    return " -> ".join(", ".join(side) for side in sides)


def _sizes(value: Any) -> str:
    return ", ".join(dim.dim_param or str(dim.dim_value) for dim in value.type.tensor_type.shape.dim)
