"""The families' papers: consent by purpose, entrusted care, and letters, gifts or money sent home."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from uuid import UUID

from demo import notes
from demo.families import Household, Person, Place
from demo.scene import Scene, drawn, seats_of
from guardians.models import EntrustedCare, SentHome
from privacy.models import Consent, Purpose
from privacy.texts import version_of

# Shares of families that agreed and that refused; the rest have not been asked (made up).
WORDS: dict[str, tuple[float, float]] = {
    Purpose.PHOTO: (0.82, 0.05),
    Purpose.VOICE: (0.74, 0.04),
    Purpose.VILLAGE: (0.35, 0.02),
    Purpose.SCREENING: (0.66, 0.06),
    Purpose.OTHER_PARENT: (0.55, 0.05),
}
PAPERS_DONE, VILLAGE_TOLD = 0.75, 0.7  # of children whose parents are all away (made up)
SENT_SOMETHING = 0.3


def write(scene: Scene, households: Iterable[Household]) -> None:
    random = scene.lots("papers")
    unsuitable_left = 1 if scene.is_whole else 0
    for household, seat in seats_of(households):
        adults = household.family.adults
        parents = [one for one in adults if one.kind == "parent"]
        # A parent decides for the family, preferably one who is away.
        in_touch = [one for one in parents if one.condition == "in_touch"]
        deciding = household.family.parents_away or in_touch
        if deciding:
            adult_id = household.ids_of(deciding[:1])[0]
            _consents(scene, random, household, seat, deciding[0], adult_id)
        if not scene.is_whole or not household.family.parents_away:
            continue
        # Minors Protection Law, Art. 22: no parent at home, and somebody else cares for the child.
        is_entrusted = not any(one.is_away is False for one in parents) and any(
            one.kind == "carer" for one in adults
        )
        if is_entrusted and random.random() < PAPERS_DONE:
            is_elsewhere = seat.school_class.pk != scene.home_class.pk
            is_unsuitable = bool(unsuitable_left) and is_elsewhere
            unsuitable_left -= is_unsuitable
            _entrusted(scene, random, household, seat, is_unsuitable=is_unsuitable)
        if random.random() < SENT_SOMETHING:
            kind, words = random.choice(notes.SENT)
            on = scene.on - timedelta(days=random.randint(2, 60))
            scene.add(
                SentHome,
                school_id=scene.school.pk,
                student_id=seat.student_id,
                adult_id=household.away_ids[0],
                kind=kind,
                arrived_on=on,
                words=words,
                source_key=f"demo:{UUID(int=random.getrandbits(128))}",
                reported_by=random.choice(["parent", "carer"]),
                recorded_at=scene.moment(on, 19),
            )


def _consents(
    scene: Scene, random: Random, household: Household, seat: Place, person: Person, adult_id: int
) -> None:
    if household.family.silence > 0.99:
        return
    for purpose, (given, refused) in WORDS.items():
        said = drawn(random, [("given", given), ("refused", refused)])
        if household.family.consents and purpose in household.family.consents:
            said = household.family.consents[purpose]
        is_own = purpose == Purpose.OTHER_PARENT
        if said is None or (is_own and seat is not household.seats[0]):
            continue
        if not scene.is_whole and purpose != Purpose.PHOTO:
            continue
        on = scene.on - timedelta(days=random.randint(20, 75))
        via = "family_page" if person.user_id and random.random() < 0.6 else "paper"
        scene.add(
            Consent,
            school_id=scene.school.pk,
            adult_id=adult_id,
            student_id=None if is_own else seat.student_id,
            purpose=purpose,
            decision=said,
            text_version=version_of(purpose),
            via=via,
            recorded_by_id=scene.teacher_of(seat) if via == "paper" else None,
            at=scene.moment(on, 18, random.randrange(60)),
        )


def _entrusted(
    scene: Scene, random: Random, household: Household, seat: Place, *, is_unsuitable: bool
) -> None:
    begun_on = date(scene.on.year - 1, 2, 20)
    checked_on = scene.day_within(random, 20, 75)
    carer = next(one for one in household.family.adults if one.kind == "carer")
    settled = {
        "state": "unsuitable",
        "disqualifiers": ["incapable"],
        "settled_at": scene.moment(checked_on + timedelta(days=3), 17),
        "settled_by_id": scene.teacher_of(seat),
        "settled_words": "奶奶摔伤后走不动，和父母说好由姑姑照看，委托书重写。",
    }
    row = scene.add(
        EntrustedCare,
        school_id=scene.school.pk,
        student_id=seat.student_id,
        carer_id=household.ids_of([carer])[0],
        starts_on=begun_on,
        child_asked_on=checked_on,
        child_asked_by=scene.teachers[seat.school_class.pk].name,
        child_words=random.choice(notes.CHILD_SAYS),
        checked_on=checked_on,
        weekly_contact=random.choice(notes.TALK_TIMES),
        school_told_on=checked_on,
        village_told_on=checked_on if random.random() < VILLAGE_TOLD else None,
        recorded_by_id=scene.teacher_of(seat),
        recorded_at=scene.moment(checked_on, 17),
        **(settled if is_unsuitable else {}),
    )
    for adult_id in household.away_ids:
        scene.add(EntrustedCare.parents.through, entrustedcare_id=row, adult_id=adult_id)
