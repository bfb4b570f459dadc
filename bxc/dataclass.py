"""`dataclass` as the standard library has it, for quick starts: methods are made when they are first called, if ever.

The standard decorator writes and compiles six methods for each class as soon as its module is imported. A run of bxc
imports a few hundred classes and uses few methods of few of them, so that took longer than all else at its start. Type
checkers see the standard decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, eq=True, frozen=False, slots=False, order=False):
        """The standard decorator, for the arguments that are used here; fields have no `init=False` or `kw_only`."""

        def decorated(cls):
            if order:
                return dataclasses.dataclass(eq=eq, frozen=frozen, slots=slots, order=order)(cls)
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
            found = dataclasses.fields(cls)
            methods = {"__init__": _first_init(cls, frozen), "__repr__": _repr}
            if eq:
                compared = _compared(found)
                methods["__eq__"] = _eq(compared)
                if frozen and cls.__dict__.get("__hash__") is None:
                    cls.__hash__ = _hash(compared)
                elif "__hash__" not in cls.__dict__:
                    cls.__hash__ = None
            if frozen:
                methods |= _frozen(cls, frozenset(f.name for f in found))
            for name, method in methods.items():
                if name not in cls.__dict__:
                    setattr(cls, name, method)
            return cls

        return decorated

    def _first_init(cls, frozen):
        def __init__(self, *args, **kwargs):  # noqa: N807
            made = _init(cls, frozen)
            if cls.__dict__["__init__"] is __init__:
                cls.__init__ = made
            made(self, *args, **kwargs)

        return __init__

    def _init(cls, frozen):
        """An `__init__` for the fields of a class, as the standard one is."""
        known = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
        taken, body = [], []
        for f in dataclasses.fields(cls):
            default, value = "", f.name
            if f.default_factory is not dataclasses.MISSING:
                known[f"_new_{f.name}"] = f.default_factory
                default, value = "=_missing", f"_new_{f.name}() if {f.name} is _missing else {f.name}"
            elif f.default is not dataclasses.MISSING:
                known[f"_default_{f.name}"] = f.default
                default = f"=_default_{f.name}"
            taken.append(f", {f.name}{default}")
            body.append(f" _set(_self, {f.name!r}, {value})" if frozen else f" _self.{f.name} = {value}")
        exec(f"def __init__(_self{''.join(taken)}):\n" + ("\n".join(body) or " pass"), known)  # noqa: S102
        made = known["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made

    def _repr(self):
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{type(self).__qualname__}({shown})"

    def _compared(fields):
        """A function from an object to the tuple that it is compared by."""
        names = [f.name for f in fields if f.compare]
        if len(names) > 1:
            return attrgetter(*names)
        return lambda self: tuple(getattr(self, name) for name in names)

    def _eq(compared):
        def __eq__(self, other):  # noqa: N807
            if other.__class__ is not self.__class__:
                return NotImplemented
            return compared(self) == compared(other)

        return __eq__

    def _hash(compared):
        def __hash__(self):  # noqa: N807
            return hash(compared(self))

        return __hash__

    def _frozen(cls, names):
        def __setattr__(self, name, value):  # noqa: N807
            if type(self) is cls or name in names:
                raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
            super(cls, self).__setattr__(name, value)

        def __delattr__(self, name):  # noqa: N807
            if type(self) is cls or name in names:
                raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
            super(cls, self).__delattr__(name)

        return {"__setattr__": __setattr__, "__delattr__": __delattr__}
