"""Release a lesson for every school of a county, and take that back."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from learning import messages
from learning.models import CountyReading, Lesson, LessonSent
from learning.queries import readings_of_county, with_out
from schools.models import County


@transaction.atomic
def let_out(*, county: County, lesson: Lesson, by: User, at: datetime) -> bool:
    """Record that `by` has read it and releases it; False if the county already has."""
    if _is_out(county, lesson):
        return False
    _write(county, lesson, is_out=True, by=by, at=at)
    return True


@transaction.atomic
def take_back(*, county: County, lesson: Lesson, reason: str, by: User, at: datetime) -> bool:
    """Take the lesson back for the county; False if it was not released.

    Schools that relied on the county alone stop sending and teaching it, and a family's page there says that
    it is gone. Schools that have read it themselves continue.
    """
    if not _is_out(county, lesson):
        return False
    _write(county, lesson, is_out=False, reason=reason, by=by, at=at)
    waiting = LessonSent.objects.filter(
        school__county=county, lesson__digest=lesson.digest, opened_at=None
    )
    messages.call_off([row for row in with_out(waiting) if not row.is_out], at)
    return True


def _is_out(county: County, lesson: Lesson) -> bool:
    """Return whether the county releases the lesson, after locking the county and the lesson's rows.

    Two officers wait for each other, and schools that release it, take it back or send it wait for them.
    """
    County.objects.select_for_update(no_key=True).get(pk=county.pk)
    rows = Lesson.objects.select_for_update(no_key=True).filter(digest=lesson.digest)
    list(rows.order_by("pk").values_list("pk", flat=True))
    reading = readings_of_county(county.pk, [lesson.digest]).get(lesson.digest)
    return reading is not None and reading.is_out


def _write(
    county: County, lesson: Lesson, *, is_out: bool, by: User, at: datetime, reason: str = ""
) -> None:
    CountyReading.objects.create(
        county=county,
        digest=lesson.digest,
        title=lesson.texts["zh-hans"]["title"],
        is_out=is_out,
        reason=reason,
        by=by,
        at=at,
    )
