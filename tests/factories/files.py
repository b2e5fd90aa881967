"""Real files, made in the test: photos by Pillow, sounds by FFmpeg's libraries, and hostile ones."""

import io
import math
import random
import struct
import wave
import zipfile
from array import array

import av
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

RATE = 16_000


def as_file(data: bytes, name: str = "IMG_1.jpg", content_type: str = "image/jpeg"):
    return SimpleUploadedFile(name, data, content_type)


def picture(width: int = 640, height: int = 480, *, noise: bool = False) -> Image.Image:
    """Red above, blue below; with noise nothing in it can be compressed."""
    if noise:
        grain = random.Random(7).randbytes(width * height * 3)
        return Image.frombytes("RGB", (width, height), grain)
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


def photo(width: int = 640, height: int = 480, kind: str = "JPEG", *, noise=False, **save) -> bytes:
    out = io.BytesIO()
    picture(width, height, noise=noise).save(out, kind, **save)
    return out.getvalue()


def sound(seconds: float, *, loudness: float = 0.4) -> bytes:
    """A voice-like tone as 16-bit samples: no pure sine, so that an encoder has work to do."""
    chance = random.Random(3)
    one_second = array("h")
    for i in range(RATE):
        tone = math.sin(i * 0.07) + 0.5 * math.sin(i * 0.19) + 0.3 * chance.uniform(-1, 1)
        one_second.append(int(tone / 1.8 * loudness * 32_000))
    count = int(seconds * RATE)
    return (one_second.tobytes() * (count // RATE + 1))[: count * 2]


def wav(seconds: float = 2, *, loudness: float = 0.4, samples: bytes = b"") -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples or sound(seconds, loudness=loudness))
    return out.getvalue()


def noise(seconds: int) -> bytes:
    """The most that an encoder can be asked to keep: no sample follows from the one before."""
    return wav(samples=random.Random(1).randbytes(seconds * RATE * 2))


CODECS = {  # container → codec, rate: what phones and browsers record
    "webm": ("libopus", 48_000),
    "ogg": ("libopus", 48_000),
    "mp4": ("aac", 44_100),
    "ipod": ("aac", 44_100),
    "adts": ("aac", 44_100),
    "mp3": ("libmp3lame", 44_100),
}


def recording(container: str, seconds: float = 2, *, bit_rate: int = 24_000) -> bytes:
    """The tone in another container, as a phone or browser would send it."""
    codec, rate = CODECS[container]
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(wav(seconds)), format="wav") as source,
        av.open(out, "w", format=container) as target,
    ):
        stream = target.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = bit_rate
        for frame in source.decode(audio=0):
            frame.pts = None
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def video(seconds: float = 2) -> bytes:
    """The tone with a moving picture beside it, as a phone films."""
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(wav(seconds)), format="wav") as source,
        av.open(out, "w", format="mp4") as target,
    ):
        sight = target.add_stream("mpeg4", rate=5)
        sight.width, sight.height, sight.pix_fmt = 64, 48, "yuv420p"
        heard = target.add_stream("aac", rate=44_100, layout="mono")
        for _ in range(int(seconds * 5)):
            target.mux(sight.encode(av.VideoFrame.from_image(picture(64, 48))))
        target.mux(sight.encode(None))
        for frame in source.decode(audio=0):
            frame.pts = None
            target.mux(heard.encode(frame))
        target.mux(heard.encode(None))
    return out.getvalue()


def amr_of(seconds: int) -> bytes:
    """A real AMR file of any length in no time: each frame of 20 ms is the same, 13 bytes of 4.75
    kbit/s.
    """
    frame = b"\x04" + random.Random(5).randbytes(12)
    return b"#!AMR\n" + frame * (seconds * 50)


def with_forged_length(mp4: bytes, seconds: int) -> bytes:
    """An MP4 whose headers claim to be `seconds` long, whatever lies in it."""
    forged = bytearray(mp4)
    for box in (b"mvhd", b"mdhd"):
        start = mp4.index(box) + 16
        (ticks_a_second,) = struct.unpack_from(">I", mp4, start)
        struct.pack_into(">I", forged, start + 4, seconds * ticks_a_second)
    return bytes(forged)


def seconds_of(data: bytes) -> float:
    """Length as a player finds it, by decoding."""
    with av.open(io.BytesIO(data)) as source:
        return sum(frame.samples / frame.sample_rate for frame in source.decode(audio=0))


def zip_of(name: str = "x.txt", content: str = "x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()
