"""faster-whisper, held to one thread, for `interviewer bench stt --peer`.

Arguments: MODEL (a folder), THREADS. Request: {"sound": FILE of float32 at 16 kHz, "words": true|false}. Answer:
{"text", "words": [{"text", "start_ms", "end_ms", "confidence"}], "seconds"}, the time that the package's user waits:
samples in, all words out. English, 8-bit, greedy (`beam_size=1`); all else is as the package has it, so a result that it
doubts is decoded again at higher temperatures.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from faster_whisper import WhisperModel


def answer(model, request):
    sound, words = np.fromfile(request["sound"], dtype="<f4"), request["words"]
    began = time.perf_counter()
    segments, _ = model.transcribe(sound, language="en", beam_size=1, word_timestamps=words)
    segments = list(segments)
    seconds = time.perf_counter() - began
    timed = [
        {
            "text": word.word.strip(),
            "start_ms": max(0, round(word.start * 1000)),
            "end_ms": max(0, round(word.end * 1000)),
            "confidence": word.probability,
        }
        for segment in segments
        for word in segment.words or []
    ]
    return {"text": "".join(segment.text for segment in segments).strip(), "words": timed, "seconds": seconds}


def main():
    folder, threads = sys.argv[1:]
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=int(threads), num_workers=1)
    packages = ["faster-whisper", "ctranslate2"]
    print(json.dumps({"versions": {name: version(name) for name in packages}}), flush=True)
    for line in sys.stdin:
        try:
            print(json.dumps(answer(model, json.loads(line))), flush=True)
        except Exception as error:  # an answer for each request, whatever it was
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


main()
