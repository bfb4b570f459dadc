"""A resolved spec → the plan: lenses stacked onto their sources, keys found, defaults and policies settled."""

from bxc.flatten.spec import flatten

__all__ = ["flatten"]
