"""A whole training in one file, replaced in one step: a kill at any moment leaves the last checkpoint or the new one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nn.training.packing import packed, unpacked
from nn.weights import load, load_metadata, save

STATE, ABOUT = "gradroutes.state", "gradroutes.about"


def save_checkpoint(path: str | os.PathLike[str], trainer: Any, about: str = "") -> None:
    """Write all that a `Trainer` (or anything with a `state_dict` of nested arrays) needs to go on.

    Parameters
    ----------
    path : path
        Ends in ``.safetensors``; the weights in it are named ``model.NAME``.
    trainer : Trainer
    about : str
        Any text, which `about_checkpoint` gives back: how model and data were made, say.
    """
    arrays, text = packed(trainer.state_dict())
    save(path, arrays, {STATE: text, ABOUT: about})


def about_checkpoint(path: str | os.PathLike[str]) -> str:
    """The text that was saved with a checkpoint.

    Raises
    ------
    ValueError
        When the file is damaged, or is no checkpoint of a training.
    """
    return _note(path, ABOUT)


def load_checkpoint(path: str | os.PathLike[str], trainer: Any) -> None:
    """Make a trainer that was built alike go on where the checkpoint was written.

    Raises
    ------
    ValueError
        When the file is damaged, is no checkpoint, or is one of another model, optimiser or data.
    """
    state = unpacked(load(path), _note(path, STATE))
    try:
        trainer.load_state_dict(state)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _note(path: str | os.PathLike[str], name: str) -> str:
    notes = load_metadata(path)
    if name not in notes:
        raise ValueError(f"{os.fspath(path)} holds weights and no training to go on with; a checkpoint has both")
    return notes[name]


def clean(path: str | os.PathLike[str]) -> None:
    """Remove what writers of `path` that were killed left beside it."""
    target = Path(path)
    for left in target.parent.glob(f".{target.name}.*.tmp"):
        left.unlink(missing_ok=True)
