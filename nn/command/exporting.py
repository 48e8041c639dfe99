"""`gradroutes export MODEL`: a network with its weights as an ONNX file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

import nn
from nn import resnets, sharpening
from nn.command.choices import build_model
from nn.command.refusal import Refusal, require
from nn.onnx import export

T = TypeVar("T")
SHARPENER = "sharpener"
IMAGENET, CIFAR, GREY = (1, 3, 224, 224), (1, 3, 32, 32), (1, 1, 64, 64)


def builders() -> dict[str, Callable[..., nn.Module]]:
    """The residual networks that have a name."""
    names = [name for name in vars(resnets) if name.startswith(("resnet", "resnext", "wide_resnet"))]
    return {name: getattr(resnets, name) for name in sorted(names)}


class Subject(NamedTuple):
    """What is exported, the shape of an example, the axes left open, and what to tell of its inputs."""

    model: nn.Module
    shape: tuple[int, ...]
    dynamic: tuple[int, ...] | None = None
    note: str = ""


def export_model(options: argparse.Namespace) -> None:
    """Build it, load its weights, export, and say what was written."""
    require("onnx", "onnx")
    if options.out.suffix != ".onnx":
        raise Refusal(f"--out {options.out}: the file ends in .onnx")
    subject = _subject(options)
    example = np.random.default_rng(0).standard_normal(options.shape or subject.shape, np.float32)
    try:
        export(subject.model, example, options.out, dynamic=subject.dynamic)
    except (NotImplementedError, OSError, TypeError, ValueError) as error:
        raise Refusal(f"{options.model}: {error}") from None
    print(f"wrote {options.out}, {options.out.stat().st_size / 2**20:.1f} MiB: {_described(options.out)}{subject.note}")


def _subject(options: argparse.Namespace) -> Subject:
    if options.model == SHARPENER:
        if options.weights is None:
            raise Refusal("sharpener: takes its sizes from its weights: --weights FILE, which `gradroutes sharpen` writes")
        net = _read(options.weights, lambda: sharpening.sharpener_of(nn.load(options.weights)))
        return Subject(net, GREY, (0, 2, 3))
    if Path(options.model).exists():
        return _trained(Path(options.model))
    model = _built(options)
    if options.weights is not None:
        _read(options.weights, lambda: nn.load_into(model, options.weights))
    return Subject(model, options.shape or _shape(model, options.model))


def _trained(path: Path) -> Subject:
    """A run of `gradroutes train`, or its checkpoint."""
    from nn.command.predicting import predictor_of

    trained = predictor_of(argparse.Namespace(checkpoint=path, classes=None, model=None, size=None))
    shape = trained.preparation(np.zeros((1, *trained.shape), np.float32)).shape
    return Subject(trained.model, shape, note=f"\nits inputs are prepared by {trained.preparation}")


def _built(options: argparse.Namespace) -> nn.Module:
    known = builders()
    if options.model in known:
        net: nn.Module = known[options.model](**({} if options.classes is None else {"num_classes": options.classes}))
        return net
    if ":" not in options.model and not options.model.startswith("nn."):
        raise Refusal(
            f"{options.model}: takes {SHARPENER}, {', '.join(known)}, nn.NAME(argument=value), MODULE:FUNCTION for one that returns your "
            "module, or what `gradroutes train` wrote"
        )
    return build_model(options.model, options.classes or 1000, 0)


def _read(path: Path, load: Callable[[], T]) -> T:
    try:
        return load()
    except (OSError, ValueError) as error:
        text = str(error)
        raise Refusal(f"--weights {text if str(path) in text else f'{path}: {text}'}") from None


def _shape(model: nn.Module, name: str) -> tuple[int, ...]:
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
