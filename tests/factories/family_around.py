"""Rows around one family beyond the cast: who was entrusted, who is barred, what was merged."""

from datetime import timedelta

from django.utils import timezone

from core import clock
from guardians import details
from guardians.blocking import actions as blocking
from guardians.care import actions as care_actions
from guardians.duplicates import merging
from guardians.models import DetailsCheck, EntrustedCare, Guardianship
from tests.factories.cast import Cast, make_adult, make_guardianship


def entrust(cast: Cast, disqualifiers: tuple[str, ...] = ()) -> EntrustedCare:
    """李秀兰 is entrusted with 徐梦瑶 by her mother."""
    on = timezone.localdate()
    return care_actions.write_entrusted_care(
        student=cast.students["mengyao"],
        carer=cast.adults["grandmother"],
        parents=[cast.adults["mother"]],
        facts={
            "starts_on": on - timedelta(days=30),
            "checked_on": on,
            "child_asked_on": on,
            "child_words": "愿意和奶奶住",
        },
        disqualifiers=list(disqualifiers),
        by=cast.users["teacher"],
        at=clock.now(),
    )


def changed_by_mother(cast: Cast) -> DetailsCheck:
    details.ask_for_carer(adults=[cast.adults["mother"]], words="大姨在带", on=timezone.localdate())
    return DetailsCheck.objects.get(adult=cast.adults["mother"])


def merge_twin(cast: Cast):
    """王方, who was 王芳 all along."""
    twin = make_adult(cast.school, "王方", "+8613893510001")
    make_guardianship(cast.students["mengyao"], twin, "mother", kind="contact")
    return merging.merge(
        kept=cast.adults["mother"], closed=twin, by=cast.users["admin"], at=clock.now()
    )


def matrix_objects(cast: Cast, page: str) -> dict[str, object]:
    """Arguments of the family's addresses, all of 徐梦瑶."""
    student, mother = cast.students["mengyao"], cast.adults["mother"]
    given: dict[str, object] = {
        "tie_id": Guardianship.objects.get(student=student, adult=mother).pk,
        "to": "school",
    }
    if page == "family_barred_lift":
        given["barrier_id"] = blocking.bar_from_child(
            student=student,
            user=cast.users["next_teacher"],
            reason="正在核实",
            by=cast.users["principal"],
            at=clock.now(),
        ).pk
    if page.startswith("family_entrust") or page == "family_notice":
        grounds = ("habits",) if page == "family_entrusted_settle" else ()
        given["care_id"] = entrust(cast, grounds).pk
    if page == "family_changed":
        given["check_id"] = changed_by_mother(cast).pk
    if page == "undo_merge":
        given["merge_id"] = merge_twin(cast).pk
    return given
