"""What the pages of a school's own questions show."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from schools import hotlines
from schools.policies import Viewer
from schools.roles import Permission
from surveys import policies
from surveys.instruments import PUPIL, STEPS, Instrument, read, text_in
from surveys.models import OwnQuestionnaire
from surveys.own import rules as own_rules
from surveys.own.forms import DRAWN, MARKS, RESPONDENTS, AboutForm, BeginForm, QuestionForm

LACKS = {
    "no_questions": gettext_lazy("There is no question yet."),
    "needs_adult": gettext_lazy(
        "Whoever says yes to this needs an adult at once. Mark the answers with which somebody says so."
    ),
}


def list_page(viewer: Viewer, form: BeginForm | None = None) -> dict[str, Any]:
    rows = policies.own_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    return {
        "rows": rows.select_related("changed_by"),
        "form": form or BeginForm(initial={"key": uuid.uuid4()}),
        "can_run": viewer.can(Permission.RUN_SURVEYS),
    }


def own_page(
    own: OwnQuestionnaire, viewer: Viewer, about: AboutForm | None = None
) -> dict[str, Any]:
    known = own_rules.from_json(own.questions)
    lacks = own_rules.lacks(known, f"{own.title} {own.intro}")
    at = {one.question: LACKS[one.code] for one in lacks}
    initial = {
        "title": own.title,
        "intro": own.intro,
        "respondent": own.respondent,
        "min_age": own.min_age,
    }
    return {
        "own": own,
        "form": about or AboutForm(initial=initial),
        "respondents": RESPONDENTS,
        "rows": [
            {
                "question": one,
                "answers": [
                    {"text": answer.text, "mark": answer.mark, "words": MARKS[answer.mark]}
                    for answer in one.answers
                ],
                "drawn": DRAWN[one.drawn_as],
                "lack": at.get(one.id, ""),
            }
            for one in known
        ],
        "lack": at.get("", ""),
        "is_ready": not lacks,
        "is_given_out": own.published_revision == own.revision,
        "may_have_more": len(known) < own_rules.QUESTIONS_MAX,
        "can_run": viewer.can(Permission.RUN_SURVEYS),
    }


def question_page(
    own: OwnQuestionnaire, name: str, form: QuestionForm | None
) -> dict[str, Any] | None:
    """None for a question that is not there; "new" is one that is to come."""
    known = own_rules.from_json(own.questions)
    found = next((one for one in known if one.id == name), None)
    if found is None and name != "new":
        return None
    return {
        "own": own,
        "name": name,
        "form": form or QuestionForm(initial=QuestionForm.initial_of(found)),
        "drawn": DRAWN,
        "marks": MARKS,
        "is_new": found is None,
    }


def instrument_of(own: OwnQuestionnaire) -> Instrument | None:
    """As it would be asked now; None without a question."""
    known = own_rules.from_json(own.questions)
    if not known:
        return None
    about = own_rules.About(
        own.instrument_key, own.editions, own.title, own.intro, PUPIL, own.min_age
    )
    return read(own_rules.definition(about, known))


def preview_page(own: OwnQuestionnaire, instrument: Instrument, name: str) -> dict[str, Any]:
    """What templates/surveys/seat/question.html takes; nothing that is tapped is kept."""
    language = get_language() or ""
    ids = [one.id for one in instrument.items]
    place = ids.index(name) if name in ids else 0
    item, most = instrument.items[place], len(instrument.items[place].options) - 1
    address = reverse("surveys:own_preview", args=[own.pk])
    return {
        "own": own,
        "post_url": f"{address}?q={ids[place + 1]}" if place + 1 < len(ids) else f"{address}?q=",
        "hotlines": hotlines.of(own.school),
        "name": _("the child"),
        "who_sees": own.changed_by.name,
        "item": item,
        "intro": text_in(instrument.intro, language),
        "text": text_in(item.texts, language),
        "options": [
            {
                "code": one.code,
                "text": text_in(one.texts, language),
                "face": 1 + round(number * 4 / max(most, 1)),
                "filled": max(most - number, 0) if item.drawn_as == STEPS else 0,
            }
            for number, one in enumerate(item.options)
        ],
        "stones": [
            "past" if n < place else "now" if n == place else "next" for n in range(len(ids))
        ],
        "number": place + 1,
        "count": len(ids),
        "before": f"{address}?q={ids[place - 1]}" if place else "",
    }
