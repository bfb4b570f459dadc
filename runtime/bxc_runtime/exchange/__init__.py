"""What peers send each other off the chain: deltas, contents, and the salts of shares."""
