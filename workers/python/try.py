"""Recognises a WAV file (16 kHz, mono, 16 bit) through a running worker, ours or Python's, and prints its answer."""

import json
import sys
import uuid
import wave

from celery import Celery

from worker import URL

app = Celery("try", broker=URL, backend=URL)


def main(path):
    with wave.open(path) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (16_000, 1, 2):
            sys.exit(f"{path}: must be 16 kHz, mono, 16 bit")
        sound = file.readframes(file.getnframes())
    key = f"interviewer:payload:{uuid.uuid4()}"
    app.backend.client.set(key, sound, ex=120)
    audio = {"key": key, "encoding": "s16le", "sample_rate_hz": 16_000, "samples": len(sound) // 2}
    task = app.send_task("interviewer.transcribe", kwargs={"audio": audio, "language": "en"}, queue="stt", expires=60)
    print(json.dumps(task.get(timeout=60), indent=2))


main(sys.argv[1])
