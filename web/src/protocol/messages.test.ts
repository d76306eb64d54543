import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff";
import { helloMessage, parseServerMessage } from "./messages";
import { clock, readTranscript } from "./transcript";

const parse = (value: unknown) => parseServerMessage(JSON.stringify(value));

const ready = {
  type: "ready",
  version: 1,
  resumed: false,
  interview: { id: "a", title: "T", role: "R", questions: 5, minutes: 20 },
  audio: { encoding: "pcm16", sample_rate_hz: 16000, channels: 1, frame_ms: 20 },
};

describe("what the server says", () => {
  it.each([
    [{ type: "waiting", position: 3 }],
    [{ type: "state", phase: "candidate_questions", activity: "thinking" }],
    [{ type: "caption", speaker: "candidate", segment: "t4", text: "I wrote", final: false }],
    [{ type: "progress", question: 2, of: 5, probe: true, text: "Why?" }],
    [{ type: "speech", event: "stop", utterance: "u3" }],
    [{ type: "hearing", voice: true }],
    [{ type: "error", code: "too_fast", message: "slow down" }],
    [{ type: "ended", reason: "left" }],
    [{ type: "pong", id: 7 }],
  ])("is understood: %j", (message) => {
    expect(parse(message)).toEqual({ ok: true, message });
  });

  it("is understood where its type is known from elsewhere", () => {
    const message = { type: "error", code: "no_audio", message: "Nothing is heard." };
    expect(parseServerMessage('{"code":"no_audio","message":"Nothing is heard."}', "error")).toEqual({ ok: true, message });
  });

  it("greets with what is needed and may hold more than is known", () => {
    expect(parse({ ...ready, novelty: [1, 2] })).toEqual({
      ok: true,
      message: { type: "ready", resumed: false },
    });
  });

  it.each([
    ["", "not JSON"],
    ["{", "not JSON"],
    ["null", "not an object"],
    ["[]", "not an object"],
    ["7", "not an object"],
    ["{}", "type is not a string"],
    ['{"type":7}', "type is not a string"],
    ['{"type":"toString"}', 'type "toString" is unknown'],
    ['{"type":"state","phase":"lunch","activity":"speaking"}', "phase is not one of"],
    ['{"type":"state","phase":"questions"}', "activity is not one of"],
    ['{"type":"waiting","position":-1}', "position is not a whole number"],
    ['{"type":"waiting","position":1e99}', "position is not a whole number"],
    ['{"type":"hearing","voice":"yes"}', "voice is not true or false"],
    ['{"type":"ready","resumed":false,"interview":[]}', "interview is not an object"],
    ['{"type":"caption","speaker":"ghost","segment":"a","text":"b","final":true}', "speaker is not"],
    ['{"type":"ended","reason":"bored"}', "reason is not one of"],
  ])("is refused with its fault named: %s", (raw, reason) => {
    const parsed = parseServerMessage(raw);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.reason).toContain(reason);
  });

  it("is refused when it is not text or without bounds", () => {
    expect(parseServerMessage(new ArrayBuffer(4)).ok).toBe(false);
    expect(parseServerMessage("9".repeat(2 << 20)).ok).toBe(false);
    const text = "a".repeat(200_000);
    expect(parse({ type: "caption", speaker: "candidate", segment: "a", text, final: true }).ok).toBe(
      false,
    );
  });
});

it("says hello as the contract has it", () => {
  expect(JSON.parse(helloMessage())).toEqual({
    type: "hello",
    version: 1,
    audio: { encoding: "pcm16", sample_rate_hz: 16000, channels: 1 },
  });
});

it("waits longer and longer, within bounds, and never the same for all", () => {
  const waits = Array.from({ length: 12 }, (_, attempt) => backoffMs(attempt, 1));
  expect(waits.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 8000, 10_000]);
  expect(Math.max(...waits)).toBe(10_000);
  expect(backoffMs(3, 0)).toBe(2000);
});

describe("the transcript", () => {
  it("is read from its entries", () => {
    expect(
      readTranscript({
        title: "Software engineer",
        entries: [
          { id: "u1", speaker: "interviewer", kind: "question", text: "Why?", start_ms: 900, words: [] },
          { id: "t1", speaker: "candidate", kind: "answer", text: " Because so. " },
          { id: "t2", speaker: "candidate", kind: "answer", text: "  " },
          { id: "t3", speaker: "candidate", kind: "answer" },
          { speaker: "ghost", text: "boo" },
          null,
        ],
      }),
    ).toEqual([
      { speaker: "interviewer", text: "Why?", startMs: 900 },
      { speaker: "candidate", text: "Because so.", startMs: null },
    ]);
    expect(readTranscript("nonsense")).toEqual([]);
    expect(readTranscript({ entries: "nonsense" })).toEqual([]);
    expect(clock(65_900)).toBe("1:05");
  });
});
