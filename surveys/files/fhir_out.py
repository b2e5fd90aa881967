"""Write a questionnaire as FHIR R4 or R5, with weights, translations, and the owner's names if known."""

from typing import Any

from surveys.files import fhir_conditions
from surveys.files.fhir import BASE, LOINC, TRANSLATION
from surveys.instruments import LANGUAGES, Instrument, Texts, text_in

R4, R5 = "R4", "R5"
WEIGHT = {R4: f"{BASE}ordinalValue", R5: f"{BASE}itemWeight"}
_TYPE = {R4: "choice", R5: "coding"}
_WRITTEN = {"zh-hans": "zh-CN"}


def write(instrument: Instrument, version: str = R4) -> dict[str, Any]:
    """Return the Questionnaire, with what each answer adds to a sum.

    Reversed items are reversed here, because a reader that adds up weights reverses nothing. Bands and urgent
    answers are not part of FHIR and are left out.
    """
    # The main language: one that has wording for every question.
    known = [name for name in LANGUAGES if all(name in item.texts for item in instrument.items)]
    language = known[0] if known else next(iter(instrument.items[0].texts), "en")
    items = []
    for item in instrument.items:
        options = []
        for one in item.options:
            words = _words("display", one.texts, language)
            option: dict[str, Any] = {"valueCoding": {"code": one.file_code or one.code, **words}}
            if one.value is not None:
                counts = item.counted(one.value)
                option["extension"] = [{"url": WEIGHT[version], "valueDecimal": counts}]
            options.append(option)
        codes = [{"system": LOINC, "code": code} for code in item.codes]
        node = {
            "linkId": item.link_id or item.id,
            "type": _TYPE[version],
            **({"code": codes} if codes else {}),
            **_words("text", item.texts, language),
            "answerOption": options,
        }
        items.append(fhir_conditions.write(item, instrument, node))
    return {
        "resourceType": "Questionnaire",
        "language": _WRITTEN.get(language, language),
        "name": instrument.key,
        "title": text_in(instrument.names, language),
        "status": "active",
        "version": str(instrument.version),
        "item": items,
    }


def _words(name: str, texts: Texts, language: str) -> dict[str, Any]:
    """Return the main language in the field, the others as translations beside it."""
    if not texts:
        return {}
    main = language if language in texts else next(iter(texts))
    others = [
        {
            "url": TRANSLATION,
            "extension": [
                {"url": "lang", "valueCode": _WRITTEN.get(other, other)},
                {"url": "content", "valueString": words},
            ],
        }
        for other, words in texts.items()
        if other != main
    ]
    return {name: texts[main], **({f"_{name}": {"extension": others}} if others else {})}
