"""Find the text to be read aloud: the contents of `data-say`, numbered as in family.js."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {
    "area",
    "base",
    "br",
    "col",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}
UNSAID = {"script", "style", "svg", "select", "textarea", "audio", "video", "noscript", "template"}
# The voice pauses at these tags.
BLOCKS = {"p", "h1", "h2", "h3", "li", "dt", "dd", "div", "section", "button", "td", "th", "br"}
PAUSE = "\n"


@dataclass
class _Open:
    tag: str
    part: list[str] | None  # receives the text inside the tag; None if it is not read aloud


@dataclass
class _Reader(HTMLParser):
    parts: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[_Open] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        inside = self.open[-1].part if self.open else None
        if "data-say" in given:
            inside = []
            self.parts.append(inside)
        classes = (given.get("class") or "").split()
        if tag in UNSAID or "hidden" in given or "say" in classes:
            inside = None
        if tag in BLOCKS and inside is not None:
            inside.append(PAUSE)
        if tag not in EMPTY:
            self.open.append(_Open(tag, inside))

    def handle_endtag(self, tag: str) -> None:
        while self.open and any(one.tag == tag for one in self.open):
            closed = self.open.pop()
            if closed.part is not None and closed.tag in BLOCKS:
                closed.part.append(PAUSE)
            if closed.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].part is not None:
            self.open[-1].part.append(data.replace("\n", " "))


def parts_of(html: str) -> list[str]:
    """Return the text of each `data-say` in page order, with line breaks for pauses. Empty parts stay."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = []
    for part in reader.parts:
        lines = (" ".join(line.split()) for line in "".join(part).split(PAUSE))
        found.append(PAUSE.join(line for line in lines if line))
    return found
