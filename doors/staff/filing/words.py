"""What each package's records are for, and on which legal ground: docs/privacy.md in one line each."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from schools.roles import Permission as P

CARE = _("the school's duty of care (Minors Protection Law)")
CONSENT = _("a consent of its own (PIPL Art. 14, 28–31)")
CONTACT = _("weekly contact (Minors Protection Law, Art. 22)")
STAFF = _("employment, and the duty to log (Regulations, Art. 36)")

# Package → what it holds, for what purpose, on which ground.
AREAS: dict[str, tuple[Promise, Promise, Promise]] = {
    "students": (_("the child's file"), _("to know and protect the child"), CARE),
    "guardians": (_("adults around the child"), _("to reach the family"), CARE),
    "messaging": (_("questions and answers"), _("to help in time"), CONTACT),
    "threads": (_("conversations with families"), _("to help in time"), CARE),
    "notices": (_("notices and who has confirmed"), _("to tell families"), CARE),
    "meetings": (_("meetings and who comes"), _("to tell families"), CARE),
    "learning": (_("lessons and who has read them"), _("to tell families"), CARE),
    "classroom": (_("notes, letters, attendance, leave, pictures"), _("to help in time"), CARE),
    "visits": (_("visits and calls"), _("to help in time"), CARE),
    "calls": (
        _("calls between child and parent"),
        _("to bring child and parent together"),
        CONTACT,
    ),
    "reunions": (
        _("holidays and who comes home"),
        _("to bring child and parent together"),
        CONTACT,
    ),
    "postcards": (_("voice postcards"), _("to bring child and parent together"), CONSENT),
    "surveys": (_("answers to questions"), _("to see early how a child is"), CONSENT),
    "safeguarding": (_("concerns and reports of harm"), _("to protect the child"), CARE),
    "counselling": (_("cases, notes, plans, referrals"), _("to help a child over weeks"), CARE),
    "nights": (
        _("evenings on which somebody has to be with a child"),
        _("to protect the child"),
        CARE,
    ),
    "transfers": (
        _("files that go to another school"),
        _("so that the next school can help"),
        CONSENT,
    ),
    "privacy": (_("consents and requests"), _("proof of what a family said"), CARE),
    "rosters": (_("imported rosters"), _("to fill the files"), CARE),
    "delivery": (
        _("messages and how they went"),
        _("never to lose one, never to send one twice"),
        CONTACT,
    ),
    "uploads": (_("photos and recordings"), _("part of what they belong to"), CONSENT),
    "schools": (_("posts of the staff"), _("to decide who may do what"), STAFF),
    "accounts": (_("accounts, and who opened which file"), _("to find misuse"), STAFF),
    "dashboards": (
        _("who gets the school's week by e-mail"),
        _("to see whether each child is connected"),
        STAFF,
    ),
    "api": (_("systems that read or write"), _("what the school has allowed"), STAFF),
}
# What a role may do, as far as it gives access to data about children.
RIGHTS: list[tuple[P, Promise]] = [
    (P.VIEW_OWN_CLASS, _("own class")),
    (P.VIEW_ALL_CHILDREN, _("all files")),
    (P.EDIT_CHILDREN, _("changes files")),
    (P.HANDLE_CONCERNS, _("concerns")),
    (P.KEEP_CASES, _("own cases")),
    (P.RUN_SURVEYS, _("answers to questions")),
    (P.VILLAGE_VISITS, _("visits in the own village")),
    (P.IMPORT_ROSTER, _("imports rosters")),
    (P.ANSWER_DATA_REQUESTS, _("answers families' requests")),
]
# Entries in the log of readers which mean that something left the screen, on paper or as a file.
WHAT_LEAVES = re.compile(
    "file |ledger|family copy|oneroster|survey export|call sheet|call list|slip|paper|notice |visit sheet"
    "|referral letter|case [0-9]+ plan print"
)
