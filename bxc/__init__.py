"""Turns a specification of shared views into SQL, a permission contract and a cascade graph."""

__version__ = "0.1.0"
