"""Each personal or sensitive field is in a family's copy of the data, or on the list of what is withheld."""

from collections import defaultdict

import pytest
from django.apps import apps
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.utils import translation

from doors.family.data_copy.archive import SECTIONS
from doors.family.data_copy.pages import NOT_PRINTED, label_of
from doors.family.data_copy.section import Section
from doors.family.data_copy.withheld import ALL, REASONS, WITHHELD
from homeschool.field_classes import FIELD_CLASSES, PLAIN

# Bytes of a file that the copy names; annotations of a section's rows.
FILES = {"uploads.UploadContent": {"data"}}
# What the rows of a section give in words under another name.
OPENED = {"sealed", "option"}
ANNOTATED = {"notice_title": "child__notice__title"}


def met(model: type[Model], path: str) -> list[tuple[str, str]]:
    """Return (model, field) of each step of a path; whatever is no field of ours fails."""
    steps = []
    for step in path.split(LOOKUP_SEP):
        if model._meta.label == "accounts.AccessRecord" and step == "student_id":
            steps.append((model._meta.label, step))
            continue
        field = model._meta.get_field(step)
        if field.concrete:
            steps.append((model._meta.label, field.name))
        elif field.one_to_many:
            steps.append((field.related_model._meta.label, field.field.name))
        if field.is_relation:
            model = field.related_model
    return steps


def given() -> dict[str, set[str]]:
    found = defaultdict(set, {label: set(names) for label, names in FILES.items()})
    for section in SECTIONS:
        for path in [*section.fields.split(), *section.chosen_by.split()]:
            for label, name in met(section.model, ANNOTATED.get(path, path)):
                found[label].add(name)
    return found


def withheld(label: str) -> set[str]:
    kept = WITHHELD.get(label, {})
    return personal(label) if ALL in kept else set(kept)


def personal(label: str) -> set[str]:
    return {name for name, kind in FIELD_CLASSES[label].items() if kind != PLAIN}


@pytest.mark.parametrize("label", [label for label in FIELD_CLASSES if personal(label)])
def test_a_field_is_given_or_withheld_with_a_reason(label):
    fields, in_it, kept = personal(label), given()[label], withheld(label)
    assert fields <= in_it | kept, fields - in_it - kept
    assert not in_it & kept, in_it & kept


def test_the_list_of_what_is_withheld_names_what_there_is():
    for label, kept in WITHHELD.items():
        fields = {field.name for field in apps.get_model(label)._meta.concrete_fields}
        assert set(kept) - {ALL} <= fields, (label, set(kept) - fields)
        assert set(kept.values()) <= set(REASONS)
        assert len(kept) == 1 or ALL not in kept, label


def test_each_reason_is_used_and_said():
    assert {reason for kept in WITHHELD.values() for reason in kept.values()} == set(REASONS)


def test_nothing_of_safeguarding_and_of_a_counsellor_is_given():
    own_part = {"counselling.Measure", "counselling.MeasureTick"}
    for label in given():
        if label.split(".")[0] in ("safeguarding", "counselling"):
            assert label in own_part, label


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_each_field_of_a_section_has_a_chinese_label(section: Section):
    """One that nobody named would be the English name of a column."""
    with translation.override("zh-hans"):
        labels = {
            name: label_of(name, section.model)
            for name in section.fields.split()
            if LOOKUP_SEP not in name and name not in NOT_PRINTED | OPENED
        }
    assert [name for name, label in labels.items() if label.isascii()] == []
