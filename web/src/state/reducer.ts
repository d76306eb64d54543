import type { InterviewInfo } from "../protocol/api";
import type { ConnectionStatus } from "../protocol/line";
import type { Activity, EndReason, Phase, ServerMessage, Speaker } from "../protocol/messages";

export type Step = "loading" | "missing" | "welcome" | "consent" | "devices" | "interview" | "end";
export type InputMode = "voice" | "text";

export interface Caption {
  key: string;
  speaker: Speaker;
  text: string;
  final: boolean;
}

export interface Progress {
  question: number;
  of: number;
  probe: boolean;
  text: string;
}

export interface Notice {
  code: string;
  message: string;
}

/** What carries the sound, and why; null until it is known. */
export type Way = "webrtc" | "no_webrtc_here" | "no_webrtc_offered";

export type Line =
  | { kind: "idle" }
  | { kind: "waiting"; position: number }
  | ConnectionStatus;

export interface State {
  step: Step;
  info: InterviewInfo | null;
  /** Why the interview could not be shown. */
  missing: { notFound: boolean; message: string } | null;
  /** The interview had begun before this page was opened. */
  returning: boolean;
  consented: boolean;
  inputMode: InputMode;
  line: Line;
  way: Way | null;
  phase: Phase | null;
  activity: Activity | null;
  hearing: boolean;
  captions: Caption[];
  /** The interviewer's last final words, for screen readers. */
  announcement: string;
  progress: Progress | null;
  /** The utterance whose sound is arriving. */
  utterance: string | null;
  muted: boolean;
  soundSuspended: boolean;
  notice: Notice | null;
  /** Another page took the interview over. */
  takenOver: boolean;
  ended: EndReason | null;
}

export type Event =
  | { type: "loaded"; info: InterviewInfo; consented: boolean }
  | { type: "load_failed"; notFound: boolean; message: string }
  | { type: "go"; step: Step }
  | { type: "consented" }
  | { type: "input_mode"; mode: InputMode }
  | { type: "line"; status: ConnectionStatus }
  | { type: "way"; way: Way | null }
  | { type: "server"; message: ServerMessage }
  | { type: "typed"; id: string; text: string }
  | { type: "muted"; muted: boolean }
  | { type: "sound_suspended"; suspended: boolean }
  | { type: "notice"; notice: Notice | null }
  | { type: "over"; reason: EndReason };

const MOST_CAPTIONS = 1_000;

export const initialState: State = {
  step: "loading",
  info: null,
  missing: null,
  returning: false,
  consented: false,
  inputMode: "voice",
  line: { kind: "idle" },
  way: null,
  phase: null,
  activity: null,
  hearing: false,
  captions: [],
  announcement: "",
  progress: null,
  utterance: null,
  muted: false,
  soundSuspended: false,
  notice: null,
  takenOver: false,
  ended: null,
};

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case "loaded":
      return loaded(state, event.info, event.consented);
    case "load_failed":
      return {
        ...state,
        step: "missing",
        missing: { notFound: event.notFound, message: event.message },
      };
    case "go":
      return { ...state, step: event.step };
    case "consented":
      return { ...state, consented: true };
    case "input_mode":
      return { ...state, inputMode: event.mode };
    case "line":
      return line(state, event.status);
    case "way":
      return { ...state, way: event.way };
    case "server":
      return server(state, event.message);
    case "typed":
      // Before consent nothing of what the candidate says is captioned, by anybody.
      if (state.phase === "consent") return state;
      return { ...state, captions: withTyped(state.captions, event.id, event.text) };
    case "muted":
      return { ...state, muted: event.muted, hearing: false };
    case "sound_suspended":
      return { ...state, soundSuspended: event.suspended };
    case "notice":
      return { ...state, notice: event.notice };
    case "over":
      return over(state, event.reason);
  }
}

function loaded(state: State, info: InterviewInfo, consented: boolean): State {
  const next = { ...state, info, missing: null };
  if (info.status === "completed" || info.status === "declined" || info.status === "left") {
    return over(next, info.status);
  }
  const returning = info.status !== "created";
  return { ...next, step: "welcome", returning, consented: returning && consented };
}

function over(state: State, reason: EndReason): State {
  return {
    ...state,
    step: "end",
    ended: reason,
    phase: "ended",
    activity: null,
    hearing: false,
    utterance: null,
    notice: null,
    captions: reason === "declined" ? [] : state.captions.filter((caption) => caption.final),
  };
}

function line(state: State, status: ConnectionStatus): State {
  // A first try that is under way in the waiting line is not news.
  if (status.kind === "connecting" && state.line.kind === "lost") {
    return { ...state, line: { ...state.line, retryInMs: 0 } };
  }
  if (status.kind === "open") return { ...state, line: status };
  return { ...state, line: status, utterance: null, hearing: false };
}

function server(state: State, message: ServerMessage): State {
  switch (message.type) {
    case "waiting":
      return { ...state, line: { kind: "waiting", position: message.position } };
    case "ready":
      return {
        ...state,
        line: { kind: "open" },
        notice: null,
        // Words that were still being said when the line broke are not coming back as they were;
        // what is durable follows as final captions.
        captions: state.captions.filter((caption) => caption.final),
      };
    case "state": {
      const ended = message.phase === "ended";
      return { ...state, phase: message.phase, activity: ended ? null : message.activity };
    }
    case "caption":
      return caption(state, message);
    case "progress": {
      const { question, of, probe, text } = message;
      return { ...state, progress: { question, of, probe, text } };
    }
    case "speech":
      if (message.event === "start") return { ...state, utterance: message.utterance };
      return state.utterance === message.utterance ? { ...state, utterance: null } : state;
    case "hearing":
      return hearing(state, message.voice);
    case "error":
      return serverError(state, message);
    case "ended":
      return over(state, message.reason);
    case "pong":
      return state;
  }
}

function hearing(state: State, voice: boolean): State {
  // What was complained about is over as soon as somebody is heard.
  const heard = voice && state.notice?.code === "no_audio";
  return { ...state, hearing: voice && !state.muted, notice: heard ? null : state.notice };
}

function caption(state: State, message: ServerMessage & { type: "caption" }): State {
  const key = `${message.speaker}:${message.segment}`;
  const at = state.captions.findIndex((known) => known.key === key);
  const known = state.captions[at];
  if (known?.final === true && !message.final) return state;
  const next: Caption = {
    key,
    speaker: message.speaker,
    text: message.text.trim(),
    final: message.final,
  };
  let captions: Caption[];
  if (known !== undefined) {
    captions = state.captions.with(at, next);
  } else {
    // The server's caption of a typed answer takes the place of our own copy of it.
    const copy = state.captions.findIndex(
      (own) =>
        own.key.startsWith("typed:") &&
        next.speaker === "candidate" &&
        plain(next.text).includes(plain(own.text)),
    );
    captions = copy >= 0 ? state.captions.with(copy, next) : [...state.captions, next];
  }
  // An utterance of which nothing was heard, or a stretch that turned out not to be words.
  captions = captions.filter((one) => one.text !== "").slice(-MOST_CAPTIONS);
  const announce = message.final && message.speaker === "interviewer" && next.text !== "";
  return { ...state, captions, announcement: announce ? next.text : state.announcement };
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function withTyped(captions: Caption[], id: string, text: string): Caption[] {
  const typed: Caption = { key: `typed:${id}`, speaker: "candidate", text: text.trim(), final: false };
  return [...captions, typed];
}

function serverError(state: State, error: { code: string; message: string }): State {
  const notice = { code: error.code, message: error.message };
  if (error.code === "taken_over") return { ...state, takenOver: true, notice: null };
  // The line is about to be lost, and to come back; that is told then.
  if (error.code === "restarting") return state;
  // Silence is what we send when the candidate is muted or types.
  if (error.code === "no_audio" && (state.muted || state.inputMode === "text")) return state;
  return { ...state, notice };
}
