import { Microphone, MicrophoneError, Sound } from "../audio/sound";
import type { Level, MicrophoneProblem } from "../audio/sound";
import { startSilence } from "../audio/silence";
import { ApiError, getInterview, socketAddress } from "../protocol/api";
import { Connection } from "../protocol/connection";
import type { Line, LineEvents } from "../protocol/line";
import type { Action, ServerMessage } from "../protocol/messages";
import { RoomLine } from "../protocol/room";
import type { Event } from "./reducer";

/** The server says goodbye before it ends the interview; after this long we no longer wait for that. */
const FAREWELL_MS = 30_000;
/** A candidate who declines does not wait for it. */
const DECLINED_MS = 3_000;
/** How often the server is told that somebody is typing. */
const TYPING_EVERY_MS = 4_000;
/** The utterance and length of the sound check's sentence: four seconds. */
const TEST = "test";
const TEST_FRAMES = 200;

function consentKey(id: string): string {
  return `interviewer.consent.${id}`;
}

/** Storage may be forbidden; then the candidate is asked again, which does no harm. */
function remembered(id: string): boolean {
  try {
    return sessionStorage.getItem(consentKey(id)) === "yes";
  } catch {
    return false;
  }
}

function remember(id: string): void {
  try {
    sessionStorage.setItem(consentKey(id), "yes");
  } catch {
    // See `remembered`.
  }
}

/** Joins what carries the interview, the microphone and the loudspeaker to the page's state. */
export class Session {
  private sound: Sound | null = null;
  private opening: Promise<Sound> | null = null;
  private microphone: Microphone | null = null;
  private connection: Line | null = null;
  /** A line by WebRTC that stands and waits, and the trial that shows whether there is one. */
  private room: RoomLine | null = null;
  private trying: Promise<void> | null = null;
  private starting = false;
  private questions = 0;
  private stopSilence: (() => void) | null = null;
  private arriving: string | null = null;
  private muted = false;
  private consentSent = false;
  private typed = 0;
  private typingSaidAt = 0;
  private recording: ArrayBuffer[] | null = null;
  private onrecorded: (() => void) | null = null;
  private onplayed: (() => void) | null = null;
  private paused = false;
  private readonly online = () => {
    // A pause is the candidate's to end.
    if (!this.paused) this.connection?.retryNow();
  };

  constructor(
    readonly id: string,
    private readonly dispatch: (event: Event) => void,
  ) {}

  async load(): Promise<void> {
    try {
      const info = await getInterview(this.id);
      this.questions = info.questions;
      this.dispatch({ type: "loaded", info, consented: remembered(this.id) });
    } catch (error) {
      const known = error instanceof ApiError;
      const notFound = known && (error.status === 404 || error.status === 400);
      const message = known ? error.message : "Something went wrong while loading the interview.";
      this.dispatch({ type: "load_failed", notFound, message });
    }
  }

  consent(): void {
    remember(this.id);
    this.dispatch({ type: "consented" });
  }

  /** Call it in answer to a click. */
  async openSound(): Promise<Sound> {
    this.opening ??= Sound.open().then((sound) => {
      this.sound = sound;
      sound.onplaying = (playing) => {
        if (!playing) this.onplayed?.();
      };
      sound.onflushed = (utterance, playedMs) => {
        if (utterance === TEST) return;
        this.connection?.send({ type: "playout", utterance, played_ms: playedMs });
      };
      sound.onsuspended = (suspended) => this.dispatch({ type: "sound_suspended", suspended });
      return sound;
    });
    const sound = await this.opening;
    if (sound.suspended) void sound.resume();
    return sound;
  }

  resumeSound(): void {
    void this.sound?.resume();
  }

  async chime(): Promise<void> {
    (await this.openSound()).chime();
  }

  /** Null if it worked, else what stood in the way. */
  async openMicrophone(deviceId: string): Promise<MicrophoneProblem | null> {
    try {
      const sound = await this.openSound();
      const microphone = await Microphone.open(sound, deviceId);
      this.closeMicrophone();
      this.microphone = microphone;
      this.connection?.setMicrophone(microphone.track);
      microphone.onframe = (pcm16) => this.heard(pcm16);
      microphone.onlost = () => {
        this.closeMicrophone();
        this.dispatch({ type: "input_mode", mode: "text" });
        this.dispatch({ type: "notice", notice: { code: "microphone_lost", message: "" } });
        this.beSilent();
      };
      this.stopSilence?.();
      this.stopSilence = null;
      this.dispatch({ type: "input_mode", mode: "voice" });
      this.mute(false);
      return null;
    } catch (error) {
      return error instanceof MicrophoneError ? error.problem : "failed";
    }
  }

  closeMicrophone(): void {
    this.microphone?.close();
    this.microphone = null;
    this.connection?.setMicrophone(null);
  }

  get microphoneId(): string {
    return this.microphone?.deviceId ?? "";
  }

  readonly inputLevel: Level = () => (this.muted ? 0 : (this.microphone?.inputLevel() ?? 0));
  readonly outputLevel: Level = () => this.sound?.outputLevel() ?? 0;

  /** Some seconds of the microphone, kept here and sent nowhere. */
  async record(): Promise<ArrayBuffer[]> {
    const frames: ArrayBuffer[] = [];
    await new Promise<void>((resolve) => {
      this.recording = frames;
      this.onrecorded = resolve;
    });
    return frames;
  }

  async replay(frames: ArrayBuffer[]): Promise<void> {
    const sound = await this.openSound();
    await new Promise<void>((resolve) => {
      this.onplayed = resolve;
      for (const frame of frames) sound.play(TEST, frame.slice(0));
      sound.playedAll();
    });
    this.onplayed = null;
  }

  stopTest(): void {
    this.recording = null;
    this.onrecorded?.();
    this.onrecorded = null;
    this.sound?.flush(TEST);
    this.onplayed?.();
    this.onplayed = null;
  }

  /** Finds out whether WebRTC comes about, so that the candidate can be told and the interview begins at once. */
  tryWays(): Promise<void> {
    this.trying ??= this.tryRoom();
    return this.trying;
  }

  private async tryRoom(): Promise<void> {
    const room = new RoomLine(this.id, this.questions, this.events(true));
    try {
      await room.prepare();
      this.room = room;
      this.dispatch({ type: "way", way: "webrtc" });
    } catch (error) {
      room.close();
      this.dispatch({ type: "way", way: error instanceof ApiError ? "no_webrtc_offered" : "no_webrtc_here" });
    }
  }

  start(): void {
    this.stopTest();
    this.dispatch({ type: "go", step: "interview" });
    if (this.microphone === null) this.dispatch({ type: "input_mode", mode: "text" });
    this.starting = true;
    this.dispatch({ type: "line", status: { kind: "connecting" } });
    void this.tryWays().then(() => {
      if (this.starting) this.carryBy(this.room ?? this.socket(true));
    });
    window.addEventListener("online", this.online);
  }

  private carryBy(line: Line): void {
    this.connection = line;
    line.setMicrophone(this.microphone?.track ?? null);
    line.setMuted(this.muted);
    line.open();
    if (this.microphone === null) this.beSilent();
  }

  private socket(granted: boolean): Line {
    return new Connection(socketAddress(this.id, window.location), this.events(granted));
  }

  retryNow(): void {
    this.connection?.retryNow();
  }

  /** Says no on the candidate's behalf, without a microphone. The line stays until the server has taken it in. */
  decline(): void {
    if (this.connection !== null) return;
    this.connection = this.socket(false);
    this.connection.open();
    setTimeout(() => this.dispatch({ type: "over", reason: "declined" }), DECLINED_MS);
  }

  act(action: Action): void {
    this.sendOrTell(this.connection?.send({ type: "action", action }));
  }

  /** Somebody who types is not hurried; said at most every few seconds. */
  typing(): void {
    const now = Date.now();
    if (now - this.typingSaidAt < TYPING_EVERY_MS) return;
    this.typingSaidAt = now;
    this.connection?.send({ type: "typing" });
  }

  /** True if it went out. */
  say(text: string): boolean {
    const sent = this.connection?.send({ type: "text", text }) ?? false;
    this.sendOrTell(sent);
    if (sent) {
      this.typed += 1;
      this.dispatch({ type: "typed", id: String(this.typed), text });
    }
    return sent;
  }

  leave(): void {
    const sent = this.connection?.send({ type: "leave" }) ?? false;
    this.sendOrTell(sent);
    if (sent) setTimeout(() => this.over("left"), FAREWELL_MS);
  }

  mute(muted: boolean): void {
    this.muted = muted;
    this.connection?.setMuted(muted);
    this.dispatch({ type: "muted", muted });
  }

  dismissNotice(): void {
    this.dispatch({ type: "notice", notice: null });
  }

  close(): void {
    window.removeEventListener("online", this.online);
    this.stopSilence?.();
    this.stopSilence = null;
    this.starting = false;
    this.connection?.close();
    this.connection = null;
    this.room?.close();
    this.room = null;
    this.trying = null;
    this.closeMicrophone();
    const sound = this.sound;
    this.sound = null;
    this.opening = null;
    void sound?.close();
  }

  private events(granted: boolean): LineEvents {
    return {
      status: (status) => {
        this.paused = status.kind === "paused";
        if (status.kind === "lost" || status.kind === "paused") this.hush();
        if (granted) this.dispatch({ type: "line", status });
      },
      message: (message) => this.received(message, granted),
      audio: (pcm16) => {
        if (this.arriving !== null && granted) this.sound?.play(this.arriving, pcm16);
      },
      voice: (track) => {
        if (track === null) this.sound?.hear(null);
        else void this.openSound().then((sound) => sound.hear(track));
      },
      worthRetrying: async () => this.worthRetrying(),
      gaveUp: () => {
        this.room = null;
        this.dispatch({ type: "way", way: "no_webrtc_here" });
        if (this.starting) this.carryBy(this.socket(granted));
      },
    };
  }

  private received(message: ServerMessage, granted: boolean): void {
    switch (message.type) {
      case "ready":
        this.consentSent = false;
        // An interview that goes on may be past this; the phase will tell.
        if (!message.resumed || !granted) this.sendConsent(granted);
        break;
      case "state":
        if (message.phase === "consent") this.sendConsent(granted);
        break;
      case "speech":
        this.speech(message);
        break;
      case "ended":
        this.over(message.reason);
        return;
      case "error":
        if (message.code === "interview_ended") void this.load().then(() => this.close());
        if (message.code === "taken_over") {
          this.hush();
          this.dispatch({ type: "server", message });
          this.close();
          return;
        }
        break;
      default:
        break;
    }
    if (granted) this.dispatch({ type: "server", message });
  }

  private sendConsent(granted: boolean): void {
    if (this.consentSent) return;
    this.consentSent = this.connection?.send({ type: "consent", granted }) ?? false;
    if (this.consentSent && !granted) this.dispatch({ type: "over", reason: "declined" });
  }

  private speech(message: ServerMessage & { type: "speech" }): void {
    switch (message.event) {
      case "start":
        this.arriving = message.utterance;
        return;
      case "end":
        if (this.arriving === message.utterance) this.arriving = null;
        this.sound?.playedAll();
        return;
      case "stop":
        if (this.arriving === message.utterance) this.arriving = null;
        this.sound?.flush(message.utterance);
    }
  }

  private hush(): void {
    if (this.arriving !== null) this.sound?.flush(this.arriving);
    this.arriving = null;
  }

  private over(reason: "completed" | "declined" | "left"): void {
    if (this.connection === null) return;
    this.dispatch({ type: "over", reason });
    const sound = this.sound;
    // The last words may still be on their way to the loudspeaker.
    this.sound = null;
    this.opening = null;
    setTimeout(() => void sound?.close(), reason === "completed" ? 1_500 : 0);
    this.close();
  }

  private async worthRetrying(): Promise<boolean> {
    try {
      const info = await getInterview(this.id);
      if (info.status === "created" || info.status === "live" || info.status === "interrupted") {
        return true;
      }
      this.over(info.status);
      return false;
    } catch (error) {
      const gone = error instanceof ApiError && error.status === 404;
      if (gone) await this.load();
      return !gone;
    }
  }

  private heard(pcm16: ArrayBuffer): void {
    if (this.recording !== null) {
      this.recording.push(pcm16.slice(0));
      if (this.recording.length >= TEST_FRAMES) {
        this.recording = null;
        this.onrecorded?.();
        this.onrecorded = null;
      }
    }
    this.connection?.sendAudio(this.muted ? new ArrayBuffer(pcm16.byteLength) : pcm16);
  }

  private beSilent(): void {
    if (this.connection?.carriesSound !== true) return;
    this.stopSilence ??= startSilence((pcm16) => this.connection?.sendAudio(pcm16));
  }

  private sendOrTell(sent: boolean | undefined): void {
    if (sent !== true) {
      this.dispatch({ type: "notice", notice: { code: "not_sent", message: "" } });
    }
  }
}
