/** What was played of one utterance. */
export interface Played {
  utterance: string;
  playedSamples: number;
}

interface Chunk {
  utterance: string;
  samples: Float32Array;
  at: number;
}

export interface PlayQueueOptions {
  rateHz: number;
  /** Sound held back before an utterance starts, against late frames. */
  cushionMs?: number;
  /** The cushion grows by this after a gap within an utterance, and shrinks by it after one without. */
  growMs?: number;
  mostCushionMs?: number;
}

/**
 * The jitter queue between the socket and the loudspeaker. Pure: sound is pushed
 * in, pulled out in blocks, and a gap costs a short wait rather than a stutter.
 */
export class PlayQueue {
  private readonly rateHz: number;
  private readonly growMs: number;
  private readonly leastCushionMs: number;
  private readonly mostCushionMs: number;
  private cushionMs: number;
  private chunks: Chunk[] = [];
  private queuedSamples = 0;
  private flowing = false;
  private complete = false;
  /** The utterance that ran dry; whether it was a gap or the end shows when more of it comes. */
  private dry: string | null = null;
  private gaps = false;
  private latest: string | null = null;
  private current: Played | null = null;

  constructor(options: PlayQueueOptions) {
    this.rateHz = options.rateHz;
    this.leastCushionMs = options.cushionMs ?? 60;
    this.cushionMs = this.leastCushionMs;
    this.growMs = options.growMs ?? 40;
    this.mostCushionMs = options.mostCushionMs ?? 180;
  }

  push(utterance: string, samples: Float32Array): void {
    if (samples.length === 0) return;
    this.adapt(utterance);
    this.chunks.push({ utterance, samples, at: 0 });
    this.queuedSamples += samples.length;
    this.complete = false;
  }

  /** No more sound of this utterance is on its way: play what there is without waiting. */
  end(): void {
    this.complete = true;
  }

  /** Drops what is not yet played and says how far it got. */
  flush(): Played | null {
    const played = this.current ?? this.untouched();
    this.chunks = [];
    this.queuedSamples = 0;
    this.flowing = false;
    this.complete = false;
    this.current = null;
    return played;
  }

  get queuedMs(): number {
    return (this.queuedSamples * 1000) / this.rateHz;
  }

  /** Fills the whole block, with silence where there is nothing; true if there was sound in it. */
  pull(block: Float32Array): boolean {
    block.fill(0);
    if (!this.flowing) {
      const enough = this.complete || this.queuedMs >= this.cushionMs;
      if (this.queuedSamples === 0 || !enough) return false;
      this.flowing = true;
    }
    let filled = 0;
    while (filled < block.length) {
      const chunk = this.chunks[0];
      if (chunk === undefined) break;
      const take = Math.min(block.length - filled, chunk.samples.length - chunk.at);
      block.set(chunk.samples.subarray(chunk.at, chunk.at + take), filled);
      this.count(chunk.utterance, take);
      chunk.at += take;
      filled += take;
      this.queuedSamples -= take;
      if (chunk.at === chunk.samples.length) this.chunks.shift();
    }
    if (filled < block.length) {
      this.flowing = false;
      this.dry = this.current?.utterance ?? null;
    }
    return filled > 0;
  }

  /** The server tells of an utterance's end after its last sound, so running dry alone proves nothing. */
  private adapt(utterance: string): void {
    if (utterance !== this.latest) {
      if (!this.gaps) this.cushionMs = Math.max(this.leastCushionMs, this.cushionMs - this.growMs);
      this.gaps = false;
      this.latest = utterance;
    } else if (this.dry === utterance) {
      this.gaps = true;
      this.cushionMs = Math.min(this.mostCushionMs, this.cushionMs + this.growMs);
    }
    this.dry = null;
  }

  private untouched(): Played | null {
    const first = this.chunks[0];
    return first === undefined ? null : { utterance: first.utterance, playedSamples: 0 };
  }

  private count(utterance: string, samples: number): void {
    if (this.current?.utterance === utterance) this.current.playedSamples += samples;
    else this.current = { utterance, playedSamples: samples };
  }
}
