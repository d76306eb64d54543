import { backoffMs } from "./backoff";

/** Tries again after a while that grows from try to try, until something comes of it. */
export class Comeback {
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly again: () => void) {}

  get isPlanned(): boolean {
    return this.timer !== null;
  }

  plan(): { attempt: number; retryInMs: number } {
    this.cancel();
    const retryInMs = backoffMs(this.attempt, Math.random());
    this.attempt += 1;
    this.timer = setTimeout(this.again, retryInMs);
    return { attempt: this.attempt, retryInMs };
  }

  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  succeeded(): void {
    this.attempt = 0;
  }
}
