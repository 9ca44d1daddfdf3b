"""Programs around the tests: bench, demo, fidelity, rig."""
