"""Names as the reader's language says them: several in one line, a teacher's."""

from collections.abc import Iterable

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from core.pinyin import pinyin_of


def joined(names: Iterable[str]) -> str:
    """王芳、李秀兰; Wang Fang, Li Xiulan."""
    return pgettext("between names", ", ").join(names)


def with_relation(called: str, name: str) -> str:
    """妈妈 王芳; the name alone where nothing else says who it is."""
    return name if called == name else f"{called} {name}"


def teacher_name(surname: str) -> str:
    """张老师; in English by its sound, since a name in Chinese signs cannot be said there."""
    if surname and get_language() == "en":
        surname = pinyin_of(surname).title()
    return _("Teacher %(surname)s") % {"surname": surname} if surname else ""
