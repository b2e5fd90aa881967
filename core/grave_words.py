"""Words that may say that a life is in danger.

The list is incomplete, and some words are harmless where they stand (想死你们了, I miss you). So a match only
decides what somebody looks at sooner; without one, nothing is taken to be safe.
"""

import re

GRAVE = (
    *"自杀 自残 自伤 轻生 伤害自己 弄伤自己 割腕 不想活 想死 去死 救命 suicid self-harm".split(),
    "hurt yourself", "hurt myself", "kill yourself", "kill myself", "want to die", "wish you were dead",
)  # fmt: skip
PATTERN = "|".join(map(re.escape, GRAVE))  # for PostgreSQL as well; in any case of letters


def is_grave(text: str) -> bool:
    return re.search(PATTERN, text, re.IGNORECASE) is not None
