"""Fits the judgement whether a voice over ours wants the floor (crates/engines/whisper/src/claims/head.rs).

    interviewer bench turn --speech DIR --set tune --lessons lessons
    python bench/turn/claims.py crates/engines/whisper/src/claims/weights.bf16 lessons

A small network on what Whisper's encoder makes of a voice, looked at when it has gone on for a tenth of a second and later.
Needs NumPy and JAX; takes a quarter of an hour. Prints, for a quarter of the speakers, left out of a first fit, how many
listeners' noises would stop us and how many claims would have by when, by thresholds: by those the operating point is chosen
(`CLAIMS_FROM`).
"""

import re
import sys

import jax
import jax.numpy as jnp
import numpy as np

WIDTH, PLANES, QUERIES, UNITS, LAST = 512, 96, 8, 128, 3
LONGEST_MS, TYPICAL_MS = 500.0, 250.0
"""As in head.rs."""
EPOCHS, BATCH, RATE, DECAY = 8, 256, 1e-3, 0.1
NOISE, PLANES_DROPPED, UNITS_DROPPED = 0.5, 0.2, 0.5
"""Deviation of the noise that numbers are given, and the share of planes and units that are left away, in the fit alone."""
LENGTHS = (8, 14, 20, 32)
"""Voices of up to so many positions are fitted together."""
LEFT_OUT = 4
"""Of so many speakers one is left out at first."""
CLAIMS_FROM = 5.0
"""Log-odds from which a voice claims the floor; weights are written so that theirs is 0. What has gone on for longer claims
it from less on (crates/turn/src/taker/overlapping.rs)."""
SHARES = {"claim": 1.5, "recorded claim": 1.5, "backchannel": 2.0, "noise": 0.1, "echo": 0.5}
"""How much each sort counts."""
LISTENING = ("yeah", "okay", "right", "sure", "yes", "mm", "hmm", "oh", "alright", "uh-huh", "yep", "aha")
"""Claims that begin so are left out: up to there they are what a listener says."""


class Looks:
    """Rows of all looks, one after the other (`positions`), where each begins (`starts`), and when it was."""

    def __init__(self, folder):
        with open(f"{folder}/looks.tsv") as file:
            self.named = [line.rstrip("\n").split("\t") for line in file][1:]
        self.times = np.array([float(ms) for _, _, ms, _ in self.named])
        self.counts = np.array([int(count) for _, _, _, count in self.named])
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])
        self.positions = np.fromfile(f"{folder}/positions.bf16", "<u2").reshape(-1, WIDTH)

    def batch(self, looks):
        """Those looks filled up to one length, which positions are theirs, and how long the voices are."""
        longest = next(longest for longest in LENGTHS if longest >= self.counts[looks].max())
        seen, heard = np.zeros((len(looks), longest, WIDTH), np.float32), np.zeros((len(looks), longest), np.float32)
        for row, look in enumerate(looks):
            seen[row, : self.counts[look]] = widened(self.positions[self.starts[look] : self.starts[look + 1]])
            heard[row, : self.counts[look]] = 1
        return seen, heard, length(self.times[looks]).astype(np.float32)


def widened(halves):
    return (halves.astype("<u4") << 16).view("<f4")


def read(folder):
    """A lesson's looks stand together."""
    looks = Looks(folder)
    named, times = looks.named, looks.times
    begins = [at for at in range(len(named)) if at == 0 or times[at] <= times[at - 1] or named[at][1] != named[at - 1][1]]
    lessons = []
    for start, end in zip(begins, begins[1:] + [len(named)]):
        sort, name = named[start][:2]
        if not begins_as_a_listener(sort, name):
            lessons.append({"kind": kind(sort, name), "speakers": speakers(name), "rows": range(start, end)})
    return looks, lessons


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
        "planes": normal(WIDTH, PLANES), "planes_bias": jnp.zeros(PLANES),
        "queries": normal(PLANES, QUERIES) * 0.1, "queries_bias": jnp.zeros(QUERIES),
        "units": normal((3 + QUERIES) * PLANES, UNITS), "units_bias": jnp.zeros(UNITS), "length": jnp.zeros(UNITS),
        "out": normal(UNITS), "out_length": jnp.zeros(1), "out_bias": jnp.zeros(1),
    }


def odds(weights, seen, heard, lengths, kept=(1.0, 1.0)):
    planes = jax.nn.gelu(seen @ weights["planes"] + weights["planes_bias"]) * kept[0]
    its, count = heard[:, :, None], heard.sum(1, keepdims=True)
    last = ((jnp.cumsum(heard, 1) > count - LAST) * heard)[:, :, None]
    largest = jnp.max(jnp.where(its > 0, planes, -1e9), 1)
    asked = jnp.where(its > 0, planes @ weights["queries"] + weights["queries_bias"], -1e9)
    attended = jnp.einsum("btq,btp->bqp", jax.nn.softmax(asked, 1), planes).reshape(len(seen), -1)
    means = [(planes * its).sum(1) / count, largest, (planes * last).sum(1) / last.sum(1), attended]
    pooled = jnp.concatenate(means, 1)
    units = jnp.tanh(pooled @ weights["units"] + lengths[:, None] * weights["length"] + weights["units_bias"]) * kept[1]
    return units @ weights["out"] + lengths * weights["out_length"][0] + weights["out_bias"][0]


def loss(weights, seen, heard, lengths, signs, counts, kept):
    return jnp.mean(counts * jax.nn.softplus(-signs * odds(weights, seen, heard, lengths, kept)))


@jax.jit
def train(weights, first, second, step, rate, key, mean, spread, seen, heard, lengths, signs, counts):
    noise, planes, units = jax.random.split(key, 3)
    seen = (seen - mean) / spread + NOISE * jax.random.normal(noise, seen.shape)
    kept = (dropped(planes, (len(seen), 1, PLANES), PLANES_DROPPED), dropped(units, (len(seen), UNITS), UNITS_DROPPED))
    slope = jax.grad(loss)(weights, seen, heard, lengths, signs, counts, kept)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, slope)

    def move(w, m, v):
        return w - rate * (m / (1 - 0.9**step) / (jnp.sqrt(v / (1 - 0.99**step)) + 1e-8) + DECAY * w)

    return jax.tree.map(move, weights, first, second), first, second


def dropped(key, shape, share):
    return (jax.random.uniform(key, shape) > share) / (1 - share)


def importance(lessons):
    """How much each row counts: all sorts as they should, all voices of a sort alike."""
    kinds = [lesson["kind"] for lesson in lessons]
    each = {name: SHARES[name] / kinds.count(name) for name in set(kinds)}
    counts = np.concatenate([np.full(len(one["rows"]), each[one["kind"]] / len(one["rows"])) for one in lessons])
    return (counts / counts.mean()).astype(np.float32)


def fit(looks, lessons, seed=0):
    """The weights for positions as they come."""
    rng, key = np.random.default_rng(seed), jax.random.PRNGKey(seed)
    rows = np.concatenate([one["rows"] for one in lessons])
    signs, counts = np.zeros(len(looks.times), np.float32), np.zeros(len(looks.times), np.float32)
    counts[rows] = importance(lessons)
    for one in lessons:
        signs[one["rows"]] = 1.0 if claims(one) else -1.0
    mean, spread = usual(looks, rng.choice(rows, 4000))
    weights = begin(rng)
    first = second = jax.tree.map(jnp.zeros_like, weights)
    steps, step = EPOCHS * len(batches(looks, rows, rng)), 0
    for _ in range(EPOCHS):
        for some in batches(looks, rows, rng):
            step += 1
            key, now = jax.random.split(key)
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            batch = (*looks.batch(some), signs[some], counts[some])
            weights, first, second = train(weights, first, second, float(step), rate, now, mean, spread, *batch)
    plain = weights["planes"] / spread[:, None]
    return {**weights, "planes": plain, "planes_bias": weights["planes_bias"] - mean @ plain}


def usual(looks, some):
    """Mean and deviation of each number."""
    seen = widened(np.concatenate([looks.positions[looks.starts[look] : looks.starts[look + 1]] for look in some]))
    return seen.mean(0), seen.std(0) + 1e-3


def batches(looks, rows, rng):
    """Looks of about one length each, in any order."""
    made = []
    for shorter, longest in zip((0, *LENGTHS), LENGTHS):
        some = rng.permutation(rows[(looks.counts[rows] > shorter) & (looks.counts[rows] <= longest)])
        made += [some[at * BATCH : (at + 1) * BATCH] for at in range(len(some) // BATCH)]
    return [made[at] for at in rng.permutation(len(made))]


def judge(looks, lessons, weights):
    """The log-odds of each look of the lessons."""
    judged, rows = np.zeros(len(looks.times)), np.concatenate([one["rows"] for one in lessons])
    for at in range(0, len(rows), BATCH):
        judged[rows[at : at + BATCH]] = np.asarray(odds(weights, *looks.batch(rows[at : at + BATCH])))
    return judged


def report(looks, lessons, weights):
    judged, times = judge(looks, lessons, weights), looks.times
    for threshold in np.arange(0.0, 5.0, 0.5):
        parts = []
        for name in sorted({one["kind"] for one in lessons}):
            of = [one["rows"] for one in lessons if one["kind"] == name]
            first = np.array([next((times[row] for row in rows if judged[row] >= threshold), np.inf) for rows in of])
            by = [100 * np.mean(first <= ms) for ms in ((128, 160, 208, 272, 352, 464) if "claim" in name else (1e9,))]
            parts.append(f"{name} " + ", ".join(f"{share:.1f}" for share in by))
        print(f"  from {threshold:.1f}: " + "; ".join(parts) + " %", flush=True)


def parted(lessons):
    """Those of most speakers, and those of the others; what is between them is left away."""
    everybody = sorted({speaker for one in lessons for speaker in one["speakers"]})
    out = {speaker for index, speaker in enumerate(everybody) if index % LEFT_OUT == 0}
    return [one for one in lessons if not one["speakers"] & out], [one for one in lessons if one["speakers"] <= out]


def write(path, weights):
    order = ("planes", "planes_bias", "queries", "queries_bias", "units", "units_bias", "length", "out", "out_length", "out_bias")
    shifted = {**weights, "out_bias": weights["out_bias"] - CLAIMS_FROM}
    numbers = np.concatenate([np.asarray(shifted[name], "<f4").ravel() for name in order])
    ((numbers.view("<u4") + 0x8000) >> 16).astype("<u2").tofile(path)


def main(target, folder):
    looks, lessons = read(folder)
    most, others = parted(lessons)
    print("left out, claims that stop us by 128, 160, 208, 272, 352 and 464 ms:")
    report(looks, others, fit(looks, most))
    write(target, fit(looks, lessons))


if __name__ == "__main__":
    main(*sys.argv[1:])
