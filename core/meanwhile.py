"""Two people, or two tabs, at one text: nobody replaces what they have not seen, and nothing typed is lost.

A form carries the version with which it began. The action compares it under the row's lock
(`refuse_unseen`), and the form asks (`AsksToReplace`).
"""

from hashlib import blake2s
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _


class WrittenMeanwhile(Exception):
    """Somebody called `name` has saved `version` since the form was opened; `words` is what it says."""

    def __init__(self, *, version: str, name: str, words: str = "") -> None:
        super().__init__(version)
        self.version, self.name, self.words = version, name, words


def version_of(*values: object) -> str:
    """Return a mark of what is saved, which differs from that of anything else."""
    return blake2s(repr(values).encode(), digest_size=16).hexdigest()


def refuse_unseen(
    *, seen: str | None, there: tuple[object, ...], new: tuple[object, ...], name: str, words: str
) -> None:
    """Raise WrittenMeanwhile if `there` is not what the form began with, unless it says the same as `new`.

    `seen`: the version with which the form began; without one, nothing is compared.
    """
    now = version_of(*there)
    if seen and seen != now and there != new:
        raise WrittenMeanwhile(version=now, name=name, words=words)


class AsksToReplace(forms.Form):
    """A form whose text somebody else may have replaced since it was opened."""

    instead_of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    newer: WrittenMeanwhile | None = None

    def ask_to_replace(self, newer: WrittenMeanwhile) -> None:
        """Keep what was typed; saved once more, it replaces the newer version."""
        data = cast(QueryDict, self.data).copy()
        data["instead_of"] = newer.version
        self.data, self.newer = data, newer
        words = _(
            "%(name)s has saved another version in the meantime. What you wrote is below and is not saved"
            " yet. Save again to replace theirs."
        )
        self.add_error(None, words % {"name": newer.name or _("Somebody")})
