"""What the registry writes: the page of what is differentiable, and the type stubs. ``python -m autograd.support`` writes them anew."""

from autograd.support.page import support_page
from autograd.support.stubs import stub_files, user_stub

__all__ = ["stub_files", "support_page", "user_stub"]
