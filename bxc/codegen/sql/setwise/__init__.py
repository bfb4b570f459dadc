"""What the emitters of DuckDB, PostgreSQL and Spark share: puts in steps, each of which makes a set of rows.

An engine gives a `Writer`, a `Shape` and the steps that it writes in a way of its own.
"""
