"""Who may edit views by hand: one role a peer, with rights on columns as its shares grant them.

The role is named in the manifest and can log in nowhere: people are made its members. Rights in shares come and go, so
a trigger on `bxc_rights` grants and revokes.
"""

from __future__ import annotations

import hashlib

from bxc.codegen.sql import names
from bxc.codegen.sql.postgres.rights import may
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.text import SCHEMA, body, function, object_, q, quoted
from bxc.codegen.sql.setwise.layout import indented
from bxc.resolve.names import LONGEST_IDENTIFIER


def role_name(spec: str, peer: str) -> str:
    """The role of a peer's editors. Roles belong to a whole server, so the spec is part of the name."""
    name = names.helper(spec, peer)
    if len(name.encode()) <= LONGEST_IDENTIFIER:
        return name
    return names.helper(hashlib.sha256(name.encode()).hexdigest()[:32])


def create_role(role: str) -> str:
    """The statement that creates the role, if whoever installs may."""
    text = (
        f"begin\n  if not {_exists(role)} then\n    create role {q(role)} nologin;\n  end if;\n"
        f"  grant usage on schema {SCHEMA} to {q(role)};\n"
        "exception\n"
        "  when duplicate_object or unique_violation then null;\n"
        "  when insufficient_privilege then\n"
        f"    raise warning 'there is no role %: views are edited by their owner only', {quoted(role)};\nend"
    )
    return f"-- whoever edits views by hand is a member of this role\ndo {body(text)};"


def _exists(role: str) -> str:
    return f"exists (select 1 from pg_catalog.pg_roles where rolname = {quoted(role)})"


def view_grants(shape: Shape, role: str) -> str:
    """The statements that let the role read the view, and edit what its peer may edit."""
    view, to = object_(shape.name), q(role)
    if not shape.plan.shares:
        allowed = "select" if shape.read_only else "select, insert, update, delete"
        text = f"begin\n  if {_exists(role)} then\n    grant {allowed} on {view} to {to};\n  end if;\nend"
        return f"-- its editors\ndo {body(text)};"
    granted = [("insert", may(shape, "insert")), ("delete", may(shape, "delete"))]
    granted += [(f"update ({q(c.name)})", may(shape, "update", c.name)) for c in shape.plan.stored]
    granted += [(f"update ({q(c.name)})", "true") for c in shape.plan.computed]
    statements = [
        f"if not {_exists(role)} then\n  return null;\nend if;",
        f"revoke all on {view} from {to};\ngrant select on {view} to {to};",
        *(f"if {held} then\n{indented(f'grant {right} on {view} to {to};', 2)}\nend if;" for right, held in granted),
        "return null;",
    ]
    name = names.helper("grant", shape.name)
    return (
        "-- its editors, by this peer's rights\n"
        f"{function(f'{object_(name)}()', 'trigger', [], statements)}\n\n"
        f"create or replace trigger {q(name)}\nafter insert or update or delete on {object_(names.RIGHTS)}\n"
        f"for each statement execute function {object_(name)}();\n\n"
        f"update {object_(names.RIGHTS)} set granted = granted where false;  -- grants what is granted now"
    )
