"""A peer's web console: what its operator sees and settles, on a listener of its own beside the exchange."""
