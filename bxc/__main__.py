"""`python -m bxc` is `bxc`."""

from bxc.cli import main

main()
