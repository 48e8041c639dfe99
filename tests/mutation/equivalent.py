"""Sown bugs that change nothing anyone can see, each with the reason: (module, before, after), "*" for any."""

EQUIVALENT: dict[tuple[str, str, str], str] = {}
