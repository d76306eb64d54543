import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection } from "./connection";
import type { ConnectionStatus } from "./line";

const READY = {
  type: "ready",
  version: 1,
  resumed: false,
  interview: { id: "a", title: "T", role: "R", questions: 2, minutes: 5 },
  audio: { encoding: "pcm16", sample_rate_hz: 16000, channels: 1, frame_ms: 20 },
};

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  binaryType = "";
  readyState = 0;
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const last = () => FakeSocket.all.at(-1) as FakeSocket;
const types = (socket: FakeSocket) =>
  socket.sent.map((data) => (typeof data === "string" ? (JSON.parse(data) as { type: string }).type : "sound"));

let statuses: ConnectionStatus["kind"][];
let worth: boolean;

function connect(): Connection {
  const connection = new Connection("ws://server/ws", {
    status: ({ kind }) => statuses.push(kind),
    message: () => {},
    audio: () => {},
    voice: () => {},
    gaveUp: () => {},
    worthRetrying: async () => worth,
  });
  connection.open();
  last().accept();
  return connection;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.spyOn(Math, "random").mockReturnValue(1);
  FakeSocket.all = [];
  statuses = [];
  worth = true;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a connection", () => {
  it("says hello first and nothing else until the server is ready", () => {
    const connection = connect();
    connection.sendAudio(new ArrayBuffer(640));
    expect(connection.send({ type: "leave" })).toBe(false);
    expect(types(last())).toEqual(["hello"]);
    last().say(READY);
    connection.sendAudio(new ArrayBuffer(640));
    expect(connection.send({ type: "leave" })).toBe(true);
    expect(types(last())).toEqual(["hello", "sound", "leave"]);
  });

  it("comes back by itself when cut off", async () => {
    connect();
    last().say(READY);
    last().drop();
    await vi.advanceTimersByTimeAsync(499);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.all).toHaveLength(2);
    last().accept();
    last().say({ ...READY, resumed: true });
    expect(types(last())).toEqual(["hello"]);
    expect(statuses).toEqual(["connecting", "open", "lost", "connecting", "open"]);
  });

  it("waits longer from try to try, and not at all when asked", async () => {
    const connection = connect();
    last().drop();
    await vi.advanceTimersByTimeAsync(500);
    last().drop();
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSocket.all).toHaveLength(2);
    connection.retryNow();
    expect(FakeSocket.all).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(3);
  });

  it("does not come back to an interview that is over", async () => {
    connect();
    last().drop();
    worth = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(statuses.at(-1)).toBe("closed");
  });

  it.each([
    { type: "error", code: "taken_over", message: "" },
    { type: "error", code: "interview_ended", message: "" },
    { type: "ended", reason: "completed" },
  ])("does not fight over it: %j", async (message) => {
    connect();
    last().say(READY);
    last().say(message);
    last().drop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(statuses.at(-1)).toBe("closed");
  });

  it("waits for the candidate when the server has closed in good order", async () => {
    const connection = connect();
    last().say(READY);
    last().drop(1005);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(statuses.at(-1)).toBe("paused");
    connection.retryNow();
    expect(FakeSocket.all).toHaveLength(2);
    last().accept();
    last().say({ ...READY, resumed: true });
    expect(statuses.at(-1)).toBe("open");
  });

  it("comes back by itself to a server that restarts", async () => {
    connect();
    last().say(READY);
    last().say({ type: "error", code: "restarting", message: "" });
    last().drop(1005);
    expect(statuses.at(-1)).toBe("lost");
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("notices a line that is dead but not closed", async () => {
    connect();
    last().say(READY);
    await vi.advanceTimersByTimeAsync(24_000);
    expect(types(last())).toEqual(["hello", "ping", "ping", "ping"]);
    expect(statuses.at(-1)).toBe("open");
    await vi.advanceTimersByTimeAsync(8_000);
    expect(statuses).toContain("lost");
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("is patient in the waiting line, where nothing is said for long", async () => {
    connect();
    last().say({ type: "waiting", position: 2 });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(types(last())).toEqual(["hello"]);
  });

  it("survives nonsense", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    connect();
    last().onmessage?.({ data: "{" });
    last().say({ type: "novelty" });
    last().say(READY);
    expect(warn).toHaveBeenCalledTimes(2);
    expect(statuses.at(-1)).toBe("open");
  });
});
