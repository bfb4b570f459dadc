"""What a deployed contract says of a share, as data."""

from __future__ import annotations

from collections.abc import Mapping

from bxc.dataclass import dataclass
from bxc.deploy.wanted import Rights


@dataclass(frozen=True, slots=True)
class DeployedShare:
    """A share on the chain; peers by address, in lower case.

    ``awaited`` are those that have not acknowledged the pending version, ``due`` the time at which that is due (0: no
    deadline, or nothing is pending); ``deadline`` in seconds as declared. A closed share has no members.
    """

    id: int
    version: int
    committed: int
    members: tuple[str, ...]
    awaited: tuple[str, ...]
    requester: str
    authority: str
    authority_over: Mapping[str, int]
    rights: Mapping[str, Rights]
    opener: str
    deadline: int
    policy: int
    due: int

    @property
    def closed(self) -> bool:
        return not self.members

    @property
    def pending(self) -> bool:
        return bool(self.awaited)
