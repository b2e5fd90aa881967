"""Change a school's own questions. Each action takes the revision from which the editor began."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from schools.models import School
from surveys.actions import keep_edition
from surveys.models import Edition, OwnQuestionnaire
from surveys.own import rules as own_rules
from surveys.own.rules import About, OnlyIf, OwnAnswer, OwnQuestion


class ChangedMeanwhile(ValueError):
    """Somebody else has saved, or the same tap came twice; `now` is the current state."""

    def __init__(self, now: OwnQuestionnaire):
        super().__init__(f"revision {now.revision}")
        self.now = now


class TooMany(ValueError):
    """It already has the most questions allowed."""


class NotReady(ValueError):
    """It lacks something (surveys.own.rules.lacks)."""


def begin(*, school: School, title: str, key: UUID, by: User, at: datetime) -> OwnQuestionnaire:
    """Begin a questionnaire. The same `key` begins only one."""
    own, _is_new = OwnQuestionnaire.objects.get_or_create(
        key=key,
        defaults={"school": school, "title": title, "changed_by": by, "changed_at": at},
    )
    return own


@transaction.atomic
def describe(
    *,
    own: OwnQuestionnaire,
    revision: int,
    title: str,
    intro: str,
    respondent: str,
    min_age: int | None,
    second_language: str = "",
    second_title: str | None = None,
    second_intro: str | None = None,
    by: User,
    at: datetime,
) -> OwnQuestionnaire:
    """Save what describes the questionnaire.

    Without a second language its text (None: the page did not ask for it) stays saved, in case an editor
    chooses it again.
    """
    locked = _locked(own, revision)
    locked.title, locked.intro = title, intro
    locked.second_language = second_language
    if second_title is not None:
        locked.second_title = second_title
    if second_intro is not None:
        locked.second_intro = second_intro
    locked.respondent, locked.min_age = respondent, min_age
    return _saved(locked, by, at)


@transaction.atomic
def write_question(
    *,
    own: OwnQuestionnaire,
    revision: int,
    question: str,
    text: str,
    drawn_as: str,
    answers: Sequence[OwnAnswer],
    second: str = "",
    only_if: Sequence[OnlyIf] = (),
    by: User,
    at: datetime,
) -> OwnQuestionnaire:
    """Save a question. `question` is the id of an existing one; empty adds one at the end. Raises TooMany."""
    locked = _locked(own, revision)
    known = own_rules.from_json(locked.questions)
    if question and all(one.id != question for one in known):
        raise ChangedMeanwhile(locked)
    if not question:
        if len(known) >= own_rules.QUESTIONS_MAX:
            raise TooMany
        locked.last_number += 1
        question = f"q{locked.last_number}"
        known.append(OwnQuestion(question, "", drawn_as, ()))
    made = OwnQuestion(question, text, drawn_as, tuple(answers), second, tuple(only_if))
    old = next(one for one in known if one.id == question)
    if not locked.second_language:
        made = own_rules.with_second_of(made, old)
    changed = own_rules.renamed(known, old, made)
    return _saved(locked, by, at, [made if one.id == question else one for one in changed])


@transaction.atomic
def move_question(
    *, own: OwnQuestionnaire, revision: int, question: str, step: int, by: User, at: datetime
) -> OwnQuestionnaire:
    """Move a question: `step` is −1 for up, 1 for down."""
    locked = _locked(own, revision)
    known = own_rules.from_json(locked.questions)
    return _saved(locked, by, at, own_rules.moved(known, question, step))


@transaction.atomic
def drop_question(
    *, own: OwnQuestionnaire, revision: int, question: str, by: User, at: datetime
) -> OwnQuestionnaire:
    locked = _locked(own, revision)
    known = own_rules.from_json(locked.questions)
    return _saved(locked, by, at, [one for one in known if one.id != question])


@transaction.atomic
def publish(*, own: OwnQuestionnaire, revision: int, by: User, at: datetime) -> Edition:
    """Make an edition that never changes; if nothing changed since the last, return that. Raises NotReady."""
    locked = _locked(own, revision)
    known = questions_of(locked)
    if own_rules.lacks(known, words_above(locked)):
        raise NotReady
    if locked.published_revision != locked.revision:
        locked.editions += 1
        locked.published_revision = locked.revision
        locked.save(update_fields=["editions", "published_revision"])
    definition = own_rules.definition(about_of(locked), known)
    return keep_edition(school=locked.school, definition=definition, by=by, at=at)


def questions_of(own: OwnQuestionnaire) -> list[OwnQuestion]:
    """Return the questions as they are asked, without text in a second language if none is chosen."""
    known = own_rules.from_json(own.questions)
    return known if own.second_language else own_rules.in_one_language(known)


def words_above(own: OwnQuestionnaire) -> str:
    second = [own.second_title, own.second_intro] if own.second_language else []
    return " ".join([own.title, own.intro, *second])


def about_of(own: OwnQuestionnaire) -> About:
    return About(
        key=own.instrument_key,
        version=own.editions,
        title=own.title,
        intro=own.intro,
        respondent=own.respondent,
        min_age=own.min_age,
        second_language=own.second_language,
        second_title=own.second_title,
        second_intro=own.second_intro,
    )


def _locked(own: OwnQuestionnaire, revision: int) -> OwnQuestionnaire:
    rows = OwnQuestionnaire.objects.select_for_update(of=("self",))
    locked = rows.select_related("school", "changed_by").get(pk=own.pk)
    if locked.revision != revision:
        raise ChangedMeanwhile(locked)
    return locked


def _saved(
    own: OwnQuestionnaire, by: User, at: datetime, questions: Sequence[OwnQuestion] | None = None
) -> OwnQuestionnaire:
    if questions is not None:
        own.questions = [one.as_json() for one in questions]
    own.revision += 1
    own.changed_by, own.changed_at = by, at
    own.save()
    return own
