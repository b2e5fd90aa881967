"""Read enableWhen of a FHIR Questionnaire (R4, R5) into rules (surveys.conditions), and write it."""

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
    """Raise BadFile if an item depends on itself, by its own conditions or those of its groups."""
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
    """Return the rules of an item and the groups around it.

    If we do not understand one, we add a remark and always ask the item.
    """
    rules = []
    for node in nodes:
        given = _given(node)
        conditions = []
        for one in given:
            operator, question, coding = (
                one.get(key) for key in ("operator", "question", "answerCoding")
            )
            known = [coding.get("code") if isinstance(coding, dict) else None]
            known += [one.get(f"answer{kind}") for kind in ("String", "Integer", "Boolean")]
            answers = [each for each in known if each is not None]
            is_fit = len(answers) == 1 and isinstance(answers[0], str | int)
            is_fit = is_fit and (operator == EXISTS) is isinstance(answers[0], bool)
            if is_fit and operator in OPERATORS and isinstance(question, str):
                conditions.append(Condition(question, operator, answers[0]))
        if len(conditions) < len(given) or (node.get("enableWhen") and not given):
            notes.add("condition", name)
            return ()
        if conditions:
            rules.append(Rule(tuple(conditions), node.get("enableBehavior") == "any"))
    return tuple(rules)


def within(items: Sequence[FoundItem], notes: Notes) -> tuple[FoundItem, ...]:
    """Leave out, with a remark, rules that depend on a question that we did not take from the file."""
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
    """Return the item's node with its rules; if there are several, groups around it carry the others."""
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
