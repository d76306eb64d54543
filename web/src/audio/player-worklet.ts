import { WIRE_RATE_HZ } from "../protocol/messages";
import { pcm16ToFloat } from "./pcm";
import { PlayQueue } from "./play-queue";
import { Resampler } from "./resample";

export type PlayerCommand =
  | { kind: "push"; utterance: string; pcm16: ArrayBuffer }
  | { kind: "end" }
  | { kind: "flush"; utterance: string };

export type PlayerReport =
  | { kind: "playing"; playing: boolean }
  | { kind: "flushed"; utterance: string; playedMs: number };

/** 16 kHz frames in, the loudspeaker's rate out. */
class PlayerProcessor extends AudioWorkletProcessor {
  private readonly queue = new PlayQueue({ rateHz: sampleRate });
  private resampler = new Resampler(WIRE_RATE_HZ, sampleRate);
  private utterance = "";
  private playing = false;

  constructor(options: AudioWorkletNodeOptions) {
    super(options);
    this.port.onmessage = (event: MessageEvent<PlayerCommand>) => this.obey(event.data);
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0];
    const first = output?.[0];
    if (output === undefined || first === undefined) return true;
    const playing = this.queue.pull(first);
    for (const channel of output) if (channel !== first) channel.set(first);
    if (playing !== this.playing) {
      this.playing = playing;
      this.report({ kind: "playing", playing });
    }
    return true;
  }

  private obey(command: PlayerCommand): void {
    switch (command.kind) {
      case "push":
        if (command.utterance !== this.utterance) {
          this.utterance = command.utterance;
          this.resampler = new Resampler(WIRE_RATE_HZ, sampleRate);
        }
        this.queue.push(command.utterance, this.resampler.process(pcm16ToFloat(command.pcm16)));
        return;
      case "end":
        this.queue.end();
        return;
      case "flush": {
        const played = this.queue.flush();
        this.utterance = "";
        const samples = played?.utterance === command.utterance ? played.playedSamples : 0;
        this.report({
          kind: "flushed",
          utterance: command.utterance,
          playedMs: Math.round((samples * 1000) / sampleRate),
        });
      }
    }
  }

  private report(report: PlayerReport): void {
    this.port.postMessage(report);
  }
}

registerProcessor("interviewer-player", PlayerProcessor);
