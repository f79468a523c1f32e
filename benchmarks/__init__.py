"""How fast the trainer is, measured beside what it is compared with: `python -m benchmarks --help`."""
