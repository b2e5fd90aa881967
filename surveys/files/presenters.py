"""What the pages of an owner's file show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.names import joined
from schools.models import School
from surveys import queries, shipped, wording
from surveys.files import Found, FoundResponse, matching, recount
from surveys.files.forms import BY_HAND, WeightsForm, WholeForm, WordsForm
from surveys.files.found import from_json
from surveys.files.weights import AnswerList, Arrangement, stated
from surveys.files.words import REASON_WORDS, WEIGHT_WORDS, file_words
from surveys.instruments import LANGUAGES, Instrument, Item, read
from surveys.models import InstrumentFile

PLACES_MAX = 12  # of one remark; the dictionary of a whole study may have hundreds


@dataclass(frozen=True)
class FilePage:
    file: InstrumentFile
    found: Found
    key: str  # of the definition to which it is matched; "" while nobody has said

    @classmethod
    def of(cls, file: InstrumentFile, wanted: str | None) -> "FilePage | None":
        """Return the page; None if `wanted` is not a definition without wording.

        If `wanted` is None, we guess a definition.
        """
        found, waiting = from_json(file.found), waiting_for_words()
        key = matching.likely(found, waiting) if wanted is None else wanted
        return cls(file, found, key) if not key or key in waiting else None

    @property
    def instrument(self) -> Instrument:
        return shipped.instruments()[self.key]

    def words_form(self, data=None) -> WordsForm:
        guessed = matching.suggested(self.found, self.instrument)
        names = [one.id for one in self.instrument.items]
        initial = {f"item-{n}": guessed.get(name, "") for n, name in enumerate(names)}
        theirs = [one.id for one in self.found.items]
        limits = {
            scale.id: [(one.id, wording.words(one.names)) for one in scale.limits]
            for scale in self.instrument.scales
            if scale.limits
        }
        initial |= {"intro": self.found.intro}
        return WordsForm(data, items=names, theirs=theirs, limits=limits, initial=initial)

    def doubts(self, pairs: Mapping[str, str]) -> list[str]:
        """Return items that need a second look: with an urgent answer, or contradicted by a code."""
        other = matching.other_by_code(self.found, self.instrument, pairs)
        wanted = self.instrument.urgent_items | set(other)
        return [one.id for one in self.instrument.items if one.id in wanted]

    def match(self, form: WordsForm | None) -> dict[str, Any]:
        waiting = waiting_for_words()
        chosen = waiting.get(self.key)
        pairs = matching.suggested(self.found, chosen) if chosen else {}
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
            "losses": self.losses(pairs),
            "choices": [(key, wording.name_of(one)) for key, one in waiting.items()],
            "key": self.key,
            "chosen": chosen and wording.name_of(chosen),
            "mistakes": matching.known_mistakes(chosen, self.found) if chosen else [],
            "order_varies": bool(chosen and chosen.order_varies),
            "form": form,
            "rows": self._rows(form, chosen) if form and chosen else [],
        }

    def weights(self, form: WeightsForm, carried: WordsForm) -> dict[str, Any]:
        """Show what the file says an answer counts beside each way in which it may count here."""
        lists = []
        for one in form.lists:
            field = form[f"weights-{one.id}"]
            lists.append(
                {
                    "field": field,
                    "why": WEIGHT_WORDS[one.verdict],
                    "is_reversed": one.is_reversed,
                    "items": [self._named(name) for name in one.items],
                    "in_file": _counts(one, [stated(option) for option in one.options]),
                    "low": one.values[0],
                    "high": one.values[-1],
                    "ways": [
                        {
                            "value": " ".join(map(str, each)),
                            "words": _counts(one, one.counted(each)),
                        }
                        for each in one.arrangements
                    ],
                    "by_hand": BY_HAND,
                    "hands": [
                        {
                            "field": form[f"hand-{one.id}-{number}"],
                            "words": wording.words(option.texts),
                        }
                        for number, option in enumerate(one.options)
                    ],
                }
            )
        return self._step(form, [carried]) | {"lists": lists}

    def whole(
        self, form: WholeForm, carried: list[Any], definition: dict[str, Any]
    ) -> dict[str, Any]:
        """Show the mapping as it will be saved.

        It lists every item, its question and what each answer adds to the sum.
        """
        made = read(definition)
        pairs = {item.id: item.link_id for item in made.items}
        other = matching.other_by_code(self.found, self.instrument, pairs)
        rows = {item.id: self._whole_row(item, made) for item in made.items}
        limits = carried[0]
        return self._step(form, carried) | {
            "intro": wording.words(made.intro) if made.intro else "",
            "limits": [
                (one.label, dict(one.field.choices).get(one.value(), ""))
                for one in limits.limit_fields
            ],
            "rows": list(rows.values()),
            "mistakes": matching.known_mistakes(self.instrument, self.found),
            "second_looks": [
                rows[name]
                | {"field": form[field], "by_code": other.get(name) and self._named(other[name])}
                for field, name in form.names.items()
            ],
            "losses": self.losses(pairs),
        }

    def _step(self, form: Any, carried: list[Any]) -> dict[str, Any]:
        """Return what both later steps need; `carried`: forms already filled in, which are sent along."""
        return {
            "file": self.file,
            "key": self.key,
            "chosen": wording.name_of(self.instrument),
            "form": form,
            "carried": [(name, one[name].value() or "") for one in carried for name in one.fields],
        }

    def _named(self, name: str) -> str:
        item = self.instrument.item(name)
        return wording.item_name(item, self.instrument) if item else name

    def _whole_row(self, item: Item, made: Instrument) -> dict[str, Any]:
        urgent = [
            wording.words(one.texts) for one in item.options if made.is_urgent(item.id, one.code)
        ]
        return {
            "name": self._named(item.id),
            "link_id": item.link_id,
            "text": (text := wording.words(item.texts)),
            "also": [words for one in LANGUAGES if (words := item.texts.get(one, text)) != text],
            "counts": _together(
                (wording.words(one.texts), item.counted(one.value))
                for one in item.options
                if one.value is not None
            ),
            "is_turned": item.is_reversed,
            "urgent": joined(urgent),
        }

    def losses(self, pairs: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what we did not take from the file, each kind once with its places.

        A condition that this scale refuses is listed as one that we do not apply.
        """
        is_refused = self.key and self.key in waiting_for_words()
        left_out = (
            matching.refused_conditions(self.instrument, self.found, pairs) if is_refused else []
        )
        places: dict[str, list[str]] = {}
        for one in self.found.remarks:
            is_left_out = one.code == "condition_kept" and one.where.partition(":")[0] in left_out
            places.setdefault("condition" if is_left_out else one.code, []).append(one.where)
        return [
            {
                "words": file_words(code, ""),
                "count": len(found),
                "places": [one for one in found[:PLACES_MAX] if one],
                "more": max(len(found) - PLACES_MAX, 0),
            }
            for code, found in places.items()
        ]

    def _rows(self, form: WordsForm, instrument: Instrument) -> list[dict[str, Any]]:
        labels = []
        for one in self.found.items:
            told = {"name": one.id, "text": wording.words(one.texts)[:90]}
            labels.append((one.id, _("%(name)s: %(text)s") % told))
        return [
            {
                "field": field,
                "id": name,
                "name": self._named(name),
                "is_turned": bool((item := instrument.item(name)) and item.is_reversed),
                "is_urgent": name in instrument.urgent_items,
                "value": form[field].value() or "",
                "choices": labels,
            }
            for field, name in form.names.items()
        ]


def _counts(one: AnswerList, figures: Iterable[int | None] | Arrangement) -> str:
    words = [wording.words(option.texts) for option in one.options]
    return _together(zip(words, figures, strict=True))


def _together(counts: Iterable[tuple[str, int | None]]) -> str:
    """Return text such as "Never 0 · Sometimes 1 · Often –"."""
    return " · ".join(f"{words} {'–' if figure is None else figure}" for words, figure in counts)


def responses_page(
    file_name: str, responses: list[FoundResponse], school: School
) -> dict[str, Any]:
    """Compare the sums that a file of filled-in forms states with the sums of its answers."""
    known = [one.instrument for one in queries.editions_of(school)]
    known += list(shipped.instruments().values())
    rows, checks = [], []
    for number, one in enumerate(responses, 1):
        instrument = recount.likely(one, known)
        found = recount.checked(one, instrument)
        checks += found
        rows.append(
            {
                "number": number,
                "name": wording.name_of(instrument) if instrument else "",
                "answered": len(one.answers),
                "checks": [
                    {"one": each, "reason": REASON_WORDS.get(each.reason, "")} for each in found
                ],
            }
        )
    compared = [one for one in checks if one.ours is not None]
    return {
        "file_name": file_name,
        "rows": rows,
        "differing": sum(one.differs for one in compared),
        "compared": len(compared),
        "not_counted": len(checks) - len(compared),
    }


def waiting_for_words() -> dict[str, Instrument]:
    return {key: one for key, one in shipped.instruments().items() if not one.has_wording}
