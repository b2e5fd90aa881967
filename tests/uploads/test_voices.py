"""Voice notes: every form that phones record; what is kept; and what is turned away."""

import time

import pytest

from tests.factories.files import (
    amr_of,
    as_file,
    noise,
    photo,
    recording,
    seconds_of,
    wav,
    with_forged_length,
)
from uploads import rules
from uploads.remaking import remake_voice
from uploads.rules import BadUpload, Trouble

pytestmark = pytest.mark.usefixtures("each_file_to_the_workshop")


def kept(data: bytes) -> dict[str, bytes]:
    return dict(remake_voice(as_file(data, "voice", "application/octet-stream")).contents)


@pytest.mark.parametrize("container", ["webm", "ogg", "mp4", "ipod", "adts", "mp3"])
def test_whatever_a_phone_records_is_kept_as_opus_and_as_aac(container):
    made = kept(recording(container, 3))
    assert made["audio/ogg"].startswith(b"OggS")
    assert b"OpusHead" in made["audio/ogg"][:100]
    assert made["audio/mp4"][4:8] == b"ftyp"
    assert made["audio/mp4"].index(b"moov") < made["audio/mp4"].index(b"mdat")  # plays at once
    for data in made.values():
        assert seconds_of(data) == pytest.approx(3, abs=0.3)


@pytest.mark.parametrize("data", [wav(2), amr_of(2)], ids=["wav", "amr"])
def test_older_forms_are_read_too(data):
    assert seconds_of(kept(data)["audio/ogg"]) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("make", [wav, noise])
@pytest.mark.parametrize("seconds", [10, 60, rules.VOICE_SECONDS - 1])
def test_ten_seconds_take_at_most_twenty_kilobytes(make, seconds):
    for data in kept(make(seconds)).values():
        assert len(data) <= rules.VOICE_BYTES_PER_10_SECONDS * seconds / 10


def test_a_note_that_calls_itself_an_hour_is_kept_for_what_it_is():
    forged = with_forged_length(recording("mp4", 3), 3600)
    assert remake_voice(as_file(forged)).facts == {"seconds": 3}


def test_its_length_is_told():
    assert remake_voice(as_file(wav(7.4))).facts == {"seconds": 7}


HOSTILE = {
    "an empty file": (lambda: b"", Trouble.EMPTY),
    "a photo": (photo, Trouble.NOT_A_VOICE),
    "a program": (lambda: b"\x7fELF" + b"\0" * 4000, Trouble.NOT_A_VOICE),
    "a list of other addresses": (
        lambda: b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/secret\n",
        Trouble.NOT_A_VOICE,
    ),
    "another file by name": (
        lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
        Trouble.NOT_A_VOICE,
    ),
    "the beginning of a recording": (lambda: recording("mp4")[:300], Trouble.VOICE_BROKEN),
    "noise after a good beginning": (lambda: b"OggS" + b"\x01" * 5000, Trouble.VOICE_BROKEN),
    "a slip of the thumb": (lambda: wav(0.2), Trouble.VOICE_TOO_SHORT),
    "a shut microphone": (lambda: wav(5, loudness=0.001), Trouble.VOICE_SILENT),
    "nothing but zeros": (lambda: wav(5, loudness=0), Trouble.VOICE_SILENT),
    "four minutes": (lambda: wav(240), Trouble.VOICE_TOO_LONG),
    "an hour": (lambda: amr_of(3600), Trouble.VOICE_TOO_LONG),
    "four minutes that call themselves ten seconds": (
        lambda: with_forged_length(recording("mp4", 240), 10),
        Trouble.VOICE_TOO_LONG,
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_turned_away_with_a_sentence(case):
    make, trouble = HOSTILE[case]
    with pytest.raises(BadUpload) as raised:
        remake_voice(as_file(make()))
    assert raised.value.trouble == trouble
    assert str(raised.value)


def test_an_hour_is_refused_before_it_is_decoded():
    hour = as_file(amr_of(3600))
    started = time.monotonic()
    with pytest.raises(BadUpload):
        remake_voice(hour)
    # Decoding all of it takes more than ten times as long as the three minutes that are looked at.
    assert time.monotonic() - started < 5


def test_what_is_too_large_is_not_even_read():
    class Unreadable:
        size = rules.VOICE_BYTES + 1

        def read(self, *args):
            raise AssertionError("read into memory")

    with pytest.raises(BadUpload) as raised:
        remake_voice(Unreadable())
    assert raised.value.trouble == Trouble.VOICE_TOO_LARGE
