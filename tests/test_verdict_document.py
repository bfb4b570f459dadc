"""`verdicts.json` is what its page says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from test_report_documents import faults
from verdicts import small, verdict, warning

from bxc.check.document import document
from bxc.check.verdict_json import LAWS, from_json
from bxc.laws.limits import Limits
from bxc.laws.verdict import Edge, Fault, Status

PAGE = Path(__file__).parent.parent / "docs" / "verdicts-format.md"


def test_the_document_is_what_its_page_says(tmp_path: Path) -> None:
    block = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    schema = json.loads(block[1])
    edge = Edge("s", "update", "c", ("P",), "R", "V", "W", "t", ("update",), ("d",), False, None)
    told = replace(warning(), others=((Fault("view", ("W",)), "there"),))
    verdicts = [
        *(verdict(status) for status in Status),
        verdict(Status.REFUTED, finding=told),
        replace(verdict(Status.PROVED), edge=edge),
    ]
    spec, _ = small(tmp_path)
    text = document(spec, verdicts, Limits())
    written = json.loads(text)
    assert faults(written, schema, schema) == []
    assert schema["$defs"]["verdict"]["properties"]["law"]["enum"] == list(LAWS)
    assert [from_json(one) for one in written["verdicts"]] == verdicts
    assert written["summary"] == {"proved": 2, "bounded": 1, "refuted": 2, "unknown": 1}
    assert document(spec, verdicts, Limits()) == text
