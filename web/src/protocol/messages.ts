/**
 * The wire messages of docs/websocket.md, and the parser at the edge: whatever
 * comes off the socket becomes one of these types, with bounds, or is refused.
 */

export const PROTOCOL_VERSION = 1;
/** What we send and what the server sends. */
export const WIRE_RATE_HZ = 16_000;
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (WIRE_RATE_HZ * FRAME_MS) / 1000;
/** A typed answer may be this long. */
export const MAX_TEXT_CHARS = 8_000;

const MAX_MESSAGE_CHARS = 1 << 20;
const MAX_ID_CHARS = 200;
const MAX_LONG_CHARS = 100_000;

export const PHASES = ["consent", "questions", "candidate_questions", "closing", "ended"] as const;
export type Phase = (typeof PHASES)[number];

export const ACTIVITIES = ["speaking", "listening", "thinking"] as const;
export type Activity = (typeof ACTIVITIES)[number];

export const SPEAKERS = ["interviewer", "candidate"] as const;
export type Speaker = (typeof SPEAKERS)[number];

export const END_REASONS = ["completed", "declined", "left"] as const;
export type EndReason = (typeof END_REASONS)[number];

export const ACTIONS = ["repeat", "rephrase", "moment", "skip", "done"] as const;
export type Action = (typeof ACTIONS)[number];

export type ServerMessage =
  | { type: "waiting"; position: number }
  | { type: "ready"; resumed: boolean }
  | { type: "state"; phase: Phase; activity: Activity }
  | { type: "caption"; speaker: Speaker; segment: string; text: string; final: boolean }
  | { type: "progress"; question: number; of: number; probe: boolean; text: string }
  | { type: "speech"; event: "start" | "end" | "stop"; utterance: string }
  | { type: "hearing"; voice: boolean }
  | { type: "error"; code: string; message: string }
  | { type: "ended"; reason: EndReason }
  | { type: "pong"; id: number };

export type ClientMessage =
  | { type: "consent"; granted: boolean }
  | { type: "action"; action: Action }
  | { type: "text"; text: string }
  | { type: "typing" }
  | { type: "playout"; utterance: string; played_ms: number }
  | { type: "leave" }
  | { type: "ping"; id: number };

export function helloMessage(): string {
  return JSON.stringify({
    type: "hello",
    version: PROTOCOL_VERSION,
    audio: { encoding: "pcm16", sample_rate_hz: WIRE_RATE_HZ, channels: 1 },
  });
}

export type Parsed = { ok: true; message: ServerMessage } | { ok: false; reason: string };

class Refused extends Error {}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(fields: Fields, key: string, maxChars: number): string {
  const value = fields[key];
  if (typeof value !== "string") throw new Refused(`${key} is not a string`);
  if (value.length > maxChars) throw new Refused(`${key} is too long`);
  return value;
}

function count(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new Refused(`${key} is not a whole number`);
  }
  return value;
}

function flag(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== "boolean") throw new Refused(`${key} is not true or false`);
  return value;
}

function oneOf<T extends string>(fields: Fields, key: string, allowed: readonly T[]): T {
  const value = fields[key];
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Refused(`${key} is not one of ${allowed.join(", ")}`);
  return found;
}

function object(fields: Fields, key: string): Fields {
  const value = fields[key];
  if (!isObject(value)) throw new Refused(`${key} is not an object`);
  return value;
}

/**
 * A message of a type we do not know is refused by name, so that a newer server costs nothing. `kind` is the type of a
 * message that does not say it itself.
 */
export function parseServerMessage(raw: unknown, kind?: ServerMessage["type"]): Parsed {
  if (typeof raw !== "string") return { ok: false, reason: "not text" };
  if (raw.length > MAX_MESSAGE_CHARS) return { ok: false, reason: "too long" };
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { ok: false, reason: "not JSON" };
  }
  if (!isObject(value)) return { ok: false, reason: "not an object" };
  try {
    return { ok: true, message: fromFields(kind === undefined ? value : { ...value, type: kind }) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message };
    throw error;
  }
}

function fromFields(fields: Fields): ServerMessage {
  const type = text(fields, "type", MAX_ID_CHARS);
  switch (type) {
    case "waiting":
      return { type, position: count(fields, "position") };
    case "ready":
      // The page knows all this from elsewhere; what lacks it is no greeting of ours.
      object(fields, "interview");
      count(object(fields, "audio"), "sample_rate_hz");
      return { type, resumed: flag(fields, "resumed") };
    case "state":
      return {
        type,
        phase: oneOf(fields, "phase", PHASES),
        activity: oneOf(fields, "activity", ACTIVITIES),
      };
    case "caption":
      return {
        type,
        speaker: oneOf(fields, "speaker", SPEAKERS),
        segment: text(fields, "segment", MAX_ID_CHARS),
        text: text(fields, "text", MAX_LONG_CHARS),
        final: flag(fields, "final"),
      };
    case "progress":
      return {
        type,
        question: count(fields, "question"),
        of: count(fields, "of"),
        probe: flag(fields, "probe"),
        text: text(fields, "text", MAX_LONG_CHARS),
      };
    case "speech":
      return {
        type,
        event: oneOf(fields, "event", ["start", "end", "stop"] as const),
        utterance: text(fields, "utterance", MAX_ID_CHARS),
      };
    case "hearing":
      return { type, voice: flag(fields, "voice") };
    case "error":
      return {
        type,
        code: text(fields, "code", MAX_ID_CHARS),
        message: text(fields, "message", MAX_LONG_CHARS),
      };
    case "ended":
      return { type, reason: oneOf(fields, "reason", END_REASONS) };
    case "pong":
      return { type, id: count(fields, "id") };
    default:
      throw new Refused(`type ${JSON.stringify(type.slice(0, 40))} is unknown`);
  }
}
