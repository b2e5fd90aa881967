"""What to ask next about a child, from its file and its family together, the most useful first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from guardians.models import Guardianship
from guardians.presenters import called
from guardians.queries import FamilyMember
from students.law import LawMark, law_of
from students.models import Student
from students.pending_questions import pending_questions


@dataclass(frozen=True)
class NextQuestion:
    """`url` is the page on which staff record the answer."""

    words: str
    url: str
    law: LawMark | None


def next_questions(student: Student, members: Sequence[FamilyMember]) -> list[NextQuestion]:
    of_file = [
        NextQuestion(
            str(question.words),
            reverse("students:file_section", args=[student.pk, question.key]),
            law_of(question.key),
        )
        for question in pending_questions(student)
    ]
    first = of_file[:1] if student.born_on is None else []
    family = []
    here = [member for member in members if not member.adult.is_blocked]
    if not any(member.guardianship.kind == Guardianship.Kind.CARER for member in here):
        url = reverse("guardians:family_carer", args=[student.pk])
        family.append(NextQuestion(_("Who cares for the child at home?"), url, law_of("carer")))
    if not any(member.ways for member in here):
        url = reverse("guardians:family_add", args=[student.pk])
        words = _("Which phone number reaches the family?")
        family.append(NextQuestion(words, url, law_of("where")))
    for member in here:
        if not member.is_parent or not member.adult.may_be_asked_about:
            continue
        place, who = [student.pk, member.adult.pk], {"who": called(member.guardianship)}
        if member.migration is None:
            url = reverse("guardians:family_where", args=place)
            family.append(NextQuestion(_("Where does %(who)s live?") % who, url, law_of("where")))
        elif not member.migration.is_away and member.guardianship.has_capacity is None:
            url = reverse("guardians:family_tie", args=[*place, member.guardianship.pk])
            words = _("Is %(who)s able to act as guardian?") % who
            family.append(NextQuestion(words, url, law_of("carer")))
    return [*first, *family, *of_file[len(first) :]]
