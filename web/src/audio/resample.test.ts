import { describe, expect, it } from "vitest";
import { rms } from "./pcm";
import { Resampler } from "./resample";

function sine(hz: number, rateHz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(rateHz * seconds) }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / rateHz),
  );
}

/** In blocks of 128, as an audio worklet hands them out. */
function resample(input: Float32Array, fromHz: number, toHz: number): Float32Array {
  const resampler = new Resampler(fromHz, toHz);
  const output: number[] = [];
  for (let at = 0; at < input.length; at += 128) {
    output.push(...resampler.process(input.subarray(at, at + 128)));
  }
  return Float32Array.from(output);
}

/** The part of a signal at one frequency, as the amplitude of a sine. */
function amplitudeAt(signal: Float32Array, hz: number, rateHz: number): number {
  let real = 0;
  let imaginary = 0;
  signal.forEach((sample, i) => {
    real += sample * Math.cos((2 * Math.PI * hz * i) / rateHz);
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / rateHz);
  });
  return (2 * Math.hypot(real, imaginary)) / signal.length;
}

const middle = (signal: Float32Array) => signal.subarray(1600, 14_400);

describe.each([48_000, 44_100, 96_000, 24_000])("from %i Hz down to 16 kHz", (fromHz) => {
  it("keeps the length of time", () => {
    const out = resample(sine(1000, fromHz, 1), fromHz, 16_000);
    expect(Math.abs(out.length - 16_000)).toBeLessThan(64);
  });

  it.each([100, 1000, 4000, 6500])("keeps a sine of %i Hz", (hz) => {
    const out = middle(resample(sine(hz, fromHz, 1), fromHz, 16_000));
    expect(amplitudeAt(out, hz, 16_000)).toBeCloseTo(1, 2);
    expect(rms(out)).toBeCloseTo(Math.SQRT1_2, 2);
  });

  it.each([9000, 10_500, 11_900])("lets nothing of %i Hz fold back", (hz) => {
    const out = middle(resample(sine(hz, fromHz, 1), fromHz, 16_000));
    expect(20 * Math.log10(rms(out))).toBeLessThan(-70);
  });
});

describe("the other way", () => {
  it.each([44_100, 48_000])("keeps a sine without images at %i Hz", (toHz) => {
    const out = resample(sine(1000, 16_000, 1), 16_000, toHz).subarray(4800, 40_000);
    expect(rms(out)).toBeCloseTo(Math.SQRT1_2, 2);
    expect(20 * Math.log10(amplitudeAt(out, 15_000, toHz))).toBeLessThan(-60);
  });
});

it("passes equal rates through unchanged", () => {
  const input = sine(440, 16_000, 0.1);
  expect(resample(input, 16_000, 16_000)).toEqual(input);
});

it("gives the same however the input is cut", () => {
  const input = sine(700, 44_100, 0.2);
  const whole = new Resampler(44_100, 16_000).process(input);
  expect(resample(input, 44_100, 16_000)).toEqual(whole);
});

it("stays in step: a click stays where it was", () => {
  const input = new Float32Array(48_000);
  input[24_000] = 1;
  const out = resample(input, 48_000, 16_000);
  expect(out.indexOf(Math.max(...out))).toBe(8000);
});

it("refuses rates that no device has", () => {
  expect(() => new Resampler(0, 16_000)).toThrow(RangeError);
  expect(() => new Resampler(Number.NaN, 16_000)).toThrow(RangeError);
});
