"""A Celery worker that serves `interviewer.transcribe` with faster-whisper, on a GPU or on the CPU.

    REDIS_URL=redis://127.0.0.1:6379/0 celery -A worker worker -Q stt --pool threads --concurrency 1

Settings, all from the environment:
    REDIS_URL            the server of interviewer's queue.url
    STT_MODEL            a model's name or folder (default: base)
    STT_DEVICE           cuda, cpu or auto (default: auto)
    STT_COMPUTE_TYPE     CTranslate2's compute type (default: int8 on the CPU, float16 on a GPU)
    STT_THREADS          threads on the CPU (default: one for each core, at most four)
    STT_WINDOW           short or full: whether a stretch is heard in Whisper's whole window of 30 s at once, or first
                         in one that is as long as it is (default: short on the CPU, full on a GPU)

Arguments and results are those of docs/tasks.md.
"""

import math
import os
import threading
import time

import numpy as np
from celery import Celery
from celery.signals import worker_init

URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
SAMPLE_RATE_HZ = 16_000
MOST_SAMPLES = 600 * SAMPLE_RATE_HZ
PAYLOAD = "interviewer:payload:"

app = Celery("interviewer", broker=URL, backend=URL)
app.conf.update(
    accept_content=["json", "msgpack"],
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_send_task_events=True,
)

# Positions that the encoder makes of a window, 20 ms each: all of them, and those that suffice for a short stretch.
FULL_POSITIONS, SHORT_POSITIONS = 1500, 700
# Frames of 10 ms that are encoded after the last of the speech.
TAIL_FRAMES = 50
# A segment whose tokens are less likely than this (mean log-probability), or whose text repeats itself so much that it
# can be compressed further than this, was not understood in the short window. The second is faster-whisper's own limit;
# at its first, -1, the short window cost one and a half points of word error rate on accented speech, at -0.7 a quarter.
LEAST_LOGPROB, MOST_COMPRESSION = -0.7, 2.4
# What the full window takes, in short ones: an upper bound of what was measured on the CPU.
FULL_COSTS = 5

model = window = None


class ShortWindow:
    """Where a `with` block of it is entered, the model encodes speech alone, and silence that was encoded once follows
    it up to 14 s. Most of the work on a stretch of some seconds is the silence up to Whisper's 30 s otherwise."""

    def __init__(self, whisper):
        self.full, self.entered = whisper.encode, threading.local()
        quiet = whisper.feature_extractor(np.zeros(30 * SAMPLE_RATE_HZ, dtype=np.float32))
        self.silence = np.array(self.full(quiet[:, : 2 * FULL_POSITIONS]))[:, :SHORT_POSITIONS]
        whisper.encode = self.encode

    def __enter__(self):
        self.entered.now = True

    def __exit__(self, *_):
        self.entered.now = False

    def encode(self, features):
        from ctranslate2 import StorageView

        used = np.flatnonzero(np.abs(features).max(axis=0))  # faster-whisper has put zeros after what was said
        frames = (int(used[-1]) + 1 + TAIL_FRAMES if len(used) else 0) // 2 * 2
        if not getattr(self.entered, "now", False) or not 0 < frames < 2 * SHORT_POSITIONS:
            return self.full(features)
        speech = np.array(self.full(np.ascontiguousarray(features[:, :frames])))
        whole = np.concatenate([speech, self.silence[:, speech.shape[1] :]], axis=1)
        return StorageView.from_array(np.ascontiguousarray(whole))


def load():
    """The model, warmed up: the first recognition is slower than all others."""
    global model, window
    from faster_whisper import WhisperModel

    device = os.environ.get("STT_DEVICE", "auto")
    compute_type = os.environ.get("STT_COMPUTE_TYPE", "int8" if device == "cpu" else "default")
    model = WhisperModel(
        os.environ.get("STT_MODEL", "base"),
        device=device,
        compute_type=compute_type,
        cpu_threads=int(os.environ.get("STT_THREADS", min(4, os.cpu_count() or 1))),
    )
    on_cpu = model.model.device == "cpu"
    if os.environ.get("STT_WINDOW", "short" if on_cpu else "full") == "short":
        window = ShortWindow(model)
    list(model.transcribe(np.zeros(SAMPLE_RATE_HZ, dtype=np.float32), language="en")[0])
    return model


@worker_init.connect
def warm_up(**_):
    load()


def samples_of(audio):
    """The sound that lies beside the task, -1..1."""
    if not isinstance(audio, dict):
        raise ValueError("audio must be an object")
    key, count = audio.get("key", ""), audio.get("samples")
    if not isinstance(key, str) or not key.startswith(PAYLOAD):
        raise ValueError(f"audio.key must begin with {PAYLOAD}")
    if audio.get("encoding") != "s16le" or audio.get("sample_rate_hz") != SAMPLE_RATE_HZ:
        raise ValueError("audio must be s16le at 16000 Hz")
    if not isinstance(count, int) or not 0 <= count <= MOST_SAMPLES:
        raise ValueError(f"audio.samples must be 0 to {MOST_SAMPLES}")
    data = app.backend.client.get(key)
    if data is None:
        raise ValueError(f"there is nothing under {key} (any more)")
    if len(data) != 2 * count:
        raise ValueError(f"audio has {len(data)} bytes; {count} samples have {2 * count}")
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / 32767.0


def word_of(word):
    return {
        "text": word.word.strip(),
        "start_ms": max(0, round(word.start * 1000)),
        "end_ms": max(0, round(word.end * 1000)),
        "confidence": float(word.probability),
    }


def understood(segments):
    """Whether there are words, and likely ones."""
    likely = (s.avg_logprob > LEAST_LOGPROB and s.compression_ratio < MOST_COMPRESSION for s in segments)
    return bool(segments) and all(likely)


def has_time(began, within_ms):
    """Whether the full window, which takes up to five times as long as the short one did, is done in time."""
    took = time.perf_counter() - began
    return within_ms is None or 1000 * took * (1 + FULL_COSTS) <= within_ms


def heard(samples, within_ms, **options):
    """The segments, and what is known of the whole: in the short window, and in the full one what was not understood, if
    there is time for it."""
    whisper, began = model or load(), time.perf_counter()
    if window:
        with window:
            segments, info = whisper.transcribe(samples, temperature=0, **options)
            segments = list(segments)
        if understood(segments) or not has_time(began, within_ms):
            return segments, info
    segments, info = whisper.transcribe(samples, **options)
    return list(segments), info


@app.task(name="interviewer.transcribe", queue="stt")
def transcribe(*, audio, language=None, prompt=None, within_ms=None, word_times=True):
    samples = samples_of(audio)
    began = time.perf_counter()
    segments, info = heard(
        samples,
        within_ms,
        language=language,
        initial_prompt=prompt,
        beam_size=1,
        word_timestamps=word_times,
        condition_on_previous_text=False,
    )
    tokens = max(1, sum(len(s.tokens) for s in segments))
    mean = sum(s.avg_logprob * len(s.tokens) for s in segments) / tokens
    return {
        "text": " ".join(s.text.strip() for s in segments).strip(),
        "language": info.language,
        "words": [word_of(w) for s in segments for w in (s.words or [])] if word_times else [],
        "average_log_probability": mean if math.isfinite(mean) else 0.0,
        "no_speech_probability": max((float(s.no_speech_prob) for s in segments), default=1.0),
        "fallbacks": sum(s.temperature > 0 for s in segments),
        "compute_ms": (time.perf_counter() - began) * 1000,
    }
