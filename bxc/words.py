"""A word that does not fit its place → the word that was meant: rules of `bxc.mistakes`."""

from __future__ import annotations

from bxc import lalr
from bxc.scan import SIGN, WORD, Token
from bxc.stuck import Mend, Mistake
from bxc.suggest import closest


def upper_case(mistake: Mistake) -> Mend | None:
    """``AND`` for ``and``: where the grammar is stuck, or one word earlier, where it was taken as a name.

    One finding names all such words of the line.
    """
    for place in (mistake.place, mistake.place - 1):
        if not 0 <= place < len(mistake.tokens) or (word := mistake.tokens[place]).kind != WORD:
            continue
        lower = word.text.lower()
        if lower == word.text or lower not in lalr.keywords():
            continue
        tokens = mistake.tokens
        line_end = next((at for at in range(place + 1, len(tokens)) if mistake.begins_line(at)), len(tokens))
        rest = tokens[place + 1 : line_end]
        others = [_in_lower_case(other) for other in rest]
        corrected = [*tokens[:place], word._replace(symbol=lower), *others, *tokens[line_end:]]
        if mistake.reaches(corrected) > mistake.place:
            changed = [new.symbol for new, old in zip(others, rest, strict=True) if new.symbol != old.symbol]
            shown = ", ".join(f"`{each}`" for each in dict.fromkeys([lower, *changed]))
            return Mend(mistake.says(f"keywords are written in lower case: {shown}", word), corrected)
    return None


def _in_lower_case(token: Token) -> Token:
    """A word all in capitals as the keyword that it may be; where a name stands, it stays that name."""
    lower = token.text.lower()
    meant = token.kind == WORD and len(lower) > 1 and token.text.isupper() and lower in lalr.keywords()
    return token._replace(symbol=lower) if meant else token


def misspelt(mistake: Mistake) -> Mend | None:
    """``frm`` for ``from``."""
    word = mistake.token
    if word is None or word.kind != WORD or word.text in lalr.keywords():
        return None
    keyword = closest(word.text, sorted(symbol for symbol in mistake.accepted if symbol.isidentifier()))
    if keyword is None:
        return None
    corrected = mistake.replaced(Token(WORD, keyword, keyword, word.start, word.end), mistake.place)
    if not mistake.helps(corrected):
        return None
    return Mend(mistake.says(f"`{word.text}` is not known here", word, f"did you mean `{keyword}`?"), corrected)


def misspelt_constraint(mistake: Mistake) -> Mend | None:
    """``chek (a > 1)``, which was read as the beginning of a column."""
    if mistake.start != "column" or mistake.tokens[0].kind != WORD:
        return None
    first = mistake.tokens[0]
    keyword = closest(first.text, ("check", "determines", "primary", "unique"))
    if keyword is None:
        return None
    corrected = [Token(WORD, keyword, keyword, first.start, first.end), *mistake.tokens[1:]]
    table = lalr.table()
    if table.reach([table.starts["constraint"]], corrected) <= len(corrected):
        return None
    return Mend(mistake.says(f"`{first.text}` is not known here", first, f"did you mean `{keyword}`?"))


def doubled(mistake: Mistake) -> Mend | None:
    """``not not null``, ``keep a a``."""
    token, previous = mistake.token, mistake.previous
    if token is None or previous is None or token.text != previous.text or token.kind == SIGN:
        return None
    corrected = [*mistake.before, *mistake.tokens[mistake.place + 1 :]]
    if not mistake.cures(corrected):
        return None
    return Mend(mistake.says(f"a second `{token.text}`", token, "delete one of the two"), corrected)
