"""`python -m bxc_runtime.demo`, as `make demo` runs it; `bxc demo` has options."""

from bxc_runtime.demo import main

raise SystemExit(main())
