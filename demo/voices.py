"""A voice for the postcards of the demo: a hummed tune, since nobody's voice may be made up."""

import array
import io
import math
import wave
from functools import cache

from django.core.files.base import ContentFile

from uploads.remaking import Remade, remake_voice

RATE = 16_000  # samples a second
# Semitones above a middle A and halves of a second, for a child and for a grown-up an octave below.
CHILD = [(3, 1), (5, 1), (7, 2), (7, 1), (5, 1), (3, 1), (5, 1), (3, 2)]
PARENT = [(-9, 2), (-5, 1), (-4, 1), (-2, 2), (-4, 1), (-5, 1), (-9, 2)]


class Hummed(ContentFile):
    """A recording as the upload field hands it over, made anew already."""

    remade: Remade


@cache
def hummed(who: str) -> Hummed:
    """Some seconds as Opus and AAC; one workshop run for each voice."""
    file = Hummed(_recording(CHILD if who == "child" else PARENT), name="hummed.wav")
    file.remade = remake_voice(file)
    return file


def _recording(tune: list[tuple[int, int]]) -> bytes:
    sound = array.array("h")
    for tone, length in tune:
        sound.extend(_tone(440 * 2 ** (tone / 12), length * RATE // 2))
    out = io.BytesIO()
    with wave.open(out, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes(sound.tobytes())
    return out.getvalue()


def _tone(pitch: float, samples: int) -> list[int]:
    """Three overtones under a soft beginning and end, as a closed mouth sounds."""
    made = []
    for n in range(samples):
        swell = min(1, n / 800, (samples - n) / 2400)
        phase = 2 * math.pi * pitch * n / RATE
        hum = math.sin(phase) + 0.4 * math.sin(2 * phase) + 0.15 * math.sin(3 * phase)
        made.append(int(9000 * swell * hum))
    return made
