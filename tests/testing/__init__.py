"""Tests of the tests: `autograd.testing` and its pytest plugin."""
