import { describe, expect, it } from "vitest";
import { readAttributes } from "./attributes";

const speaking = { "lk.agent.state": "speaking", "interviewer.phase": "questions", "interviewer.resumed": "false" };

describe("a room's attributes", () => {
  it("tell what a WebSocket tells", () => {
    expect(readAttributes({}, { "lk.agent.state": "initializing" }, 5)).toEqual([]);
    expect(readAttributes({}, { "interviewer.waiting": "3" }, 5)).toEqual([{ type: "waiting", position: 3 }]);
    expect(readAttributes({ "interviewer.waiting": "1" }, speaking, 5)).toEqual([
      { type: "ready", resumed: false },
      { type: "state", phase: "questions", activity: "speaking" },
    ]);
    const asked = { "interviewer.question": "2", "interviewer.probe": "true", "interviewer.question_text": "Why?" };
    expect(readAttributes(speaking, { ...speaking, ...asked }, 5)).toEqual([
      { type: "progress", question: 2, of: 5, probe: true, text: "Why?" },
    ]);
    expect(readAttributes(speaking, { ...speaking, "interviewer.ended": "left" }, 5)).toEqual([
      { type: "ended", reason: "left" },
    ]);
  });

  it("tell nothing where nothing changed or nothing is understood", () => {
    expect(readAttributes(speaking, { ...speaking }, 5)).toEqual([]);
    const odd = {
      "interviewer.waiting": "soon",
      "interviewer.question": "-1",
      "interviewer.question_text": "Why?",
      "interviewer.phase": "tea",
      "lk.agent.state": "idle",
      "interviewer.ended": "never",
    };
    expect(readAttributes({}, odd, 5)).toEqual([]);
  });
});
