"""Change phrases: a member of staff's own, and the school's."""

from datetime import datetime

import pghistory
from django.db import transaction

from accounts.models import User
from schools.models import School
from threads.models import Phrase


def add_phrase(*, school: School, user: User | None, text: str, by: User) -> Phrase:
    with transaction.atomic(), pghistory.context(user=by.pk):
        known = Phrase.objects.filter(school=school, user=user, text=text, retired_at=None).first()
        return known or Phrase.objects.create(school=school, user=user, text=text)


def retire_phrase(*, phrase: Phrase, by: User, at: datetime) -> None:
    with transaction.atomic(), pghistory.context(user=by.pk):
        Phrase.objects.filter(pk=phrase.pk, retired_at=None).update(retired_at=at)


def restore_phrase(*, phrase: Phrase, by: User) -> None:
    with transaction.atomic(), pghistory.context(user=by.pk):
        Phrase.objects.filter(pk=phrase.pk).update(retired_at=None)
