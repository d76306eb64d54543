// What the tests of LiveKit's clients share: the server, the browser, and what the candidate says.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const binary = resolve(
  repository,
  process.env.INTERVIEWER ?? join(process.env.CARGO_TARGET_DIR ?? "target", "release/interviewer"),
);
const WORDS = {
  consent: "Yes, I agree.",
  1: "I built a small service that sends letters to customers, and it has been running for two years.",
  2: "The hardest fault was a clock that ran backwards on one of our machines, and the log showed it.",
  questions: "No, thank you, I have no questions.",
};
const PLAN = `
id: quick
title: Quick
role: tester
opening: Let us begin.
closing: Goodbye.
questions:
  - {id: first, competency: C, text: What did you build?, rephrase: What was it?}
  - {id: second, competency: C, text: Which fault was hard to find?, rephrase: Which one?}
`;

export const log = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Runs the binary to its end; what it said. */
export async function interviewer(...args) {
  return (await run(binary, args, { cwd: repository, maxBuffer: 1 << 24 })).stdout;
}

async function startServer(folder, settings) {
  const plans = join(folder, "plans");
  await mkdir(plans);
  await writeFile(join(plans, "quick.yaml"), PLAN);
  const file = join(folder, "settings.toml");
  await writeFile(file, `[livekit]\nplan = "quick"\n${settings}`);
  const child = spawn(binary, ["serve", "--config", file, "--port", "0", "--plans", plans, "--data-dir", join(folder, "data")], {
    cwd: repository,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const base = await new Promise((done, fail) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const link = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (link) done(link[0]);
    });
    child.once("exit", (code) => fail(new Error(`the server ended with ${code}`)));
  });
  return { base, stop: () => child.kill("SIGTERM") };
}

/**
 * Calls `hold` with a server, a browser's context, a folder, and the candidate's words as sound (WAV, base64). `settings` are
 * lines of the server's section [livekit], `flags` the browser's.
 */
export async function inRoom(hold, { settings = "", flags = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "livekit-"));
  const server = await startServer(folder, settings);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      ...flags,
    ],
  });
  try {
    const sounds = {};
    for (const [key, text] of Object.entries(WORDS)) {
      const file = join(folder, `${key}.wav`);
      await interviewer("speak", text, "--out", file);
      sounds[key] = (await readFile(file)).toString("base64");
    }
    const context = await browser.newContext({ bypassCSP: true, permissions: ["microphone"] });
    await hold({ base: server.base, context, folder, sounds });
  } finally {
    await browser.close();
    server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
