"""The checker: a resolved spec and its plan → verdicts and diagnostics."""
