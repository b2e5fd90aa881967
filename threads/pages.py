"""What staff pages show: the inbox, and one conversation beside it."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from guardians.models import Adult, Guardianship
from guardians.presenters import clock_words
from schools.policies import Viewer
from schools.queries import quiet_hours_of
from schools.roles import Permission
from threads import policies, presenters, queries
from threads.forms import SayForm
from threads.models import Thread
from threads.presenters import Reader

MINE, CLASS, SCHOOL, DONE = "mine", "class", "school", "done"


def reader_of(viewer: Viewer) -> Reader:
    zone = viewer.school.time_zone if viewer.school else "Asia/Shanghai"
    return Reader(viewer.at, zone, user_id=viewer.user.pk)


def inbox(
    viewer: Viewer, tab: str, query: str, current: int | None, skip: int = 0
) -> dict[str, Any]:
    """Return two groups of the user's own threads, or one list under another tab or for a search."""
    in_hand = policies.threads_in_hand(viewer.user, viewer.on).filter(school=viewer.school)
    tab = tab if tab in _tabs(viewer) else MINE
    groups = (
        [_group(viewer, "", queries.search(in_hand, query), current, tab, skip)]
        if query
        else _groups(viewer, tab, in_hand, current, skip)
    )
    url = reverse("threads:inbox")
    more_url = ""
    if any(group["has_more"] for group in groups):
        more_url = f"?tab={tab}&skip={skip + queries.ROWS}" + (f"&q={query}" if query else "")
    return {
        "tab": tab,
        "query": query,
        "tabs": [
            {
                "label": label,
                "url": f"{url}?tab={key}",
                "is_current": key == tab and not query,
                "count": None,
            }
            for key, label in _tabs(viewer).items()
        ],
        "groups": [group for group in groups if group["rows"]],
        "is_empty": not any(group["rows"] for group in groups),
        "tray": policies.tray_for(viewer.user, viewer.on).filter(
            school=viewer.school, state="tray"
        ).count(),
        "more_url": more_url,
    }  # fmt: skip


def _tabs(viewer: Viewer) -> dict[str, str]:
    tabs = {MINE: _("Mine")}
    if viewer.can(Permission.VIEW_OWN_CLASS):
        tabs[CLASS] = _("Whole class")
    if viewer.can(Permission.READ_THREADS):
        tabs[SCHOOL] = _("Whole school")
    return tabs | {DONE: _("Done")}


def _groups(viewer: Viewer, tab: str, in_hand: QuerySet[Thread], current, skip) -> list[dict]:
    if tab == DONE:
        return [_group(viewer, "", queries.finished(in_hand), current, tab, skip)]
    if tab == SCHOOL:
        known = policies.threads_known_to(viewer.user, viewer.on).filter(school=viewer.school)
        rows = queries.waiting_first(known)
        return [_group(viewer, _("Waiting for the school"), rows, current, tab, skip, False)]
    threads = in_hand.filter(owner=viewer.user) if tab == MINE else in_hand.exclude(student=None)
    waiting = _group(
        viewer, _("Waiting for your answer"), queries.waiting_first(threads), current, tab, skip
    )
    going = _group(viewer, _("Going on"), queries.followed(threads), current, tab, skip)
    return [waiting, going]


def _group(viewer, title, threads, current, tab, skip, shows_words=True) -> dict[str, Any]:
    page = queries.page_of(threads, viewer.user, viewer.on, shows_words=shows_words, skip=skip)
    query = "" if tab == MINE else f"?tab={tab}"
    rows = [
        presenters.row(one, viewer.user.pk, viewer.at, one.thread.pk == current, query)
        for one in page.rows
    ]
    return {"title": title, "rows": rows, "has_more": page.has_more}


def conversation(
    viewer: Viewer, thread: Thread, form: SayForm | None = None, before: int | None = None
) -> dict[str, Any]:
    """Return one thread as staff see it who work on it or may read it."""
    reader, people = reader_of(viewer), queries.people_of(thread)
    relations = relations_of(thread, people)
    talk = queries.conversation(thread, before)
    is_in_hand = policies.is_in_hand(viewer.user, thread, viewer.on)
    others: list[Guardianship] = []  # of the family, who could join
    if is_in_hand and thread.student:
        inside = {one.pk for one in people}
        family = policies.who_may_be_written_to(thread.student, viewer.on)
        others = [held for held in family if held.adult_id not in inside]
    return {
        "thread": thread,
        "talk": talk,
        "bubbles": presenters.bubbles(talk, reader, people, relations),
        "title": presenters.title_of(thread, people, relations),
        "names": presenters.names_of(thread, people),
        "clocks": [words for one in people if (words := clock_words(one, viewer.at))],
        "not_told": presenters.not_told(people, relations),
        "told_when": presenters.told_when(people, relations, reader),
        "is_mine": thread.owner_id == viewer.user.pk,
        "may_write": is_in_hand,
        "call_backs": [
            {
                "call": call,
                "who": presenters.relation_of(call.adult, relations),
                "hours": presenters.best_hours(call.adult, viewer.at),
            }
            for call in queries.open_call_backs(thread)
        ],
        "hand_overs": list(thread.hand_overs.select_related("from_user", "to_user", "by")),
        "readings": list(thread.readings.select_related("user")[:5]),
        "others": others,
        "phrases": list(policies.phrases_for(viewer.user, thread.school)) if is_in_hand else [],
        "quiet": quiet_hours_of(viewer.user, thread.school),
        "form": form,
        "key": form.fresh_key if form else uuid4(),
    }


def relations_of(thread: Thread, people: Sequence[Adult]) -> dict[int, Guardianship]:
    if thread.student is None:
        return {}
    held = Guardianship.objects.filter(student=thread.student, adult__in=people)
    return {row.adult_id: row for row in held.select_related("adult").order_by("starts_on", "pk")}
