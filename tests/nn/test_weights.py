"""What is saved comes back; what is damaged, or would run, is refused by name; a file is old or new, never half."""

import os
import pickle
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import nn
from nn.weights import atomic, load_metadata

SUFFIXES = (".safetensors", ".npz")
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", ">f4", ">i8"]
properties = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(got: dict[str, Any], expected: dict[str, Any]) -> None:
    """Names, dtypes (but for the byte order), shapes and every bit, NaN's included."""
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        plain = np.asarray(array).astype(np.asarray(array).dtype.newbyteorder("="))
        assert (got[name].dtype, got[name].shape, got[name].tobytes()) == (plain.dtype, plain.shape, plain.tobytes()), name


@st.composite
def states(draw: st.DrawFn) -> dict[str, Any]:
    """0-d, empty, transposed, strided and broadcast arrays of every dtype, under any name."""
    shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    array = st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(np.dtype(dtype), shapes))
    views = [lambda a: a, np.transpose, lambda a: a[..., ::-2] if a.ndim else a, lambda a: np.broadcast_to(a, (2, *a.shape))]
    names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(["file", "a.npy"])
    return {name: draw(st.sampled_from(views))(draw(array)) for name in draw(st.lists(names, unique=True, max_size=4))}


@pytest.mark.parametrize("suffix", SUFFIXES)
@properties
@given(state=states())
def test_what_is_saved_comes_back(suffix: str, state: dict[str, Any], tmp_path: Path) -> None:
    nn.save(tmp_path / f"state{suffix}", state)
    loaded = nn.load(tmp_path / f"state{suffix}")
    same(loaded, state)
    assert all(array.flags.writeable and array.flags.c_contiguous for array in loaded.values())


def small() -> dict[str, Any]:
    return {"weight": np.arange(4, dtype="f4").reshape(2, 2), "steps": np.array(7)}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_cut_file_is_refused_by_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"cut{suffix}"
    nn.save(path, small())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=f"cut{suffix}: damaged"):
            nn.load(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_flipped_bit_never_gives_another_number(suffix: str, tmp_path: Path) -> None:
    """Bits of every byte: either nobody reads it (a date), or the file is refused."""
    path, refused = tmp_path / f"flipped{suffix}", 0
    nn.save(path, small())
    whole = path.read_bytes()
    for bit in range(0, 8 * len(whole), 3):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            same(nn.load(path), small())
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > len(whole)


def test_a_member_hidden_in_its_neighbours_comment_is_missed(tmp_path: Path) -> None:
    """zipfile alone reads the one array that is left."""
    path = tmp_path / "hidden.npz"
    nn.save(path, small())
    data = bytearray(path.read_bytes())
    first, second, end = data.find(b"PK\x01\x02"), data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    data[first + 32 : first + 34] = struct.pack("<H", end - second)
    path.write_bytes(data)
    assert len(zipfile.ZipFile(path).namelist()) == 1
    with pytest.raises(ValueError, match=r"hidden\.npz.*lists 1 members, and says 2"):
        nn.load(path)


def test_other_libraries_read_and_write_the_same(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    nn.save(tmp_path / "a.safetensors", small())
    same(library.load_file(tmp_path / "a.safetensors"), small())
    library.save_file(small(), tmp_path / "b.safetensors")
    same(nn.load(tmp_path / "b.safetensors"), small())
    nn.save(tmp_path / "a.npz", small())
    same(dict(np.load(tmp_path / "a.npz")), small())
    np.savez_compressed(tmp_path / "b.npz", **small())
    same(nn.load(tmp_path / "b.npz"), small())


def test_bfloat16_is_widened_and_what_numpy_lacks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    header = b'{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\x80\x3f\x49\xc0")
    np.testing.assert_array_equal(nn.load(path)["x"], np.array([1, -3.140625], "f4"))
    header = header.replace(b"BF16", b"F8_E4M3").replace(b"[0,4]", b"[0,2]")
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\x00\x00")
    with pytest.raises(ValueError, match=r"half\.safetensors.*x has dtype F8_E4M3"):
        nn.load(path)


class Ran(Exception):
    """Raised by what a file would run."""


def _run(*_: object) -> None:
    raise Ran


class Malicious:
    def __reduce__(self) -> Any:
        return _run, ()


def test_an_npz_with_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", x=np.array([Malicious()], object))
    with pytest.raises(Ran):
        dict(np.load(tmp_path / "evil.npz", allow_pickle=True))
    with pytest.raises(ValueError, match=r"evil\.npz"):
        nn.load(tmp_path / "evil.npz")


def test_an_npz_with_a_stranger_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "odd.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match=r"odd\.npz.*readme\.txt"):
        nn.load(tmp_path / "odd.npz")


# ------------------------------------------------------------------------------------------------------------ written whole


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_stop_before_the_rename_leaves_the_old_file(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.npz"
    nn.save(path, small())
    before = path.read_bytes()
    monkeypatch.setattr(atomic.os, step, _run)
    with pytest.raises(Ran):
        nn.save(path, {"other": np.zeros(3)})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.npz"]


def test_the_data_is_on_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    for step in ("fsync", "replace"):
        real = getattr(os, step)
        monkeypatch.setattr(atomic.os, step, lambda *args, step=step, real=real: steps.append(step) or real(*args))
    nn.save(tmp_path / "model.npz", small())
    assert steps[:2] == ["fsync", "replace"]


def test_a_link_and_the_rights_of_a_file_stay(tmp_path: Path) -> None:
    nn.save(tmp_path / "real.npz", {})
    (tmp_path / "real.npz").chmod(0o640)
    (tmp_path / "link.npz").symlink_to("real.npz")
    nn.save(tmp_path / "link.npz", small())
    assert (tmp_path / "link.npz").is_symlink()
    assert (tmp_path / "real.npz").stat().st_mode & 0o777 == 0o640
    same(nn.load(tmp_path / "real.npz"), small())


@pytest.mark.parametrize(
    ("name", "state", "error", "said"),
    [
        ("a.npz", {"x": np.array(["text"])}, TypeError, "x: <U4"),
        ("a.npz", {"x": np.array([None])}, TypeError, "x: object"),
        ("a.npz", {3: np.ones(1)}, TypeError, "names are strings"),
        ("a.npz", [np.ones(1)], TypeError, "given list"),
        ("a.safetensors", {"x": np.ones(1, "c16")}, TypeError, "no complex128"),
        ("a.safetensors", {"__metadata__": np.ones(1)}, ValueError, "__metadata__"),
        ("a.pt", {}, ValueError, "PyTorch reads .safetensors"),
        ("a.json", {}, ValueError, "'.json' is none of .safetensors, .npz"),
        ("nowhere/a.npz", {}, FileNotFoundError, "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_said(name: str, state: Any, error: type, said: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=said):
        nn.save(tmp_path / name, state)
    assert not os.listdir(tmp_path)


def test_without_safetensors_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for call in (lambda: nn.save(tmp_path / "a", {}), lambda: nn.load(tmp_path / "a")):
        with pytest.raises(ImportError, match=r"pip install 'gradroutes\[weights\]'"):
            call()


# ------------------------------------------------------------------------------------------------------------- into modules


def model(seed: int) -> nn.Module:
    nn.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_module_comes_back(suffix: str, tmp_path: Path) -> None:
    first, second = model(0), model(1)
    nn.save(tmp_path / f"m{suffix}", first)
    assert not any(nn.load_into(second, tmp_path / f"m{suffix}"))
    same({n: t.data for n, t in second.state_dict().items()}, {n: t.data for n, t in first.state_dict().items()})


def test_everything_wrong_is_listed_and_nothing_changes(tmp_path: Path) -> None:
    module, path = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2)), tmp_path / "m.npz"
    before = {name: tensor.data.copy() for name, tensor in module.state_dict().items()}
    nn.save(path, {"0.weight": np.ones((2, 3)), "0.bias": np.ones(5), "1.weight": np.ones((2, 2), complex), "extra": np.ones(1)})
    for strict, said in ((True, ["1.bias", "extra"]), (False, [])):
        with pytest.raises(ValueError) as caught:
            nn.load_into(module, path, strict=strict)
        for part in [str(path), "0.bias: have (2,), given (5,)", "1.weight: have float32, given complex128", *said]:
            assert part in str(caught.value)
        same({name: tensor.data for name, tensor in module.state_dict().items()}, before)


def test_names_are_translated(tmp_path: Path) -> None:
    module, path = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2)), tmp_path / "m.npz"
    shapes = {"net.a.weight": (2, 3), "net.a.bias": (2,), "net.b.weight": (2, 2), "c": (2,)}
    values = {name: np.full(shape, float(place)) for place, (name, shape) in enumerate(shapes.items(), 1)}
    nn.save(path, {f"module.{name}": value for name, value in values.items()})
    nn.load_into(module, path, rename={"net.a": "0", "net.b": "1", "c": "1.bias"})
    assert [float(p.data.flat[0]) for p in module.parameters()] == [1, 2, 3, 4]
    with pytest.raises(ValueError, match=r"m\.npz: rename.*'ne'"):
        nn.load_into(module, path, rename={"ne": "0"})
    with pytest.raises(ValueError, match=r"would both be called '0\.weight'"):
        nn.load_into(module, path, rename={"net.a": "0", "net.b": "0"})


# ------------------------------------------------------------------------------------------------------ PyTorch's checkpoints


def written(path: Path, pickled: bytes, **members: bytes) -> Path:
    """A checkpoint as PyTorch writes it, around any pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {"data.pkl": pickled, "byteorder": b"little", "version": b"3", **members}.items():
            archive.writestr(f"archive/{name}", data)
    return path


def tensor(kind: str, count: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> bytes:
    """The pickle of {"x": a tensor that sees storage 0 so}."""
    pid = b"(" + _text("storage") + f"ctorch\n{kind}\n".encode() + _text("0") + _text("cpu") + _int(count) + b"tQ"
    sizes = b"".join(b"(" + b"".join(map(_int, numbers)) + b"t" for numbers in (shape, strides))
    made = b"ctorch._utils\n_rebuild_tensor_v2\n(" + pid + _int(offset) + sizes + b"I00\n" + b"}tR"
    return b"}" + _text("x") + made + b"s."


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _int(number: int) -> bytes:
    return f"I{number}\n".encode()


def test_a_checkpoint_is_read_without_pytorch(tmp_path: Path) -> None:
    data = np.arange(6, dtype="<f4")
    path = written(tmp_path / "a.pt", tensor("FloatStorage", 6, 1, (2, 2), (1, 2)), **{"data/0": data.tobytes()})
    same(nn.load(path), {"x": np.array([[1, 3], [2, 4]], "f4")})
    big = {"data/0": data.astype(">f4").tobytes(), "byteorder": b"big"}
    same(nn.load(written(path, tensor("FloatStorage", 6, 1, (2, 2), (1, 2)), **big)), {"x": np.array([[1, 3], [2, 4]], "f4")})


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (7,), (1,)), (6, (1,), (1,)), (-1, (2,), (1,)), (0, (2,), (-1,)), (0, (2, 2), (1, 5)), (0, (2,), ()), (0, (2**62,), (8,))],
)
def test_a_tensor_outside_its_storage_is_refused(offset: int, shape: Any, strides: Any, tmp_path: Path) -> None:
    pickled = tensor("FloatStorage", 6, offset, shape, strides)
    with pytest.raises(ValueError, match=r"a\.pt.*a tensor (of shape|reaches)"):
        nn.load(written(tmp_path / "a.pt", pickled, **{"data/0": bytes(24)}))


def test_a_storage_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 20 bytes, expected 24"):
        nn.load(written(tmp_path / "a.pt", tensor("FloatStorage", 6, 0, (2,), (1,)), **{"data/0": bytes(20)}))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("old", [False, True])
def test_a_malicious_checkpoint_is_refused_and_not_run(old: bool, protocol: int, tmp_path: Path) -> None:
    pickled, path = pickle.dumps({"x": Malicious()}, protocol), tmp_path / "evil.pt"
    with pytest.raises(Ran):
        pickle.loads(pickled)
    if old:
        path.write_bytes(b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {})) + pickled)
    else:
        written(path, pickled)
    with pytest.raises(ValueError, match=rf"evil\.pt.*{__name__}\._run.*nothing was run"):
        nn.load(path)


@pytest.mark.parametrize("name", ["os system", "builtins eval", "builtins getattr", "torch load", "torch._utils os.system"])
def test_no_other_name_is_looked_up(name: str, tmp_path: Path) -> None:
    module, _, called = name.partition(" ")
    stack = b"\x80\x04" + b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, called)) + b"\x93."
    for pickled in (f"c{module}\n{called}\n.".encode(), stack, f"(i{module}\n{called}\n.".encode()):
        with pytest.raises(ValueError, match=f"would call {module}.{called}"):
            nn.load(written(tmp_path / "a.pth", pickled))


# ------------------------------------------------------------------------------------------------------- against PyTorch itself

def test_what_is_written_is_pytorchs_too(tmp_path: Path) -> None:
    """`safetensors.torch` reads it into a module of PyTorch's, metadata or not."""
    torch = pytest.importorskip("torch")
    from safetensors import safe_open
    from safetensors.torch import load_file

    ours = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    theirs = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    path = tmp_path / "model.safetensors"
    nn.save(path, ours, {"about": "σ"})
    theirs.load_state_dict(load_file(path), strict=True)
    for name, value in ours.state_dict().items():
        np.testing.assert_array_equal(theirs.state_dict()[name].numpy(), value.data)
    with safe_open(path, "np") as file:
        assert file.metadata()["about"] == "σ"
    wrapped = {f"module.{name}": value for name, value in theirs.state_dict().items()}
    torch.save(wrapped, tmp_path / "wrapped.pt")
    assert not any(nn.load_into(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), tmp_path / "wrapped.pt"))


@pytest.mark.parametrize("metadata", [{"about": "text"}, {"b": "2", "a": "ü"}, {}])
def test_metadata_comes_back_and_is_under_the_checksum(metadata: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    nn.save(path, small(), metadata)
    assert load_metadata(path) == metadata
    first = path.read_bytes()
    nn.save(path, small(), dict(reversed(metadata.items())))
    assert load_metadata(path) == metadata
    if "about" in metadata:
        assert first == path.read_bytes()
        path.write_bytes(first.replace(b"text", b"tent"))
        with pytest.raises(ValueError, match="checksum"):
            nn.load(path)
    with pytest.raises(ValueError, match="npz has no place"):
        nn.save(tmp_path / "x.npz", small(), {"a": "b"})
    path.write_bytes(b"no header")
    with pytest.raises(ValueError, match=r"x\.safetensors"):
        load_metadata(path)


FORMATS = pytest.mark.parametrize("new", [True, False], ids=["zip", "old"])


@pytest.mark.compare
@FORMATS
def test_checkpoints_of_pytorch_are_equal(new: bool, tmp_path: Path) -> None:
    """Every dtype; shared storage; strided, transposed, expanded, conjugate, empty and 0-d tensors; parameters."""
    torch = pytest.importorskip("torch")
    base, path = torch.randn(6, 8), tmp_path / "a.pth"
    names = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 uint16 uint32 uint64 bool complex64 complex128"
    state = {name: (base * 9).abs().to(getattr(torch, name)) for name in names.split()}
    state |= {"base": base, "strided": base[1::2, ::3], "transposed": base.T, "expanded": base[:, :1].expand(6, 5)}
    state |= {"conj": state["complex64"].mul(1j).conj(), "neg": torch.randn(3, dtype=torch.complex64).conj().imag}
    state |= {"empty": torch.empty(0, 3), "scalar": torch.tensor(2.5), "parameter": torch.nn.Parameter(base[0])}
    torch.save(state, path, _use_new_zipfile_serialization=new)
    widened = {name: value.float() if value.dtype == torch.bfloat16 else value for name, value in state.items()}
    same(nn.load(path), {name: value.detach().resolve_conj().resolve_neg().numpy() for name, value in widened.items()})


@pytest.mark.compare
@FORMATS
def test_a_training_checkpoint_of_pytorch_goes_into_a_module(new: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(16, 2))
    path, ours = tmp_path / "a.pt", model(0)
    theirs(torch.randn(2, 3, 4, 4))
    # Written out, as importing torch.optim changes the environment.
    adam = {"state": {0: {"step": torch.tensor(1.0), "exp_avg": torch.zeros(4)}}, "param_groups": [{"betas": (0.9, 0.999), "params": [0]}]}
    checkpoint = {"model": theirs.state_dict(), "optimizer": adam, "epoch": 3}
    torch.save(checkpoint, path, _use_new_zipfile_serialization=new)
    with pytest.raises(ValueError, match=r"'model' \(dict\), 'optimizer' \(dict\), 'epoch' \(int\).*key="):
        nn.load(path)
    assert not any(nn.load_into(ours, path, key="model"))
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype("f4")
    np.testing.assert_allclose(ours.eval()(x).data, theirs.eval()(torch.from_numpy(x)).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.compare
@FORMATS
def test_a_damaged_checkpoint_of_pytorch_is_refused(new: bool, tmp_path: Path) -> None:
    """The old format has no checksum: cut, it is refused; a flipped bit in its numbers is one that PyTorch reads too."""
    torch = pytest.importorskip("torch")
    path, state = tmp_path / "a.pt", {"x": torch.arange(3.0)}
    torch.save(state, path, _use_new_zipfile_serialization=new)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"a\.pt: "):
            nn.load(path)
    for bit in range(0, 8 * len(whole) if new else 0, 11):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            same(nn.load(path), {"x": state["x"].numpy()})
        except ValueError as error:
            assert "a.pt" in str(error)


@pytest.mark.compare
def test_what_is_not_weights_in_a_checkpoint_is_named(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pt")
    with pytest.raises(ValueError, match=r"torch\.nn\.modules\.linear\.Linear"):
        nn.load(tmp_path / "whole.pt")
