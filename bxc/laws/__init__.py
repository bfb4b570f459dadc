"""What must hold of a spec beyond its words."""
