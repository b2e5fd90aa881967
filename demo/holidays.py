"""Holidays of the made-up schools: who came home in the last one, and who plans what for the next."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from demo.families import Household, Place
from demo.scene import Scene, seats_of
from reunions.actions import ensure_seasons
from reunions.models import ReunionPlan, Season, Watch
from reunions.rules import watch_days

# Shares of parents away: visits home are from the survey in docs/domain-sources.md (none in a year: 15.1 %;
# the rest at least once), spread over two holidays. How many shared plans for the next one early is made up.
CAME_LAST_TIME, FELL_THROUGH = 0.3, 0.1
SAID_EARLY = 0.35
NEXT = [("comes", 62), ("child_goes", 9), ("not", 12), ("open", 17)]
SPOKEN_OF_AHEAD_DAYS = 100


def write(scene: Scene, households: Iterable[Household]) -> None:
    ensure_seasons(school=scene.school)
    if not scene.is_whole:
        return
    seasons = list(Season.objects.filter(school=scene.school).order_by("starts_on"))
    past = [one for one in seasons if one.ends_on < scene.on]
    ahead = [one for one in seasons if 0 <= (one.starts_on - scene.on).days <= SPOKEN_OF_AHEAD_DAYS]
    random = scene.lots("holidays")
    for household, seat in seats_of(households):
        if household.family.is_story:
            continue
        for number, adult_id in enumerate(household.away_ids):
            if past and random.random() < CAME_LAST_TIME:
                _was(scene, random, past[-1], seat, adult_id)
            if ahead and random.random() < SAID_EARLY:
                coming = ahead[0]
                travel = random.choices([kind for kind, _ in NEXT], [share for _, share in NEXT])[0]
                if travel == "child_goes" and number:
                    travel = "open"  # a child does not travel to two places
                is_together = travel in ("comes", "child_goes")
                feast = coming.feast_on or coming.starts_on + timedelta(days=5)
                arrives_on = feast - timedelta(days=random.randint(2, 9))
                leaves_on = feast + timedelta(days=random.randint(6, 14))
                has_ticket = random.random() < 0.15
                days = {"arrives_on": arrives_on, "leaves_on": leaves_on, "has_ticket": has_ticket}
                said_on = scene.on - timedelta(days=random.randint(1, 20))
                plan = scene.add(
                    ReunionPlan,
                    school_id=scene.school.pk,
                    season_id=coming.pk,
                    student_id=seat.student_id,
                    adult_id=adult_id,
                    travel=travel,
                    said_by=random.choice(["parent", "staff"]),
                    said_at=scene.moment(said_on, 20),
                    **(days if is_together else {}),
                )
                if is_together:
                    for step, due_on in watch_days(leaves_on).items():
                        _watch(scene, random, plan, seat, step, due_on)


def _was(scene: Scene, random: Random, season: Season, seat: Place, adult_id: int) -> None:
    days = (season.ends_on - season.starts_on).days
    arrives_on = season.starts_on + timedelta(days=random.randint(0, max(0, days // 4)))
    leaves_on = season.ends_on - timedelta(days=random.randint(0, max(0, days // 4)))
    is_through = random.random() >= FELL_THROUGH
    plan = scene.add(
        ReunionPlan,
        school_id=scene.school.pk,
        season_id=season.pk,
        student_id=seat.student_id,
        adult_id=adult_id,
        travel="comes",
        arrives_on=arrives_on,
        leaves_on=leaves_on,
        has_ticket=True,
        said_by="parent",
        said_at=scene.moment(arrives_on - timedelta(days=12), 20),
        outcome="happened" if is_through else "fell_through",
        outcome_at=scene.moment(arrives_on + timedelta(days=2), 12),
        outcome_by_id=scene.teacher_of(seat),
    )
    if is_through:
        for step, due_on in watch_days(leaves_on).items():
            _watch(scene, random, plan, seat, step, due_on)


def _watch(scene: Scene, random: Random, plan: int, seat: Place, step: int, due_on: date) -> None:
    is_done = due_on < scene.on
    done = {
        "done_at": scene.moment(due_on, 12),
        "done_by_id": scene.teacher_of(seat),
        "seen": random.choice(["fine", "fine", "fine", "quiet"]),
    }
    scene.add(
        Watch,
        school_id=scene.school.pk,
        plan_id=plan,
        student_id=seat.student_id,
        step=step,
        due_on=due_on,
        **(done if is_done else {}),
    )
