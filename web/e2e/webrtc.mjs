// The rough side of the way over WebRTC, in our own page and against the real server: typed answers and buttons without a
// microphone, a reloaded page, a second window, a connection that breaks for good, and leaving.
//
//   node e2e/webrtc.mjs
//
// INTERVIEWER   the binary (default: ${CARGO_TARGET_DIR:-target}/release/interviewer)
// CHROMIUM      the browser (default: /usr/bin/chromium)
import assert from "node:assert/strict";
import { agree, glance, log, STEP_MS, until } from "./browser.mjs";
import { inRoom } from "./rooms.mjs";

const listening = (at) => at?.activity === "listening" && at.phase === "questions";
const heading = (page, name) => page.getByRole("heading", { name }).waitFor({ timeout: STEP_MS });

async function make(page, base) {
  const made = await page.request.post(`${base}/api/interviews`, { data: { plan: "quick" } });
  const { link } = await made.json();
  return new URL(link, base).href;
}

/** A page that remembers its connections, so that the test can break them, and whether it has said that one was lost. */
async function open(context) {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.__peers = [];
    window.__blocked = false;
    window.__toldOfLoss = false; // it may stand for less time than between two looks from outside
    new MutationObserver(() => {
      window.__toldOfLoss ||= document.body?.textContent.includes("Connection lost; reconnecting") ?? false;
    }).observe(document, { childList: true, subtree: true, characterData: true });
    window.RTCPeerConnection = function (...settings) {
      if (window.__blocked) throw new DOMException("blocked", "NotSupportedError");
      const peer = new Real(...settings);
      window.__peers.push(peer);
      return peer;
    };
    window.RTCPeerConnection.prototype = Real.prototype;
  });
  return page;
}

async function begin(page) {
  await page.getByText("Connected by WebRTC.").waitFor({ timeout: STEP_MS });
  await page.getByRole("button", { name: "Type instead of speaking" }).click();
}

async function goOn(page) {
  await heading(page, "Welcome back");
  await page.getByRole("button", { name: "Go on" }).click();
  await begin(page);
}

async function type(page, text) {
  await page.getByLabel("Your answer").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

async function typedAndLeft(context, base) {
  const page = await open(context);
  const address = await make(page, base);
  await page.goto(address);
  await agree(page);
  await begin(page);
  await until(page, "the first question", (at) => listening(at) && at.question === 1);
  await page.getByRole("button", { name: "Repeat" }).click();
  await until(page, "the question again", (at) => at?.activity === "speaking");
  await until(page, "the end of it", (at) => listening(at) && at.question === 1);
  const asked = page.locator('.caption[data-speaker="interviewer"]', { hasText: "What did you build?" });
  assert.equal(await asked.count(), 2, "asked, and repeated");

  await page.reload();
  await goOn(page);
  await until(page, "the question after coming back", (at) => listening(at) && at.question === 1);
  assert.ok((await page.locator('.caption[data-speaker="interviewer"]').count()) > 2, "the captions came back");
  log("a reloaded page goes on");

  const other = await open(context);
  await other.goto(address);
  await other.getByRole("button", { name: "Go on" }).click();
  // another window was not asked for consent
  await other.getByLabel(/recorded and written down/).check();
  await other.getByLabel(/speak with an AI/).check();
  await other.getByRole("button", { name: "I agree, continue" }).click();
  await other.getByText("Connected by WebRTC.").waitFor({ timeout: STEP_MS });
  assert.ok(listening(await glance(page)), "looking at the sound check takes nothing over");
  await begin(other);
  await heading(page, "goes on in another window");
  await until(other, "the question in the other window", (at) => listening(at) && at.question === 1);
  log("another window takes over, and no sooner than it begins");

  await type(other, "I built a bridge between two ledgers.");
  const mine = other.locator('.caption[data-speaker="candidate"][data-final="true"]', { hasText: "two ledgers" });
  await mine.waitFor({ timeout: STEP_MS });
  assert.equal(await other.locator(".caption", { hasText: "two ledgers" }).count(), 1, "a typed answer shows once");
  await until(other, "the second question", (at) => listening(at) && at.question === 2);
  await other.getByRole("button", { name: "Skip" }).click();
  await until(other, "the own questions", (at) => at?.phase === "candidate_questions" && at.activity === "listening");
  await other.getByRole("button", { name: "Leave", exact: true }).click();
  await other.getByRole("button", { name: "Leave for good" }).click();
  await heading(other, "You have left the interview");
  log("typed, skipped and left");
  await other.close();
  await page.close();
}

/** WebRTC breaks in mid-interview and does not come back: the WebSocket takes over. */
async function fallsBack(context, base) {
  const page = await open(context);
  await page.goto(await make(page, base));
  await agree(page);
  await begin(page);
  await until(page, "the first question", (at) => listening(at) && at.question === 1);
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.evaluate(() => {
    window.__blocked = true;
    window.__toldOfLoss = false;
    for (const peer of window.__peers) peer.close();
  });
  await page.waitForFunction(() => window.__toldOfLoss, null, { timeout: STEP_MS });
  await until(page, "the question over a WebSocket", (at) => at?.line === "open" && listening(at) && at.question === 1);
  assert.ok(sockets.some((url) => url.endsWith("/ws")), `a WebSocket was opened: ${sockets}`);
  await type(page, "I built a lighthouse.");
  await page.locator('.caption[data-speaker="candidate"][data-final="true"]', { hasText: "lighthouse" }).waitFor({ timeout: STEP_MS });
  log("where WebRTC breaks for good, a WebSocket takes over");
  await page.close();
}

await inRoom(async ({ base, context }) => {
  await typedAndLeft(context, base);
  await fallsBack(context, base);
  log("all is well");
});
