"""The tables of the runtime in a peer's database, in each engine's words. `docs/runtime.md` explains them."""

from __future__ import annotations

from collections.abc import Mapping

from bxc_runtime.rows import Engine

TYPES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "int": "integer", "text": "text", "octets": "blob", "real": "real",
        "end": " strict", "sorted": " strict, without rowid",
    },
    "duckdb": {"int": "bigint", "text": "varchar", "octets": "blob", "real": "double", "end": "", "sorted": ""},
    "postgres": {
        "int": "bigint", "text": 'text collate "C"', "octets": "bytea", "real": "double precision",
        "end": "", "sorted": "",
    },
}  # fmt: skip
"""What a table's rows are sorted by is its key, where the engine has such tables."""

LAST_TABLE = "bxc_conflict"  # all are made in one transaction: if it is there, so are the others

TABLES = """
create table if not exists bxc_peer (
  name {text} primary key, value {text} not null
){end};
create table if not exists bxc_share (
  id {int} primary key, name {text} not null, phase {text} not null, own {text} not null, version {int} not null,
  agreed {int} not null, salt {octets} not null, lanes {octets} not null, attributes {text} not null,
  operations {int} not null, opener {text} not null, authority {text} not null, deadline {int} not null,
  policy {int} not null, chain_hash {octets} not null, trouble {text} not null
){end};
create table if not exists bxc_member (
  share {int} not null, address {text} not null, place {int} not null, primary key (share, address)
){end};
create table if not exists bxc_agreed (
  share {int} not null, row_key {text} not null, row_value {text} not null, primary key (share, row_key)
){sorted};
create table if not exists bxc_outbox (
  id {int} primary key, share {int} not null, state {text} not null, delta {octets} not null, reason {text} not null,
  version {int} not null, content_hash {octets} not null, update_hash {octets} not null, attributes {text} not null,
  operations {int} not null, cause {text} not null
){end};
create table if not exists bxc_inbox (
  share {int} primary key, version {int} not null, update_hash {octets} not null, requester {text} not null,
  attributes {text} not null, operations {int} not null, content_hash {octets} not null, opening {int} not null,
  due {int} not null, delta {octets}, answer {text} not null
){end};
create table if not exists bxc_cursor (
  id {int} primary key, block {int} not null, block_hash {text} not null
){end};
create table if not exists bxc_event (
  block {int} not null, place {int} not null, block_time {int} not null, share {int} not null, name {text} not null,
  arguments {text} not null, primary key (block, place)
){end};
create table if not exists bxc_transaction (
  hash {text} primary key, nonce {int} not null, raw {octets} not null, purpose {text} not null, state {text} not null,
  tries {int} not null, next_try {real} not null
){end};
create table if not exists bxc_history (
  share {int} not null, version {int} not null, outcome {text} not null, requester {text} not null,
  attributes {text} not null, operations {int} not null, content_hash {octets} not null, update_hash {octets} not null,
  block {int} not null, block_time {int} not null, reason {text} not null, delta {octets}, row_before {octets},
  primary key (share, version)
){end};
create table if not exists bxc_ack (
  share {int} not null, version {int} not null, address {text} not null, block {int} not null,
  block_time {int} not null, primary key (share, version, address)
){end};
create table if not exists bxc_conflict (
  id {int} primary key, share {int} not null, version {int} not null, row_key {text} not null, field {text} not null,
  local_value {text} not null, agreed_value {text} not null, resolved {text} not null
){end};
"""


def tables(engine: Engine) -> str:
    """The script that makes them where they are not there."""
    return TABLES.format_map(TYPES[engine])
