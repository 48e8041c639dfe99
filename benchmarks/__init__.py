"""The same training steps in this engine and in its peers, timed side by side.

Every workload is written once (workloads.py) against a small interface (backend.py); every peer is one adapter
(peers/) that runs in a process, and where needed an environment, of its own (worker.py, environments.py). The runner
asks each in turn for one round, so that a busy machine slows all of them alike (runner.py). `python -m benchmarks
--help` says the rest.
"""
