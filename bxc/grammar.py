"""`grammar.lark` → `grammar.json`, the LALR table that `bxc.lalr` runs.

The table is computed by Lark when the grammar changes, not when a user runs a command: importing Lark and computing
the table takes longer than reading a spec of ten thousand lines. States are numbered in the order in which they are
reached from the start rules, so the same grammar gives the same file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLE = Path(__file__).with_name("grammar.json")
STARTS = ("declaration", "column", "constraint", "step", "item")

END = "<end>"
_CLASSES = {"NAME": "<name>", "NUMBER": "<number>", "STRING": "<string>", "$END": END}


def read_grammar() -> Lark:
    """Lark's reading of the grammar; a shift/reduce conflict is logged by Lark at level debug."""
    from lark import Lark

    return Lark(GRAMMAR.read_text("utf-8"), parser="lalr", lexer="basic", start=list(STARTS), debug=True)


def table_text() -> str:
    """The text of `grammar.json`: start states, then rules, then one state a line.

    A rule is [left side, length, function or null, places of the children that the function gets]. A state is [actions,
    gotos]: an action n ≥ 0 shifts to state n, n < 0 reduces by rule -n - 1, and accepts if there is no such rule.
    """
    lark = read_grammar()
    parse_table: Any = lark.parser.parser._parse_table
    symbols = {terminal.name: terminal.pattern.value for terminal in lark.terminals} | _CLASSES
    rules = {rule: number for number, rule in enumerate(lark.rules)}
    numbers = _numbering(parse_table)
    accept = -len(rules) - 1
    states = []
    for state in numbers:
        actions: dict[str, int] = {END: accept} if state in parse_table.end_states.values() else {}
        gotos: dict[str, int] = {}
        for symbol, (action, target) in sorted(parse_table.states[state].items()):
            if action.name == "Reduce":
                actions[symbols[symbol]] = -rules[target] - 1
            elif symbol in symbols:
                actions[symbols[symbol]] = numbers[target]
            else:
                gotos[symbol] = numbers[target]
        states.append([actions, gotos])
    starts = {start: numbers[parse_table.start_states[start]] for start in STARTS}
    return _lines(starts, [_rule(rule) for rule in lark.rules], states)


def _numbering(parse_table: Any) -> dict[Any, int]:
    """A number for every state that can be reached, start states first, breadth first along sorted symbols."""
    queue = [parse_table.start_states[start] for start in STARTS]
    numbers: dict[Any, int] = {}
    for state in queue:
        if state in numbers:
            continue
        numbers[state] = len(numbers)
        queue += [target for _, (action, target) in sorted(parse_table.states[state].items()) if action.name == "Shift"]
    return numbers


def _rule(rule: Rule) -> list[Any]:
    kept = [
        place
        for place, symbol in enumerate(rule.expansion)
        if rule.options.keep_all_tokens or not getattr(symbol, "filter_out", False)
    ]
    passes_on = rule.options.expand1 and rule.alias is None and len(kept) == 1
    return [rule.origin.name, len(rule.expansion), None if passes_on else rule.alias or rule.origin.name, kept]


def _lines(starts: dict[str, int], rules: list[Any], states: list[Any]) -> str:
    def block(values: list[Any]) -> str:
        return "[\n" + ",\n".join(json.dumps(value, ensure_ascii=False) for value in values) + "\n]"

    return f'{{\n"starts": {json.dumps(starts)},\n"rules": {block(rules)},\n"states": {block(states)}\n}}\n'


if __name__ == "__main__":
    TABLE.write_text(table_text(), "utf-8")
