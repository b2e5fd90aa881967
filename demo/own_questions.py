"""Two published questions of the main demo school's own, and two more in its draft.

The last one is only asked after one particular answer to the question before it, and has an English text,
too.
"""

from datetime import timedelta
from typing import Any

from demo.scene import Scene
from demo.story_school import key
from schools.roles import Role
from surveys.instruments import FACES, PUPIL, WORDS
from surveys.own import actions as own_actions
from surveys.own.rules import LOOK, OnlyIf, OwnAnswer

# How many hours ago each question was written, and what it asks. The first two are published.
PUBLISHED_HOURS = 72
QUESTIONS: list[tuple[int, dict[str, Any]]] = [
    (
        PUBLISHED_HOURS,
        {
            "text": "中午休息得好吗？",
            "drawn_as": FACES,
            "answers": [
                *map(OwnAnswer, ["很好", "还可以", "一般", "不太好"]),
                OwnAnswer("很不好", LOOK),
            ],
        },
    ),
    (
        PUBLISHED_HOURS,
        {
            "text": "中午有人和你在一起吗？",
            "drawn_as": WORDS,
            "answers": [*map(OwnAnswer, ["有同学", "有老师"]), OwnAnswer("没有人", LOOK)],
        },
    ),
    (
        20,
        {
            "text": "午饭吃饱了吗？",
            "drawn_as": WORDS,
            "answers": [OwnAnswer("吃饱了"), OwnAnswer("没吃饱", LOOK)],
        },
    ),
    (
        19,
        {
            "text": "为什么没吃饱？",
            "second": "Why not?",
            "drawn_as": WORDS,
            "answers": [
                OwnAnswer("来不及", second="No time"),
                OwnAnswer("不够", LOOK, "Not enough"),
                OwnAnswer("不想吃", LOOK, "Not hungry"),
            ],
            "only_if": [OnlyIf("q3", "没吃饱")],
        },
    ),
]


def tell(scene: Scene) -> None:
    counsellor = scene.colleagues[Role.COUNSELLOR]
    begun_at = scene.at - timedelta(hours=PUBLISHED_HOURS)
    own = own_actions.begin(
        school=scene.school,
        title="午休怎么样",
        key=key("own-questions"),
        by=counsellor,
        at=begun_at,
    )
    own = own_actions.describe(
        own=own,
        revision=own.revision,
        title=own.title,
        intro="想一想这一周的中午",
        respondent=PUPIL,
        min_age=None,
        second_language="en",
        second_title="How is our noon?",
        by=counsellor,
        at=begun_at,
    )
    for hours, question in QUESTIONS:
        if hours < PUBLISHED_HOURS and not own.published_revision:
            own_actions.publish(own=own, revision=own.revision, by=counsellor, at=begun_at)
            own.refresh_from_db()
        own = own_actions.write_question(
            own=own,
            revision=own.revision,
            question="",
            by=counsellor,
            at=scene.at - timedelta(hours=hours),
            **question,
        )
