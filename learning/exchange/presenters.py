"""Messages for faults of a pack, and the contexts of the pages."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from learning.exchange.archive import SOUNDS_AT_MOST, Opened, sound_file
from learning.exchange.models import CountyPack, SchoolPack
from learning.exchange.policies import recordings_left
from learning.exchange.writing import OWN
from learning.models import Lesson
from learning.pack import LANGUAGES
from learning.pack_files import Fault, Trouble
from learning.voice.queries import voices_of_packs
from schools.models import School

WORDS: Mapping[Trouble, Any] = {
    Trouble.MISSING: gettext_lazy("is missing"),
    Trouble.NOT_UTF8: gettext_lazy("is not saved as UTF-8"),
    Trouble.NOT_TOML: gettext_lazy("cannot be read here: is a quotation mark missing?"),
    Trouble.NO_HEAD: gettext_lazy("has no head between two lines +++"),
    Trouble.FIELD: gettext_lazy("lacks this field, or has it in the wrong format"),
    Trouble.TOO_LONG: gettext_lazy("is too long"),
    Trouble.MARKUP: gettext_lazy("contains HTML, a link or a script"),
    Trouble.NOT_THREE: gettext_lazy("needs three numbered sentences before the heading"),
    Trouble.NO_WORDS: gettext_lazy("needs one heading, and paragraphs after it"),
    Trouble.NOT_FOUR: gettext_lazy(
        "needs four parts: steps, cases, what is never done, the hand-out"
    ),
    Trouble.MINUTES: gettext_lazy("has steps whose minutes are not those of the lesson"),
    Trouble.NOT_SVG: gettext_lazy("is not an SVG picture"),
    Trouble.ACTIVE_SVG: gettext_lazy("contains more than a drawing"),
    Trouble.UNKNOWN: gettext_lazy("is not a file of a pack"),
    Trouble.NOT_SOUND: gettext_lazy("is not a recording, or is longer than three minutes"),
    Trouble.OWN_KEY: gettext_lazy("has a name that only a school's own lessons have"),
}
OF_THE_ARCHIVE: Mapping[Trouble, Any] = {
    Trouble.TOO_MANY_SOUNDS: gettext_lazy(
        "It holds more than 48 recordings. Divide it into several packs."
    ),
    Trouble.ZIP_DAMAGED: gettext_lazy("This is not a ZIP file, or it is damaged."),
    Trouble.ZIP_LOCKED: gettext_lazy("The ZIP file has a password. Please save it without one."),
    Trouble.ZIP_UNFOLDS: gettext_lazy(
        "The ZIP file is larger than 24 MB when unpacked, so we did not open it."
    ),
}


def fault_words(fault: Fault) -> str:
    if fault.trouble in OF_THE_ARCHIVE:
        return str(OF_THE_ARCHIVE[fault.trouble])
    said = {
        "file": fault.file,
        "line": fault.line,
        "trouble": WORDS[fault.trouble],
        "name": fault.name,
    }
    if fault.line:
        return _("%(file)s, line %(line)d: %(trouble)s") % said
    if fault.name:
        return _("%(file)s: %(trouble)s (%(name)s)") % said
    return _("%(file)s: %(trouble)s") % said


def looked_at(pack: SchoolPack, found: Opened, language: str) -> dict[str, Any]:
    """Return each lesson as it will be, and whether it is new to the school."""
    rows = Lesson.objects.filter(pack=pack.lesson_pack, place__isnull=False)
    here = dict(rows.values_list("key", "digest"))
    return {
        "pack": pack,
        "name": pack.words(language),
        "left_out": _left_out(pack.school_id, [pack])[pack.pk],
        "rows": [
            {
                "text": one.texts.get(language) or one.texts[LANGUAGES[0]],
                "sources": one.sources,
                "is_for_class": one.minutes is not None,
                "is_new": one.key not in here,
                "is_changed": here.get(one.key, one.digest) != one.digest,
                "has_voice": any(key == one.key for key, _language in found.sounds),
            }
            for one in found.pack.lessons
        ],
    }


def _left_out(school_id: int, packs: Collection[SchoolPack]) -> dict[int, int]:
    """Return {pack id: how many of its recordings are left out when it is saved as a ZIP}."""
    rows = voices_of_packs(school_id, [one.lesson_pack for one in packs])
    counts = Counter(rows.values_list("lesson__pack", flat=True))
    return {one.pk: max(0, counts[one.lesson_pack] - SOUNDS_AT_MOST) for one in packs}


def taken(school: School, packs: Collection[SchoolPack], language: str) -> list[dict[str, Any]]:
    left_out = _left_out(school.pk, packs)
    return [
        {"pack": one, "name": one.words(language), "left_out": left_out[one.pk]} for one in packs
    ]


def listed(packs: Iterable[CountyPack], language: str) -> list[dict[str, Any]]:
    return [{"pack": one, "name": one.words(language)} for one in packs]


def of_lesson(lesson: Lesson, school: School) -> dict[str, Any]:
    """Return what the page of a lesson shows of its pack.

    `coming`: languages of recordings that came with the pack and are not ready yet; `is_own`: written here.
    """
    has_sounds = lesson.owner_id is not None and not lesson.is_for_class
    left = recordings_left(school.pk, lesson.pack) if has_sounds else ()
    return {
        "coming": [
            get_language_info(one)["name_local"]
            for one in LANGUAGES
            if sound_file(lesson.key, one) in left
        ],
        "is_own": lesson.owner_id is not None and lesson.pack.endswith(f"/{OWN}"),
    }


def written(lesson: Lesson, drawings: Sequence[Lesson]) -> dict[str, Any]:
    """Return a lesson of the school's own as the editor shows it."""
    drawn = next((one.pk for one in drawings if one.picture == lesson.picture), None)
    return {
        **_fields(lesson.texts["zh-hans"], ""),
        **(_fields(lesson.texts["en"], "_en") if "en" in lesson.texts else {}),
        "instead_of": lesson.pk,
        "audience": lesson.audience,
        "ages_from": lesson.ages_from,
        "ages_until": lesson.ages_until,
        "counts_on_parents": lesson.counts_on_parents,
        "sources": "\n".join(lesson.sources),
        "drawing": drawn,
    }


def _fields(text: Mapping[str, Any], ending: str) -> dict[str, str]:
    said = {name: text[name] for name in ("topic", "title", "week", "picture")}
    said |= {f"read_{number}": one for number, one in enumerate(text["read"], 1)}
    said["heard"] = "\n\n".join(text["heard"])
    return {name + ending: words for name, words in said.items()}
