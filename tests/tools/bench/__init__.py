"""What labs cost: time from command to prompt and memory, as ratios measured in one run (docs/benchmarks.md)."""
