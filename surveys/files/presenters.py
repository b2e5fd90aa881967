"""What the pages of an owner's file show."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from schools.models import School
from surveys import queries, shipped
from surveys.files import Found, FoundResponse, fhir_responses
from surveys.files.found import from_json
from surveys.files.matching import known_mistakes, likely, refused_conditions, suggested
from surveys.forms import WordsForm
from surveys.instruments import Instrument
from surveys.models import InstrumentFile
from surveys.presenters import wording


@dataclass(frozen=True)
class FilePage:
    file: InstrumentFile
    found: Found
    key: str  # of the definition it is matched onto; "" while nobody has said

    @classmethod
    def of(cls, file: InstrumentFile, wanted: str | None) -> "FilePage | None":
        """None if `wanted` names no definition without words; if it is None, we guess one."""
        found, waiting = from_json(file.found), waiting_for_words()
        key = likely(found, waiting) if wanted is None else wanted
        return cls(file, found, key) if not key or key in waiting else None

    def form(self, data=None) -> WordsForm | None:
        if not self.key:
            return None
        instrument = shipped.instruments()[self.key]
        guessed = suggested(self.found, instrument)
        names = [one.id for one in instrument.items]
        initial = {f"item-{n}": guessed.get(name, "") for n, name in enumerate(names)}
        theirs = [one.id for one in self.found.items]
        limits = {
            scale.id: [(one.id, wording.words(one.names)) for one in scale.limits]
            for scale in instrument.scales
            if scale.limits
        }
        initial |= {"intro": self.found.intro}
        return WordsForm(data, items=names, theirs=theirs, limits=limits, initial=initial)

    def context(self, form: WordsForm | None) -> dict[str, Any]:
        waiting = waiting_for_words()
        chosen = waiting.get(self.key)
        return {
            "file": self.file,
            "copyright": self.found.copyright,
            "has_weights": self.found.has_weights,
            "items": [
                {
                    "id": item.id,
                    "text": wording.words(item.texts),
                    "options": [
                        wording.words(one.texts)
                        + (f" ({one.weight})" if one.weight is not None else "")
                        for one in item.options
                    ],
                }
                for item in self.found.items
            ],
            "remarks": self._remarks(chosen),
            "choices": [(key, wording.name_of(one)) for key, one in waiting.items()],
            "key": self.key,
            "chosen": chosen and wording.name_of(chosen),
            "mistakes": known_mistakes(chosen, self.found) if chosen else [],
            "order_varies": bool(chosen and chosen.order_varies),
            "form": form,
            "rows": self._rows(form, chosen) if form and chosen else [],
        }

    def _remarks(self, chosen: Instrument | None) -> list[dict[str, Any]]:
        """A condition that this scale refuses is reported as one that we do not apply."""
        pairs = suggested(self.found, chosen) if chosen else {}
        left_out = refused_conditions(chosen, self.found, pairs) if chosen else []
        told = []
        for one in self.found.remarks:
            is_left_out = one.code == "condition_kept" and one.where.partition(":")[0] in left_out
            code = "condition" if is_left_out else one.code
            told.append({"where": one.where, "words": wording.file_words(code, one.where)})
        return told

    def _rows(self, form: WordsForm, instrument: Instrument) -> list[dict[str, Any]]:
        urgent = {one.item for one in instrument.urgent}
        labels = []
        for one in self.found.items:
            told = {"name": one.id, "text": wording.words(one.texts)[:60]}
            labels.append((one.id, _("%(name)s: %(text)s") % told))
        return [
            {
                "field": field,
                "id": name,
                "is_turned": bool((item := instrument.item(name)) and item.is_reversed),
                "is_urgent": name in urgent,
                "value": form[field].value() or "",
                "choices": labels,
            }
            for field, name in form.names.items()
        ]


def responses_page(
    file_name: str, responses: list[FoundResponse], school: School
) -> dict[str, Any]:
    """Sums that a file of filled-in forms states, beside the sums of its answers."""
    known = [one.instrument for one in queries.latest_editions(school)]
    known += list(shipped.instruments().values())
    rows, checks = [], []
    for number, one in enumerate(responses, 1):
        instrument = fhir_responses.likely(one, known)
        checked = fhir_responses.checked(one, instrument)
        checks += checked
        rows.append(
            {
                "number": number,
                "name": wording.name_of(instrument) if instrument else "",
                "answered": len(one.answers),
                "checks": checked,
            }
        )
    return {
        "file_name": file_name,
        "rows": rows,
        "differing": sum(one.differs for one in checks),
        "count": len(checks),
    }


def waiting_for_words() -> dict[str, Instrument]:
    return {key: one for key, one in shipped.instruments().items() if not one.has_wording}
