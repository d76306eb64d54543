import { describe, expect, it } from "vitest";
import type { InterviewInfo } from "../protocol/api";
import type { ServerMessage, Speaker } from "../protocol/messages";
import { initialState, reduce } from "./reducer";
import type { Event, State } from "./reducer";
import { plainWords } from "./words";

const info: InterviewInfo = {
  id: "a",
  title: "T",
  role: "R",
  questions: 5,
  minutes: 20,
  status: "created",
  connected: false,
};

const after = (events: Event[], from: State = initialState) => events.reduce(reduce, from);
const say = (...messages: ServerMessage[]) =>
  messages.map((message): Event => ({ type: "server", message }));

const caption = (
  segment: string,
  text: string,
  final: boolean,
  speaker: Speaker = "candidate",
): ServerMessage => ({ type: "caption", speaker, segment, text, final });

const ready = (resumed: boolean): ServerMessage => ({ type: "ready", resumed });

const texts = (state: State) => state.captions.map(({ text, final }) => [text, final]);

describe("the way in", () => {
  it.each(["completed", "declined", "left"] as const)("an interview that is %s ends at once", (status) => {
    const state = after([{ type: "loaded", info: { ...info, status }, consented: true }]);
    expect(state).toMatchObject({ step: "end", ended: status });
  });

  it("a new interview asks for consent whatever this browser remembers", () => {
    const state = after([{ type: "loaded", info, consented: true }]);
    expect(state).toMatchObject({ step: "welcome", returning: false, consented: false });
  });

  it("an interrupted one is gone back to", () => {
    const state = after([
      { type: "loaded", info: { ...info, status: "interrupted" }, consented: true },
    ]);
    expect(state).toMatchObject({ step: "welcome", returning: true, consented: true });
  });

  it("a wrong link says so", () => {
    const state = after([{ type: "load_failed", notFound: true, message: "" }]);
    expect(state).toMatchObject({ step: "missing", missing: { notFound: true } });
  });
});

describe("captions", () => {
  it("replace each other by segment until they are final", () => {
    const state = after(
      say(
        caption("t1", "I wro", false),
        caption("u1", "Tell me more.", true, "interviewer"),
        caption("t1", "I wrote a", false),
        caption("t1", "I wrote a parser.", true),
        caption("t1", "late", false),
      ),
    );
    expect(texts(state)).toEqual([
      ["I wrote a parser.", true],
      ["Tell me more.", true],
    ]);
  });

  it("of both speakers may share a segment's name", () => {
    const state = after(say(caption("1", "Hello", true), caption("1", "Welcome", true, "interviewer")));
    expect(texts(state)).toHaveLength(2);
  });

  it("that turn out empty disappear", () => {
    const state = after(say(caption("t1", "hm", false), caption("t1", " ", true)));
    expect(state.captions).toEqual([]);
  });

  it("are announced when final and the interviewer's, and not otherwise", () => {
    let state = after(say(caption("u1", "Wel", false, "interviewer"), caption("t1", "Hi.", true)));
    expect(state.announcement).toBe("");
    state = after(say(caption("u1", "Welcome.", true, "interviewer")), state);
    expect(state.announcement).toBe("Welcome.");
  });

  it("of a typed answer show at once and give way to the server's", () => {
    let state = after([{ type: "typed", id: "1", text: "I type. " }]);
    expect(texts(state)).toEqual([["I type.", false]]);
    state = after(say(caption("t1", "I said, I  type.", true)), state);
    expect(texts(state)).toEqual([["I said, I  type.", true]]);
  });

  it("of what is typed before consent do not show", () => {
    const state = after([
      ...say({ type: "state", phase: "consent", activity: "listening" }),
      { type: "typed", id: "1", text: "Yes." },
    ]);
    expect(state.captions).toEqual([]);
  });

  it("are bounded", () => {
    const many = Array.from({ length: 1200 }, (_, i) => caption(`t${i}`, `word ${i}`, true));
    const state = after(say(...many));
    expect(state.captions).toHaveLength(1000);
    expect(state.captions.at(-1)?.text).toBe("word 1199");
  });
});

describe("speech", () => {
  it("starts, stops and ends by utterance", () => {
    let state = after(say({ type: "speech", event: "start", utterance: "u1" }));
    expect(state.utterance).toBe("u1");
    state = after(say({ type: "speech", event: "end", utterance: "u0" }), state);
    expect(state.utterance).toBe("u1");
    state = after(say({ type: "speech", event: "stop", utterance: "u1" }), state);
    expect(state.utterance).toBeNull();
  });

  it("hears nothing of the muted", () => {
    const state = after([{ type: "muted", muted: true }, ...say({ type: "hearing", voice: true })]);
    expect(state.hearing).toBe(false);
  });
});

describe("the line", () => {
  const inside = after([
    { type: "loaded", info, consented: false },
    { type: "go", step: "interview" },
    { type: "line", status: { kind: "connecting" } },
    ...say(
      ready(false),
      { type: "state", phase: "questions", activity: "listening" },
      { type: "progress", question: 2, of: 5, probe: false, text: "Why?" },
      caption("u1", "Why?", true, "interviewer"),
      caption("t1", "Beca", false),
      { type: "hearing", voice: true },
    ),
  ]);

  it("keeps everything when it breaks", () => {
    const state = after([{ type: "line", status: { kind: "lost", attempt: 1, retryInMs: 500 } }], inside);
    expect(state).toMatchObject({ step: "interview", hearing: false, progress: { question: 2 } });
    expect(state.line.kind).toBe("lost");
    expect(texts(state)).toContainEqual(["Beca", false]);
  });

  it("stays lost on the screen until it is back", () => {
    const state = after(
      [
        { type: "line", status: { kind: "lost", attempt: 1, retryInMs: 500 } },
        { type: "line", status: { kind: "connecting" } },
      ],
      inside,
    );
    expect(state.line).toEqual({ kind: "lost", attempt: 1, retryInMs: 0 });
  });

  it("goes on where it was, each caption once", () => {
    const state = after(
      [
        { type: "line", status: { kind: "lost", attempt: 1, retryInMs: 500 } },
        ...say(
          ready(true),
          caption("u1", "Why?", true, "interviewer"),
          caption("t1", "Because.", true),
          { type: "state", phase: "questions", activity: "speaking" },
        ),
      ],
      inside,
    );
    expect(state.line.kind).toBe("open");
    expect(texts(state)).toEqual([
      ["Why?", true],
      ["Because.", true],
    ]);
  });

  it("shows the place in the waiting line", () => {
    let state = after(say({ type: "waiting", position: 3 }), inside);
    state = after(say({ type: "waiting", position: 2 }), state);
    expect(state.line).toEqual({ kind: "waiting", position: 2 });
    expect(after(say(ready(false)), state).line.kind).toBe("open");
  });
});

describe("errors", () => {
  it("are shown in plain words and leave the rest alone", () => {
    const state = after(say({ type: "error", code: "engine_unavailable", message: "ort: 7" }));
    expect(state.step).toBe("loading");
    expect(state.notice && plainWords(state.notice)).toContain("typing still work");
    expect(plainWords({ code: "new_one", message: "field x" })).toContain("field x");
    expect(after([{ type: "notice", notice: null }], state).notice).toBeNull();
  });

  it("about silence are no news to those who are muted or type", () => {
    const silent = say({ type: "error", code: "no_audio", message: "" });
    expect(after(silent).notice?.code).toBe("no_audio");
    expect(after([{ type: "muted", muted: true }, ...silent]).notice).toBeNull();
    expect(after([{ type: "input_mode", mode: "text" }, ...silent]).notice).toBeNull();
  });

  it("about silence go when somebody is heard", () => {
    const silent = say({ type: "error", code: "no_audio", message: "" });
    const heard = say({ type: "hearing", voice: true });
    expect(after([...silent, ...heard]).notice).toBeNull();
    const other = say({ type: "error", code: "too_fast", message: "" });
    expect(after([...other, ...heard]).notice?.code).toBe("too_fast");
  });

  it("that move the interview elsewhere are a state, not a notice", () => {
    const state = after(say({ type: "error", code: "taken_over", message: "" }));
    expect(state).toMatchObject({ takenOver: true, notice: null });
  });
});

describe("the end", () => {
  it.each(["completed", "left"] as const)("keeps what was said when %s", (reason) => {
    const state = after(say(caption("t1", "Hi.", true), { type: "ended", reason }));
    expect(state).toMatchObject({ step: "end", ended: reason, phase: "ended", activity: null });
    expect(state.captions).toHaveLength(1);
  });

  it("keeps nothing when declined", () => {
    const state = after(say(caption("t1", "No.", false), { type: "ended", reason: "declined" }));
    expect(state.captions).toEqual([]);
  });
});
