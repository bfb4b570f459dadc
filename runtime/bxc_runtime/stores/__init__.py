"""A peer's own database: its rows through the generated files, and all records of the runtime beside them."""
