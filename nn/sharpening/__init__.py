"""To sharpen a picture, learn only the difference: a network with one skip around everything (Kim et al. 2016, VDSR)."""

from nn.sharpening.network import VDSR
from nn.sharpening.photographs import Photographs, load_photographs
from nn.sharpening.pixels import blurred, halved, luminance, psnr, resized, with_luminance
from nn.sharpening.restoring import enlarged, restored, sharpener_of
from nn.sharpening.training import patches, train

__all__ = [
    "VDSR", "Photographs",
    "blurred", "enlarged", "halved", "load_photographs", "luminance", "patches", "psnr", "resized", "restored", "sharpener_of",
    "train", "with_luminance",
]  # fmt: skip
