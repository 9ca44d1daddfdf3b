"""Tests by what they need: unit (nothing), node (the embedded node and its binaries), kind (an engine), docs."""
