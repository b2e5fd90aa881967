"""Run `python -m uploads.workshop photo|picture|document|table|form|voice|sound`.

It reads a file from stdin and writes a line of JSON to stdout, followed by bytes. `picture` is a smaller
photo; `sound` is `voice`, but refuses video. The line has `trouble`, or `facts` and `contents` (type and
length of each format that follows).
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from uploads import rules
from uploads.workshop.confine import confine
from uploads.workshop.outcome import Bad, Made

PHOTOS = {
    "photo": (rules.PHOTO_LONG_SIDE, rules.PHOTO_KEPT_BYTES),
    "picture": (rules.PICTURE_LONG_SIDE, rules.PICTURE_KEPT_BYTES),
}


def limit_ourselves() -> None:
    import resource

    limits = {
        resource.RLIMIT_CPU: rules.WORKSHOP_CPU_SECONDS,
        resource.RLIMIT_AS: rules.WORKSHOP_MEMORY_BYTES,
        resource.RLIMIT_FSIZE: rules.RECEIVED_BYTES,
        resource.RLIMIT_NOFILE: rules.WORKSHOP_FILES,
        resource.RLIMIT_NPROC: rules.WORKSHOP_THREADS,
        resource.RLIMIT_CORE: 0,
    }
    for what, limit in limits.items():
        with contextlib.suppress(ValueError, OSError):  # some systems have no limit on addresses
            resource.setrlimit(what, (limit, limit))
    os.nice(5)  # pages take precedence over photos


def maker(kind: str) -> Callable[[bytes], Made]:
    if kind in PHOTOS:
        from uploads.workshop import photo

        return partial(photo.make, size=PHOTOS[kind])
    if kind == "document":
        from uploads.workshop import document

        return document.make
    if kind == "table":
        from uploads.workshop import table

        return table.make
    if kind == "form":
        from uploads.workshop import form

        return form.make
    from uploads.workshop import voice

    return partial(voice.make, may_move=kind == "voice")


def main(kind: str) -> None:
    make = maker(kind)  # first, as long as it can still read files
    limit_ourselves()
    confine(Path(tempfile.gettempdir()))
    try:
        made = make(sys.stdin.buffer.read())
    except Bad as bad:
        sys.stdout.write(json.dumps({"trouble": bad.trouble}) + "\n")
        return
    sizes = [[content_type, len(data)] for content_type, data in made.contents]
    head = json.dumps({"facts": made.facts, "contents": sizes}) + "\n"
    sys.stdout.buffer.write(head.encode() + b"".join(data for _, data in made.contents))


if __name__ == "__main__":
    main(sys.argv[1])
