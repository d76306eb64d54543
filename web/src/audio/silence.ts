import { WIRE_RATE_HZ } from "../protocol/messages";

const STEP_MS = 100;
const MOST_BEHIND_MS = 1_000;

/** How many whole steps of silence are due at `nowMs`; a long sleep is forgiven, not made up for. */
export class SilenceClock {
  private sentUntilMs: number;

  constructor(startMs: number) {
    this.sentUntilMs = startMs;
  }

  due(nowMs: number): number {
    if (nowMs - this.sentUntilMs > MOST_BEHIND_MS) this.sentUntilMs = nowMs - MOST_BEHIND_MS;
    const steps = Math.max(0, Math.floor((nowMs - this.sentUntilMs) / STEP_MS));
    this.sentUntilMs += steps * STEP_MS;
    return steps;
  }
}

/** Silence at the pace of time, for those who type: the server expects sound without pause. */
export function startSilence(send: (pcm16: ArrayBuffer) => void): () => void {
  const clock = new SilenceClock(performance.now());
  const timer = setInterval(() => {
    for (let step = clock.due(performance.now()); step > 0; step -= 1) {
      send(new ArrayBuffer((WIRE_RATE_HZ * STEP_MS * 2) / 1000));
    }
  }, STEP_MS);
  return () => clearInterval(timer);
}
