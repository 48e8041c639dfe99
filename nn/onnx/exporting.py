"""`export`: a function or module, run on an example, as an ONNX file that says the same."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from nn.module import Module
from nn.onnx.graph import Graph, NeedsSize
from nn.onnx.integers import mixed
from nn.onnx.recorded import Array, Differs, merged, record
from nn.weights import write_atomically

LARGEST = 2**31 - 1  # what a protobuf message may weigh


def export(
    model: Callable[..., Any], example: Any, path: str | os.PathLike[str], *, input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None, dynamic: Sequence[int] | None = None, verify: bool = True,
) -> None:  # fmt: skip
    """Write what a model does as an ONNX graph: opset 18, weights inside under their names in `state_dict`.

    The model runs on the example and on other values, in eval mode if it is a module, and what it records is translated
    operation by operation (`nn.onnx.TRANSLATIONS`, to which `nn.onnx.translation` adds). Nothing is written before the graph is
    checked and was run, on both inputs, to the model's own results.

    Parameters
    ----------
    model : Module or callable
        Takes arrays, returns a Tensor or a list, tuple or dict of such.
    example : array_like, or a tuple of such
        The inputs. Those of integer dtype (for `nn.Embedding`, `one_hot`, masks) reach the model as plain arrays, and the example
        holds two different values at least, better all that the model treats in a way of their own, such as padding.
    path : path
        The old file stays until the new one is whole.
    input_names, output_names : sequence of str, optional
        Default: ``input`` and ``output``, with numbers where there are several.
    dynamic : sequence of int, optional
        Axes of the inputs that may have any size: ``(0,)`` is the batch, ``(0, 2, 3)`` images of any height and width too,
        ``()`` none. By default the batch, where the model allows it.
    verify : bool
        Run the graph before it is written, by ONNX Runtime, or where that cannot, by ONNX's own evaluator.

    Raises
    ------
    ModuleNotFoundError
        Without onnx: ``pip install 'gradroutes[onnx]'``.
    NotImplementedError
        An operation has no translation; it is named.
    ValueError
        The model computes something from its inputs beside the graph, which a file cannot say; or the graph's results differ.

    Examples
    --------
    >>> import numpy as np, nn, nn.onnx, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:  # doctest: +SKIP
    ...     nn.onnx.export(nn.resnet18(), np.zeros((1, 3, 224, 224), np.float32), f"{folder}/resnet18.onnx")
    """
    require_onnx()
    arrays = _examples(example)
    with _as_used(model) as names:
        proto, runs = _proto(model, arrays, names, dynamic, (input_names, output_names))
    if proto.ByteSize() > LARGEST:
        raise ValueError(f"{os.fspath(path)}: {proto.ByteSize()} bytes are more than a protobuf file holds, {LARGEST}")
    _check(proto)
    if verify:
        from nn.onnx.running import refuse_differences

        refuse_differences(proto, runs)
    write_atomically(path, proto.SerializeToString())


def require_onnx() -> None:
    """Say what to install where the library is missing; read the table of translations where it is not."""
    try:
        importlib.import_module("onnx")
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError("ONNX files need onnx: pip install 'gradroutes[onnx]'", name=missing.name) from missing
    for chapter in ("elementwise", "shapes", "networks"):
        importlib.import_module(f"nn.onnx.{chapter}")


def _examples(example: Any) -> list[Array]:
    items = list(example) if isinstance(example, tuple) else [example]
    arrays = [np.asarray(item.data if isinstance(item, Tensor) else item) for item in items]
    for place, array in enumerate(arrays):
        if array.dtype.kind not in "fiu":
            raise TypeError(f"example {place} is {array.dtype}: inputs are floating numbers or integers")
    return arrays


@contextlib.contextmanager
def _as_used(model: Any) -> Iterator[dict[Any, str]]:
    """In eval mode, every floating tensor of the state a leaf that is known by its name; all as it was afterwards."""
    if not isinstance(model, Module):
        yield {}
        return
    modes = [(module, module.training) for module in model.modules()]
    held = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    state = {name: tensor for name, tensor in held.items() if tensor.dtype.kind == "f"}
    frozen = [tensor for tensor in state.values() if not tensor.requires_grad]
    try:
        model.eval()
        for tensor in frozen:
            tensor.requires_grad = True
        yield {tensor.node: name for name, tensor in reversed(state.items())}
    finally:
        for tensor in frozen:
            tensor.requires_grad = False
        for module, mode in modes:
            module.training = mode


# ------------------------------------------------------------------------------------------------------------- two runs

Runs = list[tuple[list[Array], list[Array]]]  # inputs and results


def _more(axis: int) -> int:
    """One sample more; along other axes what nets may halve five times, another number each, so that they are told apart."""
    return 32 * axis or 1


def _others(arrays: Sequence[Array], axes: Sequence[int]) -> list[Array]:
    """Other values of the same kind, the example's, mixed and a little off; more of them along these axes."""
    random = np.random.default_rng(0)
    made = []
    for array in arrays:
        shape = tuple(n + (_more(axis) if axis in axes else 0) for axis, n in enumerate(array.shape))
        if array.dtype.kind != "f":
            made.append(mixed(array, shape, random))
            continue
        values = np.resize(random.permutation(array.ravel()), shape) if array.size else np.zeros(shape)
        made.append(np.asarray(values * random.uniform(0.9, 1.1, shape) + 1e-3 * random.standard_normal(shape), array.dtype))
    return made


def _open_axes(arrays: Sequence[Array], dynamic: Sequence[int] | None) -> list[int]:
    if dynamic is None:
        return [0] if all(array.ndim for array in arrays) else []
    most = max(array.ndim for array in arrays)
    if any(isinstance(axis, bool) or not 0 <= axis < most for axis in dynamic):
        raise ValueError(f"dynamic: axes from 0 to {most - 1} of the inputs, given {dynamic!r}")
    return list(dynamic)


def _proto(model: Any, arrays: list[Array], names: Mapping[Any, str], dynamic: Sequence[int] | None, labels: Any) -> tuple[Any, Runs]:
    """With sizes left open where both runs are one graph then; else, unless they were asked for, with the example's."""
    axes = _open_axes(arrays, dynamic)
    if axes:
        others = _others(arrays, axes)
        try:
            return _twice(model, arrays, others, names, labels)
        except NotImplementedError:
            raise
        except Exception as error:
            # With integers a mask that happens to be empty would be frozen as it is, were sizes fixed: only if asked for.
            if dynamic is not None or any(array.dtype.kind != "f" for array in arrays):
                raise ValueError(f"the model does not allow any size along axes {axes}: {error}") from error
    return _twice(model, arrays, _others(arrays, ()), names, labels)


def _twice(model: Any, arrays: list[Array], others: list[Array], names: Mapping[Any, str], labels: Any) -> tuple[Any, Runs]:
    from nn.onnx.writing import model_proto

    one, two = record(model, arrays, names), record(model, others, names)
    runs = [(arrays, one.results), (others, two.results)]
    try:
        return model_proto(Graph(), merged(one, two), runs, *labels), runs
    except Differs as error:
        raise ValueError(f"no graph says what this model does: {error}") from error
    except NeedsSize:
        raise ValueError("a size that was left open decides what ONNX wants as a number") from None


def _check(proto: Any) -> None:
    import onnx.checker

    onnx.checker.check_model(proto, full_check=True)
