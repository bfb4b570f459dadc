"""`bxc check` against enumeration: random small specs, all small tables and all edits of them by the rights."""
