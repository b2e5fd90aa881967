"""Studies on the pages of the counsellor and of families."""

from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guardians.models import Guardianship
from privacy import rules
from privacy.rules import agrees_too
from schools.policies import Viewer
from surveys import wording
from surveys.models import Study, StudyWord
from surveys.studies import policies
from surveys.studies.forms import WordForm


def name_of(study: Study) -> str:
    return wording.name_of(study.round.edition.instrument)


def listed(viewer: Viewer) -> list[dict[str, Any]]:
    rows = policies.studies_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    return [
        {"study": one, "name": name_of(one), "is_open": one.is_open(viewer.on)}
        for one in rows.select_related("round__edition")
    ]


def page(study: Study, viewer: Viewer, form: WordForm) -> dict[str, Any]:
    """Return each child of the classes with what its family says.

    This page never shows what was handed out.
    """
    children = list(policies.children_of(study, viewer.user, viewer.on))
    ids = [child.pk for child in children]
    agreed, refused = (
        set(rows(study, viewer.on).filter(pk__in=ids).values_list("pk", flat=True))
        for rows in (policies.children_agreed, policies.children_refused)
    )
    groups = [
        (pgettext("to a study", "Agreed"), [one for one in children if one.pk in agreed]),
        (_("Said no"), [one for one in children if one.pk in refused]),
        (_("No answer yet"), [one for one in children if one.pk not in agreed | refused]),
    ]
    return {
        "study": study,
        "name": name_of(study),
        "is_open": study.is_open(viewer.on),
        "groups": [(title, rows) for title, rows in groups if rows],
        "form": form,
    }


def asked(study: Study, tie: Guardianship, said: StudyWord | None, on: Any) -> dict[str, Any]:
    """Return the family's page."""
    facts = [
        (_("What goes out"), _("your child's answers to “%(name)s”") % {"name": name_of(study)}),
        (
            _("What stays here"),
            _("the name, the class, the birthday, and what may need an adult's help at once"),
        ),
        (pgettext("a child's answers", "Who gets it"), study.recipient),
        (_("What for"), study.purpose),
        (_("Who has looked at it"), study.ethics),
        (
            _("If you change your mind"),
            _(
                "From then on the school hands out nothing more. The school cannot fetch back what "
                "the recipient already has; it bears no name."
            ),
        ),
    ]
    if said is None:
        told = ""
    elif said.decision == rules.GIVEN:
        told = _("You have agreed.")
    else:
        told = _("You have said no.")
    return {
        "study": study,
        "child": tie.student.given_name,
        "facts": facts,
        "key": uuid4().hex,
        "said": told,
        "agreed": bool(said and said.decision == rules.GIVEN),
        "signs_too": agrees_too(tie.student.born_on, on),
        "school_phone": tie.student.school.phone,
    }


LINE_ORDER = 61  # after the consents that the school asked for


def line_words(study: Study, said: str) -> tuple[str, str]:
    """Return the line on a family's card, and its button."""
    words = {"who": study.recipient}
    if not said:
        return _("May your child's answers go to %(who)s?") % words, _("Read and answer")
    if said == rules.GIVEN:
        return _("You agreed that answers go to %(who)s") % words, _("Look at it again")
    return _("No answers go to %(who)s") % words, _("Look at it again")
