"""Keep an owner's file, and the wording that a person took from it."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from schools.models import School
from surveys import shipped
from surveys.actions import keep_edition
from surveys.files import read_file
from surveys.files.found import from_json
from surveys.files.matching import definition_with_words
from surveys.models import Edition, InstrumentFile


def keep_file(
    *,
    school: School,
    file_name: str,
    content: bytes,
    beside: bytes = b"",
    by: User,
    at: datetime,
) -> InstrumentFile:
    """Read an owner's file, with the answers in a second file `beside` it, and save what we understood.

    Raises BadFile; nothing is saved then.
    """
    return InstrumentFile.objects.create(
        school=school,
        file_name=file_name[-120:],
        found=read_file(content, beside).as_json(),
        read_by=by,
        read_at=at,
    )


def keep_words(
    *,
    file: InstrumentFile,
    key: str,
    pairs: Mapping[str, str],
    intro: str,
    limits: Mapping[str, str] | None = None,
    weights: Mapping[str, tuple[int, ...]] | None = None,
    by: User,
    at: datetime,
) -> Edition:
    """Save the wording of a file for the shipped definition `key`.

    `weights` has the form that `matching` defines. Raises BadFile if something does not fit.
    """
    definition = definition_with_words(
        shipped.definitions()[key],
        shipped.instruments()[key],
        from_json(file.found),
        pairs,
        intro,
        limits,
        weights,
    )
    return keep_edition(school=file.school, definition=definition, by=by, at=at)
