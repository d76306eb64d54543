"""Fits the odds that a pause is the end of a turn (crates/turn/src/end_of_turn.rs).

    interviewer bench turn --speech DIR --set tune --only ends --pauses pauses.tsv
    python bench/turn/ends.py pauses.tsv

Logistic regression with an L2 penalty of 1 by Newton's method; needs NumPy. Of the pauses inside turns only those count
that are longer than the shortest wait. Prints the coefficients, and for a few thresholds what would come of them on pauses
that were left out of the fit (ten folds, by speaker). Further tables are judged by the same coefficients.
"""

import csv
import math
import sys

import numpy as np

FOLDS = 10
PAUSE_MS = 290
"""Pauses of 300 ms, as voice activity has them."""
MISTAKEN_MS = 450
"""Shorter pauses are taken for an end by no profile but brisk."""
WAITS_MS = (620, 760, 2600, 3000, 3600)
"""Where it is sure, finished, likely, doubtful and open: the profile `interview`."""
SURE, SOUNDS_FINISHED = 0.5, 0.6
"""From which odds on it is sure, and from which sound, where so much has been said as in a long account."""
LONG_ACCOUNT = (25, 1300)
"""Words of a long account that reads finished, and how long doubt about it lasts."""
LIKELY_BELOW = 0.2
"""The threshold of what is likely lies so far under that of what is finished."""


def log_odds(probability, least, most):
    probability = min(max(probability, least), most)
    return math.log(probability / (1 - probability))


def read(path):
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["sound"]]
    for row in rows:
        row["whole"] = any(whole in row["ending"] for whole in ("Complete", "Request", "Reply"))
        row["end"] = row["place"] == "end"
        row["length_ms"] = int(row["length_ms"])
        row["evidence"] = [
            1.0,
            log_odds(float(row["sound"]), 0.0293, 0.9707),
            float(row["whole"]),
            math.log1p(min(int(row["words"]), 45)),
            log_odds(float(row["confidence"] or 0.73), 0.05, 0.98),
        ]
    return rows


def fit(evidence, ends, penalty=1.0):
    weights = np.zeros(evidence.shape[1])
    shrink = penalty * np.r_[1e-6, np.ones(len(weights) - 1)]
    for _ in range(50):
        share = 1 / (1 + np.exp(-evidence @ weights))
        slope = evidence.T @ (ends - share) - shrink * weights
        curve = (evidence * (share * (1 - share))[:, None]).T @ evidence + np.diag(shrink)
        weights += np.linalg.solve(curve, slope)
    return weights


def left_out(rows, evidence, ends, counts):
    """The odds of each pause by a fit that has not seen its speaker."""
    speakers = sorted({row["conversation"] for row in rows})
    fold = np.array([speakers.index(row["conversation"]) % FOLDS for row in rows])
    odds = np.zeros(len(rows))
    for number in range(FOLDS):
        out = fold == number
        odds[out] = evidence[out] @ fit(evidence[~out & counts], ends[~out & counts])
    return odds


def wait_ms(row, odds, threshold):
    sure_ms, finished_ms, likely_ms, doubtful_ms, open_ms = WAITS_MS
    if not row["whole"]:
        return open_ms
    words, longest_ms = LONG_ACCOUNT
    is_long = int(row["words"]) >= words
    if odds >= threshold:
        is_sure = odds >= SURE and is_long and float(row["sound"]) >= SOUNDS_FINISHED
        return sure_ms if is_sure else finished_ms
    doubt_ms = likely_ms if odds >= threshold - LIKELY_BELOW else doubtful_ms
    return min(doubt_ms, longest_ms) if is_long else doubt_ms


def report(name, rows, odds):
    pauses = sum(1 for row in rows if row["length_ms"] >= PAUSE_MS)
    for threshold in (0.3, 0.12, 0.0, -0.1):
        waits = [wait_ms(row, value, threshold) for row, value in zip(rows, odds)]
        cut = sum(1 for row, wait in zip(rows, waits) if not row["end"] and wait < row["length_ms"])
        delays = sorted(wait for row, wait in zip(rows, waits) if row["end"])
        soon = sum(1 for delay in delays if delay <= WAITS_MS[1]) / len(delays)
        print(
            f"{name}, finished from {threshold:+.1f}: {100 * cut / pauses:.1f} % of the pauses cut, "
            f"{100 * soon:.0f} % of the ends answered soon, {delays[len(delays) // 2]} ms at the median end"
        )


def main(path, *others):
    rows = read(path)
    evidence = np.array([row["evidence"] for row in rows])
    ends = np.array([row["end"] for row in rows], float)
    counts = np.array([row["end"] or row["length_ms"] > MISTAKEN_MS for row in rows])
    weights = fit(evidence[counts], ends[counts])
    print("bias, sound, complete, words, confidence:", np.round(weights, 2))
    report("left out", rows, left_out(rows, evidence, ends, counts))
    for other in others:
        judged = read(other)
        report(other, judged, np.array([row["evidence"] for row in judged]) @ weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
