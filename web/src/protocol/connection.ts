import { Comeback } from "./comeback";
import type { Line, LineEvents } from "./line";
import { helloMessage, parseServerMessage } from "./messages";
import type { ClientMessage } from "./messages";

const PING_EVERY_MS = 8_000;
const SILENT_FOR_MS = 25_000;

/** Errors after which coming back by itself would do harm or is no use. */
const FINAL_ERRORS = new Set(["taken_over", "interview_ended", "unsupported_version"]);
/** Close codes of a server that meant it: 1000, or a close frame without a code. */
const MEANT = new Set([1000, 1005]);

/** One interview over as many WebSockets as it takes: greets, pings, and comes back when cut off. */
export class Connection implements Line {
  readonly carriesSound = true;
  private socket: WebSocket | null = null;
  private ready = false;
  private over = false;
  private paused = false;
  private restarting = false;
  private readonly comeback = new Comeback(() => void this.retry());
  private pingTimer: ReturnType<typeof setInterval> | null = null;
  private lastHeardMs = 0;
  private pings = 0;

  constructor(
    private readonly address: string,
    private readonly events: LineEvents,
  ) {}

  /** Sound is sent frame by frame; whose it is does not matter. */
  setMicrophone(): void {}

  /** Who is muted sends silence. */
  setMuted(): void {}

  open(): void {
    if (this.over || this.socket !== null) return;
    this.comeback.cancel();
    this.paused = false;
    this.events.status({ kind: "connecting" });
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.ready = false;
    this.restarting = false;
    socket.onopen = () => {
      this.lastHeardMs = Date.now();
      socket.send(helloMessage());
      this.pingTimer = setInterval(() => this.ping(), PING_EVERY_MS);
    };
    socket.onmessage = (event: MessageEvent<unknown>) => this.receive(event.data);
    socket.onclose = ({ code }) => {
      this.lost(socket, this.ready && !this.restarting && MEANT.has(code));
    };
  }

  /** Sent now or not at all: what was said to a broken line must not arrive late. */
  send(message: ClientMessage): boolean {
    if (!this.ready || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  sendAudio(pcm16: ArrayBuffer): void {
    if (!this.ready || this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(pcm16);
  }

  retryNow(): void {
    if (this.comeback.isPlanned || this.paused) this.open();
  }

  close(): void {
    this.over = true;
    this.comeback.cancel();
    this.stopPing();
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    socket?.close(1000);
    this.events.status({ kind: "closed" });
  }

  private receive(data: unknown): void {
    this.lastHeardMs = Date.now();
    if (data instanceof ArrayBuffer) {
      this.events.audio(data);
      return;
    }
    const parsed = parseServerMessage(data);
    if (!parsed.ok) {
      console.warn(`a message from the server was not understood: ${parsed.reason}`);
      return;
    }
    const { message } = parsed;
    if (message.type === "ready") {
      this.ready = true;
      this.comeback.succeeded();
      this.events.status({ kind: "open" });
    }
    if (message.type === "ended" || (message.type === "error" && FINAL_ERRORS.has(message.code))) {
      this.over = true;
    }
    if (message.type === "error" && message.code === "restarting") this.restarting = true;
    this.events.message(message);
  }

  private lost(socket: WebSocket, meant: boolean): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.ready = false;
    this.stopPing();
    if (this.over) {
      this.events.status({ kind: "closed" });
      return;
    }
    if (meant) {
      this.paused = true;
      this.events.status({ kind: "paused" });
      return;
    }
    this.events.status({ kind: "lost", ...this.comeback.plan() });
  }

  private async retry(): Promise<void> {
    const worth = await this.events.worthRetrying();
    if (this.over || this.socket !== null) return;
    if (worth) this.open();
    else this.close();
  }

  private ping(): void {
    // In the waiting line the server has nothing to say until somebody leaves.
    if (!this.ready) return;
    if (Date.now() - this.lastHeardMs > SILENT_FOR_MS) {
      // A line that is dead but not closed: the close event may take minutes, so do not wait for it.
      const socket = this.socket;
      if (socket !== null) {
        socket.close();
        this.lost(socket, false);
      }
      return;
    }
    this.pings += 1;
    this.send({ type: "ping", id: this.pings });
  }

  private stopPing(): void {
    if (this.pingTimer !== null) clearInterval(this.pingTimer);
    this.pingTimer = null;
  }
}
