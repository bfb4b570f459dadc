"""A statement that the grammar does not take → what is wrong with it, and how to go on.

Each rule of `RULES` knows one kind of mistake. A rule that recognises its mistake gives the finding and, where it can,
the statement as it was meant, which is then read in its place: so the next mistake of the same statement is found too,
and names that it declares are known to the rest of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bxc import lalr
from bxc.diagnostic import Label
from bxc.grammar import END
from bxc.habits import COLUMN_HABITS, HABITS, TYPE_WORDS
from bxc.scan import COMMENT, NAME, NUMBER, SIGN, STRING, WORD, Token, is_word, scan
from bxc.stuck import Mend, Mistake
from bxc.text import SourceFile
from bxc.wording import OPERATORS, expected, found, noun
from bxc.words import doubled, misspelt, misspelt_constraint, upper_case

_MAX_TRIED = 5000  # tokens up to which it is tried to understand a statement
_HOMES = {
    "constraint": ("a constraint", "the block of a source"),
    "step": ("a lens step", "the block of a view"),
    "item": ("a line of a share", "the block of a share"),
}


def mend(file: SourceFile, start: str, tokens: list[Token], stuck: lalr.Stuck) -> Mend:
    """The finding about a statement that is stuck, and how to go on."""
    mistake = Mistake(file, start, tokens, stuck)
    if len(tokens) > _MAX_TRIED:
        return unexpected(mistake)
    result = next((result for rule in RULES if (result := rule(mistake))), None) or unexpected(mistake)
    if result.tokens is None and result.resume is None:
        return replace(result, resume=mistake.next_whole_line())
    return result


# --- blocks ---------------------------------------------------------------------------------------------------------


def habit(mistake: Mistake) -> Mend | None:
    """A statement or a word of SQL that the language says in another way or not at all."""
    first, token = mistake.tokens[0], mistake.token
    help_ = HABITS.get((mistake.start, first.text.lower()))
    column = mistake.start == "column"
    if help_ and mistake.place <= 3 and not (column and mistake.tokens[1:] and mistake.tokens[1].text in TYPE_WORDS):
        return Mend(mistake.says(f"`{first.text}` is not in the language", first, help_))
    if column and token and (help_ := COLUMN_HABITS.get(token.text.lower())):
        return Mend(mistake.says(f"`{token.text}` is not in the language", token, help_), mistake.before)
    return None


def wrong_block(mistake: Mistake) -> Mend | None:
    """A line of another kind of block, or of no block at all."""
    first, table = mistake.tokens[0], lalr.table()
    for start, (kind, home) in _HOMES.items():
        if start == mistake.start or {start, mistake.start} == {"column", "constraint"}:
            continue
        states = [table.starts[start]]
        if first.symbol in table.accepted(states) and (
            mistake.place == 0 or table.reach(states, mistake.tokens) > len(mistake.tokens)
        ):
            return Mend(mistake.says(f"`{first.text}` is {kind} and stands in {home}", first))
    return None


# --- quotes ---------------------------------------------------------------------------------------------------------


def wrong_quotes(mistake: Mistake) -> Mend | None:
    """A name where a text belongs, or the other way round."""
    token = mistake.token
    if token is None:
        return None
    if token.kind == NAME and STRING in mistake.accepted:
        text = token.text[1:-1].replace('""', '"').replace("'", "''")
        corrected = mistake.replaced(token._replace(kind=STRING, symbol=STRING, text=f"'{text}'"), mistake.place)
        return Mend(mistake.says("double quotes are for names", token, f"write the text as '{text}'"), corrected)
    if token.kind == STRING and NAME in mistake.accepted:
        text = token.text[1:-1].replace("''", "'")
        name = text if is_word(text) else '"' + text.replace('"', '""') + '"'
        quoted = '"' + text.replace('"', '""') + '"'
        corrected = mistake.replaced(token._replace(kind=NAME, symbol=NAME, text=quoted), mistake.place)
        return Mend(mistake.says("single quotes are for texts", token, f"write the name as {name}"), corrected)
    return None


def digit_first(mistake: Mistake) -> Mend | None:
    """A name that begins with a digit, ``2nd_dose``."""
    place, tokens = mistake.place, mistake.tokens
    if NAME not in mistake.accepted or place + 1 >= len(tokens):
        return None
    number, word = tokens[place], tokens[place + 1]
    if number.kind != NUMBER or word.kind != WORD or number.end != word.start:
        return None
    name = Token(NAME, NAME, f'"{number.text}{word.text}"', number.start, word.end)
    finding = mistake.says("a name cannot begin with a digit", name, f"write it in double quotes: {name.text}")
    return Mend(finding, [*tokens[:place], name, *tokens[place + 2 :]])


def hyphenated(mistake: Mistake) -> Mend | None:
    """A name with a minus sign in it, ``medication-name``."""
    place, tokens = mistake.place, mistake.tokens
    if not 0 < place < len(tokens) - 1 or tokens[place].symbol != "-":
        return None
    first, sign, last = tokens[place - 1 : place + 2]
    if first.end != sign.start or sign.end != last.start or first.kind != WORD or last.kind != WORD:
        return None
    name = Token(NAME, NAME, f'"{first.text}-{last.text}"', first.start, last.end)
    finding = mistake.says("a name with `-` stands in double quotes", name, f"write {name.text}")
    return Mend(finding, [*tokens[: place - 1], name, *tokens[place + 2 :]])


def every_column(mistake: Mistake) -> Mend | None:
    """``keep *``."""
    token = mistake.token
    if token is None or token.symbol != "*" or NAME not in mistake.accepted or STRING in mistake.accepted:
        return None
    return Mend(mistake.says("columns are named one by one", token, "so no new column is shared by mistake"))


def keyword_as_column(mistake: Mistake) -> Mend | None:
    """A column called ``not`` or ``case`` where the keyword may stand too: ``where case = 1``."""
    word = mistake.previous
    if word is None or word.kind != WORD or word.symbol not in ("not", "case"):
        return None
    corrected = mistake.replaced(Token(NAME, NAME, f'"{word.text}"', word.start, word.end), mistake.place - 1)
    if mistake.token is None or not mistake.helps(corrected):
        return None
    help_ = f'if a column is meant, write "{word.text}" in double quotes'
    return Mend(mistake.says(f"`{word.text}` is a word of the language here", word, help_), corrected)


# --- commas, brackets, line ends ------------------------------------------------------------------------------------


def comma_after_whole(mistake: Mistake) -> Mend | None:
    """A comma behind a statement that is whole, as between the columns of a CREATE TABLE."""
    token = mistake.token
    if token is None or token.symbol != "," or not mistake.may_end:
        return None
    following = next((t for t in mistake.tokens[mistake.place :] if t.symbol != ","), None)
    ends_line = following is None or "\n" in mistake.file.text[token.end : following.start]
    if not (ends_line or mistake.start in ("column", "constraint")):
        return None
    help_ = "delete it: a line ends a column" if mistake.start == "column" else "delete it: a line ends a statement"
    finding = mistake.says("a comma is not needed here", token, help_)
    return Mend(finding, mistake.before, following.start if following else None)


def comma_joins_lines(mistake: Mistake) -> Mend | None:
    """A comma at the end of a line that joins a statement of its own to it, or joins nothing."""
    for place in range(mistake.place - 1, max(-1, mistake.place - 5), -1):
        comma = mistake.tokens[place]
        if comma.symbol != ",":
            continue
        before, after = mistake.tokens[:place], mistake.tokens[place + 1 :]
        if place + 1 == mistake.place and (not after or after[0].symbol == ")"):
            finding = mistake.says("nothing follows this comma", comma, "delete the comma, or write what is missing")
            of_type = mistake.start == "column" and bool(after)  # half a type would be a second mistake
            return Mend(finding, None if of_type else before + after)
        if after and mistake.begins_line(place + 1) and mistake.cures(before):
            label = Label(mistake.span(after[0]), "read as part of the line above")
            finding = mistake.says("this comma joins the next line to this one", comma, "delete the comma", label)
            return Mend(finding, before, after[0].start)
    return None


def bracket(mistake: Mistake) -> Mend | None:
    """``(`` without ``)`` or the other way round."""
    token = mistake.token
    opened = _unclosed(mistake.before)
    if token and token.symbol == ")" and not opened:
        return Mend(
            mistake.says("this `)` closes nothing", token),
            mistake.tokens[: mistake.place] + mistake.tokens[mistake.place + 1 :],
        )
    if not opened or not (token is None or mistake.on_new_line):
        return None
    end = mistake.before[-1].end
    closed = [*mistake.before, *[Token(SIGN, ")", ")", end, end)] * len(opened)]
    if not mistake.cures(closed):
        return None
    label = Label(mistake.span(mistake.before[-1]), "`)` is missing behind this")
    return Mend(mistake.says("this `(` is not closed", opened[-1], None, label), closed, token.start if token else None)


def _unclosed(tokens: Sequence[Token]) -> list[Token]:
    opened: list[Token] = []
    for token in tokens:
        if token.symbol == "(":
            opened.append(token)
        elif token.symbol == ")" and opened:
            opened.pop()
    return opened


def unbracketed(mistake: Mistake) -> Mend | None:
    """``key a, b`` for ``key (a, b)``."""
    tokens = mistake.tokens
    place = 1 if tokens[0].symbol == "check" else mistake.place
    if not place < len(tokens) or (place == mistake.place and mistake.accepted != {"("}):
        return None
    start, end = tokens[place].start, tokens[-1].end
    opening, closing = Token(SIGN, "(", "(", start, start), Token(SIGN, ")", ")", end, end)
    corrected = [*tokens[:place], opening, *tokens[place:], closing]
    if not mistake.cures(corrected):
        return None
    rest = Token(SIGN, "", "", start, end)
    return Mend(mistake.says("parentheses are missing around this", rest, "write `(` and `)`"), corrected)


def two_on_a_line(mistake: Mistake) -> Mend | None:
    """Two statements on one line: the first is whole and the rest begins as another one does."""
    token = mistake.token
    if token is None or token.kind not in (WORD, NAME) or not mistake.may_end or mistake.start == "declaration":
        return None
    table, rest = lalr.table(), mistake.tokens[mistake.place :]
    if table.reach([table.starts[mistake.start]], rest) < 2:
        return None
    if mistake.start == "column" and len(rest) > 1 and rest[1].symbol in lalr.keywords():
        return None  # `int primary key` is not a column called `int`
    finding = mistake.says(
        f"a new line must begin before {found(token)}", token, "each statement stands on its own line"
    )
    return Mend(finding, mistake.before, token.start)


def operator_on_new_line(mistake: Mistake) -> Mend | None:
    """A line that begins with ``and``: the line above has already ended its statement."""
    token = mistake.token
    if token is None or mistake.place or not (token.symbol in OPERATORS or token.symbol in (",", ")", "->", "<->")):
        return None
    help_ = "put the condition in parentheses to go on in the next line"
    if token.symbol not in OPERATORS:
        help_ = "a line goes on in the next one after a comma or inside parentheses"
    return Mend(mistake.says(f"a statement cannot begin with `{token.text}`", token, help_))


def operator_at_line_end(mistake: Mistake) -> Mend | None:
    """A line that ends with ``and``, which does not join the next line to it."""
    operator = mistake.previous
    if mistake.token or operator is None or operator.symbol not in OPERATORS:
        return None
    help_ = "put the condition in parentheses to go on in the next line"
    text = mistake.file.text
    line = text.find("\n", operator.end) + 1
    end = text.find("\n", line) if line else -1
    following = scan(text, line, end) if end >= 0 and "}" not in text[operator.end : line] else []
    begins = lalr.table().accepted([lalr.table().starts[mistake.start]])
    if not following or following[0].symbol in begins | {COMMENT, "}"}:
        return None
    finding = mistake.says(f"`{operator.text}` does not join the next line to this one", operator, help_)
    return Mend(finding, None, end)


# --- expressions ----------------------------------------------------------------------------------------------------


def chained(mistake: Mistake) -> Mend | None:
    """``1 < a < 5``."""
    token = mistake.token
    if token is None or token.symbol not in ("=", "<>", "<", "<=", ">", ">=") or not {"and", "or"} <= mistake.accepted:
        return None
    help_ = "write `a < b and b < c` for `a < b < c`, or parentheses around one comparison"
    return Mend(mistake.says("comparisons cannot be chained", token, help_))


def operator_for_value(mistake: Mistake) -> Mend | None:
    """``a = 1 and and b``, where the second ``and`` was taken as the name of a column."""
    word = mistake.previous
    if word is None or word.kind != WORD or word.symbol not in OPERATORS or "=" not in mistake.accepted:
        return None
    help_ = f'if a column is meant, write "{word.text}" in double quotes'
    return Mend(mistake.says(f"a value is missing before `{word.text}`", word, help_))


def case_operand(mistake: Mistake) -> Mend | None:
    """``case x when 1``."""
    token, previous = mistake.token, mistake.previous
    if token is None or previous is None or previous.symbol != "case" or mistake.accepted != {"when"}:
        return None
    help_ = "write the whole condition behind each `when`: `case when x = 1 then …`"
    return Mend(mistake.says("`case` takes no operand", token, help_))


# --- the rest -------------------------------------------------------------------------------------------------------


def missing(mistake: Mistake) -> Mend | None:
    """One keyword or sign left out: exactly one, put in, makes the statement whole."""
    at = mistake.token.start if mistake.token else mistake.tokens[-1].end
    cures = []
    operators = mistake.accepted & OPERATORS
    several = operators if len(operators) > 1 else frozenset()  # then none of them is the one left out
    for symbol in sorted(mistake.accepted - {END, NAME, NUMBER, STRING, "check"} - several):
        inserted = Token(WORD if symbol.isidentifier() else SIGN, symbol, symbol, at, at)
        corrected = [*mistake.before, inserted, *mistake.tokens[mistake.place :]]
        if mistake.cures(corrected):
            cures.append((symbol, corrected))
    if len(cures) != 1 or not mistake.place:
        return None
    symbol, corrected = cures[0]
    if (previous := mistake.previous) and previous.symbol == symbol:  # taken as a name
        what = noun(mistake.start, mistake.before[:-1])
        return Mend(mistake.says(f"{what} is missing before `{symbol}`", previous))
    if mistake.token:
        return Mend(mistake.says(f"`{symbol}` is missing before {found(mistake.token)}", mistake.token), corrected)
    return Mend(mistake.says(f"`{symbol}` is missing behind {found(mistake.previous)}", mistake.tokens[-1]), corrected)


def unexpected(mistake: Mistake) -> Mend:
    """What was expected and what was found."""
    wanted = expected(mistake.start, mistake.before, mistake.accepted)
    resume = mistake.token.start if mistake.token and mistake.on_new_line else None
    if mistake.token:
        return Mend(mistake.says(f"expected {wanted}, found {found(mistake.token)}", mistake.token), None, resume)
    return Mend(mistake.says(f"expected {wanted} behind {found(mistake.previous)}", mistake.tokens[-1]))


RULES: tuple[Callable[[Mistake], Mend | None], ...] = (
    doubled,
    upper_case,
    wrong_quotes,
    digit_first,
    hyphenated,
    every_column,
    habit,
    wrong_block,
    operator_on_new_line,
    operator_at_line_end,
    misspelt,
    misspelt_constraint,
    comma_after_whole,
    comma_joins_lines,
    bracket,
    keyword_as_column,
    chained,
    case_operand,
    operator_for_value,
    two_on_a_line,
    missing,
    unbracketed,
)
