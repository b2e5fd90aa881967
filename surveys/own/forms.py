import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.instruments import CARER, FACES, PARENT, PUPIL, STAFF, STEPS, WORDS
from surveys.own import rules as own_rules
from surveys.own.rules import OwnAnswer, OwnQuestion

TITLE_MAX, INTRO_MAX, TEXT_MAX, ANSWER_MAX = 60, 200, 200, 40  # characters
AGE_MAX = 18
ROWS = max(own_rules.ANSWERS_MAX.values())
RESPONDENTS = {
    PUPIL: _("the child itself"),
    PARENT: _("a parent"),
    CARER: _("whoever cares for the child at home"),
    STAFF: _("the class teacher, about a child"),
}
DRAWN = {
    FACES: _("Five faces, from happy to sad"),
    STEPS: _("Steps, from much to little"),
    WORDS: _("Words alone"),
}
MARKS = {
    "": _("nothing to do"),
    own_rules.LOOK: _("please look"),
    own_rules.URGENT: _("an adult at once"),
}
# What stands under the faces and steps where nothing else is written.
USUAL = {
    FACES: (_("Very happy"), _("Fine"), _("So-so"), _("A bit low"), _("Sad")),
    STEPS: (_("Always"), _("Mostly"), _("Seldom"), _("Never")),
}


class PlainField(forms.CharField):
    """Without control characters: they come along from other programs, and no table takes them."""

    def to_python(self, value: Any) -> str:
        said = super().to_python(value) or ""
        return "".join(" " if unicodedata.category(one) == "Cc" else one for one in said).strip()


class BeginForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    title = PlainField(
        label=_("What is it called?"),
        max_length=TITLE_MAX,
        error_messages={"required": _("Give it a name.")},
    )


class AboutForm(forms.Form):
    title = PlainField(
        label=_("What is it called?"),
        max_length=TITLE_MAX,
        error_messages={"required": _("Give it a name.")},
    )
    intro = PlainField(label=_("Words above each question"), max_length=INTRO_MAX, required=False)
    respondent = forms.ChoiceField(label=_("Who answers?"), choices=list(RESPONDENTS.items()))
    min_age = forms.IntegerField(
        label=_("From what age"), min_value=1, max_value=AGE_MAX, required=False
    )


class QuestionForm(forms.Form):
    """One question with up to seven answers: `answer-0` and `mark-0` to `-6`."""

    text = PlainField(
        label=_("The question"),
        max_length=TEXT_MAX,
        error_messages={"required": _("Write the question.")},
    )
    drawn_as = forms.ChoiceField(label=_("How are the answers drawn?"), choices=list(DRAWN.items()))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for row in range(ROWS):
            self.fields[f"answer-{row}"] = PlainField(
                label=_("Answer"), max_length=ANSWER_MAX, required=False
            )
            self.fields[f"mark-{row}"] = forms.ChoiceField(
                label=_("What follows"), choices=list(MARKS.items()), required=False
            )

    @classmethod
    def initial_of(cls, question: OwnQuestion | None) -> dict[str, str]:
        if question is None:
            return {"drawn_as": FACES}
        found = {"text": question.text, "drawn_as": question.drawn_as}
        for row, one in enumerate(question.answers):
            found |= {f"answer-{row}": one.text, f"mark-{row}": one.mark}
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        drawn_as = said.get("drawn_as", WORDS)
        rows = [(said.get(f"answer-{n}", ""), said.get(f"mark-{n}", "")) for n in range(ROWS)]
        if not any(text for text, _mark in rows) and drawn_as in USUAL:
            usual = [str(word) for word in USUAL[drawn_as]]
            usual += [""] * (ROWS - len(usual))
            rows = [(text, mark) for text, (_none, mark) in zip(usual, rows, strict=True)]
        for n, (text, mark) in enumerate(rows):
            if mark and not text:
                self.add_error(
                    f"answer-{n}", _("Write the answer, or choose that nothing follows.")
                )
        answers = [OwnAnswer(text, mark) for text, mark in rows if text]
        self._check(answers, drawn_as)
        return said | {"answers": answers}

    def _check(self, answers: list[OwnAnswer], drawn_as: str) -> None:
        most = own_rules.ANSWERS_MAX[drawn_as]
        if len(answers) < own_rules.ANSWERS_MIN:
            self.add_error("answer-0", _("Write at least two answers."))
        elif len(answers) > most:
            words = _("Drawn like this there are %(most)s answers at most.") % {"most": most}
            self.add_error(f"answer-{most}", words)
        texts = [one.text for one in answers]
        twice = next((one for one in texts if texts.count(one) > 1), None)
        if twice:
            self.add_error("answer-0", _("“%(answer)s” stands twice.") % {"answer": twice})

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"answer-{row}"], self[f"mark-{row}"]) for row in range(ROWS)]
