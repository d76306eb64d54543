"""Fits the judgement whether a voice over ours wants the floor (crates/turn/src/claim.rs).

    interviewer bench turn --speech DIR --set tune --lessons lessons.jsonl
    interviewer bench turn --speech DIR --set tune --only overlaps --frames tune.jsonl
    interviewer bench turn --speech DIR --only overlaps --frames heldout.jsonl
    python bench/turn/claims.py crates/turn/src/claim/weights.f32 lessons.jsonl,tune.jsonl heldout.jsonl

A gated recurrent unit looks at each frame of 32 ms (two spectra of 16 bands, and the probability of a voice) and gives the
log-odds that the voice wants the floor. Needs NumPy and JAX. Prints how many listeners' noises would stop us and how soon
claims would, by thresholds: for a quarter of the speakers, left out of a first fit, by which the operating point is chosen
(`CLAIMS`), and for files of what other speakers were heard to say. Synthetic claims of the bench are left out of the fit, so
that nobody's words are known beforehand but a listener's.
"""

import json
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np

FRAME_MS = 32
BEFORE = 3
"""Frames that are looked at before the voice is noticed."""
LONGEST = 36
"""Frames of a voice."""
BANDS = 16
INPUTS = 2 * BANDS + 1
UNITS = 64
DEEPEST = 3.0
"""Bands are told apart down to so many bels under the loudest so far."""
STARTS, STAYS, IN_A_ROW, PAUSE = 0.5, 0.35, 3, 7
"""When a voice begins and pauses (crates/turn/src/segmenter.rs), in frames."""
EPOCHS, BATCH, RATE, DECAY = 60, 128, 3e-3, 2e-2
LEFT_OUT = 4
"""Of so many speakers one is left out at first."""
CLAIMS_FROM = 5.0
"""Log-odds from which a voice claims the floor; weights are written so that theirs is 0."""
CLAIM_FRAMES = 18
"""After so many frames it does not matter any more how a claim sounds."""


def voice(frames, near):
    """The first frame of the voice near `near`, and the one at which its pause is noticed."""
    row, start = 0, None
    for index in range(max(near - BEFORE, 0), len(frames)):
        row = row + 1 if frames[index][0] >= STARTS else 0
        if row == IN_A_ROW:
            start = index - IN_A_ROW + 1
            break
    if start is None:
        return None
    silent = 0
    for index in range(start, len(frames)):
        silent = 0 if frames[index][0] >= STAYS else silent + 1
        if silent == PAUSE:
            return start, index
    return start, len(frames)


def learnt(path):
    """What is learnt: no synthetic claim of the bench."""
    return [one for one in read(path) if one["kind"] != "claim" or one["name"].startswith("lesson ")]


def read(path):
    made = []
    with open(path) as file:
        for line in file:
            heard = json.loads(line)
            found = voice(heard["frames"], heard["begins"])
            if found is None:
                continue
            start, end = found
            first = max(start - BEFORE, 0)
            frames = heard["frames"][first : min(end, first + LONGEST)]
            bands = np.full((LONGEST, 2 * BANDS), -9.0, np.float32)
            bands[: len(frames)] = [frame[2] for frame in frames]
            voiced = np.zeros(LONGEST, np.float32)
            voiced[: len(frames)] = [frame[0] for frame in frames]
            if heard["sort"] == "interruption":
                kind = "claim" if ":" in heard["name"] else "recorded claim"
            else:
                kind = heard["sort"]
            made.append({
                "bands": bands, "voice": voiced, "length": len(frames), "start": start - first,
                "late": first - heard["begins"], "kind": kind, "claims": heard["sort"] == "interruption",
                "speakers": speakers(heard["name"]), "name": heard["name"], "ms": heard["ms"],
            })
    return made


def speakers(name):
    """Whose voice it is; of a voice between two, both."""
    found = re.match(r"(?:lesson )?([\w+]+): ", name)
    return set(found.group(1).split("+")) if found else {re.split(r" from | on echo", name)[0]}


def inputs(bands, voiced):
    """What the network sees: bands under the loudest so far, the voice's probability. Shapes (n, frames, ...)."""
    loudest = np.maximum.accumulate(bands.max(axis=2), axis=1)[:, :, None]
    under = np.clip(bands - loudest, -DEEPEST, 0.0) / 2.0 + 1.0
    return np.concatenate([under, voiced[:, :, None]], axis=2).astype(np.float32)


def otherwise(bands, rng):
    """The same by another microphone in another room: a smooth change of colour, and some noise."""
    n = len(bands)
    knots = rng.normal(0, 0.5, (n, 4))
    place = np.linspace(0, 3, BANDS)
    colour = np.stack([np.interp(place, range(4), k) for k in knots])
    colour = np.concatenate([colour, colour], axis=1)[:, None, :]
    loudest = bands.max(axis=(1, 2), keepdims=True)
    noise = loudest - rng.uniform(1.5, 5.0, (n, 1, 1)) + rng.normal(0, 0.15, bands.shape)
    return np.log10(10 ** (bands + colour) + 10**noise).astype(np.float32)


def begin(rng):
    def matrix(rows, columns):
        return jnp.array(rng.normal(0, 1 / np.sqrt(rows), (rows, columns)), jnp.float32)

    return {
        "in": matrix(INPUTS, 3 * UNITS), "back": matrix(UNITS, 3 * UNITS), "bias": jnp.zeros(3 * UNITS),
        "out": matrix(UNITS, 1)[:, 0], "out_bias": jnp.zeros(1),
    }


def odds(weights, seen):
    """Log-odds at each frame; `seen` is (n, frames, INPUTS)."""

    def step(state, now):
        ahead = now @ weights["in"] + weights["bias"]
        back = state @ weights["back"]
        keep = jax.nn.sigmoid(ahead[:, :UNITS] + back[:, :UNITS])
        reset = jax.nn.sigmoid(ahead[:, UNITS : 2 * UNITS] + back[:, UNITS : 2 * UNITS])
        new = jnp.tanh(ahead[:, 2 * UNITS :] + reset * back[:, 2 * UNITS :])
        state = keep * state + (1 - keep) * new
        return state, state @ weights["out"] + weights["out_bias"][0]

    start = jnp.zeros((seen.shape[0], UNITS))
    _, values = jax.lax.scan(step, start, jnp.swapaxes(seen, 0, 1))
    return jnp.swapaxes(values, 0, 1)


def loss(weights, seen, claims, counts):
    values = odds(weights, seen)
    signed = jnp.where(claims[:, None], values, -values)
    return jnp.sum(counts * jax.nn.softplus(-signed)) / jnp.sum(counts)


@jax.jit
def train(weights, first, second, step, rate, seen, claims, counts):
    slope = jax.grad(loss)(weights, seen, claims, counts)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, slope)

    def move(w, m, v):
        return w - rate * (m / (1 - 0.9**step) / (jnp.sqrt(v / (1 - 0.99**step)) + 1e-8) + DECAY * w)

    return jax.tree.map(move, weights, first, second), first, second


def importance(made):
    """How much each frame counts: all sorts alike, and all voices of a sort."""
    counts = np.zeros((len(made), LONGEST), np.float32)
    totals = {}
    for index, one in enumerate(made):
        end = min(one["length"], one["start"] + CLAIM_FRAMES) if one["claims"] else one["length"]
        counts[index, one["start"] + 1 : end] = 1.0
        counts[index] /= max(counts[index].sum(), 1.0)
        totals[one["kind"]] = totals.get(one["kind"], 0.0) + counts[index].sum()
    share = {"claim": 1.7, "recorded claim": 0.3, "backchannel": 2.0, "noise": 0.4}
    for index, one in enumerate(made):
        counts[index] *= share[one["kind"]] / totals[one["kind"]]
    return counts


def fit(made, seed=1):
    rng = np.random.default_rng(seed)
    weights = begin(rng)
    zeros = jax.tree.map(jnp.zeros_like, weights)
    first, second, step = zeros, zeros, 0
    bands = np.stack([one["bands"] for one in made])
    voiced = np.stack([one["voice"] for one in made])
    claims = np.array([one["claims"] for one in made])
    counts = importance(made)
    steps = EPOCHS * (len(made) // BATCH)
    for _ in range(EPOCHS):
        order = rng.permutation(len(made))
        for at in range(len(made) // BATCH):
            some = order[at * BATCH : (at + 1) * BATCH]
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            seen = inputs(otherwise(bands[some], rng), voiced[some])
            weights, first, second = train(
                weights, first, second, step, rate, seen, claims[some], counts[some] * len(made)
            )
    return weights


def judged(weights, made):
    seen = inputs(np.stack([one["bands"] for one in made]), np.stack([one["voice"] for one in made]))
    return np.concatenate([np.asarray(odds(weights, seen[at : at + 1024])) for at in range(0, len(made), 1024)])


def stops(made, values, threshold):
    """When each voice stops us, milliseconds from its beginning; infinity where it does not."""
    times = np.full(len(made), np.inf)
    for index, one in enumerate(made):
        over = np.flatnonzero(values[index, one["start"] + 1 : one["length"]] >= threshold)
        if len(over):
            times[index] = (one["start"] + 1 + over[0] + 1 + one["late"]) * FRAME_MS
    return times


def report(name, made, values):
    print(f"{name}:")
    kinds = sorted({one["kind"] for one in made})
    for threshold in (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5):
        times = stops(made, values, threshold)
        parts = []
        for kind in kinds:
            of = np.array([time for one, time in zip(made, times) if one["kind"] == kind])
            stopped = 100 * np.mean(np.isfinite(of))
            if "claim" in kind:
                p50, p90, p95 = (np.percentile(of, share, method="higher") for share in (50, 90, 95))
                parts.append(f"{kind} {stopped:.1f} % at {p50:.0f}/{p90:.0f}/{p95:.0f} ms")
            else:
                parts.append(f"{kind} {stopped:.1f} %")
        print(f"  from {threshold:.1f}: " + ", ".join(parts))


def parted(made):
    """Those of most speakers, and those of the others; what is between them is left away."""
    everybody = sorted({speaker for one in made for speaker in one["speakers"]})
    out = {speaker for index, speaker in enumerate(everybody) if index % LEFT_OUT == 0}
    return [one for one in made if not one["speakers"] & out], [one for one in made if one["speakers"] <= out]


def write(path, weights):
    order = ("in", "back", "bias", "out", "out_bias")
    shifted = {**weights, "out_bias": weights["out_bias"] - CLAIMS_FROM}
    np.concatenate([np.asarray(shifted[name], "<f4").ravel() for name in order]).tofile(path)


def main(target, lessons, *heard):
    made = [one for path in lessons.split(",") for one in learnt(path)]
    most, others = parted(made)
    report("left out", others, judged(fit(most), others))
    weights = fit(made)
    write(target, weights)
    for path in heard:
        voices = read(path)
        report(path, voices, judged(weights, voices))


if __name__ == "__main__":
    main(*sys.argv[1:])
