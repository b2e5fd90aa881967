"""A voice note as mono Opus, and as AAC for iPhones that do not play Ogg.

Its length is counted in samples while decoding, and decoding stops when it is too long: what a file says
about its own length is not trusted.
"""

import array
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from uploads import rules
from uploads.rules import Trouble
from uploads.workshop.outcome import Bad, Made

CHUNK = 960 * 10  # samples passed to an encoder at once
BYTES_PER_SAMPLE = 2

# A constant bit rate: by default Opus uses half as much again for a noisy playground.
OPUS = {"application": "voip", "vbr": "off", "frame_duration": "60"}


def make(data: bytes, *, may_move: bool = True) -> Made:
    container = rules.voice_format(data[:32])
    if container is None:
        raise Bad(Trouble.NOT_A_VOICE)
    try:
        with av.open(io.BytesIO(data), format=container) as source:
            cover = Disposition.attached_pic  # a cover picture next to a song, which does not move
            if not may_move and any(not one.disposition & cover for one in source.streams.video):
                raise Bad(Trouble.MOVING_PICTURES)
            if not source.streams.audio:
                raise Bad(Trouble.NOT_A_VOICE)
            sound = _samples(source)
    except av.error.FFmpegError:
        raise Bad(Trouble.VOICE_BROKEN) from None
    seconds = len(sound) / BYTES_PER_SAMPLE / rules.VOICE_RATE
    if seconds < rules.VOICE_LEAST_SECONDS:
        raise Bad(Trouble.VOICE_TOO_SHORT)
    samples = array.array("h", sound)
    if max(max(samples), -min(samples)) < rules.VOICE_SILENT_PEAK:
        raise Bad(Trouble.VOICE_SILENT)
    contents = [
        ("audio/ogg", _encoded(sound, "ogg", "libopus", OPUS)),
        ("audio/mp4", _encoded(sound, "ipod", "aac", {})),
    ]
    return Made({"seconds": max(1, round(seconds))}, contents)


def _samples(source) -> bytes:
    """Return 16-bit mono. A damaged packet in the middle is skipped, as in a player."""
    stream = source.streams.audio[0]
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rules.VOICE_RATE)
    sound, heard = bytearray(), 0.0
    for packet in source.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            if frame.sample_rate not in rules.RATES:
                raise Bad(Trouble.NOT_A_VOICE)
            heard += frame.samples / frame.sample_rate
            if heard > rules.VOICE_SECONDS:
                raise Bad(Trouble.VOICE_TOO_LONG)
            frame.pts = None  # a gap in the file's timestamps is not silence to be filled
            _add(sound, resampler.resample(frame))
    if heard:
        _add(sound, resampler.resample(None))
    return bytes(sound)


def _add(sound: bytearray, frames) -> None:
    for frame in frames:
        sound += bytes(frame.planes[0])[: frame.samples * BYTES_PER_SAMPLE]


def _encoded(sound: bytes, container: str, codec: str, options: dict[str, str]) -> bytes:
    """Encode into a real file, because at the end FFmpeg moves the index of an M4A to its front."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voice"
        wrapping = {"movflags": "+faststart"} if container == "ipod" else {}
        with av.open(str(path), "w", format=container, options=wrapping) as out:
            stream: Any = out.add_stream(
                codec, rate=rules.VOICE_RATE, options=options, layout="mono"
            )
            is_aac = codec == "aac"
            stream.bit_rate = rules.VOICE_AAC_BIT_RATE if is_aac else rules.VOICE_BIT_RATE
            step = CHUNK * BYTES_PER_SAMPLE
            for start in range(0, len(sound), step):
                part = sound[start : start + step]
                samples = len(part) // BYTES_PER_SAMPLE
                frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
                frame.planes[0].update(part.ljust(frame.planes[0].buffer_size, b"\0"))
                frame.sample_rate = rules.VOICE_RATE
                frame.time_base = Fraction(1, rules.VOICE_RATE)
                frame.pts = start // BYTES_PER_SAMPLE
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return path.read_bytes()
