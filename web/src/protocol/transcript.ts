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

function entriesOf(body: unknown): unknown[] {
  const entries = isObject(body) ? body["entries"] : null;
  return Array.isArray(entries) ? entries : [];
}

/** The lines and turns of a transcript.json; what cannot be read is left out rather than guessed. */
export function readTranscript(body: unknown): Turn[] {
  return entriesOf(body)
    .filter(isObject)
    .flatMap((entry): Turn[] => {
      const speaker = entry["speaker"];
      if (speaker !== "interviewer" && speaker !== "candidate") return [];
      const text = typeof entry["text"] === "string" ? entry["text"].trim() : "";
      if (text === "") return [];
      const start = entry["start_ms"];
      return [{ speaker, text, startMs: typeof start === "number" && start >= 0 ? start : null }];
    });
}

export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
