"""Where a run is, and what a resumed one may change of its options."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nn.command.refusal import Refusal
from nn.command.runs import CHECKPOINT
from nn.command.training_arguments import DEFAULTS, FREE
from nn.training import about_checkpoint


def place(given: argparse.Namespace) -> tuple[Path, bool]:
    """The run's folder, and whether one that is there is to be gone on with."""
    resume = getattr(given, "resume", False)
    out = getattr(given, "out", None)
    folder = out or (Path(resume) if isinstance(resume, str) else Path("gradroutes-train"))
    return folder.parent if folder.name == CHECKPOINT else folder, bool(resume)


def is_resumed(folder: Path, resume: bool, given: argparse.Namespace) -> bool:
    """Whether there is a run to go on with; what would overwrite one, or begins none, is refused."""
    there = (folder / CHECKPOINT).exists()
    if there and not resume and not getattr(given, "overwrite", False):
        raise Refusal(f"--out {folder} holds a run: go on with --resume {folder}, begin anew with --overwrite, or choose another --out")
    if resume and not there:
        if not any(name in DEFAULTS for name in vars(given)):
            raise Refusal(f"--resume {folder}: there is no {CHECKPOINT} to go on from")
        print(f"no checkpoint in {folder} yet: starting from the beginning")
    return resume and there


def stored_in(folder: Path) -> dict[str, Any]:
    """What the checkpoint says about its run."""
    try:
        about: dict[str, Any] = json.loads(about_checkpoint(folder / CHECKPOINT))
    except ValueError as error:
        raise Refusal(str(error), code=1) from None
    return about


def agreed(stored: dict[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The checkpoint's options and those that may change; another value for one of the others would make another run of it."""
    chosen = {**chosen, "data": absolute(chosen)} if "data" in chosen else chosen
    longer = chosen.get("epochs", 0) > stored["epochs"]
    free = FREE | {"data"} | ({"epochs"} if longer else set())
    differing = [name for name, value in chosen.items() if value != stored[name] and name not in free]
    if differing:
        listed = "; ".join(f"--{name.replace('_', '-')} is {stored[name]} there and {chosen[name]} here" for name in differing)
        raise Refusal(f"a resumed run keeps its options: {listed}. Leave them out, or begin another run (--weights takes these weights)")
    if longer and _looks_at_its_end(stored):
        raise Refusal(
            f"--schedule {stored['schedule']} depends on --epochs from its first step on: with {chosen['epochs']} epochs instead of "
            f"{stored['epochs']} this would be another run. Begin one (--weights takes these weights); a run with --schedule constant, "
            "exponential, plateau, or multistep with --milestones, can be made longer"
        )
    return {**stored, **{name: value for name, value in chosen.items() if name in free}}


def _looks_at_its_end(options: Mapping[str, Any]) -> bool:
    """Whether the rate of a step depends on how many are to come."""
    return options["schedule"] in ("cosine", "onecycle") or (options["schedule"] == "multistep" and not options["milestones"])


def absolute(chosen: Mapping[str, Any]) -> str:
    """A path of data that holds from any working directory."""
    data: str = chosen.get("data", DEFAULTS["data"])
    return data if data == "digits" and not Path(data).exists() else str(Path(data).resolve())
