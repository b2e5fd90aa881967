"""Look at a pack, take it, drop it; put it into the county's library; save a lesson of the school's own."""

from collections.abc import Collection
from datetime import datetime
from hashlib import blake2s
from typing import Any
from uuid import uuid4

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.database import is_away
from core.meanwhile import WrittenMeanwhile
from learning import actions as lessons
from learning.exchange import rules
from learning.exchange.archive import SOUNDS_AT_MOST, Opened, opened, packed, sound_file
from learning.exchange.models import CountyPack, SchoolPack
from learning.exchange.writing import OWN, Draft, lesson_files, manifest
from learning.models import Lesson
from learning.pack import NAME_AT_MOST
from learning.pack_files import Fault
from learning.voice import actions as voices
from learning.voice.models import LessonVoice
from learning.voice.queries import voices_of, voices_of_packs
from schools.models import County, School
from uploads.remaking import Remade, remake_voice
from uploads.rules import BadUpload

log = structlog.get_logger(__name__)

SOUNDS_A_RUN = 10  # recordings; a slow machine needs seven seconds for one of two minutes


class Sound(ContentFile):
    """A recording as the upload field hands it over, already converted; None if it was not sound."""

    remade: Remade | None


def _facts(found: Opened, by: User, at: datetime) -> dict[str, Any]:
    named = {sound_file(*whose): sound for whose, sound in found.sounds.items()}
    return {
        "key": found.key,
        "name": dict(found.pack.name),
        "version": found.pack.version,
        "licence": found.pack.licence,
        "lesson_count": len(found.pack.lessons),
        "content": packed({**found.files, **named}),
        "by": by,
        "at": at,
    }


@transaction.atomic
def look_at(*, school: School, found: Opened, by: User, at: datetime) -> SchoolPack:
    """Save the pack for the preview, replacing what the same person looked at before and did not take."""
    SchoolPack.objects.filter(school=school, by=by, taken_at=None).delete()
    return SchoolPack.objects.create(school=school, **_facts(found, by, at))


@transaction.atomic
def take(*, pack: SchoolPack, by: User, at: datetime) -> int:
    """Take the pack: its lessons join the school's, not reviewed. Return how many lessons are new.

    An older version of the pack is replaced, and taking it twice has no further effect. Nothing from
    elsewhere replaces what the school has written itself. Its recordings follow (`keep_sounds`).
    """
    rows = SchoolPack.objects.select_for_update().filter(school=pack.school_id, key=pack.key)
    draft = next((one for one in rows if one.pk == pack.pk and one.taken_at is None), None)
    if draft is None or draft.key == OWN:
        return 0
    SchoolPack.objects.filter(pk__in=[one.pk for one in rows if one.taken_at]).delete()
    draft.taken_at = at
    draft.save(update_fields=["taken_at"])
    return _load(draft, at)


def _load(pack: SchoolPack, at: datetime) -> int:
    found, faults = opened(bytes(pack.content), is_ours=True)
    if found is None:
        raise ValueError(f"a pack that was whole has faults: {faults[0]}")
    new = lessons.load(name=pack.lesson_pack, pack=found.pack, at=at, owner=pack.school)
    Lesson.objects.filter(pack=pack.lesson_pack, is_dropped=True).update(is_dropped=False)
    in_hand = Lesson.objects.filter(pack=pack.lesson_pack, place__isnull=False)
    had = {
        sound_file(*whose)
        for whose in LessonVoice.objects.filter(lesson__in=in_hand, school=pack.school).values_list(
            "lesson__key", "language"
        )
    }
    names = [sound_file(*whose) for whose in found.sounds]
    pack.sounds_left = [name for name in names if name not in had]
    pack.sounds_failed = {}
    pack.save(update_fields=["sounds_left", "sounds_failed"])
    return new


def keep_sounds(*, at: datetime) -> int:
    """Convert and save the recordings of taken packs, as many as one run may; return how many were tried.

    It runs in the background because each takes seconds. One that fails is tried again after longer and
    longer waits (`rules.WAITS`), and the packs of other schools do not wait for it.
    """
    count = 0
    waiting = SchoolPack.objects.filter(taken_at__isnull=False).exclude(sounds_left=[])
    for pack in list(waiting.defer("content").order_by("taken_at", "pk")):
        names = rules.due(pack.sounds_left, pack.sounds_failed, at)[: SOUNDS_A_RUN - count]
        if not names:
            continue
        tried = names  # all of them, if the pack itself cannot be read
        try:
            # One pack at a time: each may be as large as a ZIP file can be.
            row = SchoolPack.objects.select_related("school", "by").get(pk=pack.pk)
            found, _faults = opened(bytes(row.content), is_ours=True)
            kept = found.sounds if found else {}
            sounds = {sound_file(*whose): one for whose, one in kept.items()}
            for name in names:
                tried = [name]
                _keep_sound(row, name, sounds.get(name, b""), at)
                count += 1
        except Exception as error:
            if is_away(error):
                raise
            _note_failed(pack.pk, tried, at)
    return count


@transaction.atomic
def _note_failed(pk: int, names: Collection[str], at: datetime) -> None:
    """Record failed recordings; call it in an exception handler.

    A recording is logged as an error when it fails for the first time, and when we give up; in between a
    warning is enough.
    """
    row = SchoolPack.objects.select_for_update().defer("content").filter(pk=pk).first()
    for name in row.sounds_left if row else ():
        if row is None or name not in names:
            continue
        before = row.sounds_failed.pop(name, None)
        again = rules.failed_again(before, at)
        if again:
            row.sounds_failed[name] = again
        else:
            row.sounds_left = [one for one in row.sounds_left if one != name]
            row.sounds_refused = [*row.sounds_refused, name]
        say = log.warning if before and again else log.exception
        say("pack_sound_failed", pack=pk, file=name, tries_again=again and again[1])
    if row is not None:
        row.save(update_fields=["sounds_left", "sounds_failed", "sounds_refused"])


def _keep_sound(pack: SchoolPack, name: str, sound: bytes, at: datetime) -> None:
    """Convert and save one recording. A recording that the school has made itself in the meantime stays."""
    file = Sound(sound)
    try:
        file.remade = remake_voice(file)
    except BadUpload:
        file.remade = None
    with transaction.atomic():
        row = SchoolPack.objects.select_for_update().defer("content").filter(pk=pack.pk).first()
        if row is None or name not in row.sounds_left:
            return
        row.sounds_left = [one for one in row.sounds_left if one != name]
        row.sounds_failed.pop(name, None)
        if file.remade is None:
            row.sounds_refused = [*row.sounds_refused, name]
        row.save(update_fields=["sounds_left", "sounds_failed", "sounds_refused"])
        key, language = name.removesuffix(".opus").split("/")
        # A lesson for a class has no recording, whatever a pack brings.
        for_families = Lesson.objects.filter(
            pack=pack.lesson_pack, place__isnull=False, minutes=None
        )
        lesson = for_families.filter(key=key).first()
        if lesson and file.remade and language not in voices_of(lesson, pack.school_id):
            voices.keep(
                lesson=lesson,
                school=pack.school,
                language=language,
                file=file,
                key=uuid4(),
                by=pack.by,
                at=at,
                came_with_pack=True,
            )


@transaction.atomic
def drop(*, pack: SchoolPack, by: User, at: datetime) -> None:
    """Remove the pack: families and classes lose its lessons, older versions too.

    If the pack is taken again, a school that had read the lessons itself must read them again; lessons about
    which it had made no decision are released if its county releases them.
    """
    if pack.taken_at:
        rows, reason = Lesson.objects.filter(pack=pack.lesson_pack), _("The pack was removed.")
        for lesson in rows.order_by("pk"):
            lessons.drop(lesson=lesson, school=pack.school, reason=reason, by=by, at=at)
    pack.delete()


def exported(pack: SchoolPack) -> bytes:
    """Return the ZIP, with the school's recordings of its lessons.

    It has only as many recordings as another school may take, of the first lessons. The page says how many
    are left out.
    """
    found, _faults = opened(bytes(pack.content), is_ours=True)
    files = dict(found.files) if found else {}
    if found and pack.key == OWN:
        # Every school's own pack has the same key. Elsewhere each needs a key of its own, or it would replace
        # what was written there; we derive it from the school's code, which no other school has.
        files["pack.toml"] = manifest(
            key=f"{OWN}-{blake2s(pack.school.code.encode(), digest_size=8).hexdigest()}",
            name=found.pack.name["zh-hans"],
            version=found.pack.version,
            licence=found.pack.licence,
            lessons=[one.key for one in found.pack.lessons],
        )
    rows = voices_of_packs(pack.school_id, [pack.lesson_pack]).select_related("lesson")
    for voice in rows[:SOUNDS_AT_MOST]:
        sound = voice.recording.contents.get(content_type="audio/ogg")
        files[sound_file(voice.lesson.key, voice.language)] = bytes(sound.data)
    return packed(files)


@transaction.atomic
def put_into_library(*, county: County, found: Opened, by: User, at: datetime) -> CountyPack:
    """Save the pack in the library, replacing an older version; schools that have the older one keep it."""
    facts = _facts(found, by, at) | {"digests": [one.digest for one in found.pack.lessons]}
    pack, _is_new = CountyPack.objects.update_or_create(
        county=county, key=facts.pop("key"), defaults=facts
    )
    return pack


@transaction.atomic
def keep_own(
    *,
    school: School,
    key: str,
    draft: Draft,
    instead_of: str = "",
    by: User,
    at: datetime,
) -> tuple[Lesson | None, list[Fault]]:
    """Put the lesson into the pack of the school's own lessons.

    It replaces an older version, and somebody must read the new one. Return (None, faults) if the reader
    refuses it. `instead_of`: the key of the lesson that the editor has seen; raises WrittenMeanwhile if
    another one is there by now, unless it says the same.
    """
    School.objects.select_for_update(no_key=True).get(pk=school.pk)  # two at once wait
    known = SchoolPack.objects.filter(school=school, key=OWN, taken_at__isnull=False).first()
    files, order, version = own_files(known)
    # Nothing of its older version stays: English text that was removed is gone.
    files = {name: data for name, data in files.items() if not name.startswith(f"{key}/")}
    files |= lesson_files(key, draft)
    name = school.name[:NAME_AT_MOST].strip()  # a school's name may be longer than a pack's
    head = {"name": name, "version": str(version + 1), "licence": "CC BY 4.0"}
    files["pack.toml"] = manifest(key=OWN, lessons=order if key in order else [*order, key], **head)
    found, faults = opened(packed(files), is_ours=True)
    if found is None:
        return None, faults
    if instead_of and known:
        now = Lesson.objects.filter(pack=known.lesson_pack, key=key, place__isnull=False).first()
        said = {one.digest for one in found.pack.lessons}
        if now and str(now.pk) != instead_of and now.digest not in said:
            raise WrittenMeanwhile(version=str(now.pk), writer=known.by)
    facts = _facts(found, by, at) | {"taken_at": at}
    pack, _is_new = SchoolPack.objects.update_or_create(
        school=school, key=facts.pop("key"), taken_at__isnull=False, defaults=facts
    )
    _load(pack, at)
    return Lesson.objects.get(pack=pack.lesson_pack, key=key, place__isnull=False), []


def own_files(pack: SchoolPack | None) -> tuple[dict[str, bytes], list[str], int]:
    """Return the files, the keys in order, and the version number."""
    found = opened(bytes(pack.content), is_ours=True)[0] if pack else None
    if found is None or pack is None:
        return {}, [], 0
    number = int(pack.version) if pack.version.isdecimal() else 0
    return dict(found.files), [one.key for one in found.pack.lessons], number
