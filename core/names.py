"""Several names in one line, as the reader's language separates them."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def joined(names: Iterable[str]) -> str:
    """王芳、李秀兰; Wang Fang, Li Xiulan."""
    return pgettext("between names", ", ").join(names)
