"""Fits the odds that a pause is the end of a turn (crates/turn/src/end_of_turn.rs).

    interviewer bench turn --speech DIR --set tune --only ends --pauses pauses.tsv
    python bench/turn/ends.py pauses.tsv

Logistic regression with an L2 penalty of 1 by Newton's method; needs NumPy. Prints the coefficients, and for a few
pairs of waits what would come of them on pauses that were left out of the fit (ten folds, by speaker).
"""

import csv
import math
import sys

import numpy as np

FOLDS = 10
PAUSE_MS = 290
"""Pauses of 300 ms, as voice activity has them."""


def log_odds(probability):
    probability = min(max(probability, 0.003), 0.997)
    return math.log(probability / (1 - probability))


def read(path):
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["sound"]]
    for row in rows:
        whole = "Complete" in row["ending"] or "Request" in row["ending"]
        row["evidence"] = [1.0, log_odds(float(row["sound"])), float(whole), math.log1p(int(row["words"]))]
        row["end"] = row["place"] == "end"
        row["length_ms"] = int(row["length_ms"])
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


def left_out(rows, evidence, ends):
    """The odds of each pause by a fit that has not seen its speaker."""
    speakers = sorted({row["conversation"] for row in rows})
    fold = np.array([speakers.index(row["conversation"]) % FOLDS for row in rows])
    odds = np.zeros(len(rows))
    for number in range(FOLDS):
        out = fold == number
        odds[out] = evidence[out] @ fit(evidence[~out], ends[~out])
    return odds


def outcome(rows, odds, waits_ms, thresholds=(0.1, -0.5, -1.1)):
    """Share of the pauses cut (percent), median delay (ms)."""
    cut, delays = 0, []
    for row, value in zip(rows, odds):
        wait_ms = next((w for t, w in zip(thresholds, waits_ms) if value >= t), waits_ms[-1])
        if row["end"]:
            delays.append(wait_ms)
        elif wait_ms < row["length_ms"] + 60:
            cut += 1
    pauses = sum(1 for row in rows if row["length_ms"] >= PAUSE_MS)
    return 100 * cut / pauses, sorted(delays)[len(delays) // 2]


def main(path):
    rows = read(path)
    evidence = np.array([row["evidence"] for row in rows])
    ends = np.array([row["end"] for row in rows], float)
    print("bias, sound, complete, words:", np.round(fit(evidence, ends), 2))
    odds = left_out(rows, evidence, ends)
    print("log-odds at ends, 10 to 90 of 100:", np.round(np.quantile(odds[ends == 1], np.arange(1, 10) / 10), 2))
    for waits_ms in ((350, 700, 1200, 1800), (740, 1400, 1900, 3000), (1600, 2500, 3200, 4500)):
        cut, median_ms = outcome(rows, odds, waits_ms)
        print(f"{waits_ms}: {cut:.1f} % of the pauses cut, {median_ms} ms at the median end")


if __name__ == "__main__":
    main(sys.argv[1])
