"""What the hover card of a block says: everything known about it, the same at every level."""

from autograd.pictures.numerals import percent, three_significant
from autograd.pictures.scene import Highway, Residual


def told_of(block: Residual) -> str:
    """Shares, which add up to 100 % and show what opposes, beside the parts of the norms, which hide that; and the cosine."""
    norms = block.skip_size + block.branch_size
    lines = [" · ".join(filter(None, (block.title, block.name))), block.formula]
    for way, size, share in ((f"by the skip ({block.skip.label})", block.skip_size, block.shares.skip),
                             ("through F", block.branch_size, block.shares.branch)):  # fmt: skip
        counted = block.shares.word or f"share {percent(share)} %"
        lines.append(f"{way}: {three_significant(size)}, {counted}, {percent(size / norms) if norms else '0'} % of the norms")
    if abs(block.shares.other) >= 0.005:
        lines.append(f"by other ways: share {percent(block.shares.other)} %")
    if block.cosine is not None:
        lines.append(f"cosine between the two: {block.cosine:+.2f}".replace("-", "−"))
    lines.append(f"|gradient| after the add {three_significant(block.output)}, at the fork {three_significant(block.fork)}")
    return "\n".join(filter(None, lines))


def told_of_source(tower: Highway) -> str:
    """Of the value where a stack begins."""
    return f"{tower.source}: |∂L/∂{tower.source}| {three_significant(tower.gradient)}"
