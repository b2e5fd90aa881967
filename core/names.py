"""Names in the reader's language: several in one line, and a teacher's."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import languages
from core.pinyin import pinyin_of


def joined(names: Iterable[str]) -> str:
    """Return 王芳、李秀兰, or Wang Fang, Li Xiulan."""
    return pgettext("between names", ", ").join(names)


def with_relation(called: str, name: str) -> str:
    """Return 妈妈 王芳; only the name if `called` is the name itself."""
    return name if called == name else f"{called} {name}"


def teacher_name(surname: str) -> str:
    """Return 张老师; in English in pinyin, because readers there cannot pronounce a name in Chinese
    characters.
    """
    if surname and languages.active() == "en":
        surname = pinyin_of(surname).title()
    return _("Teacher %(surname)s") % {"surname": surname} if surname else ""
