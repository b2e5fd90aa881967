"""enableWhen of a FHIR Questionnaire, R4 and R5: read into rules (surveys.conditions) and written again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from surveys.conditions import EXISTS, OPERATORS, Condition, Rule, in_circle, needs
from surveys.files.found import BadFile, FoundItem, Notes
from surveys.instruments import Instrument, Item

Node = Mapping[str, Any]


def _given(node: Node) -> list[Node]:
    found = node.get("enableWhen")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def check_circles(pairs: Iterable[tuple[Node, Sequence[Node]]]) -> None:
    """Raises BadFile at an item that depends on itself, by its own conditions or those of its groups."""
    circle = in_circle(
        {
            str(node.get("linkId")): {
                str(each.get("question")) for one in [*above, node] for each in _given(one)
            }
            for node, above in pairs
        }
    )
    if circle is not None:
        raise BadFile("enable_circle", circle)


def rules_of(nodes: Iterable[Node], name: str, notes: Notes) -> tuple[Rule, ...]:
    """Of an item and the groups around it. What is not understood is told, and the item always asked."""
    rules = []
    for node in nodes:
        made = [_condition(one) for one in _given(node)]
        if None in made or (node.get("enableWhen") and not made):
            notes.add("condition", name)
            return ()
        if made:
            conditions = tuple(one for one in made if one is not None)
            rules.append(Rule(conditions, node.get("enableBehavior") == "any"))
    return tuple(rules)


def _condition(given: Node) -> Condition | None:
    operator, question = given.get("operator"), given.get("question")
    coding = given.get("answerCoding")
    code = coding.get("code") if isinstance(coding, dict) else None
    known = [
        code,
        given.get("answerString"),
        given.get("answerInteger"),
        given.get("answerBoolean"),
    ]
    answers = [one for one in known if one is not None]
    if operator not in OPERATORS or not isinstance(question, str) or len(answers) != 1:
        return None
    [answer] = answers
    if not isinstance(answer, str | int) or (operator == EXISTS) is not isinstance(answer, bool):
        return None
    return Condition(question, operator, answer)


def within(items: Sequence[FoundItem], notes: Notes) -> tuple[FoundItem, ...]:
    """Rules that ask for a question which was not taken from the file are left out, and told."""
    ids = {one.id for one in items}
    found = []
    for item in items:
        if needs(item.rules) - ids:
            notes.add("condition", item.id)
            item = replace(item, rules=())
        elif item.rules:
            kept = [
                f" {'|' if rule.is_any else '&'} ".join(
                    f"{one.item} {one.operator} {one.answer}" for one in rule.when
                )
                for rule in item.rules
            ]
            notes.add("condition_kept", f"{item.id}: {' & '.join(f'({one})' for one in kept)}")
        found.append(item)
    return tuple(found)


def write(item: Item, instrument: Instrument, node: dict[str, Any]) -> dict[str, Any]:
    """The item's node under its rules; where there are several, groups around it carry the others."""
    made = dict(node)
    for number, rule in enumerate(reversed(item.rules)):
        if number:
            name = f"{node['linkId']}-when-{number}"
            made = {"linkId": name, "type": "group", "item": [made]}
        made["enableWhen"] = []
        for one in rule.when:
            question = instrument.item(one.item)
            option = question.option(str(one.answer)) if question else None
            kind = {bool: "answerBoolean", int: "answerInteger"}.get(type(one.answer))
            code = (option and option.file_code) or one.answer
            told: dict[str, Any] = {
                "question": (question and question.link_id) or one.item,
                "operator": one.operator,
            }
            told |= {kind: one.answer} if kind else {"answerCoding": {"code": code}}
            made["enableWhen"].append(told)
        if len(rule.when) > 1:
            made["enableBehavior"] = "any" if rule.is_any else "all"
    return made
