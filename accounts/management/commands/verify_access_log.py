from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import access_chain
from accounts.access_chain import Broken

WHY = {
    "changed": "row {number} (id {row_id}) does not fit: it, or the row before it, was changed",
    "gone": "row {number} is gone",
    "cut": "the end was cut off from row {number} on",
    "anchor": "row {number} (id {row_id}) is not the one that was seen before",
}


class Command(BaseCommand):
    help = (
        "Checks the log of who read which child's file: no row changed, taken out or cut off. Keeps the "
        "ends that it saw in a file outside the database; run it daily and copy that file elsewhere."
    )

    def add_arguments(self, parser) -> None:
        default = settings.DATA_DIR / "media" / "access-log-anchors.jsonl"
        parser.add_argument("--anchors", type=Path, default=default, help=f"default {default}")

    def handle(self, *args, **options) -> None:
        path: Path = options["anchors"]
        anchors = access_chain.kept_anchors(path)
        schools = sorted({*access_chain.schools(), *(one.school_id for one in anchors)})
        seen = access_chain.heads()
        found = [access_chain.first_broken(school, anchors) for school in schools]
        broken = [one for one in found if one]
        if broken:
            raise CommandError("\n".join(map(_sentence, broken)))
        access_chain.keep_anchors(path, seen)
        rows = sum(one.number for one in seen)
        self.stdout.write(f"Whole: {rows} rows of {len(schools)} schools; ends kept in {path}.")
        if older := access_chain.older_rows():
            self.stdout.write(f"{older} rows are older than the chain: nothing vouches for them.")


def _sentence(broken: Broken) -> str:
    words = WHY[broken.why].format(number=broken.number, row_id=broken.row_id)
    return f"School {broken.school_id}: {words}."
