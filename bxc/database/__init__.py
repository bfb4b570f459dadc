"""Live databases: opening them, reading their catalogs, installing generated files, and running get and put."""
