"""Fits the judgement whether a voice over ours wants the floor (crates/engines/whisper/src/claims/head.rs).

    interviewer bench turn --speech DIR --set tune --lessons lessons
    python bench/turn/claims.py crates/engines/whisper/src/claims/weights.bf16 lessons

One hidden layer on what Whisper's encoder makes of a voice, looked at when it has gone on for a tenth of a second and later.
Needs NumPy and JAX. Prints, for a quarter of the speakers, left out of a first fit, how many listeners' noises would stop us
and how many claims would have by when, by thresholds: by those the operating point is chosen (`CLAIMS_FROM`).
"""

import re
import sys

import jax
import jax.numpy as jnp
import numpy as np

FEATURES, UNITS = 1536, 256
LONGEST_MS, TYPICAL_MS = 500.0, 250.0
"""As in head.rs."""
EPOCHS, BATCH, RATE, DECAY = 12, 256, 1e-3, 0.1
NOISE, DROPPED = 0.5, 0.5
"""Deviation of the noise that features are given, and the share of units that are left away, in the fit alone."""
LEFT_OUT = 4
"""Of so many speakers one is left out at first."""
CLAIMS_FROM = 3.5
"""Log-odds from which a voice claims the floor; weights are written so that theirs is 0. Four of five claims of left-out
speakers have stopped us by 208 ms. What has gone on for longer claims it from less on (crates/turn/src/taker/overlapping.rs)."""
SHARES = {"claim": 1.5, "recorded claim": 1.5, "backchannel": 2.0, "noise": 0.1, "echo": 0.5}
"""How much each sort counts."""
LISTENING = ("yeah", "okay", "right", "sure", "yes", "mm", "hmm", "oh", "alright", "uh-huh", "yep", "aha")
"""Claims that begin so are left out: up to there they are what a listener says."""


def read(folder):
    """A lesson's looks stand together: features (looks, FEATURES) and when each was, milliseconds."""
    features = np.fromfile(f"{folder}/features.f32", "<f4").reshape(-1, FEATURES)
    with open(f"{folder}/looks.tsv") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    times = np.array([float(ms) for _, _, ms in rows])
    starts = [index for index in range(len(rows)) if index == 0 or times[index] <= times[index - 1]]
    lessons = []
    for start, end in zip(starts, starts[1:] + [len(rows)]):
        sort, name, _ = rows[start]
        if not begins_as_a_listener(sort, name):
            lessons.append({"kind": kind(sort, name), "speakers": speakers(name), "rows": range(start, end)})
    return features, times, lessons


def kind(sort, name):
    if sort != "interruption":
        return "echo" if name.startswith("echo ") else sort
    return "claim" if ": " in name else "recorded claim"


def begins_as_a_listener(sort, name):
    return sort == "interruption" and ": " in name and name.split(": ")[1].lower().startswith(LISTENING)


def speakers(name):
    """Whose voice it is; of a voice between several, all."""
    found = re.match(r"(?:lesson )?([\w+]+): ", name)
    return set(found.group(1).split("+")) if found else {re.split(r" from ", name)[0]}


def claims(lesson):
    return "claim" in lesson["kind"]


def length(times):
    return (np.minimum(times, LONGEST_MS) - TYPICAL_MS) / TYPICAL_MS


def begin(rng):
    def normal(*shape):
        return jnp.array(rng.normal(0, 1 / np.sqrt(shape[0]), shape), jnp.float32)

    return {
        "in": normal(FEATURES, UNITS), "length": jnp.zeros(UNITS), "bias": jnp.zeros(UNITS),
        "out": normal(UNITS), "out_length": jnp.zeros(1), "out_bias": jnp.zeros(1),
    }


def odds(weights, seen, lengths, kept=1.0):
    units = jnp.tanh(seen @ weights["in"] + lengths[:, None] * weights["length"] + weights["bias"]) * kept
    return units @ weights["out"] + lengths * weights["out_length"][0] + weights["out_bias"][0]


def loss(weights, seen, lengths, signs, counts, kept):
    return jnp.mean(counts * jax.nn.softplus(-signs * odds(weights, seen, lengths, kept)))


@jax.jit
def train(weights, first, second, step, rate, *batch):
    slope = jax.grad(loss)(weights, *batch)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, slope)

    def move(w, m, v):
        return w - rate * (m / (1 - 0.9**step) / (jnp.sqrt(v / (1 - 0.99**step)) + 1e-8) + DECAY * w)

    return jax.tree.map(move, weights, first, second), first, second


def importance(lessons):
    """How much each row counts: all sorts as they should, all voices of a sort alike."""
    kinds = [lesson["kind"] for lesson in lessons]
    each = {name: SHARES[name] / kinds.count(name) for name in set(kinds)}
    counts = np.concatenate([np.full(len(one["rows"]), each[one["kind"]] / len(one["rows"])) for one in lessons])
    return (counts / counts.mean()).astype(np.float32)


def fit(features, times, lessons, seed=1):
    """The weights for features as they come."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([one["rows"] for one in lessons])
    signs = np.concatenate([np.full(len(one["rows"]), 1.0 if claims(one) else -1.0, np.float32) for one in lessons])
    counts, lengths = importance(lessons), length(times[rows]).astype(np.float32)
    mean, spread = features[rows].mean(0), features[rows].std(0) + 1e-3
    weights = begin(rng)
    first = second = jax.tree.map(jnp.zeros_like, weights)
    steps, step = EPOCHS * (len(rows) // BATCH), 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(rows))
        for at in range(len(rows) // BATCH):
            some = order[at * BATCH : (at + 1) * BATCH]
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            seen = (features[rows[some]] - mean) / spread + NOISE * rng.standard_normal((BATCH, FEATURES), np.float32)
            kept = (rng.random((BATCH, UNITS)) >= DROPPED).astype(np.float32) / (1 - DROPPED)
            batch = (seen, lengths[some], signs[some], counts[some], kept)
            weights, first, second = train(weights, first, second, float(step), rate, *batch)
    plain = weights["in"] / spread[:, None]
    return {**weights, "in": plain, "bias": weights["bias"] - mean @ plain}


def report(features, times, lessons, weights):
    judged = np.asarray(odds(weights, features, length(times).astype(np.float32)))
    for threshold in np.arange(0.0, 5.0, 0.5):
        parts = []
        for name in sorted({one["kind"] for one in lessons}):
            of = [one["rows"] for one in lessons if one["kind"] == name]
            first = np.array([next((times[row] for row in rows if judged[row] >= threshold), np.inf) for rows in of])
            by = [100 * np.mean(first <= ms) for ms in ((128, 160, 208, 272, 352, 464) if "claim" in name else (1e9,))]
            parts.append(f"{name} " + ", ".join(f"{share:.1f}" for share in by))
        print(f"  from {threshold:.1f}: " + "; ".join(parts) + " %")


def parted(lessons):
    """Those of most speakers, and those of the others; what is between them is left away."""
    everybody = sorted({speaker for one in lessons for speaker in one["speakers"]})
    out = {speaker for index, speaker in enumerate(everybody) if index % LEFT_OUT == 0}
    return [one for one in lessons if not one["speakers"] & out], [one for one in lessons if one["speakers"] <= out]


def write(path, weights):
    order = ("in", "length", "bias", "out", "out_length", "out_bias")
    shifted = {**weights, "out_bias": weights["out_bias"] - CLAIMS_FROM}
    numbers = np.concatenate([np.asarray(shifted[name], "<f4").ravel() for name in order])
    ((numbers.view("<u4") + 0x8000) >> 16).astype("<u2").tofile(path)


def main(target, folder):
    features, times, lessons = read(folder)
    most, others = parted(lessons)
    print("left out, claims that stop us by 128, 160, 208, 272, 352 and 464 ms:")
    report(features, times, others, fit(features, times, most))
    write(target, fit(features, times, lessons))


if __name__ == "__main__":
    main(*sys.argv[1:])
