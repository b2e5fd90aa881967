"""Messages about a file: why it is refused and what to do instead, and what we did not take from it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from surveys.files import recount, weights

FILE_WORDS: Mapping[str, Promise] = {
    "too_large": gettext_lazy("The file is larger than 2 MB."),
    "not_utf8": gettext_lazy(
        "The file is not written in UTF-8. Please save it as UTF-8 and try again."
    ),
    "not_json": gettext_lazy(
        "The file looks like JSON but is not valid. It may have been cut short."
    ),
    "not_known": gettext_lazy(
        "This is not a FHIR Questionnaire, an XLSForm or a REDCap dictionary."
    ),
    "not_xlsform": gettext_lazy(
        "This workbook is not an XLSForm: it needs the sheets “survey” and “choices”. %(where)s"
    ),
    "old_office": gettext_lazy(
        "This is an old Excel or Word file (.xls, .doc). Save an XLSForm as .xlsx and try again."
    ),
    "pdf": gettext_lazy(
        "This is a PDF, made for paper. Ask the owner for an electronic form (FHIR, XLSForm or REDCap), or"
        " copy the questions into an XLSForm."
    ),
    "word": gettext_lazy(
        "This is a Word document. Ask the owner for an electronic form (FHIR, XLSForm or REDCap), or copy the"
        " questions into an XLSForm."
    ),
    "redcap_data": gettext_lazy(
        "This file has answers from REDCap and no questions. Download the data dictionary there and choose"
        " that file."
    ),
    "unfolds": gettext_lazy("The file is larger than 8 MB when unpacked, so we did not open it."),
    "option_twice": gettext_lazy("An answer appears twice in its list: %(where)s"),
    "too_many_responses": gettext_lazy("The file has %(where)s forms; the maximum is 2,000."),
    "several": gettext_lazy(
        "The bundle has several questionnaires: %(where)s. Save each one as its own file."
    ),
    "bundle_without": gettext_lazy(
        "This FHIR bundle has no Questionnaire. It has: %(where)s. Ask the owner for the Questionnaire."
    ),
    "only_answers": gettext_lazy(
        "This file has answers and no questions. Choose the questionnaire as the first file, and this"
        " one as the second."
    ),
    "answers_elsewhere": gettext_lazy(
        "The answers to its questions are in another file: %(where)s. Choose that file as the second"
        " one, or a FHIR bundle that has both."
    ),
    "only_other_kinds": gettext_lazy(
        "None of its questions has answers to choose from; we cannot ask text or numbers: %(where)s"
    ),
    "no_questions": gettext_lazy("The file has no question with answers to choose from."),
    "aidbox_yaml": gettext_lazy(
        "This is a questionnaire in the YAML of Aidbox and Beda EMR. Export it there as FHIR R4 in JSON"
        " and choose that file."
    ),
    "aidbox_json": gettext_lazy(
        "This is a questionnaire in the format of Aidbox. Export it there as FHIR R4 in JSON and choose"
        " that file."
    ),
    "yaml": gettext_lazy(
        "This is a FHIR Questionnaire in YAML. Save it as JSON and choose that file."
    ),
    "reproschema": gettext_lazy(
        "This is ReproSchema, which spreads a questionnaire over many files. Convert it to FHIR or"
        " REDCap (the reproschema tool does both) and choose that file."
    ),
    "lforms": gettext_lazy(
        "This is the format of LHC-Forms itself. Export it there as a FHIR Questionnaire (R4) and choose"
        " that file."
    ),
    "stu3": gettext_lazy(
        "This is FHIR STU3 (version 3). Export it as R4 or R5, for instance with the NLM Form Builder,"
        " and choose that file."
    ),
    "xml": gettext_lazy(
        "This file is XML. Export FHIR as JSON, the REDCap dictionary as CSV, or an ODK form as XLSForm."
    ),
    "beside_too_large": gettext_lazy("The second file is larger than 2 MB."),
    "beside_without": gettext_lazy(
        "The second file has no answers. For FHIR it is a ValueSet, a CodeSystem or a bundle of them (JSON);"
        " for an XLSForm it is a CSV with the columns name and label."
    ),
    "beside_unused": gettext_lazy(
        "The questionnaire has its own answers, so it needs no second file. Choose the first file only."
    ),
    "beside_several": gettext_lazy(
        "The form takes its answers from several files: %(where)s. Copy them into the sheet “choices”."
    ),
    "item_twice": gettext_lazy("Two questions have the same name: %(where)s"),
    "too_many_items": gettext_lazy("The file has %(where)s questions; the maximum is 500."),
    "too_deep": gettext_lazy("The groups are nested too deeply."),
    "enable_circle": gettext_lazy(
        "This question depends on itself and could never be asked: %(where)s"
    ),
    "item_missing": gettext_lazy("Choose the question of the file for %(where)s."),
    "item_taken": gettext_lazy("This question of the file is chosen twice: %(where)s"),
    "no_words": gettext_lazy("This question or one of its answers has no words: %(where)s"),
    "other_count": gettext_lazy(
        "A question of the file has more or fewer answers than the definition (file / definition):"
        " %(where)s. Match another question, or ask the owner for the form that the definition is about."
    ),
    "weights_open": gettext_lazy("Say what the answers count: %(where)s"),
    "expression": gettext_lazy("Has a formula; we never run it"),
    "constraint": gettext_lazy("Limits which answers are allowed; here any answer can be chosen"),
    "required": gettext_lazy("Must be answered in the file; here every question can be skipped"),
    "repeat": gettext_lazy("Appears several times in the file; here we ask it once"),
    "language": gettext_lazy("Words in a language that we do not show"),
    "language_partly": gettext_lazy("Some questions have no words in this language"),
    "not_a_choice": gettext_lazy("Not a question with one answer to choose; left out"),
    "unknown_type": gettext_lazy("A kind of question that is not known; left out"),
    "condition": gettext_lazy("Has a condition that we do not apply: here it is always asked"),
    "condition_kept": gettext_lazy("Asked only under this condition if both questions are matched"),
    "text_left_out": gettext_lazy("A heading or text; left out"),
    "no_options": gettext_lazy("Has no answers; left out"),
    "free_answer": gettext_lazy("Free-text answers; left out"),
    "value_set_elsewhere": gettext_lazy(
        "Its answers are in another file; left out. Read the questionnaire again with that file beside it."
    ),
    "markup": gettext_lazy("Markup was removed"),
    "extension": gettext_lazy("Not understood, and left out"),
}

# Why a person must say what the answers count.
WEIGHT_WORDS: Mapping[str, Promise] = {
    weights.TURNED: gettext_lazy(
        "The file has already reversed these questions. Reversed once more, the score would be upside"
        " down."
    ),
    weights.AGAINST: gettext_lazy(
        "The file counts these answers the opposite way to the definition."
    ),
    weights.UNSURE: gettext_lazy(
        "The words do not show which answer means the most. Compare with the owner's scoring sheet."
    ),
    weights.OTHER: gettext_lazy(
        "The file and the definition use different figures. The definition's figures apply."
    ),
    weights.NONE: gettext_lazy(
        "The file does not say what these answers count. The definition's figures apply."
    ),
}

# Why a stated sum was not counted.
REASON_WORDS: Mapping[str, Promise] = {
    recount.UNKNOWN: gettext_lazy(
        "we know no definition for this form, and not every answer states its weight"
    ),
    recount.NO_SUCH_SUM: gettext_lazy("the definition has no sum of this name"),
    recount.NOT_UNDERSTOOD: gettext_lazy("the definition does not know one of the answers"),
    recount.BLANK: gettext_lazy("too many questions are blank"),
    recount.VOID: gettext_lazy("by the definition these answers cannot be used"),
    recount.TURNED: gettext_lazy("the file does not show whether its weights are already reversed"),
}


def file_words(code: str, where: str) -> str:
    return str(FILE_WORDS[code]) % {"where": where}
