"""Pictures, weeks of a class and links to good news of the cast."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import uuid4

from classroom.models import ClassWeek, Observation, Picture
from classroom.news import links
from classroom.pictures import actions as pictures
from classroom.weeks import actions as weeks
from core import clock
from core.weeks import monday_of
from delivery import links as sealed
from guardians.blocking import actions as blocking
from guardians.models import Adult
from schools.policies import today_in
from tests.factories.accounts import say
from tests.factories.cast import Cast
from tests.factories.classroom import make_note, make_photo
from uploads.remaking import remake_photo

WEEK_WORDS = "这周我们练了跳绳，周三去看了油菜花。"


def agree(cast: Cast, child: str = "mengyao", purpose: str = "class_photo", adult: str = "mother"):
    return say(cast, purpose, "given", adult=adult, child=child)


def small_photo():
    file = make_photo()
    file.remade = remake_photo(file, is_small=True)  # as the form's field leaves it
    return file


def add_picture(
    cast: Cast,
    to: Observation | ClassWeek,
    children: Collection[str] = ("mengyao",),
    by="teacher",
    at: datetime | None = None,
) -> Picture:
    return pictures.add_picture(
        to=to,
        pictured=[cast.students[child] for child in children],
        file=small_photo(),
        key=uuid4(),
        by=cast.users[by],
        at=at or clock.now(),
    )


def news_picture(cast: Cast, child: str = "mengyao") -> Picture:
    """Of a child alone, with its good news."""
    agree(cast, child, "photo")
    return add_picture(cast, make_note(cast, child, tell_family=True), [child])


def draft_week(
    cast: Cast, words: str = WEEK_WORDS, week_on: date | None = None, at: datetime | None = None
) -> ClassWeek:
    at, teacher = at or clock.now(), cast.users["teacher"]
    monday = week_on or monday_of(today_in(cast.school, at))
    week = weeks.start_week(school_class=cast.school_class, week_on=monday, by=teacher, at=at)
    weeks.write_week(week=week, words=words, by=teacher, at=at)
    week.refresh_from_db()
    return week


def sent_week(cast: Cast, children: Collection[str] = ("mengyao",)) -> ClassWeek:
    """With one picture of `children`, whose families have agreed."""
    week = draft_week(cast)
    if children:
        add_picture(cast, week, children)
    weeks.send_week(week=week, seen=weeks.as_shown(week), at=clock.now())
    week.refresh_from_db()
    return week


def token_of(row: Observation | ClassWeek, adult) -> str:
    purpose = links.WEEK if isinstance(row, ClassWeek) else links.NEWS
    return sealed.seal(purpose, row.pk, adult.pk)


def block(cast: Cast, adult: Adult) -> None:
    blocking.block_adult(
        adult=adult,
        reason="法院保护令",
        ground="court_order",
        by=cast.users["principal"],
        at=clock.now(),
    )


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    space, _, page = name.partition(":")
    if space not in ("classroom", "family_classroom"):
        return {}
    mother = cast.adults["mother"]
    if page in ("week_picture", "week_send"):
        return {"pk": draft_week(cast).pk}
    if page == "note_picture":
        return {"pk": make_note(cast, tell_family=True).pk}
    if page in ("picture", "picture_remove", "pictures"):
        return {"pk": news_picture(cast).pk}
    if page == "news_link":
        return {"token": token_of(make_note(cast, tell_family=True), mother)}
    if page in ("week", "week_link", "week_take_back"):
        week = sent_week(cast, ())
        return {"pk": week.pk, "token": token_of(week, mother)}
    return {}
