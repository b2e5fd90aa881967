import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from surveys.files.found import language_of
from surveys.instruments import CARER, FACES, PARENT, PUPIL, STAFF, STEPS, WORDS
from surveys.own import rules as own_rules
from surveys.own.rules import OnlyIf, OwnAnswer, OwnQuestion, first_language

TITLE_MAX, INTRO_MAX, TEXT_MAX, ANSWER_MAX = 60, 200, 200, 40  # characters
AGE_MAX = 18
ROWS = max(own_rules.ANSWERS_MAX.values())
RESPONDENTS = {
    PUPIL: pgettext_lazy("who answers", "the child"),
    PARENT: _("a parent"),
    CARER: _("the carer at home"),
    STAFF: _("the class teacher, about a child"),
}
SECOND = {"": _("no"), "en": _("yes, in English"), "zh-hans": _("yes, in Chinese")}
SECOND_WORDS = ("second_title", "second_intro")
DRAWN = {
    FACES: _("Five faces, from happy to sad"),
    STEPS: _("Steps, from much to little"),
    WORDS: _("Words only"),
}
MARKS = {
    "": _("no action"),
    own_rules.LOOK: _("please look"),
    own_rules.URGENT: _("an adult at once"),
}
# The texts under faces and steps, unless the school writes its own.
USUAL = {
    FACES: (_("Very happy"), _("Fine"), _("So-so"), _("A bit low"), _("Sad")),
    STEPS: (_("Always"), _("Mostly"), _("Seldom"), _("Never")),
}


class PlainField(forms.CharField):
    """A field without control characters, which come from other programs and which no spreadsheet accepts."""

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
    """What describes a questionnaire. It asks for text in a second language once one is chosen."""

    title = PlainField(
        label=_("What is it called?"),
        max_length=TITLE_MAX,
        error_messages={"required": _("Give it a name.")},
    )
    intro = PlainField(label=_("Words above each question"), max_length=INTRO_MAX, required=False)
    second_language = forms.ChoiceField(
        label=_("Add a second language"),
        choices=list(SECOND.items()),
        required=False,
    )
    second_title = PlainField(label=_("What is it called?"), max_length=TITLE_MAX, required=False)
    second_intro = PlainField(
        label=_("Words above each question"), max_length=INTRO_MAX, required=False
    )
    respondent = forms.ChoiceField(label=_("Who answers?"), choices=list(RESPONDENTS.items()))
    min_age = forms.IntegerField(
        label=_("From what age"), min_value=1, max_value=AGE_MAX, required=False
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in SECOND_WORDS:
            _check_language(self, name, said.get("second_language", ""))
        return said

    @property
    def said(self) -> dict[str, Any]:
        """What the page asked for: without a second language it has no fields for its words."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in SECOND_WORDS or name in self.data
        }


def _check_language(form: forms.Form, name: str, language: str) -> None:
    """Refuse Chinese in place of English text: people who read no Chinese would see it."""
    words = form.cleaned_data.get(name, "")
    if language == "en" and words and language_of(words) != "en":
        form.add_error(name, _("These words are not English."))


class QuestionForm(forms.Form):
    """One question with up to seven answers: `answer-0`, `mark-0` and `second-0` to `-6`.

    `earlier`: the questions before it, on whose answers it may depend; `second_language` as in
    OwnQuestionnaire.
    """

    text = PlainField(
        label=_("The question"),
        max_length=TEXT_MAX,
        error_messages={"required": _("Write the question.")},
    )
    drawn_as = forms.ChoiceField(label=_("How are the answers drawn?"), choices=list(DRAWN.items()))

    second = PlainField(label=_("The question"), max_length=TEXT_MAX, required=False)
    only_if = forms.MultipleChoiceField(
        label=_("Ask only after one of these answers"),
        required=False,
        error_messages={
            "invalid_choice": _("It can depend only on the answer to an earlier question.")
        },
    )

    def __init__(
        self,
        *args: Any,
        earlier: Sequence[OwnQuestion] = (),
        second_language: str = "",
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.earlier, self.second_language = earlier, second_language
        self.fields["only_if"].choices = [  # type: ignore[attr-defined]
            (_name_of(one, place), answer.text)
            for one in earlier
            for place, answer in enumerate(one.answers)
        ]
        for row in range(ROWS):
            self.fields[f"second-{row}"] = PlainField(
                label=_("Answer"), max_length=ANSWER_MAX, required=False
            )
            self.fields[f"answer-{row}"] = PlainField(
                label=_("Answer"), max_length=ANSWER_MAX, required=False
            )
            self.fields[f"mark-{row}"] = forms.ChoiceField(
                label=_("What follows"), choices=list(MARKS.items()), required=False
            )

    @classmethod
    def initial_of(
        cls, question: OwnQuestion | None, earlier: Sequence[OwnQuestion] = ()
    ) -> dict[str, Any]:
        if question is None:
            return {"drawn_as": FACES}
        found: dict[str, Any] = {
            "text": question.text,
            "drawn_as": question.drawn_as,
            "second": question.second,
            "only_if": [
                _name_of(one, place)
                for one in earlier
                for place, answer in enumerate(one.answers)
                if OnlyIf(one.id, answer.text) in question.only_if
            ],
        }
        for row, answer in enumerate(question.answers):
            found |= {
                f"answer-{row}": answer.text,
                f"mark-{row}": answer.mark,
                f"second-{row}": answer.second,
            }
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        drawn_as = said.get("drawn_as", WORDS)
        rows = [
            OwnAnswer(*(said.get(f"{part}-{n}", "") for part in ("answer", "mark", "second")))
            for n in range(ROWS)
        ]
        if not any(one.text for one in rows) and drawn_as in USUAL:
            rows = self._usual(rows, drawn_as)
        for n, one in enumerate(rows):
            if one.mark and not one.text:
                self.add_error(
                    f"answer-{n}", _("Write the answer, or choose that nothing follows.")
                )
            elif one.second and not one.text:
                self.add_error(f"answer-{n}", _("Write the answer in the first language, too."))
            _check_language(self, f"second-{n}", self.second_language)
        _check_language(self, "second", self.second_language)
        answers = [one for one in rows if one.text]
        self._check(answers, drawn_as)
        wanted = said.get("only_if", [])
        only_if = [
            OnlyIf(one.id, answer.text)
            for one in self.earlier
            for place, answer in enumerate(one.answers)
            if _name_of(one, place) in wanted
        ]
        return said | {"answers": answers, "only_if": only_if}

    def _usual(self, rows: list[OwnAnswer], drawn_as: str) -> list[OwnAnswer]:
        """Return the usual answers, in both languages if there are two."""
        usual = [OwnAnswer("", row.mark, row.second) for row in rows]
        first = first_language(self.second_language) if self.second_language else get_language()
        for n, word in enumerate(USUAL[drawn_as]):
            with translation.override(first):
                text = str(word)
            with translation.override(self.second_language or first):
                second = rows[n].second or (str(word) if self.second_language else "")
            usual[n] = OwnAnswer(text, rows[n].mark, second)
        return usual

    def _check(self, answers: list[OwnAnswer], drawn_as: str) -> None:
        most = own_rules.ANSWERS_MAX[drawn_as]
        if len(answers) < own_rules.ANSWERS_MIN:
            self.add_error("answer-0", _("Write at least two answers."))
        elif len(answers) > most:
            words = _("This style allows %(most)s answers at most.") % {"most": most}
            self.add_error(f"answer-{most}", words)
        texts = [one.text for one in answers]
        twice = next((one for one in texts if texts.count(one) > 1), None)
        if twice:
            self.add_error("answer-0", _("“%(answer)s” appears twice.") % {"answer": twice})

    @property
    def rows(self) -> list[tuple[forms.BoundField, ...]]:
        return [
            tuple(self[f"{part}-{row}"] for part in ("answer", "mark", "second"))
            for row in range(ROWS)
        ]

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """List each earlier question with its answers, and which of them are ticked."""
        ticked = self["only_if"].value() or []
        return [
            {
                "text": one.text,
                "answers": [
                    {"value": value, "text": answer.text, "is_ticked": value in ticked}
                    for place, answer in enumerate(one.answers)
                    for value in [_name_of(one, place)]
                ],
            }
            for one in self.earlier
        ]


def _name_of(question: OwnQuestion, place: int) -> str:
    """Return the name of an answer in the form, valid while the page is open."""
    return f"{question.id}:{place}"
