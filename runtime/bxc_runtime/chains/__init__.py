"""The contract as a peer sees it: its events in order, and calls that are signed before they are sent."""
