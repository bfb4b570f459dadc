"""The interface that deployments and plans speak is the contract's own."""

from __future__ import annotations

from typing import Any

import pytest

from bxc.codegen.solidity import contract
from bxc.deploy.abi import REGISTRY_ABI

from .deployed import SPECS, compiled, spec_of_file


def shape(entry: dict[str, Any]) -> tuple[Any, ...]:
    """What of an ABI entry matters to who calls: parameters by type and name, results by type."""
    return (
        entry["type"],
        entry.get("name"),
        tuple((p["type"], p["name"]) for p in entry["inputs"]),
        tuple(p["type"] for p in entry.get("outputs", ())),
        entry.get("stateMutability") in ("view", "pure"),
    )


@pytest.mark.parametrize("spec", ["medical", "hospital_network"])
def test_plans_speak_the_interface_that_the_compiler_tells(spec: str) -> None:
    made = contract(spec_of_file(SPECS / f"{spec}.bxc"))
    theirs = {shape(entry) for entry in compiled(made.text, made.name).abi}
    assert {shape(entry) for entry in REGISTRY_ABI} <= theirs
