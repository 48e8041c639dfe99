"""Where the gradient went: contributions per edge, residual joins, shares, path lengths. Numbers only, no drawing."""

from autograd.routing.arms import Skip
from autograd.routing.joins import Join
from autograd.routing.paths import PathLengths
from autograd.routing.report import Routes, trace
from autograd.routing.tracing import Edge
from autograd.routing.trunks import Trunk

__all__ = ["Edge", "Join", "PathLengths", "Routes", "Skip", "Trunk", "trace"]
