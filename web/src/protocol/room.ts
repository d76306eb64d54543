import type { RemoteParticipant, Room } from "livekit-client";
import { getInterview, getInvitation } from "./api";
import { readAttributes } from "./attributes";
import type { Attributes } from "./attributes";
import { readCaption } from "./captions";
import { Comeback } from "./comeback";
import type { Line, LineEvents } from "./line";
import { parseServerMessage } from "./messages";
import type { ClientMessage } from "./messages";
import { PublishedMicrophone } from "./microphone";
import type { Kit } from "./microphone";

/** Where WebRTC does not come about so soon, something stands in its way. */
const CONNECT_WITHIN_MS = 6_000;
const GOODBYE_MS = 1_500;
const INTERVIEWER = "interviewer";
/** There as soon as the interviewer is. */
const READY = "interviewer.resumed";

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error("WebRTC did not come about in time")), CONNECT_WITHIN_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** One interview over WebRTC, as docs/livekit.md has it. */
export class RoomLine implements Line {
  readonly carriesSound = false;
  private kit: Kit | null = null;
  private room: Room | null = null;
  private known: Attributes = {};
  private begun = false;
  private over = false;
  private paused = false;
  private heard = false;
  private readonly microphone = new PublishedMicrophone();
  private readonly comeback = new Comeback(() => void this.retry());

  constructor(
    private readonly id: string,
    private readonly questions: number,
    private readonly events: LineEvents,
  ) {}

  /** Connects, and does not begin yet. Fails when that does not come about. */
  async prepare(): Promise<void> {
    const { url, token } = await getInvitation(this.id);
    const kit = await import("livekit-client");
    this.kit = kit;
    kit.setLogLevel("silent");
    const room = new kit.Room();
    this.listen(room, kit);
    try {
      const limits = { maxRetries: 0, websocketTimeout: CONNECT_WITHIN_MS, peerConnectionTimeout: CONNECT_WITHIN_MS };
      await withinTime(room.connect(url, token, limits));
    } catch (error) {
      void room.disconnect();
      throw error;
    }
    if (this.over) return void room.disconnect();
    this.room = room;
    this.known = {};
    this.look();
  }

  open(): void {
    if (this.over) return;
    this.comeback.cancel();
    this.paused = false;
    this.begun = true;
    this.events.status({ kind: "connecting" });
    if (this.room?.state === "connected") this.begin();
    else void this.connect();
  }

  send(message: ClientMessage): boolean {
    if (this.room?.state !== "connected" || this.known[READY] === undefined) return false;
    switch (message.type) {
      case "consent":
        this.call("consent", String(message.granted));
        return true;
      case "action":
        this.call(message.action);
        return true;
      case "typing":
      case "leave":
        this.call(message.type);
        return true;
      case "text":
        this.room.localParticipant.sendText(message.text, { topic: "lk.chat" }).catch(() => this.notSent());
        return true;
      case "playout":
      case "ping":
        return true; // WebRTC sees to it
    }
  }

  sendAudio(): void {}

  setMicrophone(track: MediaStreamTrack | null): void {
    this.microphone.set(track);
  }

  setMuted(muted: boolean): void {
    this.microphone.setMuted(muted);
  }

  retryNow(): void {
    if (this.comeback.isPlanned || this.paused) this.open();
  }

  close(): void {
    // The last words are still on their way when the end is told; the server hangs up after them.
    const goodbye = this.known["interviewer.ended"] !== undefined;
    this.over = true;
    this.comeback.cancel();
    if (goodbye) setTimeout(() => this.leave(), GOODBYE_MS);
    else this.leave();
    if (this.begun) this.events.status({ kind: "closed" });
  }

  private async connect(): Promise<void> {
    try {
      await this.prepare();
    } catch {
      return this.failed();
    }
    this.begin();
  }

  /** The server may be away, and then it is waited for; if it is there, it is this way to it that is not. */
  private async failed(): Promise<void> {
    if (this.over) return;
    try {
      await getInterview(this.id);
    } catch {
      return this.lost();
    }
    this.over = true;
    this.leave();
    this.events.gaveUp();
  }

  private begin(): void {
    if (this.over || this.room === null || this.kit === null) return;
    this.call("begin");
    this.microphone.enter(this.room, this.kit);
    this.look();
  }

  private listen(room: Room, kit: Kit): void {
    const { RoomEvent } = kit;
    const mine = (act: () => void) => () => {
      if (this.room === room) act();
    };
    room
      .on(RoomEvent.ParticipantAttributesChanged, mine(() => this.look()))
      .on(RoomEvent.ParticipantConnected, mine(() => this.look()))
      .on(RoomEvent.ActiveSpeakersChanged, (speakers) => this.hear(speakers.some((speaker) => speaker.isLocal)))
      .on(RoomEvent.TrackSubscribed, (track) => {
        if (track.kind === kit.Track.Kind.Audio) this.events.voice(track.mediaStreamTrack);
      })
      .on(RoomEvent.DataReceived, (payload, _who, _kind, topic) => {
        if (topic === "interviewer.error") this.complain(new TextDecoder().decode(payload));
      })
      .on(RoomEvent.Reconnecting, mine(() => this.begun && this.events.status({ kind: "lost", attempt: 1, retryInMs: 0 })))
      .on(RoomEvent.Reconnected, mine(() => this.reconnected()))
      .on(RoomEvent.Disconnected, (reason) => {
        if (this.room === room) this.ended(kit, reason);
      });
    room.registerTextStreamHandler("lk.transcription", (reader, { identity }) => {
      const speaker = identity === INTERVIEWER ? "interviewer" : "candidate";
      void readCaption(reader, speaker, (message) => this.events.message(message));
    });
  }

  /** What the interviewer shows, compared with what it showed before. */
  private look(): void {
    const now = this.interviewer()?.attributes ?? {};
    const before = this.known;
    this.known = now;
    if (!this.begun) {
      this.known = {};
      return;
    }
    for (const message of readAttributes(before, now, this.questions)) {
      if (message.type === "ready") {
        this.comeback.succeeded();
        this.events.status({ kind: "open" });
      }
      if (message.type === "ended") this.over = true;
      this.events.message(message);
    }
  }

  private interviewer(): RemoteParticipant | undefined {
    return this.room?.remoteParticipants.get(INTERVIEWER);
  }

  /** The same call goes on, or a new one that waits to be begun; asking once more does no harm. */
  private reconnected(): void {
    if (!this.begun) return;
    this.call("begin");
    this.look();
    if (this.known[READY] !== undefined) this.events.status({ kind: "open" });
  }

  private hear(voice: boolean): void {
    if (voice === this.heard) return;
    this.heard = voice;
    if (this.begun) this.events.message({ type: "hearing", voice });
  }

  private complain(payload: string): void {
    const parsed = parseServerMessage(payload, "error");
    if (parsed.ok) this.events.message(parsed.message);
    else console.warn(`a message from the server was not understood: ${parsed.reason}`);
  }

  private ended(kit: Kit, reason: unknown): void {
    const { DisconnectReason } = kit;
    const told = this.known["interviewer.ended"] !== undefined;
    this.leave();
    if (!this.begun) return;
    if (this.over || told) {
      this.events.status({ kind: "closed" });
    } else if (reason === DisconnectReason.DUPLICATE_IDENTITY) {
      this.over = true;
      this.events.message({ type: "error", code: "taken_over", message: "" });
    } else if (reason === DisconnectReason.ROOM_DELETED) {
      this.over = true;
      this.events.message({ type: "error", code: "interview_ended", message: "" });
    } else if (reason === DisconnectReason.USER_UNAVAILABLE) {
      this.paused = true;
      this.events.status({ kind: "paused" });
    } else {
      this.lost();
    }
  }

  private lost(): void {
    if (!this.over) this.events.status({ kind: "lost", ...this.comeback.plan() });
  }

  private async retry(): Promise<void> {
    this.comeback.cancel();
    const worth = await this.events.worthRetrying();
    if (this.over || this.room !== null) return;
    if (worth) this.open();
    else this.close();
  }

  private leave(): void {
    const room = this.room;
    this.room = null;
    this.known = {};
    this.microphone.leave();
    this.events.voice(null);
    void room?.disconnect();
  }

  private call(request: string, payload = ""): void {
    const asked = { destinationIdentity: INTERVIEWER, method: `interviewer.${request}`, payload };
    this.room?.localParticipant.performRpc(asked).catch(() => this.notSent());
  }

  private notSent(): void {
    if (!this.over) this.events.message({ type: "error", code: "not_sent", message: "" });
  }
}
