"""The form in which every app reports what happened with a child."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    OBSERVATION = "observation"
    PRAISE = "praise"
    ATTENDANCE = "attendance"
    HOMEWORK = "homework"
    LETTER = "letter"  # also what the school asks of a family
    VISIT = "visit"
    REUNION = "reunion"
    POSTCARD = "postcard"
    CONTACT = "contact"
    CHECK_IN = "check_in"
    CONCERN = "concern"
    ENROLMENT = "enrolment"
    FAMILY = "family"
    SURVEY = "survey"


@dataclass(frozen=True)
class TimelineEvent:
    """One line of the timeline: `icon` names a symbol of the sprite, `meta` says by whom, `url` leads to the
    full record.
    """

    at: datetime
    kind: EventKind
    icon: str
    title: str
    text: str = ""
    meta: str = ""
    is_day_only: bool = False
    tags: tuple[str, ...] = ()
    # Two apps may report one fact (a reply, and the talk that follows from it) with the same key.
    key: str = ""
    url: str = ""
    # Identifies a talk by person and day, so that several reports of one talk become one entry.
    talk: str = ""
    part_of: str = ""  # the key of an event about which this gives more detail
