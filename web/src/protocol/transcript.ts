import type { Speaker } from "./messages";

export interface Turn {
  speaker: Speaker;
  text: string;
  startMs: number | null;
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function turnsOf(body: unknown): unknown[] {
  if (Array.isArray(body)) return body;
  if (!isObject(body)) return [];
  for (const key of ["turns", "segments", "utterances"]) {
    const list = body[key];
    if (Array.isArray(list)) return list;
  }
  return [];
}

function wordsOf(turn: Fields): string {
  if (typeof turn["text"] === "string") return turn["text"];
  const words = turn["words"];
  if (!Array.isArray(words)) return "";
  return words
    .map((word) => (isObject(word) && typeof word["text"] === "string" ? word["text"] : ""))
    .join(" ");
}

/** The turns of a transcript.json; what cannot be read is left out rather than guessed. */
export function readTranscript(body: unknown): Turn[] {
  return turnsOf(body)
    .filter(isObject)
    .flatMap((turn): Turn[] => {
      const speaker = turn["speaker"];
      if (speaker !== "interviewer" && speaker !== "candidate") return [];
      const text = wordsOf(turn).trim();
      if (text === "") return [];
      const start = turn["start_ms"];
      return [{ speaker, text, startMs: typeof start === "number" && start >= 0 ? start : null }];
    });
}

export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
