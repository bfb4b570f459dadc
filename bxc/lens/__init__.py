"""Relational lenses: each step of a view, composed into one lens from the view's base.

A lens here is relative to the view's own base (a source or another view of the peer); `bxc.flatten` stacks lenses onto
the source. Source: Bohannon, Pierce, Vaughan, "Relational Lenses: A Language for Updatable Views", PODS 2006.
"""
