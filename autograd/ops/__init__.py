"""The declarations, one file a NumPy chapter. Importing this package fills the registry and attaches Tensor's methods."""
