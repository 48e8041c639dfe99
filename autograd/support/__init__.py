"""What the registry writes: the page of what is differentiable, and the type stubs. ``python -m autograd.support`` writes them anew."""

from autograd.support.page import operations_table, support_page
from autograd.support.stubs import operations_of, stub_files, user_stub

__all__ = ["operations_of", "operations_table", "stub_files", "support_page", "user_stub"]
