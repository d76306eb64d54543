import captureWorkletUrl from "./capture-worklet.ts?worker&url";
import playerWorkletUrl from "./player-worklet.ts?worker&url";
import type { CapturedFrame } from "./capture-worklet";
import { meterLevel, rms } from "./pcm";
import type { PlayerCommand, PlayerReport } from "./player-worklet";

export type MicrophoneProblem = "denied" | "none" | "busy" | "insecure" | "failed";

export class MicrophoneError extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
  }
}

function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "failed";
}

/** A meter's reading, 0..1. */
export type Level = () => number;

/**
 * The page's one audio context, with the player at its end. It must be made (and
 * resumed) in answer to a click, or browsers keep it silent.
 */
export class Sound {
  onplaying: (playing: boolean) => void = () => {};
  onflushed: (utterance: string, playedMs: number) => void = () => {};
  onsuspended: (suspended: boolean) => void = () => {};
  private readonly spectrum: Float32Array<ArrayBuffer>;
  private voice: { source: MediaStreamAudioSourceNode; element: HTMLAudioElement } | null = null;

  private constructor(
    readonly context: AudioContext,
    private readonly player: AudioWorkletNode,
    private readonly analyser: AnalyserNode,
  ) {
    this.spectrum = new Float32Array(analyser.fftSize);
    player.port.onmessage = (event: MessageEvent<PlayerReport>) => {
      const report = event.data;
      if (report.kind === "playing") this.onplaying(report.playing);
      else this.onflushed(report.utterance, report.playedMs);
    };
    context.onstatechange = () => this.onsuspended(this.suspended);
  }

  static async open(): Promise<Sound> {
    const context = new AudioContext({ latencyHint: "interactive" });
    void context.resume();
    await context.audioWorklet.addModule(playerWorkletUrl);
    await context.audioWorklet.addModule(captureWorkletUrl);
    const player = new AudioWorkletNode(context, "interviewer-player", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    player.connect(analyser).connect(context.destination);
    return new Sound(context, player, analyser);
  }

  get suspended(): boolean {
    return this.context.state !== "running" && this.context.state !== "closed";
  }

  async resume(): Promise<void> {
    await this.context.resume();
  }

  play(utterance: string, pcm16: ArrayBuffer): void {
    this.command({ kind: "push", utterance, pcm16 }, [pcm16]);
  }

  playedAll(): void {
    this.command({ kind: "end" });
  }

  /** Silence at once; `onflushed` tells how much had been played. */
  flush(utterance: string): void {
    this.command({ kind: "flush", utterance });
  }

  /** A voice that comes as a track and plays by itself; null when it is gone. */
  hear(track: MediaStreamTrack | null): void {
    this.voice?.source.disconnect();
    if (this.voice !== null) this.voice.element.srcObject = null;
    this.voice = null;
    if (track === null) return;
    const mediaStream = new MediaStream([track]);
    // Chromium hands a far stream to the audio graph only while an element plays it; that one is mute.
    const element = new Audio();
    element.muted = true;
    element.srcObject = mediaStream;
    void element.play().catch(() => {});
    const source = new MediaStreamAudioSourceNode(this.context, { mediaStream });
    source.connect(this.analyser);
    this.voice = { source, element };
  }

  readonly outputLevel: Level = () => {
    this.analyser.getFloatTimeDomainData(this.spectrum);
    return meterLevel(rms(this.spectrum));
  };

  /** Three soft notes, to find out whether anything can be heard. */
  chime(): void {
    const start = this.context.currentTime + 0.05;
    [523.25, 659.25, 783.99].forEach((frequency, index) => {
      const at = start + index * 0.22;
      const tone = new OscillatorNode(this.context, { frequency, type: "sine" });
      const gain = new GainNode(this.context, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.22, at + 0.03);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.55);
      tone.connect(gain).connect(this.analyser);
      tone.start(at);
      tone.stop(at + 0.6);
    });
  }

  async close(): Promise<void> {
    this.context.onstatechange = null;
    this.hear(null);
    if (this.context.state !== "closed") await this.context.close();
  }

  private command(command: PlayerCommand, transfer: Transferable[] = []): void {
    this.player.port.postMessage(command, transfer);
  }
}

/** A microphone that hands out 20 ms frames of 16 kHz PCM. */
export class Microphone {
  onframe: (pcm16: ArrayBuffer) => void = () => {};
  onlost: () => void = () => {};
  private level = 0;

  private constructor(
    private readonly stream: MediaStream,
    private readonly source: MediaStreamAudioSourceNode,
    private readonly worklet: AudioWorkletNode,
  ) {
    worklet.port.onmessage = (event: MessageEvent<CapturedFrame>) => {
      const now = meterLevel(event.data.rms);
      // Up at once, down gently: as a meter is read.
      this.level = Math.max(now, this.level * 0.86);
      this.onframe(event.data.pcm16);
    };
    for (const track of stream.getAudioTracks()) track.onended = () => this.onlost();
  }

  static async open(sound: Sound, deviceId: string): Promise<Microphone> {
    // Outside https and localhost the browser has no mediaDevices at all.
    const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (devices === undefined) throw new MicrophoneError("insecure");
    let stream: MediaStream;
    try {
      stream = await devices.getUserMedia({
        audio: {
          ...(deviceId === "" ? {} : { deviceId: { exact: deviceId } }),
          channelCount: 1,
          echoCancellation: true,
          noiseSuppression: true,
          autoGainControl: true,
        },
      });
    } catch (error) {
      throw new MicrophoneError(problemOf(error));
    }
    const source = new MediaStreamAudioSourceNode(sound.context, { mediaStream: stream });
    const worklet = new AudioWorkletNode(sound.context, "interviewer-capture", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    source.connect(worklet);
    return new Microphone(stream, source, worklet);
  }

  get deviceId(): string {
    return this.stream.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  readonly inputLevel: Level = () => this.level;

  get track(): MediaStreamTrack | null {
    return this.stream.getAudioTracks()[0] ?? null;
  }

  close(): void {
    this.worklet.port.onmessage = null;
    this.source.disconnect();
    for (const track of this.stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
  }
}

export async function listMicrophones(): Promise<MediaDeviceInfo[]> {
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (devices === undefined) return [];
  const all = await devices.enumerateDevices();
  return all.filter((device) => device.kind === "audioinput" && device.deviceId !== "");
}
