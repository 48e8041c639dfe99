"""Every declared operation, from its own samples. nn's operations bring theirs here."""

import numpy as np

import nn  # noqa: F401  (declares its operations)
from autograd.testing.registry import A, Call, add_samples

UNIT = (0.1, 0.9)
add_samples("linear", Call(A(2, 3), A(4, 3), A(4)), Call(A(3), A(2, 3), A(2)), Call(A(2, 2, 3), A(4, 3), A(4)))
add_samples("softmax_cross_entropy", Call(A(2, 3), A(2, 3, domain=UNIT)), Call(A(3, 2), A(3, 2, domain=UNIT), axis=0))
add_samples("watched", Call(A(2, 3), np.positive), Call(A(), np.positive))
add_samples("dropout", Call(A(2, 3), 2.0), Call(A(3), np.array([False, True, True])))
POSITIVE = (0.3, 3.0)
BATCHES = ((3, 2, 4), (4, 2))
add_samples("batch_norm_inference", *(Call(A(*n), A(2), A(2, domain=POSITIVE), A(2), A(2), 1e-2) for n in BATCHES))
add_samples("standardize", Call(A(4, 3), 0, 1e-5), Call(A(2, 3, 4), (0, 2), 1e-3))

# Away from the kinks, on every piece.
PIECES = A(4, 5)
add_samples("hardtanh", Call(PIECES, -1.0, 1.5), Call(A(), -0.5, 0.5))
add_samples("hardshrink", Call(PIECES, 0.5), Call(A(), 1.0))
add_samples("softshrink", Call(PIECES, 0.5), Call(A(), 1.0))
add_samples("threshold", Call(PIECES, 0.3, -2.0), Call(A(), 0.1, 7.0))
add_samples("elu", Call(PIECES, 1.5, 1.0), Call(PIECES, 2.0, 0.5))
add_samples("leaky_relu", Call(PIECES, 0.2), Call(A(3), -0.5))
