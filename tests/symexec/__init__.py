"""The evaluator of emitted SQL beside the real engines."""
