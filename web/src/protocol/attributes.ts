import { ACTIVITIES, END_REASONS, PHASES } from "./messages";
import type { ServerMessage } from "./messages";

/** The interviewer's attributes in a room, as docs/livekit.md lists them. */
export type Attributes = Readonly<Record<string, string>>;

function whole(text: string | undefined): number | null {
  const value = Number(text);
  return text !== undefined && text !== "" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/**
 * What the change from `before` to `now` tells, in the words of docs/websocket.md. `questions` is how many there are.
 * What cannot be understood tells nothing.
 */
export function readAttributes(before: Attributes, now: Attributes, questions: number): ServerMessage[] {
  const changed = (...names: string[]) => names.some((name) => (before[name] ?? "") !== (now[name] ?? ""));
  const told: ServerMessage[] = [];
  const position = whole(now["interviewer.waiting"]);
  if (changed("interviewer.waiting") && position !== null) told.push({ type: "waiting", position });
  if (changed("interviewer.resumed") && now["interviewer.resumed"] !== undefined) {
    told.push({ type: "ready", resumed: now["interviewer.resumed"] === "true" });
  }
  const question = whole(now["interviewer.question"]);
  const text = now["interviewer.question_text"];
  if (changed("interviewer.question", "interviewer.probe", "interviewer.question_text") && question !== null && text !== undefined) {
    told.push({ type: "progress", question, of: questions, probe: now["interviewer.probe"] === "true", text });
  }
  const phase = PHASES.find((known) => known === now["interviewer.phase"]);
  const activity = ACTIVITIES.find((known) => known === now["lk.agent.state"]);
  if (changed("interviewer.phase", "lk.agent.state") && phase !== undefined && activity !== undefined) {
    told.push({ type: "state", phase, activity });
  }
  const reason = END_REASONS.find((known) => known === now["interviewer.ended"]);
  if (changed("interviewer.ended") && reason !== undefined) told.push({ type: "ended", reason });
  return told;
}
