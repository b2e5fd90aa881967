"""Two questions of the first demo school's own: given out, with two more that are still being written. The
last is asked only after an answer to the one before, and stands in English, too.
"""

from datetime import timedelta

from demo.scene import Scene
from demo.story_school import key
from schools.roles import Role
from surveys.instruments import FACES, PUPIL, WORDS
from surveys.own import actions as own_actions
from surveys.own.rules import LOOK, OnlyIf, OwnAnswer

FACES_WORDS = ("很好", "还可以", "一般", "不太好", "很不好")


def tell(scene: Scene) -> None:
    counsellor = scene.colleagues[Role.COUNSELLOR]
    at = scene.at - timedelta(days=3)
    own = own_actions.begin(
        school=scene.school, title="午休怎么样", key=key("own-questions"), by=counsellor, at=at
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
        at=at,
    )
    asked = [
        ("中午休息得好吗？", FACES, [*FACES_WORDS[:4], (FACES_WORDS[4], LOOK)]),
        ("中午有人和你在一起吗？", WORDS, ["有同学", "有老师", ("没有人", LOOK)]),
    ]
    for text, drawn_as, answers in asked:
        own = own_actions.write_question(
            own=own,
            revision=own.revision,
            question="",
            text=text,
            drawn_as=drawn_as,
            answers=[OwnAnswer(*([one] if isinstance(one, str) else one)) for one in answers],
            by=counsellor,
            at=at,
        )
    own_actions.publish(own=own, revision=own.revision, by=counsellor, at=at)
    own = own_actions.write_question(
        own=own,
        revision=own.revision,
        question="",
        text="午饭吃饱了吗？",
        drawn_as=WORDS,
        answers=[OwnAnswer("吃饱了"), OwnAnswer("没吃饱", LOOK)],
        by=counsellor,
        at=scene.at - timedelta(hours=20),
    )
    own_actions.write_question(
        own=own,
        revision=own.revision,
        question="",
        text="为什么没吃饱？",
        second="Why not?",
        drawn_as=WORDS,
        answers=[
            OwnAnswer("来不及", second="No time"),
            OwnAnswer("不够", LOOK, "Not enough"),
            OwnAnswer("不想吃", LOOK, "Not hungry"),
        ],
        only_if=[OnlyIf("q3", "没吃饱")],
        by=counsellor,
        at=scene.at - timedelta(hours=19),
    )
