"""Weights in files: safetensors and NumPy's npz, written whole or not at all; PyTorch's checkpoints, read without running them."""

from nn.weights.atomic import write_atomically
from nn.weights.files import load, load_into, load_metadata, save

__all__ = ["load", "load_into", "load_metadata", "save", "write_atomically"]
