"""Scenes with fixed numbers, one a level, for golden files and rendering tests."""

from __future__ import annotations

import math
from dataclasses import replace

from autograd.pictures.flow import flow_dot
from autograd.pictures.rolled import rolled_dot
from autograd.pictures.scene import (
    Add,
    Flow,
    Highway,
    Loss,
    Module,
    Operation,
    Parameter,
    Paths,
    Residual,
    Road,
    Shares,
    Skip,
    Twin,
    Value,
)
from autograd.pictures.stack import stack_dot

SEVENTY = Shares(0.7, 0.3)
PLAIN = Skip()


def block(shares: Shares = SEVENTY, skip: Skip = PLAIN, twin: Twin | None = None) -> Flow:
    parts = (
        Value("x", "x", (32, 16), 1.13, shares=shares),
        Operation("l1", "σ(W₁x + b₁)", (Parameter("W₁", 2.23), Parameter("b₁", 0.53))),
        Value("h1", "h₁", (32, 16), 0.82, "branch"),
        Operation("l2", "σ(W₂h₁ + b₂)", (Parameter("W₂", 2.24), Parameter("b₂", 0.69))),
        Value("h2", "h₂", (32, 16), 0.96, "branch"),
        Add("add", gradient=0.96),
        Value("y", "y", (32, 16), 0.96),
        Loss("L", "L", 14.84),
    )
    roads = (
        Road("x", "l1", 0.65),
        Road("l1", "h1", 0.82),
        Road("h1", "l2", 0.82),
        Road("l2", "h2", 0.96),
        Road("h2", "add", 0.96),
        Road("x", "add", 0.96, "skip", skip, label="x", beside=("l1", "l2", "h2"), block=1),
        Road("add", "y", 0.96, "before"),
        Road("y", "L", 0.96, "before"),
    )
    module = Module("F", "F(x)", ("l1", "h1", "l2", "h2"), gradient=0.65)
    equation = (("∂L/∂x = ", "other"), ("∂L/∂y · 1", "skip"), (" + ", "other"), ("∂L/∂y · ∂F/∂x", "branch"))
    return Flow("Residual block", parts, roads, (module,), "y = F(x) + x", equation, twin=twin, columns=("x", "l2"))


def scalar() -> Flow:
    parts = (
        Value("a", "a", (), 6.0, text="2.00"),
        Value("b", "b", (), -4.0, text="−3.00"),
        Operation("e", "e = a · b", text="−6.00", gradient=-2.0),
        Loss("L", "L", -6.0),
    )
    return Flow("L = a · b", parts, (Road("a", "e", 6.0, "before"), Road("b", "e", 4.0, "before"), Road("e", "L", 2.0, "before")))


def highway(count: int = 10, twin: bool = False, towers: int = 0, shared: bool = False, entry: str = "", **every: object) -> Highway:
    blocks = tuple(
        Residual(
            f"F{i + 1}",
            Shares(0.85 + 0.01 * (i % 5), 0.15 - 0.01 * (i % 5)),
            0.15 * 0.94**i,
            0.07 * 0.94**i,
            fork=0.164 * 0.94**i,
            output=0.15 * 0.94**i,
            name=f"blocks.{i}",
            formula="F: linear, tanh",
            cosine=0.3,
            **every,
        )  # type: ignore[arg-type]
        for i in range(count)
    )
    shares = tuple(0.85 ** (count - k) * 0.15**k * math.comb(count, k) for k in range(count + 1))
    paths = Paths(shares, tuple(math.comb(count, k) for k in range(count + 1)))
    lost = Twin(tuple(1.2e-3 * 1.4**i for i in range(count)), 0.08) if twin else None
    beside = tuple(highway(count, shared=i == 0, entry="linear") for i in range(towers))
    return Highway(blocks, 0.164, paths=paths, twin=lost, towers=beside, shared=shared, entry=entry)


def staged() -> Highway:
    """Two stages; a projection where the second begins."""
    scene = highway(4)
    stages = ("layer1", "layer1", "layer2", "layer2")
    blocks = [replace(block, stage=stage, trunk="relu") for block, stage in zip(scene.blocks, stages, strict=True)]
    blocks[2] = replace(blocks[2], skip=Skip("hollow", "conv, norm"))
    return replace(scene, blocks=tuple(blocks), entry="conv … relu", exit="linear, cross entropy")


DOTS = {
    "block": lambda: flow_dot(block()),
    "block_twin": lambda: flow_dot(block(twin=Twin((0.02,), 0.3))),
    "block_column": lambda: flow_dot(block(), "TB"),
    "scalar": lambda: flow_dot(scalar()),
    "block_negative": lambda: flow_dot(block(Shares(1.24, -0.24))),
    "block_cancel": lambda: flow_dot(block(Shares(word="cancel"))),
    "block_scaled": lambda: flow_dot(block(Shares(0.4, 0.6, skip_name="skip"), Skip("dashed", "× 0.5"))),
    "block_projected": lambda: flow_dot(block(Shares(0.4, 0.6, skip_name="skip"), Skip("hollow", "conv, norm"))),
    "stack": lambda: stack_dot(highway(10)),
    "stack_twin": lambda: stack_dot(highway(10, twin=True)),
    "stack_column": lambda: stack_dot(highway(4, twin=True), "TB"),
    "stack_towers": lambda: stack_dot(highway(3, towers=2)),
    "stack_stages": lambda: stack_dot(staged()),
    "stack_rows": lambda: stack_dot(highway(9, trunk="relu")),
    "stack_masked": lambda: stack_dot(highway(4, trunk="relu")),
    "stack_projected": lambda: stack_dot(highway(3, skip=Skip("hollow", "conv, norm"))),
    "rolled": lambda: rolled_dot(highway(54, twin=True)),
    "rolled_column": lambda: rolled_dot(highway(20), "TB"),
    "rolled_wide": lambda: rolled_dot(highway(130)),
}
