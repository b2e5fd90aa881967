"""A scorer of its own for every shipped scale, from the sources' facts (test_scoring.FACTS, and the parts of
the MHT) and nothing of ours.
"""

from fractions import Fraction
from math import floor

from tests.surveys.test_every_definition import BLANKS, MHT_PARTS
from tests.surveys.test_scoring import FACTS

PSC = tuple(range(1, 36))
PSC_17 = (4, 7, 8, 9, 11, 13, 14, 16, 19, 22, 27, 29, 31, 32, 33, 34, 35)
BIS = (1, 2, 5, 8, 9, 12, 14, 19)  # numbers of the BIS-11
NUMBERS = {"psc-17": PSC_17, "psc-35": PSC, "y-psc": PSC, "bis-brief": BIS, "mht": range(1, 101)}
FILLED_MOST = 2  # of the PHQ-9's nine, and of each five of the SDQ
SDQ_PROBLEMS = ("emotional", "conduct", "activity", "peers")
KEYS = (*FACTS, "mht")

Given = dict[
    int, int | None
]  # number of the item → what the answer says, before it is turned; None: blank
Sums = dict[str, Fraction | None]


def numbers_of(key: str) -> tuple[int, ...]:
    return tuple(NUMBERS.get(key) or range(1, FACTS[key].items + 1))


def span_of(key: str) -> tuple[int, int]:
    return (0, 1) if key == "mht" else (FACTS[key].low, FACTS[key].high)


def sums(key: str, given: Given) -> Sums:
    """{sum: its value; None where the source gives no rule for so many blanks}."""
    if key == "mht":
        parts = {name: _sum(key, given, numbers) for name, numbers in MHT_PARTS.items()}
        return parts | {"total": _together(parts.values())}
    fact = FACTS[key]
    # The scoring sheets give the PSC-35 the parts of the Y-PSC.
    parts = FACTS["y-psc"].parts if key == "psc-35" else fact.parts
    found = {name: _sum(key, given, numbers) for name, numbers in parts.items()}
    if key == "sdq":
        found["total"] = _together(found[name] for name in SDQ_PROBLEMS)
    elif "total" in fact.least:
        found["total"] = _sum(key, given, numbers_of(key))
    return found


def _together(parts) -> Fraction | None:
    known = list(parts)
    return None if None in known else sum(known, Fraction(0))


def _sum(key: str, given: Given, numbers) -> Fraction | None:
    low, high = span_of(key)
    turned = FACTS[key].reversed if key in FACTS else ()
    said = [
        low + high - value if number in turned else value
        for number in numbers
        if (value := given[number]) is not None
    ]
    total, blank = Fraction(sum(said)), len(tuple(numbers)) - len(said)
    rule = BLANKS.get(key, "none")
    if blank and rule == "none":
        return None
    if blank and rule == "mean_fill":
        if blank > FILLED_MOST or not said:
            return None
        total = Fraction(floor(total / len(said) * (len(said) + blank) + Fraction(1, 2)))
    if key in ("mspss", "mssmhs"):
        return total / len(tuple(numbers))
    return total * 4 if key == "who-5" else total


def is_void(key: str, given: Given) -> bool:
    """Scoring sheets of the PSC: four blanks. MHT: seven yeses among the even items from 82 on."""
    if key == "mht":
        return sum(given[number] or 0 for number in range(82, 101, 2)) >= 7
    return key in ("psc-17", "psc-35", "y-psc") and list(given.values()).count(None) >= 4


def urgent(key: str, given: Given) -> set[int]:
    marked = {"phq-9": {9: 1}, "mht": {85: 1, 97: 1}, "mssmhs": {57: 2}}.get(key, {})
    return {number for number, least in marked.items() if (given[number] or 0) >= least}
