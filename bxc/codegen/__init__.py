"""Plans turned into files: pure functions, no input or output."""
