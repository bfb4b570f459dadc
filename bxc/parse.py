"""The text of a spec → its syntax tree and the findings about its syntax (BX001, BX007). Never raises.

A file is read statement by statement; a wrong one is mended or left out, and reading goes on with the next. A block
ends at its `}`, or where a declaration begins that can stand in no block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bxc import characters, lalr, limits, syntax, tree
from bxc.diagnostic import Diagnostic, Label
from bxc.habits import TYPE_WORDS
from bxc.mistakes import mend
from bxc.scan import BAD, SIGN, WORD, Token
from bxc.statements import MAX_NESTING, Statement, Statements, begins_declaration
from bxc.suggest import closest
from bxc.text import SourceFile, Span
from bxc.wording import found

_MAX_MENDS = 8  # mistakes that are looked for in one statement
_LINES = {"source": "column", "view": "step", "share": "item"}
_DECLARATIONS = ("spec", "import", "peer", "source", "view", "share")
_NOTHING = Token(SIGN, "", "", 0, 0)


def parse_text(source: SourceFile) -> tuple[syntax.File, list[Diagnostic]]:
    """The declarations and comments of a file, and every finding about its syntax in the order of the text.

    The tree holds what could be read: a wrong line is left out of its declaration, and a declaration whose first line
    cannot be understood is left out of the file.
    """
    reader = _Reader(source)
    declarations = reader.declarations()
    comments = tuple(
        syntax.Comment(token.text, Span(source, token.start, token.end)) for token in reader.statements.comments
    )
    findings = reader.findings + characters.hidden_characters(source, limits.MAX_FINDINGS)
    findings.sort(key=lambda finding: finding.sort_key)
    return syntax.File(source, tuple(declarations), comments), findings


class _Reader:
    """Reads one file: ``statements`` is the place in its text, ``findings`` what was found so far."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.statements = Statements(source)
        self.findings: list[Diagnostic] = []
        self._looked_at = 0  # offset up to which characters and lengths have been reported

    def report(self, message: str, token: Token, help_: str | None = None, *secondary: Label) -> None:
        self.findings.append(Diagnostic("BX001", message, Label(self.span(token)), secondary, help_))

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    # --- the file

    def declarations(self) -> list[syntax.Declaration]:
        """Every declaration of the file that can be understood."""
        read: list[syntax.Declaration] = []
        lost = False  # in lines that belong to no declaration, of which only the first is reported
        while (statement := self.next()) is not None:
            if _begins_declaration(statement, surely=lost):
                lost = False
                declaration = self.declaration(statement)
                if declaration is not None:
                    read.append(declaration)
                continue
            if not lost:
                self._outside(statement)
            lost = True
            if _ends_with(statement, "{"):
                self.skip_block()
        return read

    def next(self) -> Statement | None:
        """The next statement, as it was meant if it holds bad characters; None at the end or after too many errors."""
        if len(self.findings) > limits.MAX_FINDINGS:
            return None
        while (statement := self.statements.next()) is not None:
            if len(self.findings) >= limits.MAX_FINDINGS:
                self.findings.append(limits.too_many(self.source, _first(statement).start))
                return None
            if statement.excess:
                self.findings.append(limits.excess(self.source, statement.excess))
                statement = Statement([], statement.ender)
            statement = self._meant(statement)
            if statement.tokens or statement.ender:
                return statement
        return None

    def _meant(self, statement: Statement) -> Statement:
        """The statement with what was meant for bad characters, which are reported, as are too long numbers."""
        if not any(token.kind == BAD or token.end - token.start > limits.MAX_DIGITS for token in statement.tokens):
            return statement
        findings, tokens, guessed = characters.explain(self.source, statement.tokens)
        findings += limits.long_numbers(self.source, tokens)
        self.findings += [finding for finding in findings if finding.primary.span.start >= self._looked_at]
        self._looked_at = max(self._looked_at, statement.tokens[-1].end)
        return Statement(tokens, statement.ender, guessed=guessed)

    def _outside(self, statement: Statement) -> None:
        """Report a statement that no declaration can begin with."""
        if statement.tokens:
            self.statement("declaration", statement)
        elif statement.ender:
            does = "closes" if statement.ender.symbol == "}" else "opens"
            self.report(f"this `{statement.ender.symbol}` {does} nothing", statement.ender)

    # --- declarations and their blocks

    def declaration(self, statement: Statement) -> syntax.Declaration | None:
        """The declaration that a statement begins, with its block."""
        kind = _declaration_word(statement.tokens[0])
        assert kind is not None
        head, ender = self.statement("declaration", statement)
        if kind not in _LINES:
            if ender is not None and ender.symbol == "}":
                self.report("this `}` closes nothing", ender)
            elif ender is not None:
                self.report(f"`{kind}` has no block", ender)
                self.skip_block()
            return head if isinstance(head, syntax.Spec | syntax.Import | syntax.Peer) else None
        opener = ender or self._late_opener(statement, silent=head is None)
        if opener is None or opener.symbol == "}":
            if opener is not None:
                self.report("`{` is missing before this `}`", opener)
            return self._closed(head, statement, [], statement.tokens[-1].end)
        return self._closed(head, statement, *self.block(kind, statement, opener))

    def _closed(self, head: Any, statement: Statement, items: list[Any], end: int) -> syntax.Declaration | None:
        """The declaration of a head and the lines of its block; None if the head could not be understood."""
        span = Span(self.source, statement.tokens[0].start, end)
        return head.closed(items, span) if isinstance(head, tree.Head) else None

    def _late_opener(self, head: Statement, *, silent: bool) -> Token | None:
        """What opens the block of a declaration whose line has no `{`: the next line, or the line itself without it.

        None if no block follows.
        """
        last = head.tokens[-1]
        following = self.next()
        if following is not None and not following.tokens and _ends_with(following, "{"):
            assert following.ender is not None
            self.report("`{` stands on a line of its own", following.ender, "put it at the end of the line above")
            return following.ender
        if following is not None:
            self.statements.resume(_first(following).start)
        if not silent:
            self.report(f"`{{` is missing behind {found(last)}", last)
        if following is None or not following.tokens or _declaration_word(following.tokens[0]):
            return None
        return last

    def block(self, kind: str, head: Statement, opener: Token) -> tuple[list[Any], int]:
        """The lines of a block up to its `}`, and the offset behind it."""
        items: list[Any] = []
        last = opener
        while (statement := self.next()) is not None:
            if _leaves_block(self.source, kind, statement):
                first = statement.tokens[0]
                self.statements.resume(first.start)
                self._unclosed(head, opener, f"before {found(first)}", first)
                return items, last.end
            ender = statement.ender
            if statement.tokens:
                last = statement.tokens[-1]
                item, ender = self.line(kind, statement)
                items += [item] if item is not None else []
            if ender is not None and ender.symbol == "}":
                return items, ender.end
            if ender is not None:
                self.report("a block cannot stand inside a block", ender)
                if statement.tokens:
                    self.skip_block()
        if len(self.findings) <= limits.MAX_FINDINGS:
            self._unclosed(head, opener, "at the end of the file", last)
        return items, last.end

    def _unclosed(self, head: Statement, opener: Token, where: str, at: Token) -> None:
        words = " ".join(token.text for token in head.tokens[:2])
        label = Label(self.span(opener), f"the block of `{words}` opens here")
        self.report(f"`}}` is missing {where}", at, "close the block with `}` on a line of its own", label)

    def skip_block(self) -> None:
        """Pass over the lines of a block that belongs to nothing."""
        depth = 1
        while depth and (statement := self.next()) is not None:
            if statement.tokens and begins_declaration(self.source, statement.tokens[0].start):
                self.statements.resume(statement.tokens[0].start)
                return
            depth += _ends_with(statement, "{") - _ends_with(statement, "}")

    # --- single statements

    def line(self, kind: str, statement: Statement) -> tuple[Any, Token | None]:
        """The item on a line of a block (None if it cannot be understood), and the brace behind it."""
        node, ender = self.statement(line_kind(kind, statement.tokens), statement)
        if isinstance(node, tree.ColumnLine):
            for first, again in node.repetitions():
                label = Label(first.span, "the first is here")
                self.findings.append(Diagnostic("BX001", f"a second `{again.word}`", Label(again.span), (label,)))
            node = node.column()
        return node, ender

    def statement(self, start: str, statement: Statement) -> tuple[Any, Token | None]:
        """The node of a statement (None if it cannot be understood), and the brace behind what was read of it."""
        tokens, ender = statement.tokens, statement.ender
        for _ in range(_MAX_MENDS):
            outcome = lalr.parse(start, tokens, self.source)
            if not isinstance(outcome, lalr.Stuck):
                return self._bounded(outcome, tokens), ender
            mended = mend(self.source, start, tokens, outcome)
            if not statement.guessed:  # else the mistake may be one of the guess
                self.findings.append(mended.finding)
            if mended.resume is not None:
                self.statements.resume(mended.resume)
                ender = None
            if mended.tokens is None:
                break
            tokens = mended.tokens
        return None, ender

    def _bounded(self, node: Any, tokens: list[Token]) -> Any:
        """The node, unless its expression is nested too deeply."""
        if len(tokens) > MAX_NESTING and (finding := limits.deep_expression(node)):
            self.findings.append(finding)
            return None
        return node


def _first(statement: Statement) -> Token:
    first = statement.tokens[0] if statement.tokens else statement.ender
    assert first is not None
    return first


def _ends_with(statement: Statement, brace: str) -> bool:
    return statement.ender is not None and statement.ender.symbol == brace


def _declaration_word(token: Token) -> str | None:
    """The kind of declaration that a token begins, also where it is misspelt."""
    if token.symbol in _DECLARATIONS:
        return token.symbol
    return closest(token.text, _DECLARATIONS) if token.kind == WORD else None


def _begins_declaration(statement: Statement, *, surely: bool) -> bool:
    """Whether a statement outside of all blocks is a declaration; ``surely``: a misspelt one counts only before `{`."""
    if not statement.tokens:
        return False
    first = statement.tokens[0]
    if surely and not _ends_with(statement, "{"):
        return first.symbol in _DECLARATIONS
    return _declaration_word(first) is not None


def _leaves_block(source: SourceFile, kind: str, statement: Statement) -> bool:
    """Whether a statement is no line of a block but the next declaration: the block's `}` is missing.

    The lines of a source may begin with any word, so there only what reads like a whole declaration counts, and
    `peer text` is a column.
    """
    if not statement.tokens:
        return False
    first = statement.tokens[0]
    if _ends_with(statement, "{") and _declaration_word(first):
        return True
    if kind != "source":
        return first.symbol in _DECLARATIONS
    typed = len(statement.tokens) == 2 and statement.tokens[1].symbol in TYPE_WORDS
    return first.symbol in _DECLARATIONS and not typed and begins_declaration(source, first.start)


def line_kind(declaration: str, tokens: Sequence[Token]) -> str:
    """The start rule for a line in the block of a `source`, `view` or `share`.

    A line of a source that begins with the word of a constraint may still be a column of that name.
    """
    if declaration != "source":
        return _LINES[declaration]
    first, second, third = (token.symbol.lower() for token in (*tokens, _NOTHING, _NOTHING, _NOTHING)[:3])
    match first:
        case "primary":
            constraint = second == "key"
        case "unique":
            constraint = second not in TYPE_WORDS
        case "check":
            constraint = third == ":" or second not in TYPE_WORDS
        case "constraint":  # of SQL; the word is explained where it is found to be no constraint
            constraint = third in ("check", "unique", "primary", "foreign")
        case "determines":
            constraint = third in (",", "->") or second not in TYPE_WORDS
        case _:
            constraint = False
    return "constraint" if constraint else "column"
