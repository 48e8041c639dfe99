"""Models, optimisers and schedules by the names that a command line gives them."""

from __future__ import annotations

import ast
import contextlib
import difflib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import nn
from nn import optim
from nn.command.functions import found
from nn.command.refusal import Refusal
from nn.module import without_wrapper
from nn.weights import load
from nn.weights.files import CHECKPOINTS


def build_model(text: str, classes: int, seed: int) -> nn.Module:
    """The network of ``nn.NAME``, ``module:function`` or either with arguments in brackets: ``nn.resnet20(shortcut='B')``.

    `num_classes` and `generator` are passed where they are taken and not given.
    """
    name, arguments = _call(text)
    maker = found(name) if ":" in name else _of_nn(name)
    random = nn.manual_seed(seed)
    offered = {"num_classes": classes, "generator": random}
    taken = _parameters(maker)
    arguments = {key: value for key, value in offered.items() if key in taken} | arguments
    try:
        model = maker(**arguments)
    except (TypeError, ValueError) as error:
        raise Refusal(f"--model {text}: {error}") from error
    if not isinstance(model, nn.Module):
        raise Refusal(f"--model {text}: gives a {type(model).__name__}, not an nn.Module")
    return model


def _call(text: str) -> tuple[str, dict[str, Any]]:
    """A name and the arguments behind it, which are plain values: nothing is evaluated."""
    name, bracket, _ = text.partition("(")
    if not bracket:
        return text, {}
    try:
        call = ast.parse("f" + text[len(name) :], mode="eval").body
        assert isinstance(call, ast.Call) and not call.args
        return name, {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError, AssertionError):
        example = "nn.resnet20(shortcut='B')"
        raise Refusal(f"--model {text}: arguments are name=value with plain values, as in {example}") from None


def _of_nn(name: str) -> Any:
    plain = name.removeprefix("nn.")
    maker = getattr(nn, plain, None)
    if not plain.isidentifier() or not callable(maker):
        networks = [each for each in nn.__all__ if each.startswith(("resn", "wide_"))]
        close = difflib.get_close_matches(plain, nn.__all__, 1)
        meant = f"; did you mean nn.{close[0]}?" if close else ""
        raise Refusal(f"--model {name}: nn has {', '.join(networks)}; your own is module:function{meant}")
    return maker


def _parameters(maker: Any) -> Mapping[str, Any]:
    try:
        return inspect.signature(maker).parameters
    except (TypeError, ValueError):
        return {}


# ------------------------------------------------------------------------------------------------------------ optimisers

RATES = {"sgd": 0.1, "adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3, "adagrad": 1e-2}


def build_optimizer(model: nn.Module, options: Mapping[str, Any]) -> optim.Optimizer:
    """The optimiser that the options name, with its usual learning rate where they give none."""
    name = options["optimizer"]
    more: dict[str, Any] = {"lr": options["lr"] or RATES[name], "weight_decay": options["weight_decay"]}
    if name == "sgd":
        more |= {"momentum": options["momentum"], "nesterov": options["nesterov"]}
    classes = {"sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop, "adagrad": optim.Adagrad}
    try:
        made: optim.Optimizer = classes[name](model.parameters(), **more)
    except ValueError as error:
        raise Refusal(f"--optimizer {name}: {error}") from None
    return made


# ------------------------------------------------------------------------------------------------------------- schedules

Options = Mapping[str, Any]


def _cosine(optimizer: optim.Optimizer, steps: int, epoch: int, options: Options) -> Any:
    return optim.CosineAnnealingLR(optimizer, max(steps, 1))


def _constant(optimizer: optim.Optimizer, steps: int, epoch: int, options: Options) -> Any:
    return optim.LambdaLR(optimizer, lambda step: 1.0)


def _multistep(optimizer: optim.Optimizer, steps: int, epoch: int, options: Options) -> Any:
    """At half and three quarters of the time where nothing else is asked for (He et al. 2015, section 4.2)."""
    milestones = [int(at * epoch) for at in options["milestones"] or []] or [steps // 2, steps * 3 // 4]
    return optim.MultiStepLR(optimizer, milestones, options["gamma"])


def _exponential(optimizer: optim.Optimizer, steps: int, epoch: int, options: Options) -> Any:
    return optim.LambdaLR(optimizer, lambda step: float(options["gamma"] ** (step / epoch)))


def _onecycle(optimizer: optim.Optimizer, steps: int, epoch: int, options: Options) -> Any:
    rate = optimizer.param_groups[0]["lr"]
    momentum = {"momentum", "betas"} & set(optimizer.defaults) and optimizer.defaults.get("momentum", 1)
    # One more step than is taken: the schedule is stepped after the last one too.
    return optim.OneCycleLR(optimizer, rate, total_steps=max(steps, 2) + 1, cycle_momentum=bool(momentum))


SCHEDULES: dict[str, Callable[[optim.Optimizer, int, int, Options], Any]] = {
    "cosine": _cosine, "constant": _constant, "multistep": _multistep, "exponential": _exponential, "onecycle": _onecycle,
}  # fmt: skip


def build_schedule(optimizer: optim.Optimizer, epoch: int, options: Options) -> Any:
    """The schedule that the options name, of `epoch` steps an epoch, after a warm-up if there is one."""
    name, total = options["schedule"], options["epochs"] * epoch
    warm = int(options["warmup"] * epoch)
    if name in ("plateau", "onecycle"):
        if warm:
            raise Refusal(f"--warmup does not go with --schedule {name}")
        return None if name == "plateau" else _onecycle(optimizer, total, epoch, options)
    if not warm:
        return SCHEDULES[name](optimizer, total, epoch, options)
    if warm >= total:
        raise Refusal(f"--warmup {options['warmup']:g} leaves nothing of {options['epochs']} epochs")
    rise = optim.LinearLR(optimizer, 1 / (warm + 1), total_iters=warm)
    return optim.SequentialLR(optimizer, [rise, SCHEDULES[name](optimizer, total - warm, epoch, _shifted(options))], [warm])


def _shifted(options: Options) -> Options:
    """Milestones count from the start of the training, and a schedule behind a warm-up from its end."""
    milestones = options["milestones"]
    return {**options, "milestones": milestones and [at - options["warmup"] for at in milestones]}


def build_plateau(optimizer: optim.Optimizer, options: Options) -> optim.ReduceLROnPlateau | None:
    """For ``--schedule plateau``, which looks at the test loss after every epoch."""
    return optim.ReduceLROnPlateau(optimizer, factor=options["gamma"], patience=3) if options["schedule"] == "plateau" else None


def has_convolutions(model: nn.Module) -> bool:
    """Whether compiled kernels have something to do."""
    return any(np.ndim(parameter.data) > 2 for parameter in model.parameters())


# --------------------------------------------------------------------------------------------------------------- weights

KEYS = ("state_dict", "model_state_dict", "model", "net")  # where checkpoints of others have the weights


def weights_in(path: Path) -> dict[str, Any]:
    """The weights in a file, whatever else a checkpoint holds."""
    try:
        return load(path)
    except ValueError:
        for key in KEYS if path.suffix in CHECKPOINTS else ():
            with contextlib.suppress(ValueError):
                return load(path, key)
        raise


def start_from(model: nn.Module, path: Path, classes: int) -> list[str]:
    """Load weights into a model; give the names of a last layer of other classes, which stays as it starts."""
    state, own = without_wrapper(weights_in(path)), model.state_dict()
    others = [name for name in own if name in state and own[name].shape != state[name].shape]
    if all(own[name].shape == (classes, *state[name].shape[1:]) for name in others):
        state |= {name: own[name] for name in others}
    model.load_state_dict(state)
    return others
