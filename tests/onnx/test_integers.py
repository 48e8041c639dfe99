"""Integer inputs in ONNX Runtime: look-ups, one-hot, padding masks; and what cannot be told apart is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from nn import functional as F

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
import nn.onnx  # noqa: E402

RANDOM = np.random.default_rng(0)
TOKENS = RANDOM.integers(0, 11, (3, 6))


class Text(nn.Module):
    """A transformer of one layer over tokens and places; padding is 0 where there is any."""

    def __init__(self, padding: int | None = None) -> None:
        self.tokens, self.places = nn.Embedding(11, 8, padding_idx=padding, generator=0), nn.Embedding(6, 8, generator=1)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=True, generator=2)
        self.head, self.padding = nn.Linear(8, 3, generator=3), padding

    def forward(self, ids: Any) -> Any:
        mask = None if self.padding is None else ids == self.padding
        x = self.tokens(ids) + self.places(np.arange(ids.shape[1]))
        return self.head(self.layer(x, src_key_padding_mask=mask).mean(axis=1))


class Recurrent(nn.Module):
    def __init__(self, layer: type[nn.RNNBase]) -> None:
        self.tokens, self.layer, self.head = nn.Embedding(11, 4, generator=0), layer(4, 5, batch_first=True, generator=1), nn.Linear(5, 2)

    def forward(self, ids: Any) -> Any:
        return self.head(self.layer(self.tokens(ids))[0][:, -1])


class Conditioned(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(5, 3, generator=0)

    def forward(self, x: Any, kind: Any) -> Any:
        return self.layer(F.one_hot(kind, 5).astype(np.float32)) * x


MODELS: dict[str, tuple[Any, Any]] = {
    "tokens": (Text, TOKENS), "tokens with padding": (lambda: Text(0), TOKENS), "int32": (Text, TOKENS.astype(np.int32)),
    "RNN": (lambda: Recurrent(nn.RNN), TOKENS), "GRU": (lambda: Recurrent(nn.GRU), TOKENS), "LSTM": (lambda: Recurrent(nn.LSTM), TOKENS),
    "one-hot": (Conditioned, (RANDOM.normal(size=(4, 3)).astype(np.float32), np.array([0, 3, 1, 3]))),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_onnx_runtime_gives_the_same_for_other_integers(name: str, tmp_path: Path) -> None:
    make, example = MODELS[name]
    model = make()
    nn.onnx.export(model, example, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession((tmp_path / "model.onnx").read_bytes(), providers=["CPUExecutionProvider"])
    model.eval()
    for samples in (1, 5):
        given = example if isinstance(example, tuple) else (example,)
        inputs = [np.resize(each.ravel()[::-1], (samples, *each.shape[1:])) for each in given]
        (got,) = session.run(None, {put.name: each for put, each in zip(session.get_inputs(), inputs, strict=True)})
        np.testing.assert_allclose(got, model(*inputs).data, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "example", "said"),
    [
        (Text, np.zeros((3, 6), int), "two different values"),
        (Text, np.ones((1, 1), int), "two different values"),
        (lambda: Text(0), np.maximum(TOKENS, 1), "every value that is special"),
        (lambda: nn.Lambda(lambda ids: Text()(ids % 3)), TOKENS, "argument index"),
    ],
)
def test_what_cannot_be_told_is_refused(model: Any, example: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        nn.onnx.export(model(), example, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
