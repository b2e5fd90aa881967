"""Pictures of the running demo for README and guide: eight pages, two sizes, two languages."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from homeschool.local.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from messaging import links
from messaging.models import CheckIn
from students.models import Student

SIZES = [(390, 844), (1280, 800)]
LANGUAGES = [("zh", "zh-hans"), ("en", "en")]
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
    ("check_ins", "principal", "/check-ins/?child={silent}"),
    ("concerns", "counsellor", "/concerns/"),
    ("dashboard", "principal", "/dashboard/"),
    ("settings", "school_admin", "/settings/calendar/"),
]


class Command(BaseCommand):
    help = "Photographs the running demo school into docs/screens/."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL)
        parser.add_argument("--to", default=str(settings.BASE_DIR / "docs" / "screens"))

    def handle(self, *args, **options) -> None:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise CommandError("Needs the development requirements: run ./test once.") from None
        self.url, self.to = options["url"].rstrip("/"), Path(options["to"])
        self.to.mkdir(parents=True, exist_ok=True)
        self.keys = self._keys()
        family = self._family_path()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for suffix, language in LANGUAGES:
                for width, height in SIZES:
                    self._photograph(browser, suffix, language, width, height, family)
            browser.close()

    def _keys(self) -> dict[str, int]:
        child = Student.objects.filter(school__is_demo=True, name="徐梦瑶").first()
        silent = Student.objects.filter(school__is_demo=True, name="赵明轩").first()
        if child is None or silent is None:
            raise CommandError("There is no demo school here: run ./start first.")
        return {"child": child.pk, "silent": silent.pk}

    def _family_path(self) -> str:
        waiting = CheckIn.objects.filter(state=CheckIn.State.WAITING, school__is_demo=True)
        alone = waiting.annotate(children=Count("lines")).filter(children=1).first()
        if alone is None:
            raise CommandError("No parent has an open question in this demo.")
        return f"/f/c/{links.token_for(check_in_id=alone.pk, adult_id=alone.adult_id)}/"

    def _photograph(self, browser, suffix, language, width, height, family) -> None:
        accounts = {account.role: account.login for account in DEMO_ACCOUNTS}
        for role in dict.fromkeys(role for _, role, _ in STAFF_PAGES):
            page = self._page(browser, language, width, height)
            page.goto(f"{self.url}/accounts/login/")
            page.fill("[name=login]", accounts[role])
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_load_state("networkidle")
            for name, looks, path in STAFF_PAGES:
                if looks == role:
                    page.goto(self.url + path.format(**self.keys))
                    self._save(page, name, width, suffix)
            page.context.close()
        page = self._page(browser, language, width, height)
        page.goto(self.url + family)
        self._save(page, "check_in", width, suffix)
        page.context.close()

    def _page(self, browser, language, width, height):
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce"
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": self.url}])
        return context.new_page()

    def _save(self, page, name, width, suffix) -> None:
        page.wait_for_load_state("networkidle")
        path = self.to / f"{name}-{width}-{suffix}.png"
        page.screenshot(path=str(path))
        self.stdout.write(path.name)
