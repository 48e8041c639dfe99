"""Sown bugs that change nothing anyone can see, each with the reason: (module, before, after), "*" for any."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("autograd.accumulation", "4096", "4097"): "where one way of summing rows takes over from another; both give the sum",
    ("autograd.accumulation", "gradient.shape != parent.shape", "True"): "a sum over no axes is the gradient itself",
}
