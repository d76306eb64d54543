import { FRAME_SAMPLES, WIRE_RATE_HZ } from "../protocol/messages";
import { floatToPcm16, Framer, rms } from "./pcm";
import { Resampler } from "./resample";

export interface CapturedFrame {
  pcm16: ArrayBuffer;
  rms: number;
}

/** The microphone at the device's rate in; 20 ms frames of 16 kHz PCM out. */
class CaptureProcessor extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, WIRE_RATE_HZ);
  private readonly framer = new Framer(FRAME_SAMPLES, (frame) => {
    const message: CapturedFrame = { pcm16: floatToPcm16(frame), rms: rms(frame) };
    this.port.postMessage(message, [message.pcm16]);
  });

  override process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    if (channel !== undefined) this.framer.push(this.resampler.process(channel));
    return true;
  }
}

registerProcessor("interviewer-capture", CaptureProcessor);
