"""A compiled spec, an environment file and a chain → a deployed contract, and plans that bring it to what is wanted."""
