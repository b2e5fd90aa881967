"""Prepare what families read about school life."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from classroom.models import ClassWeek, Picture
from classroom.news.links import OpenedNews
from classroom.news.queries import has_thanked
from classroom.pictures.rules import CLASS_FAMILIES
from classroom.presenters import good_news_words, week_words
from core.days import short_day
from guardians.models import Adult
from students.models import Student

PICTURES_SHOWN = 20  # 60 kB each, loaded while scrolling


def news(opened: OpenedNews, at: datetime) -> dict[str, Any]:
    today = timezone.localdate(at)
    return {
        "adult": opened.adult,
        "child": opened.notes[0].student.given_name,
        "student_id": opened.notes[0].student_id,
        "notes": [
            {
                "text": good_news_words(note),
                "teacher": note.written_by.name,
                "day": short_day(timezone.localdate(note.happened_at), today),
            }
            for note in opened.notes
        ],
        "has_thanked": has_thanked([opened.adult.pk], notes=opened.notes),
    }


def week(week: ClassWeek, adults: Sequence[Adult], at: datetime) -> dict[str, Any]:
    return {
        "week": week,
        "days": week_words(week.week_on, timezone.localdate(at)),
        "teacher": week.written_by.name,
        "has_thanked": has_thanked([adult.pk for adult in adults], week=week),
    }


def pictures(student: Student, rows: QuerySet[Picture], at: datetime) -> dict[str, Any]:
    latest = rows.select_related("photo", "note__written_by").order_by("-added_at", "-pk")
    return {
        "student": student,
        "pictures": [
            {
                "pk": row.pk,
                "photo": row.photo,
                "with_others": row.purpose == CLASS_FAMILIES,
                "text": good_news_words(row.note),
                "teacher": row.note.written_by.name,
            }
            for row in latest[:PICTURES_SHOWN]
            if row.note is not None
        ],
    }
