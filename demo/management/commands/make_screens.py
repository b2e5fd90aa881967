"""Pictures of the running demo for README and guide: the pages of every role on a phone and on a desktop."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone
from PIL import Image, ImageDraw

from classroom.calendar import school_days_until
from core import clock
from counselling.cases.models import Case
from delivery import links as delivery_links
from delivery.models import SignInLink
from guardians.models import Adult
from messaging import links
from messaging.models import CheckIn
from notices.models import Notice
from runtime.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from schools.queries import calendar_of
from students.models import Enrolment, Student
from surveys.models import Round

PHONE, DESK, PAPER = (390, 844), (1280, 800), (794, 1123)  # CSS px; the last is A4
ZH, EN = ("zh", "zh-hans"), ("en", "en")
COLOURS = 256  # in a picture's palette: flat pages need no more, and the folder stays small
# Contact sheets: the width of each picture and how many go in a row; the gap around them and the height of a
# caption (px).
THUMBS, GAP, CAPTION = {PHONE: (195, 8), DESK: (400, 5), PAPER: (240, 7)}, 12, 16
CHILD, SILENT, PARENT = "徐梦瑶", "赵明轩", "王芳"  # from demo.story_families
LINK_MINUTES = 30
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
# name of the picture, role that looks, path
STAFF_PAGES = [
    ("today", "class_teacher", "/"),
    ("children", "class_teacher", "/children/"),
    ("child", "class_teacher", "/children/{child}/"),
    ("family_of_child", "class_teacher", "/children/{child}/family/"),
    ("notice", "class_teacher", "/notices/{notice}/"),
    ("messages", "class_teacher", "/messages/"),
    ("thread", "class_teacher", "/messages/{thread}/"),
    ("observe", "class_teacher", "/class/observe/{child}/"),
    ("class_notes", "class_teacher", "/children/?see=notes"),
    ("attendance", "class_teacher", "/class/attendance/?on={school_day}"),
    ("visits", "class_teacher", "/visits/"),
    ("holidays", "class_teacher", "/reunions/"),
    ("papers", "class_teacher", "/children/papers/"),
    ("invitations", "class_teacher", "/children/invitations/"),
    ("suggested", "class_teacher", "/call-slots/suggest/"),
    ("concerns", "counsellor", "/concerns/"),
    ("case", "counsellor", "/concerns/cases/{case}/"),
    ("round", "counsellor", "/surveys/{round}/"),
    ("dashboard", "principal", "/dashboard/"),
    ("check_ins", "principal", "/check-ins/?child={silent}"),
    ("duties", "principal", "/visits/duties/"),
    ("calls", "school_admin", "/call-slots/?on={call_day}"),
    ("settings", "school_admin", "/settings/calendar/"),
    ("county", "county_officer", "/"),
    ("village", "village_worker", "/v/"),
]
# A family's pages are in the language of its adult.
FAMILY_PAGES = [
    ("family_home", "/f/"),
    ("family_child", "/f/children/{child}/"),
    ("family_thread", "/f/messages/{thread}/"),
    ("family_call", "/f/calls/{child}/"),
    ("family_reunion", "/f/reunions/{child}/"),
    ("family_consent", "/f/privacy/consents/"),
]


@dataclass(frozen=True)
class Look:
    """One way to take the pictures: screen size, language, and by day, by night or on paper.

    By day each page is also kept as a picture of its own; otherwise it is only on the sheet of all pages.
    """

    size: tuple[int, int]
    suffix: str
    language: str
    light: str = "day"

    def name(self, page: str) -> str:
        return f"{page}-{self.size[0]}-{self.suffix}.png"

    @property
    def sheet(self) -> str:
        return f"all-{self.light}-{self.size[0]}-{self.suffix}.png"


LOOKS = [Look(size, *language) for language in (ZH, EN) for size in (PHONE, DESK)]
LOOKS += [Look(size, *ZH, light="night") for size in (PHONE, DESK)]
LOOKS += [Look(PAPER, *language, light="paper") for language in (ZH, EN)]


class Command(BaseCommand):
    help = "Photographs the running demo school into docs/screens/."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL)
        parser.add_argument("--to", default=str(settings.BASE_DIR / "docs" / "screens"))
        parser.add_argument("--only", nargs="*", default=[], help="names of pictures")

    def handle(self, *args, **options) -> None:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise CommandError("Needs the development requirements: run ./test once.") from None
        self.url, self.to = options["url"].rstrip("/"), Path(options["to"])
        self.only = set(options["only"])
        self.to.mkdir(parents=True, exist_ok=True)
        # Everything read from the database, before a browser's event loop runs in this thread.
        self.child = self._child(CHILD)
        self.seat = Enrolment.objects.select_related("school_class").get(student=self.child)
        self.keys = self._keys()
        self.question = self._question()
        self.sign_ins = [self._sign_in_path() for _ in LOOKS]
        with sync_playwright() as playwright:
            self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for look, sign_in in zip(LOOKS, self.sign_ins, strict=True):
                if self.only and look.light != "day":
                    continue
                self.taken: dict[str, Image.Image] = {}
                self._staff(look)
                self._pupil(look)
                if look.suffix == "zh":
                    self._family(look, sign_in)
                if not self.only:
                    self._write(_sheet(self.taken, *THUMBS[look.size]), look.sheet)
            self.browser.close()

    def _child(self, name: str) -> Student:
        child = Student.objects.filter(school__is_demo=True, name=name).first()
        if child is None:
            raise CommandError("There is no demo school here: run ./start first.")
        return child

    def _keys(self) -> dict[str, object]:
        """Return what the paths refer to; the day is that of the child's next call."""
        ahead = self.child.call_slots.filter(state="booked").order_by("starts_at").first()
        day = ahead.starts_at if ahead else clock.now()
        today = timezone.localdate(clock.now())
        school_days = school_days_until(today, calendar_of(self.child.school), 1)
        # Of the rounds that families answered, the one with the most to see.
        at_home = Round.objects.filter(school=self.child.school, how=Round.How.HOME)
        rounds = at_home.annotate(taps=Count("seats__answers")).order_by("-taps", "pk")
        return {
            "child": self.child.pk,
            "silent": self._child(SILENT).pk,
            "call_day": day.date().isoformat(),
            "school_day": (school_days[0] if school_days else today).isoformat(),
            "thread": self.child.threads.get().pk,
            "notice": Notice.objects.filter(school=self.child.school).order_by("pk")[0].pk,
            "round": rounds[0].pk,
            "case": Case.objects.filter(student__school=self.child.school).order_by("pk")[0].pk,
        }

    def _question(self) -> str:
        """Return the path of an open question about one child, as a parent's message links to it."""
        waiting = CheckIn.objects.filter(state=CheckIn.State.WAITING, school__is_demo=True)
        alone = waiting.annotate(children=Count("lines")).filter(children=1).first()
        if alone is None:
            raise CommandError("No parent has an open question in this demo.")
        return f"/f/c/{links.token_for(check_in_id=alone.pk, adult_id=alone.adult_id)}/"

    def _sign_in_path(self) -> str:
        at = clock.now()
        parent = Adult.objects.get(name=PARENT, guardianships__student=self.child)
        way = parent.contact_points.first()
        if way is None:
            raise CommandError("The demo's mother has no number.")
        link = SignInLink.objects.create(
            adult=parent,
            address=way.address,
            created_at=at,
            expires_at=at + timedelta(minutes=LINK_MINUTES),
        )
        return f"/f/l/{delivery_links.sign_in_token_for(link_id=link.pk, adult_id=parent.pk)}/"

    def _staff(self, look: Look) -> None:
        accounts = {account.role: account.login for account in DEMO_ACCOUNTS}
        wanted = [page for page in STAFF_PAGES if self._is_wanted(page[0])]
        for role in dict.fromkeys(role for _, role, _ in wanted):
            with self._page(look) as page:
                page.goto(f"{self.url}/accounts/login/")
                page.fill("[name=login]", accounts[role])
                page.fill("[name=password]", PASSWORD)
                page.press("[name=password]", "Enter")
                page.wait_for_load_state("networkidle")
                # signing in switched to the account's language
                self._choose_language(page.context, look)
                for name, looks, path in wanted:
                    if looks == role:
                        page.goto(self.url + path.format(**self.keys))
                        self._save(page, name, look)

    def _family(self, look: Look, sign_in: str) -> None:
        with self._page(look) as page:
            page.goto(self.url + self.question)
            self._save(page, "check_in", look)
        with self._page(look) as page:
            page.goto(self.url + sign_in)
            page.click("main form button[type=submit], form button[type=submit]")
            page.wait_for_url(f"{self.url}/f/")
            for name, path in FAMILY_PAGES:
                page.goto(self.url + path.format(**self.keys))
                self._save(page, name, look)

    def _pupil(self, look: Look) -> None:
        """Sign in as a child does: the class's number, then six pictures."""
        with self._page(look) as page:
            page.goto(f"{self.url}/p/sign-in/")
            page.fill("[name=class_code]", self.seat.school_class.door_code)
            page.press("[name=class_code]", "Enter")
            for picture in self.child.picture_code.split("-"):
                page.click(f'button[name=pick][value="{picture}"]')
                page.wait_for_load_state("networkidle")
            page.goto(f"{self.url}/p/")
            self._save(page, "pupil_home", look)

    @contextmanager
    def _page(self, look: Look) -> Iterator[Any]:
        width, height = look.size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=look.language,
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            color_scheme="dark" if look.light == "night" else "light",
        )
        self._choose_language(context, look)
        page = context.new_page()
        if look.light == "paper":
            page.emulate_media(media="print")
        yield page
        context.close()

    def _choose_language(self, context: Any, look: Look) -> None:
        cookie = {"name": "django_language", "value": look.language, "url": self.url}
        context.add_cookies([cookie])

    def _is_wanted(self, name: str) -> bool:
        return not self.only or name in self.only

    def _save(self, page: Any, name: str, look: Look) -> None:
        if not self._is_wanted(name):
            return
        page.wait_for_load_state("networkidle")
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        self.taken[name] = picture
        if look.light == "day":
            self._write(picture, look.name(name))

    def _write(self, picture: Image.Image, name: str) -> None:
        # Reduce the colours by coverage: averaging neighbours would change the colour of one small
        # red mark. Each palette entry is then set to the most common colour it replaces, so that a
        # page's background keeps its exact colour.
        cover, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
        few = picture.quantize(colors=COLOURS, method=cover, dither=plain)
        parts = picture.tobytes()
        told = Counter(zip(few.tobytes(), parts[::3], parts[1::3], parts[2::3], strict=True))
        palette = few.getpalette() or []
        for (at, *colour), _times in reversed(told.most_common()):
            palette[3 * at : 3 * at + 3] = colour
        few.putpalette(palette)
        few.save(self.to / name, optimize=True)
        self.stdout.write(name)


def _sheet(taken: dict[str, Image.Image], width: int, in_a_row: int) -> Image.Image:
    """Return all pages of one look side by side, each under its name, in the order of the tables above."""
    small = {
        name: picture.resize((width, picture.height * width // picture.width), Image.Resampling.BOX)
        for name, picture in taken.items()
    }
    height = max(picture.height for picture in small.values()) + CAPTION
    rows = -(-len(small) // in_a_row)
    size = (in_a_row * (width + GAP) + GAP, rows * (height + GAP) + GAP)
    sheet = Image.new("RGB", size, "#8a8a84")
    draw = ImageDraw.Draw(sheet)
    for place, (name, picture) in enumerate(small.items()):
        left = GAP + place % in_a_row * (width + GAP)
        top = GAP + place // in_a_row * (height + GAP)
        draw.text((left, top), name, fill="white")
        sheet.paste(picture, (left, top + CAPTION))
    return sheet
