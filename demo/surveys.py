"""Rounds of questions in the main demo school.

One is finished; the others are asked in class, at home, in interviews, and about what children do well. The
answers are made up, a little better than the published shares (docs/domain-sources.md).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from delivery.models import OutboxMessage
from demo.scene import Scene, drawn
from demo.story_school import key
from schools.roles import Role
from surveys import actions, queries
from surveys.models import Answer, Round, Seat

MOODS = [("1", 0.3), ("2", 0.38), ("3", 0.22), ("4", 0.07), ("5", 0.03)]
LISTENED = [("3", 0.25), ("2", 0.4), ("1", 0.3), ("0", 0.05)]
OFTEN = [("2", 0.55), ("1", 0.35), ("0", 0.1)]
SCHOOL = {"answers": "3210", "whom": "210", "good": "3210", "changed": "3210"}
# shares that have answered: in the lesson under way, of the adults at home
IN_TIME, AT_HOME = 0.6, 0.45


def tell(scene: Scene) -> None:
    lots = scene.lots("surveys")
    done = _lesson(scene, lots, "survey-done", scene.at - timedelta(days=15), share=1.0)
    if done is None:
        return
    # Somebody talked with each child who asked for it; for one, the class teacher got a task.
    counsellor, looked_at = scene.colleagues[Role.COUNSELLOR], scene.at - timedelta(days=11)
    asking = Seat.objects.filter(round=done, asks_for_look=True).order_by("pk")
    for place, seat in enumerate(asking):
        actions.note_looked(seat=seat, by=counsellor, at=looked_at)
        if place == 0:
            words = "这周找十分钟安静的时间，问问最近怎么样。多听，少说。"
            actions.write_to_do(seat=seat, words=words, by=counsellor, at=looked_at)
    actions.close_round(round_=done, by=counsellor, at=scene.at - timedelta(days=12))
    _lesson(scene, lots, "survey-running", scene.at - timedelta(days=1), share=IN_TIME)
    # Opened two days ago, with its messages already accepted, so that none is sent today.
    at = scene.at - timedelta(days=2)
    at_home = _open(scene, "survey-home", "school-listens", Round.How.HOME, at)
    if at_home:
        OutboxMessage.objects.filter(dedupe_key__startswith=f"survey:{at_home.pk}:").update(
            state=OutboxMessage.State.ACCEPTED, sending_at=at, finished_at=at
        )
        for seat, said_at in _forms(scene, lots, at_home, at, AT_HOME):
            said = {item: lots.choice(options) for item, options in SCHOOL.items()}
            _answer(seat, said, said_at, seconds=9)
    teacher, at = scene.teachers[scene.home_class.pk], scene.at - timedelta(days=3)
    strengths = _open(scene, "survey-strengths", "strengths", Round.How.STAFF, at)
    if strengths:
        for seat, said_at in _forms(scene, lots, strengths, at, IN_TIME, by=teacher):
            often = {item.id: drawn(lots, OFTEN) for item in queries.items_for(seat, said_at)}
            _answer(seat, often, said_at, seconds=4)
    # One interview with a carer stopped after the first question.
    at = scene.at - timedelta(days=1)
    talks = _open(scene, "survey-talks", "carer-wellbeing", Round.How.INTERVIEW, at)
    asked = queries.asked_in(talks, at) if talks else []
    if talks and asked:
        seat = actions.take_form(round_=talks, asked=asked[0], by=teacher, at=at)
        actions.save_answer(seat=seat, item="week", option="2", at=at)


def _open(scene: Scene, name: str, choice: str, how: str, at: datetime) -> Round | None:
    """Open a round and return it, or None where no family of the class has agreed."""
    try:
        return actions.open_round(
            school=scene.school,
            choice=choice,
            how=how,
            classes=[scene.home_class],
            due_on=max(at.date() + timedelta(days=6), scene.on + timedelta(days=4)),
            talks_per_week=6,
            again=True,  # the story's rounds follow each other closely
            key=key(name),
            by=scene.colleagues[Role.COUNSELLOR],
            at=at,
        )
    except actions.NobodyToAsk:
        return None


def _lesson(scene: Scene, lots: Random, name: str, at: datetime, share: float) -> Round | None:
    """Let a class answer in a lesson, two taps per child."""
    round_ = _open(scene, name, "weekly-mood", Round.How.CLASS, at)
    if round_ is None:
        return None
    sitting = actions.begin_sitting(
        round_=round_,
        school_class=scene.home_class,
        duty_adult=scene.colleagues[Role.COUNSELLOR],
        by=scene.teachers[scene.home_class.pk],
        at=at + timedelta(minutes=5),
    )
    begun_at = at + timedelta(minutes=8)
    seats = sitting.seats.select_related("school", "student", "round__edition").order_by("pk")
    for seat in seats:
        if lots.random() < share:
            tapped_at = begun_at + timedelta(seconds=lots.randint(0, 400))
            said = {"mood": drawn(lots, MOODS), "listened": drawn(lots, LISTENED)}
            _answer(seat, said, tapped_at, seconds=7)
    actions.end_sitting(sitting=sitting, at=begun_at + timedelta(minutes=20))
    return round_


def _answer(seat: Seat, said: dict[str, str], at: datetime, seconds: int) -> None:
    """Answer one form, with a tap every `seconds`, as rows.

    Calling `actions.save_answer` for each tap would take a third of the demo's time.
    """
    instrument, answers = seat.round.edition.instrument, []
    for place, (name, option) in enumerate(said.items()):
        tapped_at, item = at + timedelta(seconds=seconds * place), instrument.item(name)
        chosen = item.option(option) if item and option else None
        looks = seat.asks_for_look or bool(chosen and chosen.is_to_look_at)
        if seat.begun_at is None or looks != seat.asks_for_look:
            seat.begun_at, seat.asks_for_look = seat.begun_at or tapped_at, looks
            seat.save(update_fields=["begun_at", "asks_for_look"])
        answers.append(
            Answer(
                school_id=seat.school_id,
                seat=seat,
                item=name,
                option=option or "",
                is_urgent=instrument.is_urgent(name, option or ""),
                at=tapped_at,
            )
        )
    Answer.objects.bulk_create(answers)
    actions.finish(seat=seat, at=at + timedelta(seconds=seconds * len(said)))


def _forms(
    scene: Scene, lots: Random, round_: Round, at: datetime, share: float, by=None
) -> Iterator[tuple[Seat, datetime]]:
    for asked in queries.asked_in(round_, at):
        if lots.random() < share:
            said_at = min(at + timedelta(minutes=lots.randint(30, 2000)), scene.at)
            yield actions.take_form(round_=round_, asked=asked, by=by, at=said_at), said_at
