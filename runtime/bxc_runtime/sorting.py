"""Texts in order, of which there may be more than fit in memory."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice

from bxc_runtime.stores.connection import StoreError

RUN = 100_000  # texts that are sorted at once; what is more waits in files


@contextmanager
def in_order(texts: Iterable[str]) -> Iterator[Iterator[str]]:
    """Lines of JSON in one order, whatever the engine's own is. StoreError if there is no room for them."""
    try:
        with ExitStack() as files:
            runs: list[Iterable[str]] = []
            source = iter(texts)
            while run := sorted(f"{text}\n" for text in islice(source, RUN)):
                if len(run) < RUN and not runs:
                    runs.append(run)
                    break
                file = files.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n"))
                file.writelines(run)
                file.seek(0)
                runs.append(file)
            yield (line[:-1] for line in heapq.merge(*runs))
    except OSError as error:
        raise StoreError("many keys cannot be kept in files") from error


def missing(wanted: Iterable[str], there: Iterable[str]) -> Iterator[str]:
    """Those of ``wanted`` that are not ``there``, both in order."""
    source = iter(there)
    here = next(source, None)
    for text in wanted:
        while here is not None and here < text:
            here = next(source, None)
        if here != text:
            yield text
