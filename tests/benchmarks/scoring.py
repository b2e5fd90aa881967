"""Forms scored in a second, against summing the same numbers in plain Python.

    python -m tests.benchmarks.scoring

Needs no server. The limit knows nothing of blanks, turned items, bands, urgent answers or steps.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable

from surveys import shipped
from surveys.instruments import Instrument
from surveys.scoring import score
from tests.benchmarks.harness import ROUNDS, report

FORMS = 2_000
KEYS = ("phq-9", "psc-35", "mht")


def main() -> None:
    report("scoring", [_result(key) for key in KEYS])


def _result(key: str) -> dict:
    instrument, chance = shipped.instruments()[key], random.Random(5)
    forms = [_answers(instrument, chance) for _form in range(FORMS)]
    ours, limit = [], []
    for _round in range(ROUNDS):
        ours.append(_rate(lambda: [score(instrument, one, age=12) for one in forms]))
        limit.append(_rate(lambda: [sum(map(int, one.values())) for one in forms]))
    rate, most = statistics.median(ours), statistics.median(limit)
    return {
        "name": key,
        "ours": round(rate, 1),
        "limit": round(most, 1),
        "ratio": round(rate / most, 4),
        "unit": "forms/s",
        "goal": None,
    }


def _answers(instrument: Instrument, chance: random.Random) -> dict[str, str]:
    return {item.id: chance.choice(item.options).code for item in instrument.items}


def _rate(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return FORMS / (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
