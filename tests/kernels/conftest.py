"""Which kernels a test runs with: everything that keeps the padded layout is tried with each."""

import pytest

from autograd.kernels import choice, layout


def _has_numba():
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


MODES = ["numpy", pytest.param("fast", marks=pytest.mark.skipif(not _has_numba(), reason="needs the extra `fast`"))]


@pytest.fixture(params=MODES)
def mode(request):
    before = choice.use(request.param)
    yield request.param
    choice.use(before)


@pytest.fixture
def always_padded(monkeypatch):
    """However small the images are."""
    monkeypatch.setattr(layout, "SMALL", 0)
