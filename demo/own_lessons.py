"""Lessons from elsewhere and the school's own, and training courses.

There are a county pack that the school has taken and approved in part, a bilingual lesson of its own, a voice
recording, training courses, and what the school requires of its staff.
"""

from datetime import timedelta
from uuid import UUID, uuid5

from django.db.models import Q

from demo.scene import Scene
from demo.voices import hummed
from learning import actions
from learning.county import actions as for_county
from learning.exchange import actions as exchange
from learning.exchange.archive import MANIFEST, opened, packed
from learning.exchange.writing import Draft, Words, lesson_files, manifest
from learning.models import Lesson, Training
from learning.training import actions as trainings
from learning.voice import actions as voices
from schools.models import Post
from schools.roles import Role

FOR_ALL_SCHOOLS = "sleep"
KEYS = UUID("5b8d6c0e-55c5-4b47-9d43-6f2f0a1c7e19")  # for its single-use keys
RAIN = Words(
    topic="雨季的河",
    title="下过大雨，河边先不去",
    week="雨停以后，和孩子说好：三天里不到河边去。",
    picture="孩子站在离河远远的坡上，河水又黄又急。",
    read=("雨停了，水还会涨。", "要过河，找大人一起走桥。", "有人落水：喊人，不下去拉。"),
    heard="山里一下雨，河水说涨就涨。雨停了，上头的水还在往下走。\n\n"
    "跟孩子说好：大雨过后三天，不到河边去。上学要过河的，请大人陪着走桥，水漫过桥面就不走，给老师打个电话，晚到不要紧。\n\n"
    "看见有人落水，不下去拉，大声喊大人，扔根竹竿、绳子。打110。",
)
HARVEST = Words(
    topic="农忙的时候",
    title="农忙再忙，一天也有五分钟",
    week="吃饭时问孩子一句：“今天有什么好笑的事？”",
    picture="奶奶在晒谷场边坐下，听孩子说话。",
    read=("忙起来，先跟孩子说一声。", "一天留五分钟，只听孩子说。", "孩子帮了忙，说声谢谢。"),
    heard="农忙的时候，天不亮就下地，回来孩子都睡了。\n\n"
    "先跟孩子说清楚：“这半个月我忙，收完了就好。”孩子心里就有数。一天留五分钟，吃饭的时候也行，只听孩子说。\n\n"
    "孩子烧了水、看了弟弟，说一句：“多亏你。”写作业和睡觉的时间给孩子留着，地里的重活不叫孩子干。",
)
SNOW = Words(
    topic="下雪天上学",
    title="下雪天，路上慢一点",
    week="看一看孩子的鞋底，滑的换一双。",
    picture="孩子和奶奶拉着手，走在雪地上。",
    read=("路滑，就走慢些。", "雪大，就等一等，给老师打电话。", "到了学校，请老师说一声。"),
    heard="我们山里，雪说下就下。早上先看看天，看看门口的路。\n\n"
    "走路的，早出门一刻钟，不追不跑，不走冰面。雪太大就等一等，给班主任打个电话，晚到不算迟到。\n\n"
    "孩子到了，老师在群里说一声，您就放心了。",
)
SNOW_ENGLISH = Words(
    topic="To school in snow",
    title="On snowy days, take it slowly",
    week="Look at the soles of your child's shoes. Change them if they slip.",
    picture="A child and a grandmother walk hand in hand through the snow.",
    read=(
        "If the road is slippery, walk slowly.",
        "If it snows hard, wait, and call the teacher.",
        "Once there, ask the teacher to let you know.",
    ),
    heard="In our hills, snow comes fast. In the morning look at the sky first, and at the road outside.\n\n"
    "Children who walk leave a quarter of an hour earlier. They do not run, and they do not step on ice. "
    "If it snows hard, wait and call the class teacher: nobody is marked late.\n\n"
    "When your child has arrived, the teacher says so, and you need not worry.",
)


def tell(scene: Scene) -> None:
    """Write it all; the lessons of demo.lessons must be there."""
    _pack(scene)
    by, at = scene.colleagues[Role.COUNSELLOR], scene.at - timedelta(days=8)
    lesson, faults = exchange.keep_own(
        school=scene.school, key="own-snow", draft=_draft(SNOW, SNOW_ENGLISH), by=by, at=at
    )
    if lesson is None:
        raise ValueError(f"the demo's own lesson has faults: {faults}")
    actions.let_out(lesson=lesson, school=scene.school, by=by, at=at)
    voices.keep(
        lesson=Lesson.objects.get(pack="jiaqiao", key="praise", place__isnull=False),
        school=scene.school,
        language="zh-hans",
        file=hummed("parent"),
        key=uuid5(KEYS, "praise"),
        by=scene.colleagues[Role.COUNSELLOR],
        at=scene.at - timedelta(days=11),
    )
    # The principal's has expired; for most teachers none is recorded.
    principal = scene.colleagues[Role.PRINCIPAL]
    trainings.set_plan(
        school=scene.school,
        protection_months=12,
        support_months=24,
        room_hours=10,
        by=principal,
        at=scene.at - timedelta(days=60),
    )
    had = (
        (scene.teachers[scene.home_class.pk], 100),
        (scene.colleagues[Role.COUNSELLOR], 100),
        (principal, 400),
    )
    for user, days_ago in had:
        trainings.note(
            school=scene.school,
            user=user,
            kind=Training.Kind.PROTECTION,
            title="学生保护和强制报告",
            provider="县教育局、县检察院",
            hours=4,
            ended_on=scene.on - timedelta(days=days_ago),
            certificate=None,
            key=uuid5(KEYS, f"training-{user.pk}"),
            by=user,
            at=scene.at - timedelta(days=days_ago - 1),
        )


def _draft(words: Words, english: Words | None = None, drawing: str = "safe-on-the-way") -> Draft:
    ours = Lesson.objects.get(pack="jiaqiao", key=drawing, place__isnull=False)
    return Draft(
        chinese=words,
        english=english,
        audience=("away", "home"),
        ages=(5, 14),
        counts_on_parents=False,
        sources=("县应急管理局：安全告知书", "急救120；报警110"),
        drawing=ours.picture,
    )


def _pack(scene: Scene) -> None:
    """Add a county pack that the school has taken.

    The counsellor has approved the first of its two lessons; the officer has approved the second, and one of
    ours, for all schools.
    """
    files = lesson_files("rain", _draft(RAIN, drawing="safety-at-home"))
    files |= lesson_files("harvest", _draft(HARVEST, drawing="own-strength"))
    lessons = ["rain", "harvest"]
    files[MANIFEST] = manifest(
        key="hills", name="山里的课", version="1", licence="CC BY 4.0", lessons=lessons
    )
    found, faults = opened(packed(files))
    if found is None:
        raise ValueError(f"the demo's pack has faults: {faults}")
    county = scene.school.county
    officer = Post.objects.filter(county=county, role=Role.COUNTY_OFFICER).order_by("pk").first()
    if county and officer:
        exchange.put_into_library(
            county=county, found=found, by=officer.user, at=scene.at - timedelta(days=30)
        )
    by, at = scene.colleagues[Role.COUNSELLOR], scene.at - timedelta(days=9)
    pack = exchange.look_at(school=scene.school, found=found, by=by, at=at)
    exchange.take(pack=pack, by=by, at=at)
    rain = Lesson.objects.get(owner=scene.school, key="rain", place__isnull=False)
    actions.let_out(lesson=rain, school=scene.school, by=by, at=at)
    if county and officer:
        for key in ("harvest", FOR_ALL_SCHOOLS):
            lesson = Lesson.objects.get(
                Q(owner=None) | Q(owner=scene.school), key=key, place__gte=0
            )
            for_county.let_out(county=county, lesson=lesson, by=officer.user, at=at)
