"""Translation validation: the emitted SQL, evaluated over symbolic rows, does what the plan says."""
