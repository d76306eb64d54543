/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const ZERO_CROSSINGS = 24;
/** The corner, as a share of the lower rate's Nyquist frequency; the rest is for the slope. */
const CORNER = 0.9;
const KAISER_BETA = 8;

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 32; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * A streaming resampler between any two whole rates: a Kaiser-windowed sinc with
 * one set of taps for each phase of the ratio. What lies above the lower rate's
 * Nyquist frequency is about 80 dB down, so nothing folds back into the speech band.
 */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly taps: number;
  /** [phase][tap], flat. */
  private readonly kernel: Float32Array;
  private history: Float32Array;
  /** Where the next output lies, in steps of 1/up input samples from the history's start. */
  private position = 0;

  constructor(fromHz: number, toHz: number) {
    const from = Math.round(fromHz);
    const to = Math.round(toHz);
    if (!(from >= 3000 && from <= 768_000 && to >= 3000 && to <= 768_000)) {
      throw new RangeError(`cannot resample from ${fromHz} to ${toHz} Hz`);
    }
    const common = gcd(from, to);
    this.up = to / common;
    this.down = from / common;
    if (from === to) {
      this.taps = 1;
      this.kernel = Float32Array.of(1);
    } else {
      const scale = Math.min(1, to / from);
      const half = Math.ceil(ZERO_CROSSINGS / scale);
      this.taps = 2 * half;
      this.kernel = designKernel(this.up, half, scale * CORNER);
    }
    // Half a kernel of silence before the first sample keeps the stream aligned.
    this.history = new Float32Array(Math.max(0, this.taps / 2 - 1) | 0);
  }

  process(input: Float32Array): Float32Array<ArrayBuffer> {
    const samples = new Float32Array(this.history.length + input.length);
    samples.set(this.history);
    samples.set(input, this.history.length);
    const { up, down, taps, kernel } = this;
    const lastStart = samples.length - taps;
    const most = Math.max(0, Math.floor((lastStart * up + (up - 1) - this.position) / down) + 1);
    const output = new Float32Array(most);
    let position = this.position;
    let written = 0;
    while (written < most) {
      const start = Math.floor(position / up);
      const row = (position - start * up) * taps;
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) {
        sum += (kernel[row + tap] as number) * (samples[start + tap] as number);
      }
      output[written] = sum;
      written += 1;
      position += down;
    }
    const consumed = Math.min(samples.length, Math.floor(position / up));
    this.position = position - consumed * up;
    this.history = samples.slice(consumed);
    return output;
  }
}

function designKernel(phases: number, half: number, cutoff: number): Float32Array {
  const taps = 2 * half;
  const kernel = new Float32Array(phases * taps);
  const window0 = bessel0(KAISER_BETA);
  for (let phase = 0; phase < phases; phase += 1) {
    let sum = 0;
    const row = phase * taps;
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = tap - (half - 1) - phase / phases;
      const x = distance / half;
      const window = Math.abs(x) >= 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / window0;
      const angle = Math.PI * cutoff * distance;
      const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
      kernel[row + tap] = sinc * window;
      sum += sinc * window;
    }
    // Every phase passes a constant unchanged, or the ratio's rhythm would be heard.
    for (let tap = 0; tap < taps; tap += 1) {
      kernel[row + tap] = (kernel[row + tap] as number) / sum;
    }
  }
  return kernel;
}
