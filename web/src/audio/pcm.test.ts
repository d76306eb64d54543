import { describe, expect, it } from "vitest";
import { floatToPcm16, Framer, meterLevel, pcm16ToFloat, rms } from "./pcm";

describe("PCM", () => {
  it("is little-endian and clips at full scale", () => {
    const bytes = new Uint8Array(floatToPcm16(Float32Array.of(0, 1, -1, 2, -2, Number.NaN)));
    expect([...bytes]).toEqual([0, 0, 0xff, 0x7f, 0x00, 0x80, 0xff, 0x7f, 0x00, 0x80, 0, 0]);
  });

  it("survives there and back within a step", () => {
    const samples = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 0.9);
    const back = pcm16ToFloat(floatToPcm16(samples));
    samples.forEach((sample, i) => expect(Math.abs((back[i] ?? 9) - sample)).toBeLessThan(1e-4));
  });

  it("drops an odd last byte", () => {
    expect(pcm16ToFloat(new Uint8Array([0, 64, 7]).buffer)).toEqual(Float32Array.of(0.5));
    expect(pcm16ToFloat(new ArrayBuffer(0))).toHaveLength(0);
  });
});

describe("levels", () => {
  it("are those of the signal", () => {
    expect(rms(new Float32Array(0))).toBe(0);
    expect(rms(Float32Array.of(0.5, -0.5))).toBeCloseTo(0.5);
    expect(meterLevel(0)).toBe(0);
    expect(meterLevel(0.001)).toBeCloseTo(0);
    expect(meterLevel(1)).toBe(1);
    expect(meterLevel(0.02)).toBeGreaterThan(0.4);
  });
});

describe("framer", () => {
  it("cuts any blocks into equal frames and loses nothing", () => {
    const frames: Float32Array[] = [];
    const framer = new Framer(4, (frame) => frames.push(frame));
    framer.push(Float32Array.of(1, 2, 3));
    framer.push(Float32Array.of(4, 5, 6, 7, 8, 9));
    framer.push(Float32Array.of(10));
    expect(frames.map((frame) => [...frame])).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });
});
