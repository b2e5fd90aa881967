"""Who looks at packs, takes them, writes lessons and keeps a county's library.

Counsellor and principal do the first three for their school; an officer keeps the library of the county, from
which its schools take packs.
"""

from collections.abc import Collection

from django.db.models import QuerySet
from django.http import Http404

from learning.exchange.models import CountyPack, SchoolPack
from learning.exchange.writing import OWN
from learning.models import Lesson
from schools.models import County, School


def packs_taken_at(school: School) -> QuerySet[SchoolPack]:
    rows = SchoolPack.objects.filter(school=school, taken_at__isnull=False).defer("content")
    return rows.select_related("by").order_by("-taken_at", "-pk")


def recordings_left(school_id: int, lesson_pack: str) -> Collection[str]:
    """Return files of a taken pack's recordings that are still being converted.

    `lesson_pack`: the name under which its lessons are stored.
    """
    key = lesson_pack.removeprefix(f"{school_id}/")
    rows = SchoolPack.objects.filter(school=school_id, key=key, taken_at__isnull=False)
    return rows.values_list("sounds_left", flat=True).first() or ()


def get_pack_at(school: School, pk: int) -> SchoolPack:
    """Return a pack that is taken, or that somebody of the school is looking at."""
    found = SchoolPack.objects.filter(school=school, pk=pk).select_related("school", "by").first()
    if found is None:
        raise Http404
    return found


def library_of(county: County | None) -> QuerySet[CountyPack]:
    rows = CountyPack.objects.filter(county=county).defer("content")
    return rows.select_related("by").order_by("-at", "-pk")


def get_from_library(county: County, pk: int) -> CountyPack:
    found = CountyPack.objects.filter(county=county, pk=pk).first()
    if found is None:
        raise Http404
    return found


def own_lesson(school: School, pk: int) -> Lesson:
    """Return a lesson of the school's own that it may change: its version of today, also for an older one."""
    own = Lesson.objects.filter(owner=school, pack__endswith=f"/{OWN}", minutes=None)
    found = own.filter(place__isnull=False, key__in=own.filter(pk=pk).values("key")).first()
    if found is None:
        raise Http404
    return found


def drawings() -> list[Lesson]:
    """Return lessons of ours whose pictures a school may use."""
    rows = Lesson.objects.filter(owner=None, place__isnull=False, minutes=None)
    return list(rows.order_by("pack", "place"))
