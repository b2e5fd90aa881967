"""What the pages of a school's own questions show."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import languages
from schools import hotlines
from schools.policies import Viewer
from schools.roles import Permission
from surveys import policies, rules
from surveys.instruments import LANGUAGES, PUPIL, STEPS, Instrument, read, text_in
from surveys.models import OwnQuestionnaire
from surveys.own import actions as own_actions
from surveys.own import rules as own_rules
from surveys.own.forms import DRAWN, MARKS, RESPONDENTS, SECOND, AboutForm, BeginForm, QuestionForm

SECOND_NAMES = {
    "en": pgettext_lazy("written in", "English"),
    "zh-hans": pgettext_lazy("written in", "Chinese"),
}
OWN_NAMES = {"en": "English", "zh-hans": "中文"}
LACKS = {
    "no_questions": gettext_lazy("No questions yet."),
    "later_question": gettext_lazy(
        "It depends on itself or a later question: move it down or change the condition."
    ),
    "no_such_question": gettext_lazy(
        "It depends on a question that was removed. Change the condition."
    ),
    "no_such_answer": gettext_lazy(
        "It depends on an answer that its question no longer has. Change the condition."
    ),
    "needs_adult": gettext_lazy(
        "A child who says yes to this needs an adult at once. Mark the answers that mean yes."
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
    known = own_actions.questions_of(own)
    lacks = own_rules.lacks(known, own_actions.words_above(own))
    at = {one.question: LACKS[one.code] for one in lacks}
    initial = {
        "title": own.title,
        "intro": own.intro,
        "respondent": own.respondent,
        "min_age": own.min_age,
        "second_language": own.second_language,
        "second_title": own.second_title,
        "second_intro": own.second_intro,
    }
    number = {one.id: place + 1 for place, one in enumerate(known)}
    lacking = own_rules.untranslated(known) if own.second_language else []
    return {
        "own": own,
        "second": SECOND_NAMES.get(own.second_language, ""),
        "seconds": SECOND,
        "lacking": len(lacking) + (bool(own.second_language) and not own.second_title),
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
                "only_if": [
                    {"number": number.get(each.question, "?"), "answer": each.answer}
                    for each in one.only_if
                ],
                "is_untranslated": one.id in lacking,
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
    """Return the page of a question; "new" is one to write. None for an unknown question."""
    known = own_rules.from_json(own.questions)
    found = next((one for one in known if one.id == name), None)
    if found is None and name != "new":
        return None
    return {
        "own": own,
        "name": name,
        "saved": found,
        "second": SECOND_NAMES.get(own.second_language, ""),
        "form": form or question_form(own, name),
        "drawn": DRAWN,
        "marks": MARKS,
        "is_new": found is None,
    }


def question_form(
    own: OwnQuestionnaire, name: str, said: Mapping[str, Any] | None = None
) -> QuestionForm:
    """Return the form of the question `name`, or of a new one at the end."""
    known = own_rules.from_json(own.questions)
    place = next((n for n, one in enumerate(known) if one.id == name), len(known))
    earlier, found = known[:place], next(iter(known[place:]), None)
    return QuestionForm(
        said,
        initial=QuestionForm.initial_of(found, earlier),
        earlier=earlier,
        second_language=own.second_language,
    )


def instrument_of(own: OwnQuestionnaire) -> Instrument | None:
    """Return the instrument as it would be asked now; None without a question."""
    known = own_actions.questions_of(own)
    if not known:
        return None
    about = replace(own_actions.about_of(own), respondent=PUPIL)
    # The preview also works for a draft that cannot be published: it ignores broken conditions.
    broken = {one.question for one in own_rules.lacks(known)}
    questions = [replace(one, only_if=()) if one.id in broken else one for one in known]
    return read(own_rules.definition(about, questions))


def read_given(said: str, instrument: Instrument) -> dict[str, str]:
    """Read the answers in the preview so far from its address: q1:2,q2:1."""
    pairs = [one.partition(":") for one in said.split(",")]
    return {name: code for name, _colon, code in pairs if instrument.item(name)}


def preview_address(
    own: OwnQuestionnaire, name: str, given: Mapping[str, str], language: str
) -> str:
    asked = {"q": name, "given": ",".join(f"{one}:{code}" for one, code in given.items())}
    asked |= {"language": language} if language else {}
    return f"{reverse('surveys:own_preview', args=[own.pk])}?{urlencode(asked)}"


def preview_page(
    own: OwnQuestionnaire,
    instrument: Instrument,
    name: str,
    given: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    """Return the context of templates/surveys/seat/_asked.html; no tap is saved."""
    shown_in = languages.active()
    items = instrument.items_for(None, given)
    place = next((n for n, one in enumerate(items) if one.id == name), 0)
    item, most = items[place], len(items[place].options) - 1
    before = rules.item_before(items, item.id)
    other = next((one for one in LANGUAGES if one != shown_in), "")
    return {
        "own": own,
        "post_url": preview_address(own, item.id, given, language),
        "hotlines": hotlines.of(own.school),
        "name": _("the child"),
        "who_sees": own.changed_by.name,
        "item": item,
        "intro": text_in(instrument.intro, shown_in),
        "text": text_in(item.texts, shown_in),
        "options": [
            {
                "code": one.code,
                "text": text_in(one.texts, shown_in),
                "face": 1 + round(number * 4 / max(most, 1)),
                "filled": max(most - number, 0) if item.drawn_as == STEPS else 0,
                "is_chosen": given.get(item.id) == one.code,
            }
            for number, one in enumerate(item.options)
        ],
        "stones": [
            "past" if n < place else "now" if n == place else "next" for n in range(len(items))
        ],
        "number": place + 1,
        "count": len(items),
        "before": before and preview_address(own, before.id, given, language),
        "other_language": own.second_language and OWN_NAMES[other],
        "other_url": preview_address(own, item.id, given, other),
    }
