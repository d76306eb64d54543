"""piper-tts or kokoro-onnx, held to one thread, for `interviewer bench tts --peer`.

Arguments: `piper MODEL.onnx`, or `kokoro MODEL.onnx VOCAB.json FOLDER` with the folder of the voices' `.bin` files.
Request: {"text": ..., "voice": ...}. Answer: {"first_audio_ms", "total_ms", "audio_s"}, the times that the package's
user waits: text in, samples out. ONNX Runtime gets one thread within and one between operators; all else is as each
package has it. kokoro-onnx gives a line's sound when all of it is there, so its first audio is its whole.
"""

import json
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def piper(model):
    from piper.config import PiperConfig
    from piper.voice import PiperVoice

    config = PiperConfig.from_dict(json.loads(Path(model + ".json").read_text()))
    voice = PiperVoice(session=session(model), config=config)

    def speak(text, _):
        for chunk in voice.synthesize(text):
            yield len(chunk.audio_int16_bytes) / 2 / chunk.sample_rate

    return speak


def kokoro(model, vocabulary, folder):
    from kokoro_onnx import Kokoro

    voices = {file.stem: np.fromfile(file, "<f4").reshape(510, 1, 256) for file in Path(folder).glob("*.bin")}
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(file, **voices)
        file.flush()
        engine = Kokoro.from_session(session(model), file.name, vocab_config=vocabulary)
        engine.voices = dict(engine.voices)

    def speak(text, voice):
        samples, rate = engine.create(text, voice, lang="en-gb" if voice.startswith("b") else "en-us")
        yield len(samples) / rate

    return speak


def answer(speak, request):
    started, first, audio_s = time.perf_counter(), None, 0.0
    for seconds in speak(request["text"], request.get("voice", "")):
        first = first or time.perf_counter() - started
        audio_s += seconds
    total = time.perf_counter() - started
    return {"first_audio_ms": (first or total) * 1e3, "total_ms": total * 1e3, "audio_s": audio_s}


def main():
    engine, *files = sys.argv[1:]
    speak = {"piper": piper, "kokoro": kokoro}[engine](*files)
    package = {"piper": "piper-tts", "kokoro": "kokoro-onnx"}[engine]
    versions = {name: version(name) for name in (package, "onnxruntime")}
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        try:
            result = answer(speak, json.loads(line))
        except Exception as error:  # whatever it is, the other side is to know
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


main()
