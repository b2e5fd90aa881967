"""The definitions that come with the product, one file each in `surveys/definitions/`.

They are immutable: a file that changes in meaning gets the next `version`. Answers keep the edition to which
they were given (surveys.models.Edition), so no score changes.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from surveys.instruments import Instrument, read

FOLDER = Path(__file__).parent / "definitions"
# Our own come first, then the scales by name.
STRENGTHS = "strengths"
OWN = ("weekly-mood", "school-listens", "carer-wellbeing", STRENGTHS)


@cache
def definitions() -> dict[str, dict[str, Any]]:
    """Return {key: definition}. To add an instrument, add a file; nothing else is needed."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        with path.open("rb") as file:
            found[path.stem] = tomllib.load(file)
    return found


def digest_of(definition: Mapping[str, Any]) -> str:
    """Return the digest that identifies an edition (surveys.models.Edition); equal definitions share it."""
    written = json.dumps(definition, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


@cache
def by_digest() -> dict[str, Instrument]:
    return {digest_of(definition): instruments()[key] for key, definition in definitions().items()}


@cache
def instruments() -> dict[str, Instrument]:
    made = {key: read(given) for key, given in definitions().items()}
    ordered = [*OWN, *(key for key in sorted(made) if key not in OWN)]
    return {key: made[key] for key in ordered}
