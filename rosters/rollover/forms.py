"""Two forms of a rollover: the year with its classes, and the children of one class."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from core.day_fields import LAST_BEFORE_FIRST, day_field
from core.days import full_day
from core.names import joined
from rosters.models import Rollover, RolloverChild, RolloverClass
from rosters.rollover import rules
from rosters.rollover.rules import YearProblem
from schools.actions import class_name
from schools.forms import Plain
from schools.models import Post, SchoolClass, SchoolYear
from students.models import Enrolment

SAME = "same"  # the class teachers move with the class
CLASS_NUMBER_MAX = 60
Goes, ChildGoes = RolloverClass.Goes, RolloverChild.Goes

PROBLEMS = {
    YearProblem.TOO_EARLY: gettext_lazy("This school year still runs on that day."),
    YearProblem.TOO_LATE: gettext_lazy(
        "The new year must begin within three months of the last day of this year."
    ),
    YearProblem.TOO_SHORT: gettext_lazy("A school year has nine months at least."),
    YearProblem.TOO_LONG: gettext_lazy("A school year has twelve and a half months at most."),
}


class RolloverForm(Plain, forms.Form):
    """The new year and its classes.

    Each class of this year has `goes_<class>`, `number_<class>` and `teacher_<class>`.
    """

    starts_on = day_field(gettext_lazy("first day of the new school year"))
    ends_on = day_field(gettext_lazy("last day"))
    left_to = forms.CharField(
        label=gettext_lazy("new school of the classes that leave"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("School and place, if known. Single children can differ."),
    )

    merges = forms.BooleanField(
        label=gettext_lazy("Classes of the same number become one class"), required=False
    )

    def __init__(
        self,
        *args: Any,
        year: SchoolYear,
        next_year: SchoolYear | None,
        classes: Sequence[SchoolClass],
        posts: dict[int, list[Post]],
        people: Sequence[User],
        barred: dict[int, set[int]],
        draft: Rollover | None,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.asks_to_merge = False
        self.year, self.next_year, self.classes = year, next_year, classes
        self.posts, self.people, self.barred = posts, people, barred
        said = (
            {row.school_class_id: row for row in draft.classes.select_related("school_class")}
            if draft
            else {}
        )
        proposed = rules.next_year(year.ends_on)
        if next_year is not None:
            proposed = next_year.starts_on, next_year.ends_on
        if draft is not None:
            proposed = draft.starts_on, draft.ends_on
            self.fields["left_to"].initial = draft.left_to
            up = [
                (row.school_class.grade_id, row.number)
                for row in said.values()
                if row.goes == Goes.UP
            ]
            self.fields["merges"].initial = len(set(up)) < len(up)
        self.fields["starts_on"].initial, self.fields["ends_on"].initial = proposed
        grades = {one.grade.number for one in classes}
        for one in classes:
            self._add(one, said.get(one.pk), grades)

    def _add(self, one: SchoolClass, said: RolloverClass | None, grades: Collection[int]) -> None:
        number = one.grade.number
        goes = Goes.FINISHED if rules.leaves(number, grades) else Goes.UP
        up = _("moves up to %(grade)s") % {"grade": class_grade(number + 1)}
        choices = [
            (Goes.UP.value, up),
            (Goes.FINISHED.value, _("has finished school")),
            (Goes.OTHER_SCHOOL.value, _("goes to another school nearby")),
        ]
        if number >= rules.LAST_GRADES[-1]:
            del choices[0]
        self.fields[f"goes_{one.pk}"] = forms.ChoiceField(
            label=_("What becomes of it"),
            choices=choices,
            initial=said.goes if said else goes,
        )
        self.fields[f"number_{one.pk}"] = forms.IntegerField(
            label=_("Class number"),
            min_value=1,
            max_value=CLASS_NUMBER_MAX,
            initial=said.number if said else one.number,
        )
        names = joined(dict.fromkeys(post.user.name for post in self.posts[one.pk]))
        teachers = [(SAME, _("stays with %(name)s") % {"name": names})] if names else []
        teachers.append(("", _("nobody yet")))
        teachers += [(str(user.pk), user.name) for user in self.people]
        initial = SAME if names else ""
        if said is not None and not said.keeps_teachers:
            initial = str(said.teacher_id or "")
        self.fields[f"teacher_{one.pk}"] = forms.ChoiceField(
            label=_("Class teacher"), choices=teachers, required=False, initial=initial
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_days(cleaned.get("starts_on"), cleaned.get("ends_on"))
        taken: dict[tuple[int, int], SchoolClass] = {}
        leaves_for_other = False
        for one in self.classes:
            goes, number = cleaned.get(f"goes_{one.pk}"), cleaned.get(f"number_{one.pk}")
            leaves_for_other |= goes == Goes.OTHER_SCHOOL
            if goes != Goes.UP or number is None:
                continue
            key = (one.grade.number + 1, number)
            first = taken.setdefault(key, one)
            if first is not one and not cleaned.get("merges"):
                self.asks_to_merge = True
                words = _(
                    "%(name)s will be %(to)s too. Choose another number or, if they become one class, say so"
                    " below."
                )
                facts = {"name": first.name, "to": class_name(*key)}
                self.add_error(f"number_{one.pk}", words % facts)
            teacher = cleaned.get(f"teacher_{one.pk}")
            barred = self.barred.get(one.pk, set()) - {post.user_id for post in self.posts[one.pk]}
            if teacher not in ("", SAME, None) and int(teacher) in barred:
                name = dict(self.fields[f"teacher_{one.pk}"].choices)[teacher]  # type: ignore[attr-defined]
                words = _("%(name)s cannot take this. Choose somebody else here.")
                self.add_error(f"teacher_{one.pk}", words % {"name": name})
        if leaves_for_other and "left_to" not in self.errors and not cleaned.get("left_to"):
            self.add_error("left_to", _("The place is enough. Colleagues may ask later."))
        return cleaned

    def _check_days(self, first: date | None, last: date | None) -> None:
        if first and (problem := rules.first_day_problem(first, self.year.ends_on)):
            self.add_error("starts_on", PROBLEMS[problem])
        if first and last and last < first:
            self.add_error("ends_on", LAST_BEFORE_FIRST)
        elif first and last and (problem := rules.last_day_problem(first, last)):
            self.add_error("ends_on", PROBLEMS[problem])
        known = self.next_year
        if not (first and last and known):
            return
        overlaps = first <= known.ends_on and last >= known.starts_on
        if overlaps and (first, last) != (known.starts_on, known.ends_on):
            words = _(
                "The calendar already has a school year from %(start)s to %(end)s. Use its days."
            )
            facts = {"start": full_day(known.starts_on), "end": full_day(known.ends_on)}
            self.add_error("starts_on", words % facts)

    @property
    def rows(self) -> list[RolloverClass]:
        found = []
        for one in self.classes:
            teacher = self.cleaned_data[f"teacher_{one.pk}"]
            is_up = self.cleaned_data[f"goes_{one.pk}"] == Goes.UP
            keeps = teacher == SAME or not is_up
            found.append(
                RolloverClass(
                    school_class=one,
                    goes=self.cleaned_data[f"goes_{one.pk}"],
                    number=self.cleaned_data[f"number_{one.pk}"],
                    keeps_teachers=keeps,
                    teacher_id=int(teacher) if teacher and not keeps else None,
                )
            )
        return found

    @property
    def shows_merging(self) -> bool:
        """Return whether to ask about merging classes.

        We ask only if two classes have one number, because few schools merge classes.
        """
        return self.asks_to_merge or bool(self["merges"].value())

    def lines(self) -> Iterator[tuple[SchoolClass, Any, Any, Any]]:
        for one in self.classes:
            yield (
                one,
                self[f"goes_{one.pk}"],
                self[f"number_{one.pk}"],
                self[f"teacher_{one.pk}"],
            )


def class_grade(grade: int) -> str:
    """Return the name of a grade: 四年级 from 四年级1班."""
    return class_name(grade, 1).removesuffix("1班")


class ChildrenForm(forms.Form):
    """What becomes of the children of one class.

    Each has `goes_<child>`, `number_<child>`, `reason_<child>` and `to_<child>`.
    """

    def __init__(
        self,
        *args: Any,
        rollover: Rollover,
        row: RolloverClass,
        enrolments: Sequence[Enrolment],
        numbers: Sequence[int],
        closed_to: dict[int, set[int]],
        said: dict[int, RolloverChild],
        **kwargs: Any,
    ):
        """Take `closed_to`: by number of a class, the children whom its teachers may not have."""
        super().__init__(*args, **kwargs)
        self.rollover, self.row, self.enrolments = rollover, row, enrolments
        self.closed_to, self.said = closed_to, said
        self.grade = row.school_class.grade.number
        with_class = _("moves up with the class")
        if row.goes != Goes.UP:
            with_class = _("leaves with the class")
        self.goes = [
            (ChildGoes.WITH_CLASS.value, with_class),
            (ChildGoes.STAYS.value, _("stays down")),
            (ChildGoes.LEAVES.value, pgettext_lazy("child", "leaves the school")),
        ]
        self.numbers = [("", "—"), *((str(n), class_name(self.grade, n)) for n in numbers)]
        for enrolment in enrolments:
            self._add(enrolment.student_id, said.get(enrolment.student_id))

    def _add(self, pk: int, said: RolloverChild | None) -> None:
        self.fields[f"goes_{pk}"] = forms.ChoiceField(
            label=_("In the new year"),
            choices=self.goes,
            initial=said.goes if said else ChildGoes.WITH_CLASS,
        )
        self.fields[f"number_{pk}"] = forms.ChoiceField(
            label=_("Stays down in"),
            choices=self.numbers,
            required=False,
            initial=str(said.number or "") if said else "",
        )
        self.fields[f"reason_{pk}"] = forms.ChoiceField(
            label=_("Leaves because"),
            choices=[("", "—"), *Enrolment.Left.choices],
            required=False,
            initial=said.left_reason if said else "",
        )
        self.fields[f"to_{pk}"] = forms.CharField(
            label=_("Where to"),
            max_length=120,
            required=False,
            initial=said.left_to if said else "",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        needs_place = (Enrolment.Left.OTHER_SCHOOL, Enrolment.Left.TO_PARENTS)
        for enrolment in self.enrolments:
            pk = enrolment.student_id
            goes = cleaned.get(f"goes_{pk}")
            if goes == ChildGoes.STAYS:
                number = cleaned.get(f"number_{pk}")
                if number == "":
                    self.add_error(f"number_{pk}", _("In which class?"))
                elif number and pk in self.closed_to.get(int(number), set()):
                    words = _("The child cannot be in this class. Choose another.")
                    self.add_error(f"number_{pk}", words)
            elif goes == ChildGoes.LEAVES:
                reason = cleaned.get(f"reason_{pk}")
                if reason == "":
                    self.add_error(f"reason_{pk}", _("Why does the child leave?"))
                elif reason in needs_place and not cleaned.get(f"to_{pk}"):
                    words = _("The place is enough. Colleagues may ask later.")
                    self.add_error(f"to_{pk}", words)
        return cleaned

    @property
    def rows(self) -> list[RolloverChild]:
        found = []
        for enrolment in self.enrolments:
            pk, data = enrolment.student_id, self.cleaned_data
            goes = data[f"goes_{pk}"]
            row = RolloverChild(rollover=self.rollover, student_id=pk, goes=goes)
            if goes == ChildGoes.STAYS:
                row.number = int(data[f"number_{pk}"])
            elif goes == ChildGoes.LEAVES:
                row.left_reason, row.left_to = data[f"reason_{pk}"], data[f"to_{pk}"]
            if goes != ChildGoes.WITH_CLASS:
                found.append(row)
        return found

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield each child with its fields. `is_open` is set if a field has an error."""
        for enrolment in self.enrolments:
            pk = enrolment.student_id
            fields = [self[f"{name}_{pk}"] for name in ("goes", "number", "reason", "to")]
            goes = fields[0].value()
            yield {
                "name": enrolment.student.name,
                "fields": fields,
                "said": dict(self.goes).get(goes, ""),
                "is_exception": goes != ChildGoes.WITH_CLASS,
                "is_open": any(field.errors for field in fields),
            }
