"""Translation validation: the emitted SQL, evaluated over symbolic rows, does what the plan says.

`database.Database` is a database of symbolic rows, as a value; `run.run(database, script)` runs a script of its engine
(install files, puts, captures) and gives a `run.Result`: the code with which it is refused, under which condition, and
the database after; `run.query(database, text)` gives the rows of one query. What the evaluator does not know raises
`unsupported.Unsupported`. Ground rows fold, so it is an interpreter for them, which the tests run beside the engines.

Text becomes statements in `tokens`, `script`, `create_table`, `read` and `read_query` (sqlglot reads all but CREATE);
`sql` holds their forms; `expressions`, `arithmetic`, `functions` and `aggregates` give values, `queries` and `joins`
relations, `runner` and `constraints` what statements, triggers and the engine's own constraints do.

PostgreSQL's functions are read as they are emitted: `script_postgres` finds them, `read_procedure` reads their control
structure (`procedure` holds its forms), `changes_postgres` and `runner_postgres` run them, and `local_procedures`
follows values through them.
"""
