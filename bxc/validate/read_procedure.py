"""What stands between BEGIN and END of a function → its steps; the control structure is read here, SQL by sqlglot."""

from __future__ import annotations

from functools import lru_cache

from bxc.validate import procedure as p
from bxc.validate import sql as s
from bxc.validate import tokens as t
from bxc.validate.read_query import read_expression, read_query
from bxc.validate.script_postgres import postgres_statement
from bxc.validate.tokens import Token, text_of
from bxc.validate.unsupported import Unsupported


@lru_cache(maxsize=2048)
def read_steps(text: str) -> tuple[p.Step, ...]:
    """The steps of a function."""
    reader = _Reader(text)
    steps = reader.block()
    if reader.at != len(reader.listed):
        raise Unsupported("function", reader.rest())
    return steps


class _Reader:
    """Reads steps from an index on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.listed = t.tokens(text)
        self.at = 0

    def rest(self) -> str:
        return self.text[self.listed[self.at].start :][:80]

    def block(self) -> tuple[p.Step, ...]:
        """Steps up to the end of an IF, or of all."""
        steps: list[p.Step] = []
        while self.at < len(self.listed) and not self.listed[self.at].is_("elsif", "else", "end"):
            steps.append(self.step())
        return tuple(steps)

    def step(self) -> p.Step:
        first = self.listed[self.at]
        if first.is_("if"):
            return self._if()
        if first.is_("loop", "for", "while", "foreach", "case", "begin", "declare", "exception", "exit", "execute"):
            raise Unsupported("function", self.rest())
        listed = self._until(";")
        if first.is_("return"):
            return p.Return(self._expression(listed[1:]) if len(listed) > 1 else None)
        if first.is_("perform"):
            return p.Perform(read_query("postgres", f"select {text_of(self.text, listed[1:])}"))
        if first.is_("raise"):
            return self._raise(listed)
        if len(listed) > 2 and listed[1].is_(":="):
            return p.Assign(first.as_name, self._expression(listed[2:]))
        if first.is_("select"):
            return self._select(listed)
        return p.Run(postgres_statement(self.text, listed))

    def _until(self, *words: str) -> list[Token]:
        """The tokens up to a word outside of parentheses and CASE, which is passed over."""
        start, depth = self.at, 0
        while self.at < len(self.listed):
            token = self.listed[self.at]
            if depth == 0 and token.is_(*words):
                self.at += 1
                return self.listed[start : self.at - 1]
            depth += token.is_("(", "case")
            depth -= token.is_(")", "end")
            self.at += 1
        raise Unsupported("function", f"no {words[0]} behind {self.text[self.listed[start].start :][:60]}")

    def _expression(self, listed: list[Token]) -> s.Expr:
        return read_expression("postgres", text_of(self.text, listed))

    def _if(self) -> p.Step:
        branches: list[tuple[s.Expr, tuple[p.Step, ...]]] = []
        otherwise: tuple[p.Step, ...] = ()
        while self.at < len(self.listed) and self.listed[self.at].is_("if", "elsif"):
            self.at += 1
            condition = self._expression(self._until("then"))
            branches.append((condition, self.block()))
        if self.at < len(self.listed) and self.listed[self.at].is_("else"):
            self.at += 1
            otherwise = self.block()
        if [token.text.lower() for token in self.listed[self.at : self.at + 3]] != ["end", "if", ";"]:
            raise Unsupported("function", "an IF without its end")
        self.at += 3
        return p.If(tuple(branches), otherwise)

    def _select(self, listed: list[Token]) -> p.Step:
        """A query whose row goes into variables; PL/pgSQL has no other."""
        depth, n = 0, -1
        for place, token in enumerate(listed):
            depth += token.is_("(", "case")
            depth -= token.is_(")", "end")
            if depth == 0 and token.is_("into"):
                n = place
                break
        if n < 0:
            raise Unsupported("function", f"a query whose rows go nowhere: {text_of(self.text, listed)[:60]}")
        end = next((i for i in range(n, len(listed)) if listed[i].is_("from")), len(listed))
        variables = tuple(part[0].as_name for part in t.split(listed[n + 1 : end], ","))
        if end == len(listed) or any(len(part) != 1 for part in t.split(listed[n + 1 : end], ",")):
            raise Unsupported("function", f"into: {text_of(self.text, listed)[:60]}")
        query = f"{text_of(self.text, listed[:n])} {text_of(self.text, listed[end:])}"
        return p.SelectInto(variables, read_query("postgres", query))

    def _raise(self, listed: list[Token]) -> p.Step:
        """`raise exception using errcode = …, message = …`."""
        if not listed[1].is_("exception") or not listed[2].is_("using"):
            raise Unsupported("raise", text_of(self.text, listed)[:60])
        options = {}
        for part in t.split(listed[3:], ","):
            if not part[1].is_("="):
                raise Unsupported("raise", text_of(self.text, listed)[:60])
            options[part[0].text.lower()] = self._expression(part[2:])
        if set(options) != {"errcode", "message"}:
            raise Unsupported("raise", text_of(self.text, listed)[:60])
        return p.Raise(options["errcode"], options["message"])
