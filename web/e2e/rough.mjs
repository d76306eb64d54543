// The rough side of the way, against dev/mock-server.mjs: a waiting line, a line that breaks, a page
// reloaded in mid-interview, a second window, and an interview without any microphone.
//
//   npm run build && node e2e/rough.mjs
import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { agree, glance, log, look, openBrowser, out, STEP_MS, until } from "./browser.mjs";

function startMock(...flags) {
  const script = fileURLToPath(new URL("../dev/mock-server.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, "--port", "0", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((done, fail) => {
    createInterface({ input: child.stdout }).once("line", (line) => {
      done({ base: line.trim().replace(/\/$/, ""), stop: () => child.kill() });
    });
    child.once("exit", (code) => fail(new Error(`the mock ended with ${code}`)));
  });
}

/** Four seconds of a hum, as a WAV file in base64. */
function hum() {
  const samples = 64_000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16_000, 24);
  wav.writeUInt32LE(32_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1) {
    wav.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * 160 * i) / 16_000)), 44 + i * 2);
  }
  return wav.toString("base64");
}

async function make(page, base) {
  const made = await page.request.post(`${base}/api/interviews`, {
    data: { plan: "software-engineer", questions: 2 },
  });
  const { id, link } = await made.json();
  return { id, address: new URL(link, base).href };
}

const listening = (at) => at?.activity === "listening" && at.phase === "questions";

async function breaks(page, problems) {
  const mock = await startMock("--waiting", "--drop");
  try {
    const { address } = await make(page, mock.base);
    await page.goto(address);
    await agree(page);
    await page.getByRole("button", { name: "Turn on the microphone" }).click();
    await page.getByLabel("Microphone", { exact: true }).waitFor({ timeout: STEP_MS });
    await page.getByRole("button", { name: "Start the interview" }).click();
    await page.getByRole("heading", { name: "You are in the waiting line" }).waitFor({ timeout: STEP_MS });
    await page.locator(".place", { hasText: "2" }).waitFor({ timeout: STEP_MS });
    await look(page, "6-waiting", problems);
    log("the waiting line moves");

    await until(page, "the first question", listening);
    await page.getByRole("button", { name: "Mute", exact: true }).click();
    await page.getByText("You are muted").waitFor({ timeout: STEP_MS });
    await page.evaluate((wav) => window.__microphone.speak(wav), hum());
    assert.equal(await page.locator('.caption[data-speaker="candidate"]').count(), 0, "muted is muted");
    await page.getByRole("button", { name: "Unmute" }).click();

    const spoken = page.evaluate((wav) => window.__microphone.speak(wav), hum());
    await page.getByText("Connection lost; reconnecting").waitFor({ timeout: STEP_MS });
    const [captions] = await Promise.all([page.locator(".caption").count(), look(page, "6-lost", problems)]);
    assert.ok(captions > 0, "what was said stays on the screen");
    await spoken;
    await until(page, "the line to be back", (at) => at?.line === "open");
    await until(page, "the question again", (at) => listening(at) && at.question === 1);
    log("the line broke and came back");

    await page.reload();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor({ timeout: STEP_MS });
    await look(page, "6-welcome-back", problems);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Turn on the microphone" }).click();
    await page.getByRole("button", { name: "Go on with the interview" }).click();
    await until(page, "the question again", (at) => listening(at) && at.question === 1);
    assert.ok((await page.locator('.caption[data-speaker="interviewer"]').count()) > 1, "the captions came back");
    log("a reloaded page goes on");

    const other = await page.context().newPage();
    await other.goto(address);
    await other.getByRole("button", { name: "Continue" }).or(other.getByRole("button", { name: "Go on" })).click();
    const box = other.getByLabel(/recorded and written down/);
    const type = other.getByRole("button", { name: "Type instead of speaking" });
    await box.or(type).first().waitFor({ timeout: STEP_MS });
    if (await box.isVisible()) {
      await box.check();
      await other.getByLabel(/speak with an AI/).check();
      await other.getByRole("button", { name: "I agree, continue" }).click();
    }
    await type.click();
    await page.getByRole("heading", { name: "goes on in another window" }).waitFor({ timeout: STEP_MS });
    await other.close();
    log("another window takes over");
  } finally {
    mock.stop();
  }
}

async function types(page, problems) {
  const mock = await startMock();
  try {
    const { address } = await make(page, mock.base);
    await page.goto(address);
    await agree(page);
    await page.getByRole("button", { name: "Type instead of speaking" }).click();
    for (const [index, text] of ["I built a compiler.", "I mended it."].entries()) {
      await until(page, "a question", (at) => listening(at) && at.question === index + 1);
      if (index === 0) await look(page, "6-typing", problems);
      await page.getByLabel("Your answer").fill(text);
      await page.getByRole("button", { name: "Send" }).click();
      await page.locator('.caption[data-speaker="candidate"][data-final="true"]', { hasText: text }).waitFor({ timeout: STEP_MS });
      assert.equal(await page.locator(".caption", { hasText: text }).count(), 1, "a typed answer shows once");
    }
    await until(page, "the own questions", (at) => at?.phase === "candidate_questions" && at.activity === "listening");
    await page.getByRole("button", { name: "Leave", exact: true }).click();
    await page.getByRole("button", { name: "Leave for good" }).click();
    await page.getByRole("heading", { name: "You have left the interview" }).waitFor({ timeout: STEP_MS });
    await look(page, "6-left", problems);
    assert.equal(await glance(page), null);
    log("an interview without a microphone");

    await page.goto(`${mock.base}/i/00000000-0000-0000-0000-000000000000`);
    await page.getByRole("heading", { name: "This link leads nowhere" }).waitFor({ timeout: STEP_MS });
    await look(page, "6-missing", problems);
  } finally {
    mock.stop();
  }
}

await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), "interviewer-rough-"));
const { browser, page } = await openBrowser(folder);
const problems = [];
page.on("pageerror", (error) => problems.push(String(error)));
try {
  await breaks(page, problems);
  await types(page, problems);
  assert.deepEqual(problems, [], "nothing stands in anybody's way");
  log("all is well");
} catch (error) {
  await page.screenshot({ path: join(out, "failure.png"), fullPage: true });
  throw error;
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
