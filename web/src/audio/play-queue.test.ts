import { expect, it } from "vitest";
import { PlayQueue } from "./play-queue";
import { SilenceClock } from "./silence";

const RATE_HZ = 1000; // one sample a millisecond

const ones = (samples: number) => new Float32Array(samples).fill(1);

function pull(queue: PlayQueue, samples: number): number {
  const block = new Float32Array(samples).fill(9);
  queue.pull(block);
  return block.reduce((sum, sample) => sum + sample, 0);
}

it("waits for a cushion, then plays without a gap", () => {
  const queue = new PlayQueue({ rateHz: RATE_HZ, cushionMs: 60 });
  queue.push("u1", ones(40));
  expect(pull(queue, 10)).toBe(0);
  queue.push("u1", ones(40));
  expect(pull(queue, 50)).toBe(50);
  expect(pull(queue, 50)).toBe(30);
});

it("plays what is shorter than the cushion once it is complete", () => {
  const queue = new PlayQueue({ rateHz: RATE_HZ, cushionMs: 60 });
  queue.push("u1", ones(20));
  queue.end();
  expect(pull(queue, 30)).toBe(20);
});

it("asks for a larger cushion after a gap, up to a bound", () => {
  const queue = new PlayQueue({ rateHz: RATE_HZ, cushionMs: 20, growMs: 30, mostCushionMs: 50 });
  for (let gap = 0; gap < 3; gap += 1) {
    queue.push("u1", ones(50));
    expect(pull(queue, 60)).toBe(50);
  }
  queue.push("u1", ones(49));
  expect(pull(queue, 60)).toBe(0);
  queue.push("u1", ones(1));
  expect(pull(queue, 60)).toBe(50);
});

it("takes no end for a gap, and forgets gaps once all goes well", () => {
  const queue = new PlayQueue({ rateHz: RATE_HZ, cushionMs: 20, growMs: 30, mostCushionMs: 50 });
  for (const utterance of ["u1", "u2", "u3"]) {
    queue.push(utterance, ones(20));
    expect(pull(queue, 60)).toBe(20);
  }
  queue.push("u3", ones(20));
  expect(pull(queue, 60)).toBe(0);
  queue.push("u3", ones(30));
  expect(pull(queue, 60)).toBe(50);
  queue.push("u4", ones(50));
  expect(pull(queue, 60)).toBe(50);
  queue.push("u5", ones(20));
  expect(pull(queue, 60)).toBe(20);
});

it("goes silent at once when flushed and says how far it got", () => {
  const queue = new PlayQueue({ rateHz: RATE_HZ, cushionMs: 0 });
  queue.push("u1", ones(100));
  pull(queue, 30);
  expect(queue.flush()).toEqual({ utterance: "u1", playedSamples: 30 });
  expect(pull(queue, 30)).toBe(0);
  expect(queue.flush()).toBeNull();
});

it("counts each utterance on its own", () => {
  const queue = new PlayQueue({ rateHz: RATE_HZ, cushionMs: 0 });
  queue.push("u1", ones(10));
  queue.push("u2", ones(100));
  pull(queue, 35);
  expect(queue.flush()).toEqual({ utterance: "u2", playedSamples: 25 });
  queue.push("u3", ones(10));
  expect(queue.flush()).toEqual({ utterance: "u3", playedSamples: 0 });
});

it("sends silence at the pace of time and does not make up for a long sleep", () => {
  const clock = new SilenceClock(0);
  expect(clock.due(99)).toBe(0);
  expect(clock.due(250)).toBe(2);
  expect(clock.due(300)).toBe(1);
  expect(clock.due(60_000)).toBe(10);
  expect(clock.due(60_050)).toBe(0);
});
