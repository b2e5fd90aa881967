"""What an officer reads: our own lessons, those in the county's library, and what the county has read before.

None of these pages shows a child, a family or a figure.
"""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet
from django.http import Http404

from learning.actions import lesson_of
from learning.exchange.archive import opened
from learning.exchange.models import CountyPack
from learning.exchange.policies import library_of
from learning.models import CountyReading, Lesson
from schools.models import County
from schools.policies import of_county
from schools.roles import Permission

reads_for_county = of_county(Permission.RELEASE_COUNTY_LESSONS)


def lessons_of_ours() -> QuerySet[Lesson]:
    """Return our lessons, those for families first."""
    rows = Lesson.objects.filter(owner=None, place__isnull=False)
    return rows.order_by(F("minutes").asc(nulls_first=True), "pack", "place")


def read_by(county: County) -> QuerySet[CountyReading]:
    """Return everything the county has ever read, even if no pack of its library has it any more."""
    return CountyReading.objects.filter(county=county)


def lessons_in(pack: CountyPack) -> list[Lesson]:
    """Return the unsaved lessons of the archive; empty if it can no longer be read."""
    found, _faults = opened(bytes(pack.content), is_ours=True)
    lessons = found.pack.lessons if found else ()
    return [lesson_of(pack.key, found.pack, one, pack.at, None) for one in lessons if found]


def get_lesson_for(county: County, digest: str) -> Lesson:
    """Return the lesson with exactly this text: a stored one, else one in the county's library."""
    read = read_by(county).values("digest")
    of_schools = Q(owner__county=county, digest__in=read)
    rows = Lesson.objects.filter(Q(owner=None) | of_schools, digest=digest)
    found = rows.order_by("owner_id", "pk").first() or next(_in_library(county, digest), None)
    if found is None:
        raise Http404
    return found


def _in_library(county: County, digest: str) -> Iterator[Lesson]:
    """Yield library lessons with this digest, opening one pack at a time.

    Each pack may be as large as a ZIP file can be. Only packs that have the digest are opened, and those from
    before digests were stored.
    """
    rows = library_of(county).filter(Q(digests__contains=[digest]) | Q(digests=[]))
    for pk in rows.values_list("pk", flat=True):
        for lesson in lessons_in(CountyPack.objects.get(pk=pk)):
            if lesson.digest == digest:
                yield lesson
