"""When a question is asked: FHIR's enableWhen, with its operators and any/all.

Pure; we evaluate nothing but these comparisons. Source:
hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen. An answer to a question that is
no longer asked counts as not given.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from operator import ge, gt, le, lt
from typing import Any, Protocol

EXISTS, EQUAL, NOT_EQUAL = "exists", "=", "!="
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {">": gt, "<": lt, ">=": ge, "<=": le}
OPERATORS = (EXISTS, EQUAL, NOT_EQUAL, *ORDERED)


@dataclass(frozen=True)
class Condition:
    """A comparison with the answer to `item`.

    `answer` is the code of an option; or a whole number, compared with the weight of an option; or, for
    "exists", whether there should be an answer.
    """

    item: str
    operator: str
    answer: str | int | bool


@dataclass(frozen=True)
class Rule:
    """Conditions of which one (`is_any`) or all must hold. A question with several rules needs every rule."""

    when: tuple[Condition, ...]
    is_any: bool = False


class Option(Protocol):
    @property
    def value(self) -> int | None: ...


class Question(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def rules(self) -> tuple[Rule, ...]: ...
    def option(self, code: str) -> Option | None: ...


def read_rules(given: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Read rules from a definition: [{"is_any": bool, "when": [{"item", "operator", "answer"}]}]."""
    return tuple(
        Rule(tuple(Condition(**each) for each in one["when"]), one.get("is_any", False))
        for one in given
    )


def enabled(questions: Mapping[str, Question], answers: Mapping[str, str]) -> set[str]:
    """Return ids of questions asked after these answers (item → code; empty: skipped).

    The rules must contain no circle.
    """
    asked: set[str] = set()

    def holds(condition: Condition) -> bool:
        given = answers.get(condition.item, "") if condition.item in asked else ""
        return is_met(condition, questions.get(condition.item), given)

    # Each question comes after those on which it depends.
    for name in TopologicalSorter(
        {one: needs(questions[one].rules) for one in questions}
    ).static_order():
        rules = questions[name].rules if name in questions else ()
        met = ((any if rule.is_any else all)(map(holds, rule.when)) for rule in rules)
        if name in questions and all(met):
            asked.add(name)
    return asked


def is_met(condition: Condition, question: Question | None, given: str) -> bool:
    """Return whether the condition holds for the answer `given` to its question; empty: none."""
    if condition.operator == EXISTS:
        return bool(given) is bool(condition.answer)
    if condition.operator == EQUAL:
        return bool(given) and _is_same(condition.answer, question, given)
    if condition.operator == NOT_EQUAL:
        return not given or not _is_same(condition.answer, question, given)
    value, answer = _weight(question, given), condition.answer
    limit = _weight(question, answer) if isinstance(answer, str) else answer
    return value is not None and limit is not None and ORDERED[condition.operator](value, limit)


def _is_same(answer: str | int | bool, question: Question | None, given: str) -> bool:
    return given == answer if isinstance(answer, str) else _weight(question, given) == answer


def _weight(question: Question | None, code: str) -> int | None:
    option = question.option(code) if question else None
    return option.value if option else None


def in_circle(questions: Mapping[str, Iterable[str]]) -> str | None:
    """Return a question that depends on itself, directly or through others; None if there is none.

    `questions`: {id: those on which it depends}.
    """
    try:
        TopologicalSorter(questions).prepare()
    except CycleError as error:
        return str(error.args[1][0])
    return None


def needs(rules: Iterable[Rule]) -> set[str]:
    return {one.item for rule in rules for one in rule.when}
