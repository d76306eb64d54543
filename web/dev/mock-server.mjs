// A stand-in for the server while working on the page: it follows docs/websocket.md, hums instead
// of speaking and captions a fixed text instead of recognising one. It serves dist/ as well.
//
//   node dev/mock-server.mjs [--port 8080] [--waiting] [--drop]
//
// --waiting puts everybody into the waiting line first; --drop cuts the line once in mid-answer and
// keeps it cut for four seconds.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const flag = (name) => process.argv.includes(`--${name}`);
const port = Number(process.argv[process.argv.indexOf("--port") + 1] || 8080) || 0;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};
const PLAN = { id: "software-engineer", title: "Software engineer", role: "Back-end engineer", questions: 5, minutes: 20 };
const QUESTIONS = [
  "Please tell me about a piece of software you built that you are proud of. What was your own part in it?",
  "Describe a time when something you were responsible for failed in production. What did you do?",
  "How do you decide that a change is ready to be merged?",
  "Tell me about a disagreement with a colleague on a technical question.",
  "What would you like to learn next, and why?",
];
const HEARD = process.env.MOCK_HEARD ?? "I built a service that moves payments between two databases without losing one.";
const interviews = new Map();

function send(response, status, body, type = "application/json") {
  response.writeHead(status, {
    "content-type": type,
    "content-security-policy": "default-src 'self'",
  });
  response.end(type === "application/json" && typeof body !== "string" ? JSON.stringify(body) : body);
}

function info(one) {
  const { id, title, role, questions, minutes, status } = one;
  return { id, plan: PLAN.id, title, role, questions, minutes, status, connected: one.socket !== null };
}

function fileOf(one, name) {
  if (!["completed", "left"].includes(one.status)) return null;
  const entries = one.captions.map((caption, index) => ({ ...caption, start_ms: index * 4000 }));
  if (name === "transcript.json") return JSON.stringify({ title: one.title, entries });
  if (name === "transcript.vtt") return "WEBVTT\n";
  if (name === "transcript.srt" || name === "recording.wav") return "";
  if (name === "report.html") return "<!doctype html><title>Report</title>";
  return null;
}

async function serve(request, response) {
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === "/api/plans") return send(response, 200, [PLAN]);
  if (path === "/api/interviews" && request.method === "POST") {
    let body = "";
    for await (const part of request) body += part;
    const { questions = PLAN.questions } = JSON.parse(body);
    const id = randomUUID();
    interviews.set(id, { ...PLAN, id, questions, status: "created", socket: null, captions: [], at: 0, phase: "consent", utterances: 0 });
    return send(response, 201, { id, link: `/i/${id}`, websocket: `/api/interviews/${id}/ws` });
  }
  const match = /^\/api\/interviews\/([^/]+)(?:\/files\/([^/]+))?$/.exec(path);
  if (match) {
    const one = interviews.get(match[1]);
    const file = one && match[2] ? fileOf(one, match[2]) : null;
    if (!one || (match[2] && file === null)) return send(response, 404, { code: "not_found", message: "There is no such thing." });
    return match[2] ? send(response, 200, file) : send(response, 200, info(one));
  }
  const local = normalize(path === "/" || path.startsWith("/i/") ? "/index.html" : path);
  try {
    const body = await readFile(join(dist, local));
    return send(response, 200, body, TYPES[extname(local)] ?? "application/octet-stream");
  } catch {
    return send(response, 404, { code: "not_found", message: "There is no such page." });
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A hum with the rhythm of syllables. */
function hum(text) {
  const samples = Math.max(16_000, text.length * 640);
  const pcm = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i += 1) {
    const t = i / 16_000;
    const loud = Math.max(0, Math.sin(2 * Math.PI * 2.2 * t)) * 0.3;
    pcm.writeInt16LE(Math.round(32_767 * loud * Math.sin(2 * Math.PI * 170 * t)), i * 2);
  }
  return pcm;
}

class Call {
  constructor(one, socket) {
    this.one = one;
    this.socket = socket;
    this.voiceMs = 0;
    this.quietMs = 0;
    this.hearing = false;
    this.turn = null;
    this.speaking = 0;
  }

  tell(message) {
    if (this.socket.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  state(activity) {
    this.activity = activity;
    this.tell({ type: "state", phase: this.one.phase, activity });
  }

  async say(text) {
    const utterance = `u${(this.one.utterances += 1)}`;
    const mine = (this.speaking += 1);
    this.utterance = utterance;
    this.state("speaking");
    this.tell({ type: "speech", event: "start", utterance });
    const pcm = hum(text);
    const words = text.split(" ");
    for (let at = 0, frame = 0; at < pcm.length; at += 640, frame += 1) {
      if (this.speaking !== mine || this.socket.readyState !== 1) return;
      this.socket.send(pcm.subarray(at, at + 640));
      if (frame % 20 === 0) {
        const part = words.slice(0, Math.ceil((words.length * at) / pcm.length) + 1).join(" ");
        this.tell({ type: "caption", speaker: "interviewer", segment: utterance, text: part, final: false });
      }
      if (frame > 10) await pause(19);
    }
    this.tell({ type: "speech", event: "end", utterance });
    this.keep("interviewer", utterance, text);
    this.utterance = null;
  }

  keep(speaker, segment, text) {
    this.one.captions.push({ speaker, segment, text });
    this.tell({ type: "caption", speaker, segment, text, final: true });
  }

  async ask() {
    const { one } = this;
    if (one.at >= one.questions) {
      one.phase = "candidate_questions";
      await this.say("Thank you. Is there anything you would like to ask me?");
    } else {
      const text = QUESTIONS[one.at % QUESTIONS.length];
      this.tell({ type: "progress", question: one.at + 1, of: one.questions, probe: false, text });
      await this.say(text);
    }
    this.state("listening");
  }

  async begin(resumed) {
    const { one } = this;
    this.tell({
      type: "ready",
      version: 1,
      resumed,
      interview: { id: one.id, title: one.title, role: one.role, questions: one.questions, minutes: one.minutes },
      audio: { encoding: "pcm16", sample_rate_hz: 16_000, channels: 1, frame_ms: 20 },
    });
    for (const caption of one.captions) this.tell({ type: "caption", ...caption, final: true });
    if (one.phase === "consent") this.state("listening");
    else await this.ask();
  }

  async next() {
    const { one } = this;
    this.state("thinking");
    await pause(500);
    if (one.phase === "candidate_questions") {
      one.phase = "closing";
      await this.say("That was all. Goodbye, and all the best.");
      return this.end("completed");
    }
    one.at += 1;
    return this.ask();
  }

  end(reason) {
    this.one.status = reason;
    this.one.phase = "ended";
    if (reason === "declined") this.one.captions = [];
    this.state("listening");
    this.tell({ type: "ended", reason });
    this.socket.close(1000);
  }

  hear(frame) {
    if (this.one.phase === "consent" || this.one.phase === "ended") return;
    let sum = 0;
    for (let at = 0; at + 1 < frame.length; at += 2) sum += (frame.readInt16LE(at) / 32_768) ** 2;
    const ms = frame.length / 32;
    const voice = Math.sqrt(sum / (frame.length / 2)) > 0.02;
    this.quietMs = voice ? 0 : this.quietMs + ms;
    if (voice) this.voiceMs += ms;
    const hearing = this.quietMs < 300 && this.voiceMs > 0;
    if (hearing !== this.hearing) this.tell({ type: "hearing", voice: (this.hearing = hearing) });
    if (this.activity === "speaking" && this.voiceMs > 600 && this.utterance) {
      this.speaking += 1;
      this.tell({ type: "speech", event: "stop", utterance: this.utterance });
      this.utterance = null;
      this.state("listening");
    }
    if (this.activity !== "listening" || this.voiceMs < 400) return;
    this.turn ??= { segment: `t${this.one.captions.length}-${this.one.at}`, shown: 0 };
    const words = HEARD.split(" ");
    const shown = Math.min(words.length, Math.floor(this.voiceMs / 250));
    if (shown > this.turn.shown) {
      this.turn.shown = shown;
      this.tell({ type: "caption", speaker: "candidate", segment: this.turn.segment, text: words.slice(0, shown).join(" "), final: false });
    }
    if (flag("drop") && !this.one.dropped && shown >= 4) {
      this.one.dropped = Date.now();
      this.socket.terminate();
    }
    if (this.quietMs > 1200) this.finish();
  }

  finish() {
    if (this.turn) this.keep("candidate", this.turn.segment, HEARD);
    this.turn = null;
    this.voiceMs = 0;
    void this.next();
  }

  take(message) {
    switch (message.type) {
      case "consent":
        if (!message.granted) return this.end("declined");
        if (this.one.phase !== "consent") return;
        this.one.phase = "questions";
        return void this.say("Welcome. I am an AI interviewer. Thank you for agreeing to be recorded.").then(() => this.ask());
      case "action":
        if (message.action === "repeat" || message.action === "rephrase") return void this.ask();
        if (message.action === "skip") return void this.next();
        if (message.action === "done") return this.finish();
        return;
      case "text":
        this.keep("candidate", `x${this.one.captions.length}`, message.text);
        return void this.next();
      case "leave":
        return this.end("left");
      case "ping":
        return this.tell({ type: "pong", id: message.id });
      case "typing":
      case "playout":
        return;
      default:
        return this.tell({ type: "error", code: "unknown_type", message: `type ${message.type}` });
    }
  }
}

async function talk(one, socket) {
  let call = null;
  socket.on("message", async (data, binary) => {
    if (binary) return call?.hear(data);
    const message = JSON.parse(data.toString());
    if (call) return call.take(message);
    if (message.type !== "hello") return;
    if (one.status !== "created" && one.status !== "live" && one.status !== "interrupted") {
      socket.send(JSON.stringify({ type: "error", code: "interview_ended", message: "It has ended." }));
      return socket.close();
    }
    one.socket?.send(JSON.stringify({ type: "error", code: "taken_over", message: "Opened elsewhere." }));
    one.socket?.close();
    one.socket = socket;
    if (flag("waiting")) {
      for (let position = 3; position > 0; position -= 1) {
        socket.send(JSON.stringify({ type: "waiting", position }));
        await pause(1500);
      }
    }
    const resumed = one.status !== "created";
    one.status = "live";
    call = new Call(one, socket);
    void call.begin(resumed);
  });
  socket.on("close", () => {
    if (one.socket === socket) one.socket = null;
    if (one.status === "live") one.status = "interrupted";
  });
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => send(response, 500, { code: "internal", message: String(error) }));
});
const sockets = new WebSocketServer({ noServer: true, maxPayload: 1 << 20 });
server.on("upgrade", (request, socket, head) => {
  const id = /^\/api\/interviews\/([^/]+)\/ws$/.exec(request.url)?.[1];
  const one = interviews.get(id);
  if (!one || Date.now() - (one.dropped ?? 0) < 4000) return socket.destroy();
  sockets.handleUpgrade(request, socket, head, (ws) => talk(one, ws));
});
server.listen(port, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
