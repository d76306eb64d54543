import type { ClientMessage, ServerMessage } from "./messages";

export type ConnectionStatus =
  | { kind: "connecting" }
  | { kind: "open" }
  | { kind: "lost"; attempt: number; retryInMs: number }
  /** The server closed in good order but the interview is not over: it waits until the candidate goes on. */
  | { kind: "paused" }
  | { kind: "closed" };

export interface LineEvents {
  status(status: ConnectionStatus): void;
  message(message: ServerMessage): void;
  /** The interviewer's sound, frame by frame, to be played as it comes. */
  audio(pcm16: ArrayBuffer): void;
  /** The interviewer's voice as a track of the browser's, which plays by itself; null when it is gone. */
  voice(track: MediaStreamTrack | null): void;
  /** Asked before each new try: is there still an interview to go back to? */
  worthRetrying(): Promise<boolean>;
  /** The server is there, but this line does not come about; another may. Nothing more comes of this one. */
  gaveUp(): void;
}

/**
 * One interview, whatever carries it: a WebSocket (`connection.ts`) or WebRTC (`room.ts`).
 * Messages are those of docs/websocket.md either way.
 */
export interface Line {
  /** Whether sound is handed over in frames, by `sendAudio`; otherwise it is taken from the microphone's track. */
  readonly carriesSound: boolean;
  open(): void;
  /** Sent now or not at all: what was said to a broken line must not arrive late. */
  send(message: ClientMessage): boolean;
  sendAudio(pcm16: ArrayBuffer): void;
  /** The track of the microphone that is to be heard; null when there is none. */
  setMicrophone(track: MediaStreamTrack | null): void;
  setMuted(muted: boolean): void;
  retryNow(): void;
  close(): void;
}
