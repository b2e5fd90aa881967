"""The sections of a child's file, each a form of its own: what is edited together."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from students.models import Student

ID_NUMBER_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
ID_NUMBER_CHECKS = "10X98765432"


@dataclass(frozen=True)
class Section:
    title: object
    fields: tuple[str, ...]


SECTIONS: dict[str, Section] = {
    "identity": Section(_("Who it is"), ("name", "sex", "born_on", "id_number", "student_number")),
    "boarding": Section(_("Boarding"), ("is_boarding", "dormitory")),
    "address": Section(_("Where home is"), ("address", "village")),
    "journey": Section(_("Way to school"), ("journey",)),
    "health": Section(_("Health"), ("health",)),
    "strengths": Section(_("Good at"), ("strengths",)),
    "wish": Section(_("The family's wish"), ("wish",)),
}


def is_id_number(number: str) -> bool:
    """Checksum of an 18-digit resident identity number (GB 11643-1999)."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    total = sum(int(d) * w for d, w in zip(number, ID_NUMBER_WEIGHTS, strict=False))
    return ID_NUMBER_CHECKS[total % 11] == number[17].upper()


class _SectionForm(forms.ModelForm):
    class Meta:
        model = Student
        fields: tuple[str, ...] = ()
        widgets = {
            "born_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "health": forms.Textarea(attrs={"rows": 3}),
            "strengths": forms.Textarea(attrs={"rows": 2}),
            "wish": forms.Textarea(attrs={"rows": 3}),
            "journey": forms.Textarea(attrs={"rows": 2}),
        }

    def clean_id_number(self) -> str:
        number = self.cleaned_data["id_number"].strip().upper()
        if number and not is_id_number(number):
            raise forms.ValidationError(
                _("This is no identity number: please compare the 18 digits with the card.")
            )
        self._refuse_twin("id_number", number)
        return number

    def clean_student_number(self) -> str:
        number = self.cleaned_data["student_number"].strip().upper()
        self._refuse_twin("student_number", number)
        return number

    def _refuse_twin(self, field: str, number: str) -> None:
        same = Student.objects.filter(school_id=self.instance.school_id, **{field: number})
        if number and same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another child of this school has this number."))


def section_form(key: str) -> type[forms.ModelForm]:
    """The form class of one section."""
    meta = type("Meta", (_SectionForm.Meta,), {"fields": SECTIONS[key].fields})
    return type(f"{key.title()}Form", (_SectionForm,), {"Meta": meta})
