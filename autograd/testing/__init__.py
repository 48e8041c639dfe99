"""Gradient checks and property tests, for users as much as for this project.

    from autograd import testing

    testing.check_gradients(lambda x: (x * x).sum(), np.array([1.0, 2.0]))

    testing.check_operation(my_operation)  # what autograd.op returned, held to what all operations are held to

    @testing.gradient_test(x=testing.tensors((2, 3)))
    def test_my_layer(x):
        return my_layer(x)

Hypothesis is imported when a strategy is first used; `check_gradients` needs NumPy alone.
"""

from autograd.testing.checks import check_gradients
from autograd.testing.comparison import Failure, Report
from autograd.testing.coverage import Coverage
from autograd.testing.geometries import Convolution, Pooling, convolution_geometries, pooling_geometries
from autograd.testing.matrices import labels, near_singular, one_hot, well_conditioned
from autograd.testing.naive import Program, naive_gradients, programs
from autograd.testing.networks import ResidualNetwork, residual_networks
from autograd.testing.properties import Checked, check_operation
from autograd.testing.refusals import CheckRefused, GradientError
from autograd.testing.registry import A, Call, add_samples
from autograd.testing.strategies import broadcastable_shapes, gradient_test, indices, shapes, tensors

__all__ = [
    "A", "Call", "CheckRefused", "Checked", "Convolution", "Coverage", "Failure", "GradientError", "Pooling", "Program", "Report",
    "ResidualNetwork", "add_samples", "broadcastable_shapes", "check_gradients", "check_operation", "convolution_geometries",
    "gradient_test", "indices", "labels", "naive_gradients", "near_singular", "one_hot", "pooling_geometries", "programs",
    "residual_networks", "shapes", "tensors", "well_conditioned",
]  # fmt: skip
