/** 16 bit little-endian PCM, as on the wire, to and from -1..1. */

export function floatToPcm16(samples: Float32Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (let i = 0; i < samples.length; i += 1) {
    const value = samples[i] ?? 0;
    // A broken driver may hand out NaN; silence is the honest reading of it.
    const bounded = value > 1 ? 1 : value < -1 ? -1 : value === value ? value : 0;
    view.setInt16(i * 2, Math.round(bounded < 0 ? bounded * 32768 : bounded * 32767), true);
  }
  return view.buffer;
}

/** An odd last byte is dropped. */
export function pcm16ToFloat(pcm16: ArrayBuffer): Float32Array<ArrayBuffer> {
  const view = new DataView(pcm16);
  const samples = new Float32Array(Math.floor(pcm16.byteLength / 2));
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = view.getInt16(i * 2, true) / 32768;
  }
  return samples;
}

export function rms(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** A level for the eye: 0 at -60 dBFS and below, 1 at -10 dBFS and above. */
export function meterLevel(rmsValue: number): number {
  if (!(rmsValue > 0)) return 0;
  const db = 20 * Math.log10(rmsValue);
  return Math.min(1, Math.max(0, (db + 60) / 50));
}

/** Cuts a stream into frames of one size. */
export class Framer {
  private readonly pending: Float32Array;
  private filled = 0;

  constructor(
    private readonly frameSamples: number,
    private readonly emit: (frame: Float32Array) => void,
  ) {
    this.pending = new Float32Array(frameSamples);
  }

  push(samples: Float32Array): void {
    let at = 0;
    while (at < samples.length) {
      const take = Math.min(samples.length - at, this.frameSamples - this.filled);
      this.pending.set(samples.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === this.frameSamples) {
        this.emit(this.pending.slice());
        this.filled = 0;
      }
    }
  }
}
