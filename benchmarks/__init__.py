"""Measurements beside each one's floor or rival, in one run; `make bench` writes `RESULTS.md`."""
