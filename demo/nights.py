"""Arrangements for tonight.

One child has two people nearby and somebody at home; for another we are still asking.
"""

from datetime import timedelta

from demo.scene import Scene
from guardians.models import Guardianship, NearbyAdult, Relation
from guardians.nearby import actions as nearby
from nights import actions
from nights.models import Asking
from nights.queries import nights_of
from students.models import Student

AGO = timedelta(days=40)
PEOPLE = {
    "徐梦瑶": (
        ("李玉梅", Relation.OTHER, "13993510151", 3),
        ("杨建军", Relation.RELATIVE, "13993510152", 10),
    ),
    "高强强": (("马秀英", Relation.OTHER, "13993510153", 6),),
}


def tell(scene: Scene, cast: dict[str, Student]) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    on = (scene.at - AGO).date()
    held = Guardianship.objects.filter(kind=Guardianship.Kind.PARENT, adult__blocked_at=None)
    parents = held.select_related("adult")
    for name, people in PEOPLE.items():
        if name not in cast:
            return
        for person, relation, phone, minutes in people:
            row = nearby.add(
                student=cast[name],
                adult=None,
                name=person,
                relation=relation,
                address=f"+86{phone}",
                as_written=phone,
                minutes=minutes,
                willing_on=on,
                by=teacher,
                at=scene.at - AGO,
            )
            # Parent, child and village have agreed.
            parent = parents.filter(student=row.student).order_by("priority", "pk").first()
            if parent is not None:
                how = NearbyAdult.Agreed.CALL
                nearby.agree(row=row, parent=parent.adult, how=how, by=teacher, at=scene.at - AGO)
            nearby.note_child(row=row, wants=True, on=on, by=teacher)
            nearby.note_village(row=row, on=on, by=teacher)
    settled = actions.start(
        student=cast["徐梦瑶"], reason="hospital", by=teacher, at=scene.at - timedelta(minutes=50)
    )
    asking = Asking.objects.get(entries__night=settled)
    said_at = scene.at - timedelta(minutes=46)
    nights = nights_of(asking, said_at)
    actions.answer(asking=asking, nights=nights, is_yes=True, how="key", at=said_at)
    actions.see(night=settled, at=scene.at - timedelta(minutes=40))
    actions.start(
        student=cast["高强强"], reason="hospital", by=teacher, at=scene.at - timedelta(minutes=4)
    )
