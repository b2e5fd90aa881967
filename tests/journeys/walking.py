"""Every page to which links lead, one of each kind."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Response

# Opens no page, signs out, or shows one page for each day, child or file: nothing new to see.
NOT_OPENED = re.compile(
    r"sign-out|/logout|language|\.(pdf|xlsx|csv|ics|zip|json|ogg|m4a|webp|png)$|/voice|/photo"
)
LINKS = """[...document.querySelectorAll('a[href]')].map(a => a.href)
             .filter(address => address.startsWith(location.origin + '/'))"""


def shape(address: str) -> str:
    """Of pages that differ in a number or a token alone, one is looked at."""
    return re.sub(r"(?<=/)(\d+|[\w-]{20,}|\d{4}-\d\d-\d\d)(?=/)", "#", urlsplit(address).path)


def walk(
    pages: list[Page], start: str, inside: str
) -> Iterator[tuple[Page, str, Response | None, str]]:
    """Follow links from `start` while their path begins with `inside`, in as many tabs at once as there are
    `pages`. Yields the tab, the address, its answer and the address of the page that leads there; each stands
    open while it is looked at.
    """
    waiting, seen = [(start, "")], {shape(start)}
    while waiting:
        batch, waiting = waiting[: len(pages)], waiting[len(pages) :]
        opened = []
        for page, (address, source) in zip(pages, batch, strict=False):
            try:
                opened.append((page, address, page.goto(address, wait_until="commit"), source))
            except Error as error:
                if "Download is starting" not in str(error):
                    raise
        for page, address, answer, source in opened:
            page.wait_for_load_state()
            yield page, address, answer, source
            for link in page.evaluate(LINKS):
                path = urlsplit(link).path
                is_new = path.startswith(inside) and shape(link) not in seen
                if is_new and not NOT_OPENED.search(path):
                    seen.add(shape(link))
                    waiting.append((link, address))
