"""Text about lessons, and the contexts of the pages of staff and family about them."""

from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from core import languages
from core.days import near_day, weekday_names
from core.printing import drawing_url, why_no_pdf
from delivery.services.speech import can_speak
from learning import policies, queries
from learning.models import (
    Audience,
    CountyReading,
    Lesson,
    LessonPlan,
    LessonSent,
)
from learning.pack import LANGUAGES
from learning.pack_class import LINE
from learning.reach import Reader
from learning.readings import Reading
from learning.rules import FEWEST_COUNTED
from learning.voice.models import LessonVoice
from learning.voice.queries import (
    heard_by_families,
    kept_among,
    unheard,
    voices_of,
    waiting_for_ears,
)
from learning.voice.words import said
from schools import hotlines
from schools.models import School
from schools.policies import Viewer
from schools.roles import Permission


def audience_words(lesson: Lesson) -> str:
    if lesson.is_for_class:
        words = {"first": lesson.grades_from, "last": lesson.grades_until, "n": lesson.minutes}
        return _("in class, grades %(first)d to %(last)d, %(n)d minutes") % words
    if len(lesson.audience) > 1:
        return _("for everyone who brings up a child")
    return {
        Audience.AWAY: _("for parents who are away"),
        Audience.HOME: _("for adults at home"),
    }[Audience(lesson.audience[0])]


def picture_url(lesson: Lesson) -> str:
    return drawing_url(lesson.picture)


# -- staff --------------------------------------------------------------------------------------


def listed(school: School, viewer: Viewer, audience: str) -> dict[str, Any]:
    """Return the page of lessons; the number of queries does not depend on that of lessons."""
    lessons = (
        policies.lessons_visible_at(school).filter(place__isnull=False).order_by("pack", "place")
    )
    chosen = audience if audience in Audience.values else ""
    is_for_class = chosen == Audience.CLASS
    shown = [
        one
        for one in lessons
        if one.is_for_class == is_for_class and (not chosen or chosen in one.audience)
    ]
    readings = queries.readings_at(school, shown)
    may_let_out = viewer.can(Permission.RELEASE_LESSONS)
    waiting = waiting_for_ears(school.pk)
    plan = LessonPlan.objects.filter(school=school).first()
    rows: list[dict[str, Any]] = [
        {
            "url": reverse("learning:lesson", args=[one.pk]),
            "text": one.text(languages.active()),
            "audience": audience_words(one),
            "mark": mark(readings.get(one.pk), viewer),
            "waits_for_ear": may_let_out and one.pk in waiting,
        }
        for one in shown
    ]
    out = [row for row in rows if row["mark"]["is_out"]]
    unread = [row for row in rows if not row["mark"]["is_out"]]
    parts = [
        {
            "title": _("Can be taught") if is_for_class else _("Can be sent"),
            "rows": out,
            "is_open": True,
        },
        # For users who may release them it is work, for others a closed section.
        {"title": _("Not reviewed"), "rows": unread, "is_open": may_let_out or not out},
    ]
    return {
        "parts": [part for part in parts if part["rows"]],
        "filters": _filters(chosen),
        "is_for_class": is_for_class,
        "plan": plan_words(plan),
        "may_plan": may_let_out,
    }


def _filters(chosen: str) -> list[dict[str, Any]]:
    ways = (
        ("", _("All families")),
        (Audience.AWAY, _("Parents who are away")),
        (Audience.HOME, _("Adults at home")),
        (Audience.CLASS, _("In class")),
    )
    return [{"value": value, "label": label, "is_chosen": value == chosen} for value, label in ways]


def mark(reading: Reading | None, viewer: Viewer) -> dict[str, Any]:
    """Return the mark that every page shows beside a lesson: who has read it, or that nobody has."""
    if reading is None:
        return {"is_out": False, "words": _("not reviewed")}
    zone = ZoneInfo(viewer.school.time_zone) if viewer.school else None
    on = timezone.localdate(reading.at, zone)
    said = {"who": reading.by.name, "day": near_day(on, viewer.on)}
    if isinstance(reading, CountyReading):
        said["county"] = reading.county.name
        if reading.is_out:
            words = _("read and approved by %(who)s, education bureau of %(county)s, %(day)s")
        else:
            words = _("taken back by %(who)s, education bureau of %(county)s, %(day)s")
    elif reading.is_out:
        words = _("read by %(who)s, %(day)s")
    else:
        words = _("taken back by %(who)s, %(day)s")
    return {"is_out": reading.is_out, "words": words % said}


def let_out_words(lesson: Lesson, *, was_out: bool, had_own: bool) -> str:
    """Say to the user what releasing the lesson has changed.

    `was_out`: it was already released, by the county or (`had_own`) by the school. If it was by the school,
    only its recording was new.
    """
    if had_own:
        return _("Families hear the recording now.")
    if was_out:
        return _("Your school has now read it itself, and your name is shown beside it.")
    if lesson.is_for_class:
        return _("It can be taught now. Colleagues see your name beside it.")
    return _("It can be sent now. Families see your name beside it.")


def plan_words(plan: LessonPlan | None) -> str:
    if plan is None or not plan.is_on:
        return _("No lesson is sent automatically.")
    day = weekday_names()[plan.weekday]
    return _("In term, each family gets a lesson every other week, on %(day)s evening.") % {
        "day": day
    }


def words_of(lesson: Lesson) -> dict[str, Any]:
    """Return the full text in every language, for a user who reads all of it."""
    own, *others = sorted(LANGUAGES, key=lambda one: one != languages.active())
    return {
        "lesson": lesson,
        "text": lesson.text(own),
        "in_chinese_alone": own not in lesson.texts,
        "others": [
            {"code": one, "name": get_language_info(one)["name_local"], "text": lesson.texts[one]}
            for one in others
            if one in lesson.texts and own in lesson.texts
        ],
        "picture_url": picture_url(lesson),
        "audience": audience_words(lesson),
        "line": LINE,
    }


def shown(lesson: Lesson, school: School, viewer: Viewer) -> dict[str, Any]:
    reading = queries.readings_at(school, [lesson]).get(lesson.pk)
    seen = policies.sent_seen_by(viewer.user, lesson, school, viewer.on)
    counts = queries.counts(seen)
    voices = _voices(lesson, school)
    # The county's decision, if the school's own differs and counts instead.
    by_county = queries.readings_of_county(school.county_id, [lesson.digest]).get(lesson.digest)
    county_mark = None
    if by_county is not None and reading is not None and by_county.is_out != reading.is_out:
        county_mark = mark(by_county, viewer) | {"reason": by_county.reason}
    return words_of(lesson) | {
        "reading": reading,
        "reading_key": queries.reading_key(reading),
        "mark": mark(reading, viewer),
        "county_mark": county_mark,
        "is_in_hand": lesson.place is not None,
        "by_county_alone": isinstance(reading, CountyReading) and reading.is_out,
        "may_let_out": viewer.can(Permission.RELEASE_LESSONS),
        "may_send": viewer.can(Permission.SEND_LESSONS),
        "counts": counts,
        "has_counts": counts.adults >= FEWEST_COUNTED,
        "voices": voices,
        "has_voice": any(one["voice"] and not one["is_silent"] for one in voices),
        "has_silent_voice": any(one["is_silent"] for one in voices),
        "makes_pictures": not why_no_pdf(),
        "may_record": viewer.can(Permission.RELEASE_LESSONS) and lesson.place is not None,
    }


def _voices(lesson: Lesson, school: School) -> list[dict[str, Any]]:
    """Return the school's recordings of it, for each language in which there may be one.

    `is_silent`: it came with a pack, and nobody of the school has listened to it.
    """
    if lesson.is_for_class:
        return []
    kept: dict[str, LessonVoice] = voices_of(lesson, school.pk)
    silent = set(unheard(lesson, school.pk).values_list("language", flat=True))
    return [
        {
            "code": one,
            "name": get_language_info(one)["name_local"],
            "voice": kept.get(one),
            "is_silent": one in silent,
        }
        for one in LANGUAGES
    ]


def on_paper(lesson: Lesson, school: School) -> dict[str, Any]:
    """Return the context of printed pages.

    They are the poster for the village, the sheet for leading a meeting of carers, and for a lesson for a
    class the teacher's sheet and the pupils' page.
    """
    return {
        "line": LINE,
        "lesson": lesson,
        "text": lesson.text(languages.active()),
        "picture_url": picture_url(lesson),
        "school": school,
        "hotlines": hotlines.of(school),
        "is_screen": bool(why_no_pdf()),
        "back_url": reverse("learning:lesson", args=[lesson.pk]),
    }


# -- family -------------------------------------------------------------------------------------


def family_list(readers: Collection[Reader]) -> dict[str, Any]:
    """Return what they were sent and have not opened, what they have, and what they may choose."""
    had = list(policies.sent_to(readers).order_by("-sent_at", "-pk"))
    have = {row.lesson_id for row in had}  # including what is gone by now
    sent = [row for row in had if row.is_out]
    chosen = Lesson.objects.filter(pk__in=policies.to_choose(readers).keys() - have)
    return {
        "waiting": [_line(row.lesson) for row in sent if row.opened_at is None],
        "heard": [_line(row.lesson) for row in sent if row.opened_at is not None],
        "others": [_line(one) for one in chosen.order_by("pack", "place")],
    }


def _line(lesson: Lesson) -> dict[str, Any]:
    return {
        "url": reverse("family_learning:lesson", args=[lesson.pk]),
        "text": lesson.text(languages.active()),
    }


def family_page(
    lesson: Lesson, school: School, sent: LessonSent | None, token: str
) -> dict[str, Any]:
    reading = queries.readings_at(school, [lesson]).get(lesson.pk)
    is_out = reading is not None and reading.is_out
    spoken = lesson.spoken(languages.active())
    if token:
        voice_url = reverse("family_learning:link_voice", args=[token, spoken])
    else:
        voice_url = reverse("family_learning:voice", args=[lesson.pk, spoken])
    return {
        "lesson": lesson,
        "text": lesson.text(spoken),
        "in_chinese_alone": spoken != languages.active(),
        "picture_url": picture_url(lesson),
        "school": school,
        "reading": reading,
        "county": reading.county if isinstance(reading, CountyReading) else None,
        "is_out": is_out,
        "sent": sent,
        "token": token,
        "voice": heard_by_families(lesson, school.pk, spoken),
        "voice_url": voice_url,
        "is_kept_aloud": is_out and _is_kept_aloud(lesson, spoken),
    }


def _is_kept_aloud(lesson: Lesson, spoken: str) -> bool:
    """Return whether generated speech is kept for all of its text.

    This is checked only if nothing on this server speaks.
    """
    if spoken != languages.active() or can_speak(spoken):
        return False
    words = set(said(lesson.text(spoken), spoken))
    return kept_among(words, spoken) == words
