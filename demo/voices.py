"""A voice for the demo's postcards: a hummed tune, since nobody's voice may be invented."""

import array
import io
import math
import wave
from functools import cache

from django.core.files.base import ContentFile

from uploads.remaking import Remade, remake_voice

RATE = 16_000  # samples per second
# Semitones above middle A and half-seconds, for a child and for a grown-up an octave below.
CHILD = [(3, 1), (5, 1), (7, 2), (7, 1), (5, 1), (3, 1), (5, 1), (3, 2)]
PARENT = [(-9, 2), (-5, 1), (-4, 1), (-2, 2), (-4, 1), (-5, 1), (-9, 2)]


class Hummed(ContentFile):
    """A recording as the upload field delivers it, already converted."""

    remade: Remade


@cache
def hummed(who: str) -> Hummed:
    """Return a few seconds as Opus and AAC; each voice is converted only once."""
    sound = array.array("h")
    for tone, length in CHILD if who == "child" else PARENT:
        pitch, samples = 440 * 2 ** (tone / 12), length * RATE // 2
        for n in range(samples):
            # Three overtones with a soft beginning and end sound like a closed mouth.
            swell = min(1, n / 800, (samples - n) / 2400)
            phase = 2 * math.pi * pitch * n / RATE
            hum = math.sin(phase) + 0.4 * math.sin(2 * phase) + 0.15 * math.sin(3 * phase)
            sound.append(int(9000 * swell * hum))
    out = io.BytesIO()
    with wave.open(out, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes(sound.tobytes())
    file = Hummed(out.getvalue(), name="hummed.wav")
    file.remade = remake_voice(file)
    return file
