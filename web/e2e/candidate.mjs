// A candidate goes through a whole interview in a real browser, against a real server: over WebRTC, with a look at every
// step; then a shorter one over a WebSocket, in a browser that lets no WebRTC through.
//
//   node e2e/candidate.mjs [WAY…]          webrtc and websocket when none is named
//
// BASE_URL      a server that is running; without it, `interviewer serve` is started
// INTERVIEWER   the binary (default: ${CARGO_TARGET_DIR:-target}/release/interviewer)
// ANSWER_WAV    spoken answers, paths joined by ":"; without it, `interviewer speak` makes them
// ANSWER_WORDS  words that must be recognised, joined by ":" (default: those of the built-in answers)
// CHROMIUM      the browser (default: /usr/bin/chromium)
import { execFile, spawn } from "node:child_process";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { glance, log, look as lookAt, openBrowser, out, pause, STEP_MS, TURN_MS, until } from "./browser.mjs";
import { fakeMicrophone } from "./page.mjs";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const binary = resolve(
  repository,
  process.env.INTERVIEWER ?? join(process.env.CARGO_TARGET_DIR ?? "target", "release/interviewer"),
);
/** Questions, and what the device check says. */
const WAYS = {
  webrtc: { questions: 2, says: "Connected by WebRTC." },
  websocket: { questions: 1, says: /Your network lets no WebRTC through, so sound goes over a WebSocket/ },
};
const ANSWERS = [
  "I built a payment service in Rust. My part was the database, and I moved every customer without losing a payment.",
  "Last winter a server failed at night. I found the mistake in the log, repaired it, and wrote a test so that it stays repaired.",
];
const EXPECTED = (process.env.ANSWER_WORDS ?? "payment:database:customer:server:mistake:test").split(":");
const WHOLE_MS = 20 * 60_000;
/** After so long the candidate says with the button that the answer is over, as a person would. */
const PATIENCE_MS = 15_000;

async function startServer(folder) {
  if (process.env.BASE_URL) return { base: process.env.BASE_URL.replace(/\/$/, ""), heard: [], stop: async () => {} };
  const heard = [];
  const child = spawn(binary, ["serve", "--port", "0", "--data-dir", join(folder, "data")], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((done) => child.once("exit", done));
  const base = await new Promise((done, fail) => {
    const read = (line) => {
      heard.push(line);
      const link = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (link) done(link[0]);
    };
    createInterface({ input: child.stdout }).on("line", read);
    createInterface({ input: child.stderr }).on("line", read);
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the server ended with ${code}:\n${heard.join("\n")}`)));
    setTimeout(() => fail(new Error(`the server printed no link:\n${heard.join("\n")}`)), STEP_MS).unref();
  });
  return {
    base,
    heard,
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function answers(folder) {
  const given = process.env.ANSWER_WAV?.split(delimiter) ?? [];
  const files = [...given];
  if (files.length === 0) {
    for (const [index, text] of ANSWERS.entries()) {
      const file = join(folder, `answer-${index}.wav`);
      await promisify(execFile)(binary, ["speak", text, "--out", file], { cwd: repository });
      files.push(file);
    }
  }
  return Promise.all(files.map(async (file) => (await readFile(file)).toString("base64")));
}

async function heading(page, words) {
  await page.getByRole("heading", { level: 1, name: words }).waitFor({ timeout: STEP_MS });
  const focused = await page.evaluate(() => document.activeElement?.tagName);
  assert.equal(focused, "H1", `the focus is on the heading of "${words}"`);
}

const focusedName = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return (element?.labels?.[0]?.textContent ?? element?.textContent ?? "").trim();
  });

async function consentByKeyboard(page) {
  const order = [];
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press("Tab");
    order.push(await focusedName(page));
  }
  assert.match(order[0], /recorded and written down/);
  assert.match(order[1], /speak with an AI/);
  assert.deepEqual(order.slice(2), ["I agree, continue", "No thanks", "Back"]);
  const outlined = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outlined, "none", "the focus can be seen");
  // Not yet ticked: Enter on the button must explain, not go on.
  await page.getByRole("button", { name: "I agree, continue" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Both need your tick").waitFor({ timeout: STEP_MS });
  assert.match(await focusedName(page), /recorded and written down/);
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
}

async function converse(page, wavs, problems) {
  const look = problems === null ? async () => {} : lookAt;
  const answered = new Set();
  const giveUp = Date.now() + WHOLE_MS;
  let spoken = 0;
  while (Date.now() < giveUp) {
    const now = await until(
      page,
      "the interviewer to listen",
      (at) => at === null || (at.activity === "listening" && at.phase !== "consent"),
    );
    if (now === null) return { spoken, answered };
    // Listening for an instant may only be the breath between two sentences.
    await pause(600);
    const still = await glance(page);
    if (still === null) return { spoken, answered };
    if (still.activity !== "listening" || still.phase !== now.phase) continue;

    if (still.phase === "questions") {
      log(`question ${still.question}: ${still.question_text}`);
      if (spoken === 0) await look(page, "4-interview-listening", problems);
      answered.add(still.question);
      await page.evaluate((wav) => window.__microphone.speak(wav), wavs[spoken % wavs.length]);
      spoken += 1;
      log("answered");
      const moved = (at) =>
        at === null ||
        at.activity !== "listening" ||
        at.phase !== still.phase ||
        at.question !== still.question;
      try {
        await until(page, "the turn to be taken", moved, PATIENCE_MS);
      } catch {
        log("saying so: I'm done");
        // It may go by itself at this very moment; then there is nothing to press.
        await page.getByRole("button", { name: "I’m done" }).click({ timeout: 5_000 }).catch(() => {});
        await until(page, "the turn to be taken after the button", moved);
      }
    } else if (still.phase === "candidate_questions") {
      log("the candidate's own questions, typed");
      await look(page, "4-interview-own-questions", problems);
      await page.getByLabel("Type instead of speaking").fill("No, thank you. I have no questions.");
      await page.keyboard.press("Enter");
      await until(page, "the typed turn to be taken", (at) => at === null || at.activity !== "listening" || at.phase !== still.phase);
    } else {
      await until(page, "the end", (at) => at === null || at.activity !== "listening");
    }
  }
  throw new Error("the interview did not end");
}

async function main() {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "interviewer-e2e-"));
  const server = await startServer(folder);
  let browser;
  try {
    const wavs = await answers(folder);
    const opened = await openBrowser(folder);
    browser = opened.browser;
    const ways = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(WAYS);
    for (const way of ways) {
      log(`over ${way}`);
      const page = await freshPage(browser, way);
      await candidate(page, server.base, wavs, way);
      await page.close();
    }
    const failures = server.heard.filter((line) => /\bERROR\b|panicked/.test(line));
    assert.deepEqual(failures, [], "the server logs no error");
    log("all is well");
  } catch (error) {
    console.error(server.heard.slice(-40).join("\n"));
    await browser?.pages()[0]?.screenshot({ path: join(out, "failure.png"), fullPage: true });
    throw error;
  } finally {
    await browser?.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A page with the test's microphone, which notes its WebRTC connections or has none. */
async function freshPage(browser, way) {
  const page = await browser.newPage();
  await page.addInitScript(fakeMicrophone);
  await page.addInitScript((allowed) => {
    const Real = window.RTCPeerConnection;
    window.__peers = [];
    window.RTCPeerConnection = function (...settings) {
      if (!allowed) throw new DOMException("not here", "NotSupportedError");
      const peer = new Real(...settings);
      window.__peers.push(peer);
      return peer;
    };
    window.RTCPeerConnection.prototype = Real.prototype;
    // Now and then, since a connection that is closed tells nothing any more.
    window.__packets = { sent: 0, sound: 0 };
    setInterval(async () => {
      for (const peer of window.__peers) {
        for (const one of (await peer.getStats()).values()) {
          if (one.kind !== "audio") continue;
          if (one.type === "outbound-rtp") window.__packets.sent = Math.max(window.__packets.sent, one.packetsSent);
          if (one.type === "inbound-rtp") window.__packets.sound = Math.max(window.__packets.sound, one.packetsReceived);
        }
      }
    }, 500);
  }, way === "webrtc");
  return page;
}

/** Packets of sound that the page's WebRTC connections have sent and received. */
const packets = (page) => page.evaluate(() => window.__packets);

async function candidate(page, base, wavs, way) {
  const { questions, says } = WAYS[way];
  const whole = way === "webrtc";
  const errors = [];
  const problems = [];
  const frames = { sound: 0, sent: 0 };
  page.on("console", (message) => {
    const address = message.location().url;
    // Files may still be in the making when the page first asks for them.
    const awaited = /\/files\//.test(address) && /404|409|425/.test(message.text());
    if (message.type() === "error" && !awaited) errors.push(`${message.text()} ${address}`);
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(blob|data):/.test(request.url())) {
      errors.push(`a request left for ${request.url()}`);
    }
  });
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/ws")) return; // LiveKit's signalling
    socket.on("framereceived", ({ payload }) => {
      if (typeof payload !== "string") frames.sound += 1;
    });
    socket.on("framesent", ({ payload }) => {
      if (typeof payload !== "string") frames.sent += 1;
    });
  });

  const look = whole ? lookAt : async () => {};
  if (whole) await landing(page, base, problems);

  const made = await page.request.post(`${base}/api/interviews`, {
    data: { plan: "software-engineer", questions },
  });
  assert.equal(made.status(), 201, await made.text());
  const { id, link } = await made.json();
  const address = new URL(link, base);
  log(`interview ${id}`);

  await page.goto(`${base}${address.pathname}`);
  await page.getByRole("button", { name: "Continue" }).waitFor({ timeout: STEP_MS });
  await heading(page, /.+/);
  await look(page, "1-welcome", problems);
  await page.getByRole("button", { name: "Continue" }).click();

  await heading(page, "Your consent");
  await look(page, "2-consent", problems);
  await consentByKeyboard(page);

  await heading(page, "Check your sound");
  await page.getByRole("button", { name: "Play a sound" }).click();
  await page.evaluate(() => (window.__microphone.denied = true));
  await page.getByRole("button", { name: "Turn on the microphone" }).click();
  await page.getByText("does not let us use your microphone").waitFor({ timeout: STEP_MS });
  await look(page, "3-devices-denied", problems);
  await page.evaluate(() => (window.__microphone.denied = false));
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByLabel("Microphone", { exact: true }).waitFor({ timeout: STEP_MS });
  await page.getByRole("button", { name: "Record a test sentence" }).click();
  await page.evaluate((wav) => window.__microphone.speak(wav), wavs[0]);
  await page.getByRole("button", { name: "Record again" }).waitFor({ timeout: STEP_MS });
  const tested = await page.evaluate(() => window.__loudest);
  assert.ok(tested > 0.02, `the test sentence was played back (peak ${tested})`);
  await page.getByText(says).waitFor({ timeout: STEP_MS });
  await look(page, "3-devices", problems);
  assert.equal(frames.sent + (await packets(page)).sent, 0, "nothing is sent before the interview");
  await page.evaluate(() => (window.__loudest = 0));
  await page.getByRole("button", { name: "Start the interview" }).click();

  await until(page, "the interview", (at) => at?.line === "open");
  await until(page, "the first question", (at) => at?.phase === "questions" && at.question > 0);
  await until(page, "the interviewer's voice", (at) => at?.activity === "speaking");
  await page.locator('.caption[data-speaker="interviewer"]').first().waitFor({ timeout: TURN_MS });
  await look(page, "4-interview-speaking", problems);

  await page.getByRole("button", { name: "Leave", exact: true }).click();
  await page.getByRole("dialog", { name: "Leave the interview?" }).waitFor({ timeout: STEP_MS });
  await look(page, "4-interview-leave", problems);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached", timeout: STEP_MS });

  // Captions go with the interview, so they are gathered while it lasts.
  await page.evaluate(() => {
    window.__said = { candidate: new Set(), interviewer: new Set() };
    window.__gather = setInterval(() => {
      for (const caption of document.querySelectorAll(".caption[data-speaker]")) {
        window.__said[caption.dataset.speaker].add(caption.querySelector(".said").textContent);
      }
    }, 50);
  });
  const { answered } = await converse(page, wavs, whole ? problems : null);
  log(`answered questions: ${[...answered].join(", ")}`);

  await heading(page, "Thank you");
  const sound = whole ? await packets(page) : frames;
  const loudest = await page.evaluate(() => window.__loudest);
  const said = await page.evaluate(() => ({
    candidate: [...window.__said.candidate].join(" ").toLowerCase(),
    interviewer: [...window.__said.interviewer].join(" ").toLowerCase(),
  }));
  await page.locator("summary", { hasText: "Read the transcript" }).click({ timeout: STEP_MS });
  for (const speaker of ["interviewer", "candidate"]) {
    await page.locator(`.transcript .caption[data-speaker="${speaker}"]`).first().waitFor({ timeout: STEP_MS });
  }
  await look(page, "5-end", problems);

  assert.ok(answered.size >= questions, `${questions} questions were answered, not ${answered.size}`);
  assert.ok(sound.sound > 100 && sound.sent > 100, `sound went both ways: ${JSON.stringify(sound)}`);
  if (whole) assert.deepEqual(frames, { sound: 0, sent: 0 }, "no sound goes over the WebSocket");
  assert.ok(loudest > 0.02, `the interviewer could be heard (peak ${loudest})`);
  assert.ok(said.interviewer.length > 20, "the interviewer was captioned");
  const expected = whole ? EXPECTED : EXPECTED.slice(0, EXPECTED.length / 2);
  const recognised = expected.filter((word) => said.candidate.includes(word.toLowerCase()));
  assert.ok(
    recognised.length * 2 >= expected.length,
    `captions hold at least half of ${expected.join(", ")}: ${said.candidate}`,
  );

  for (const name of ["transcript.json", "transcript.vtt", "transcript.srt", "recording.wav", "report.html"]) {
    assert.equal(await page.locator(`a[href$="/files/${name}"]`).count(), 1, `${name} is offered`);
  }
  const transcript = await page.request.get(`${base}/api/interviews/${id}/files/transcript.json`);
  assert.equal(transcript.status(), 200);
  const { entries } = await transcript.json();
  const spoken = entries.filter(({ source }) => source === "spoken");
  assert.ok(spoken.length >= questions, `the transcript holds the spoken answers: ${JSON.stringify(entries)}`);
  assert.ok(
    spoken.every(({ text, words }) => text !== "" && words.length > 0),
    "every spoken answer has its words",
  );

  await page.reload();
  await heading(page, "Thank you");
  log("a finished interview leads to its end page");

  if (whole) await declined(page, base, problems);

  assert.deepEqual(problems, [], "nothing stands in anybody's way");
  assert.deepEqual(errors, [], "no errors in the console");
}

async function landing(page, base, problems) {
  log(`landing page ${base}/`);
  await page.goto(`${base}/`);
  await page.getByRole("heading", { level: 1 }).waitFor({ timeout: STEP_MS });
  await page.getByRole("button", { name: /Start a trial interview/ }).first().waitFor({ timeout: STEP_MS });
  await lookAt(page, "0-landing", problems);
}

/** The other way out: no means no, and the server knows. */
async function declined(page, base, problems) {
  const made = await page.request.post(`${base}/api/interviews`, { data: { plan: "software-engineer" } });
  const { id, link } = await made.json();
  await page.goto(`${base}${new URL(link, base).pathname}`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "No thanks" }).click();
  await page.getByRole("button", { name: "Decline", exact: true }).click();
  await heading(page, "That is quite all right");
  await lookAt(page, "5-declined", problems);
  // The page does not wait for the interviewer's goodbye; the interview ends with it.
  const giveUp = Date.now() + STEP_MS;
  let status = "";
  while (status !== "declined" && Date.now() < giveUp) {
    await pause(500);
    ({ status } = await (await page.request.get(`${base}/api/interviews/${id}`)).json());
  }
  assert.equal(status, "declined");
}

await main();
