from dataclasses import dataclass

from uploads.rules import Trouble


@dataclass(frozen=True)
class Made:
    """Facts for `Upload` (width, height, seconds), and the content in each format with its type."""

    facts: dict[str, int]
    contents: list[tuple[str, bytes]]


class Bad(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble
