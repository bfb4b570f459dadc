"""Plans turned into SQL: one package an engine, over the dialects, names and expressions that they share."""
