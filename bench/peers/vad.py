"""Silero VAD on ONNX Runtime, held to one thread, for `interviewer bench vad --peer`.

Argument: the model (.onnx). Request: {"sound": FILE of float32, "streams": N, "begins": true|false}. With one stream,
the frames of FILE follow those of the request before unless the stream begins; with N, FILE is cut into N streams that
are heard side by side, one frame of each a call. Answer: {"probabilities": [...], "us_per_frame": time}.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import onnxruntime

FRAME, CONTEXT = 512, 64


class Detector:
    def __init__(self, model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.rate = np.array(16000, dtype=np.int64)
        # What is remembered of streams heard side by side, by their number: one stream goes on after many were heard.
        self.memories = {}

    def begin(self, streams):
        state = np.zeros((2, streams, 128), dtype=np.float32)
        self.memories[streams] = state, np.zeros((streams, CONTEXT), dtype=np.float32)

    def hear(self, frames):
        """The probabilities of `frames` [streams, 512]."""
        state, context = self.memories[len(frames)]
        feed = {"input": np.concatenate([context, frames], axis=1), "state": state, "sr": self.rate}
        probabilities, state = self.session.run(None, feed)
        self.memories[len(frames)] = state, frames[:, -CONTEXT:]
        return probabilities[:, 0]


def answer(detector, request):
    sound, streams = np.fromfile(request["sound"], dtype="<f4"), request["streams"]
    if request["begins"]:
        detector.begin(streams)
    calls = max(1, len(sound) // FRAME // streams)
    needed = calls * FRAME * streams
    frames = np.resize(sound, needed).reshape(streams, calls, FRAME)
    began = time.perf_counter()
    heard = [detector.hear(frames[:, call]) for call in range(calls)]
    took_us = (time.perf_counter() - began) * 1e6
    return {"probabilities": np.concatenate(heard).tolist(), "us_per_frame": took_us / (calls * streams)}


def main():
    detector = Detector(sys.argv[1])
    packages = ["silero-vad", "onnxruntime"]
    print(json.dumps({"versions": {name: version(name) for name in packages}}), flush=True)
    for line in sys.stdin:
        try:
            print(json.dumps(answer(detector, json.loads(line))), flush=True)
        except Exception as error:  # an answer for each request, whatever it was
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


main()
