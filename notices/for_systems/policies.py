"""Who may keep texts for other systems, and which texts may be sent."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from notices.models import Notice, SystemText
from notices.policies import classes_writable_by, schools_written_to
from schools.models import School, holds_on
from students.models import Enrolment


def texts_visible_to(user: User, on: date) -> QuerySet[SystemText]:
    """Return the texts of schools to all of whose families `user` may write.

    A system may send a text to any family of the school.
    """
    return SystemText.objects.filter(school_id__in=schools_written_to(user, on)).select_related(
        "author", "ended_by"
    )


def get_text_for(user: User, pk: int, on: date) -> SystemText:
    found = texts_visible_to(user, on).filter(pk=pk, ended_at=None).first()
    if found is None:
        raise Http404
    return found


def texts_to_send(school: School, on: date) -> list[SystemText]:
    """Return the texts whose author may still write to families of the school.

    Nobody else is responsible for the text.
    """
    rows = SystemText.objects.filter(school=school, ended_at=None).select_related("author")
    return [one for one in rows if one.author.is_active and _reached(one, on).exists()]


def children_reached(text: SystemText, on: date) -> QuerySet[Enrolment]:
    """Return the enrolments whose families the author may write to today."""
    return Enrolment.objects.filter(holds_on(on), school_class__in=_reached(text, on))


def _reached(text: SystemText, on: date) -> QuerySet:
    return classes_writable_by(text.author, on).filter(school_id=text.school_id)


def sent_for(account: User, school: School) -> QuerySet[Notice]:
    """Return what one system has sent, with this token or an earlier one of the same name."""
    return Notice.objects.filter(school=school, sent_for__name=account.name)
