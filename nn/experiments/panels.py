"""Small multiples: a column for each variant or start, a row for each measure, the first column's line in grey behind the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.pictures import Ink, legend_below, themed_figure
from nn.experiments.contests import Training
from nn.experiments.lengths import LengthProfile
from nn.experiments.plots import positive
from nn.experiments.skips import FAILED, VariantProfile
from nn.experiments.starts import StartProfile

TALLEST = 1e6  # what diverges leaves the picture here, so that the others can be read
SMOOTHED = 5  # steps a loss is the mean of, so that the curve can be read


def variant_figure(profiles: Sequence[VariantProfile], trainings: Sequence[Training] = (), theme: str = "light") -> Any:
    """The variants of He et al. 2016 side by side, with the paper's test error in the title.

    From above: ‖dL/dx‖ by depth; the share that came by the skip, block by block; ‖G_k‖, the gradient by how many F its
    paths crossed, the skips' own path in orange; and the loss of the trainings, where given.

    Parameters
    ----------
    profiles : sequence of VariantProfile
    trainings : sequence of Training, optional
        Of the same variants.
    theme : str
        light or dark.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a profile, or on an unknown theme.
    """
    trained = {training.label: training for training in trainings}
    rows, by_order = 4 if trained else 3, len({profile.order for profile in profiles}) > 1
    with themed_figure(rows, len(profiles), theme, (1.55, 1.65), sharex="row", sharey="row") as (figure, grid, ink):
        for column, profile in zip(grid.T, profiles, strict=True):
            _column(column, profile, profiles[0], ink, by_order)
            if profile.label in trained:
                _trained(column[3], trained[profile.label], trained.get(profiles[0].label), ink)
        labels = ("‖dL/dx‖", "share of the skip", "‖G$_k$‖ by k", "training loss")
        for axes, label in zip(grid[:, 0], labels, strict=False):
            axes.set_ylabel(label)
        _scales(grid, profiles)
    return figure


def start_figure(profiles: Sequence[StartProfile], theme: str = "light") -> Any:
    """The starts side by side, from before the first step (grey) to the last (orange).

    From above: ‖dL/dx‖, ‖F(x)‖/‖x‖, the share that came by the skip and ‖dL/dW₁‖, block by block; and the loss by step, the
    first start's in grey.

    Parameters
    ----------
    profiles : sequence of StartProfile
    theme : str
        light or dark.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a profile, or on an unknown theme.
    """
    with themed_figure(5, len(profiles), theme, (1.7, 1.6), sharex="row", sharey="row") as (figure, grid, ink):
        for column, profile in zip(grid.T, profiles, strict=True):
            _first_steps(column, profile, ink)
            column[4].plot(profiles[0].losses, color=ink("data"), linewidth=1)
            column[4].plot(profile.losses, color=ink("before"))
        for axes, label in zip(grid[:, 0], ("‖dL/dx‖", "‖F(x)‖ / ‖x‖", "share of the skip", "‖dL/dW₁‖", "loss"), strict=True):
            axes.set_ylabel(label)
        for row, bounds in ((0, (1e-4, TALLEST)), (1, (1e-4, 1e2)), (3, (1e-5, TALLEST))):
            grid[row, 0].set(yscale="log", ylim=bounds)
        grid[2, 0].set_ylim(-0.1, 1.2)
        grid[4, 0].set_ylim(0, 4)
        longest = int(np.argmax([len(profile.losses) for profile in profiles]))
        legend_below(figure, grid[0, longest])
    return figure


def _first_steps(column: Any, profile: StartProfile, ink: Ink) -> None:
    column[0].set_title(profile.start.replace("_", " "))
    shown = shown_steps(len(profile.losses))
    for index, step in enumerate(shown):
        colour = ink.between(index / max(len(shown) - 1, 1))
        rows = (profile.gradients, profile.responses, profile.skip_shares, profile.weight_gradients)
        for axes, values, logarithmic in zip(column, rows, (True, True, False, True), strict=False):
            axes.plot(positive(values[step]) if logarithmic else values[step], color=colour, linewidth=1.2, label=f"step {step}")
            axes.set_xlabel("block")
    column[4].set_xlabel("step")
    if not np.isfinite(profile.losses[-1]):
        words = f"diverged\nat step {len(profile.losses) - 1}"
        column[4].text(0.5, 0.5, words, transform=column[4].transAxes, ha="center", va="center", color=ink("muted"))


def shown_steps(count: int) -> list[int]:
    """The first, 1, 3 and the last of the steps that were measured."""
    return sorted({0, min(1, count - 1), min(3, count - 1), count - 1})


def _column(column: Any, profile: VariantProfile, first: VariantProfile, ink: Ink, by_order: bool) -> None:
    column[0].set_title(_title(profile, profile.order if by_order and profile.skip == "identity" else profile.label))
    column[0].plot(first.gradients, color=ink("data"), linewidth=1)
    column[0].plot(profile.gradients, color=ink("before"))
    if profile.skip_shares:
        column[1].plot(range(len(profile.skip_shares)), profile.skip_shares, color=ink("skip"))
    else:
        column[1].text(0.5, 0.5, "no skip", transform=column[1].transAxes, ha="center", color=ink("muted"))
    column[2].bar(range(len(profile.length_norms)), profile.length_norms, 0.9, color=_path_colours(profile, ink))
    column[0].set_xlabel("block")
    column[1].set_xlabel("block")
    column[2].set_xlabel("k")


def _title(profile: VariantProfile, name: str) -> str:
    error = profile.paper_error
    said = "" if error is None else "\nHe et al.: fail" if error == FAILED else f"\nHe et al.: {error:.2f} %"
    return name.replace("_", " ") + said


def _path_colours(profile: VariantProfile, ink: Ink) -> list[str]:
    return [ink.path(k) if profile.skip_shares else ink("before") for k in range(len(profile.length_norms))]


def _trained(axes: Any, training: Training, first: Training | None, ink: Ink) -> None:
    if first is not None:
        axes.plot(smoothed(first.losses), color=ink("data"), linewidth=1)
    axes.plot(smoothed(training.losses), color=ink("before"))
    axes.set_title(f"held out {training.accuracy:.1%}", fontsize=8)
    axes.set_xlabel("step")


def length_figure(profiles: Mapping[str, LengthProfile], theme: str = "light") -> Any:
    """A row a profile: how many paths there are of each length, the norm of one, and both measures of all of them.

    Parameters
    ----------
    profiles : mapping of str to LengthProfile
        By what was measured: "trained", say.
    theme : str
        light or dark.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a profile, or on an unknown theme.
    """
    with themed_figure(len(profiles), 3 if profiles else 0, theme, (3.6, 2.4), sharex="all") as (figure, grid, ink):
        for (counted, single, summed), (name, profile) in zip(grid, profiles.items(), strict=True):
            k = range(len(profile.norms))
            counted.plot(k, profile.counts, color=ink("data"))
            single.plot(k, positive(profile.path_norms), color=ink("before"))
            summed.bar(k, profile.norms, 0.9, color=[ink.path(crossed) for crossed in k])
            summed.plot(k, profile.veit_norms, "--", color=ink("before"), label="if paths never cancelled (Veit et al. 2016)")
            for axes, what in ((counted, "paths"), (single, "‖one path‖, mean")):
                axes.set(yscale="log", ylabel=what)
            counted.set_title(name)
            summed.set_ylabel("‖G$_k$‖")
        for axes in grid[-1]:
            axes.set_xlabel("residual functions crossed, k")
        legend_below(figure, grid[0, 2])
    return figure


def smoothed(losses: Sequence[float]) -> list[float]:
    """Running means."""
    return [float(np.mean(losses[max(0, i - SMOOTHED + 1) : i + 1])) for i in range(len(losses))]


def _scales(grid: Any, profiles: Sequence[VariantProfile]) -> None:
    grid[0, 0].set_yscale("log")
    grid[1, 0].set_ylim(-0.1, 1.1)
    grid[2, 0].set_yscale("log")
    top = max(max(profile.length_norms) for profile in profiles)
    grid[2, 0].set_ylim(1e-6, 3 * top)
    if len(grid) > 3:
        grid[3, 0].set(ylim=(0, 4))
