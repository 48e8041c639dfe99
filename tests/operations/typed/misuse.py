"""What a type checker reports to a user; never run."""

import autograd
from autograd import Tensor, linalg


def misuse(x: Tensor) -> None:
    autograd.exp("text")  # wrong: incompatible type "str"
    autograd.sum(x, axes=0)  # wrong: Unexpected keyword argument "axes"
    autograd.softmax(x, axis="rows")  # wrong: No overload variant of "softmax"
    autograd.concatenate(x, x)  # wrong: No overload variant of "concatenate"
    autograd.topk(x)  # wrong: No overload variant of "topk"
    autograd.matmul(x, None)  # wrong: No overload variant of "matmul"
    autograd.nosuch(x)  # wrong: has no attribute "nosuch"
    linalg.inverse(x)  # wrong: has no attribute "inverse"
    autograd.grad(f=3)  # wrong: incompatible type "int"
    x.summ()  # wrong: "Tensor" has no attribute "summ"
    x.reshape("rows")  # wrong: Argument 1 to "reshape"
    x.sum(dim="first")  # wrong: Unexpected keyword argument "dim"
    x + "a"  # wrong: Unsupported operand types for +
    x.grad.sum()  # wrong: Item "None" of "Tensor | None"
    number: int = autograd.exp(x)  # wrong: Incompatible types in assignment
    autograd.routes(x, keep=3)  # wrong: Argument "keep" to "routes"
    number + 1
