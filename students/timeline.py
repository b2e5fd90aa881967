"""The shape in which every app tells what happened with a child."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    OBSERVATION = "observation"
    PRAISE = "praise"
    ATTENDANCE = "attendance"
    HOMEWORK = "homework"
    LETTER = "letter"  # and what the school asks of a family
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
    """One line of "what happened": `icon` names a symbol of the sprite, `meta` says by whom, `url`
    leads to the whole of it.
    """

    at: datetime
    kind: EventKind
    icon: str
    title: str
    text: str = ""
    meta: str = ""
    is_day_only: bool = False
    tags: tuple[str, ...] = ()
    # Two apps may tell of one fact (a reply, and the talk that follows from it): the same key.
    key: str = ""
    url: str = ""
    # With whom the child talked on which day: what is told of one talk by several becomes one entry.
    talk: str = ""
    part_of: str = ""  # the key of an event of which this tells more
