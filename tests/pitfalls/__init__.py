"""What users of such engines trip over, found in the trackers of eight of them: a test or a few each, in order of frequency."""

import numpy as np

from autograd import Tensor


def leaf(*values: float, dtype=float) -> Tensor:
    return Tensor(np.array(values, dtype), requires_grad=True)


def grad_of(f, *values: float) -> list[float]:
    x = leaf(*values)
    f(x).sum().backward()
    return x.grad.tolist()
