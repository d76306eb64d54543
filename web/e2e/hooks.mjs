// LiveKit's React hooks, as its starter front ends use them and call for their tokens, show a whole interview: the agent's
// state, both transcripts, the sound; the first answers are spoken, the last one is typed.
//
//   node e2e/hooks.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import { inRoom, log, pause } from "./rooms.mjs";
import { fakeMicrophone } from "./page.mjs";

const here = fileURLToPath(new URL("./hooks/", import.meta.url));
const WHOLE_MS = 180_000;

/** The page's script, made of the packages as they come from npm. */
async function script(folder) {
  const outDir = join(folder, "hooks");
  await build({
    configFile: false,
    logLevel: "error",
    plugins: [react()],
    define: { "process.env.NODE_ENV": '"production"' },
    build: { outDir, lib: { entry: join(here, "page.jsx"), formats: ["es"], fileName: () => "page.js" } },
  });
  return readFile(join(outDir, "page.js"), "utf8");
}

async function hold(context, base, body, way, sounds) {
  const page = await context.newPage();
  await page.addInitScript(fakeMicrophone);
  await page.goto(`${base}/healthz${way}`); // an empty page of the server's
  await page.addScriptTag({ content: body, type: "module" });
  const said = {};
  const giveUp = Date.now() + WHOLE_MS;
  let told = {};
  while (told.end === undefined && told.failed === undefined) {
    assert.ok(Date.now() < giveUp, JSON.stringify(told));
    await pause(100);
    told = await page.evaluate(() => window.__told ?? {});
    const about = told.attributes ?? {};
    if (told.states?.at(-1) !== "listening") continue;
    const key = { consent: "consent", candidate_questions: "questions" }[about["interviewer.phase"]] ?? about["interviewer.question"];
    const turn = `${key} ${told.states.length}`;
    if (said[turn] || sounds[key] === undefined) continue;
    said[turn] = true;
    if (key === "questions") await page.evaluate(() => window.__type("No, thank you."));
    else void page.evaluate((sound) => window.__microphone.speak(sound), sounds[key]);
  }
  await page.close();
  assert.equal(told.failed, undefined);
  assert.equal(told.end, 5, "ROOM_DELETED");
  assert.ok(told.sound, "the interviewer's track is there");
  for (const state of ["listening", "thinking", "speaking"]) assert.ok(told.states.includes(state), told.states.join(" "));
  const text = (ours) => Object.values(told.transcripts).filter(([who]) => (who === "interviewer") === ours).map(([, words]) => words).join(" ");
  for (const line of ["What did you build?", "Which fault was hard to find?"]) assert.ok(text(true).includes(line), text(true));
  for (const word of ["letters", "clock"]) assert.ok(text(false).toLowerCase().includes(word), text(false));
  log(`${way || "?new"}: ${told.states.join(" ")}`);
}

await inRoom(async ({ base, context, folder, sounds }) => {
  const body = await script(folder);
  for (const way of ["?old", ""]) await hold(context, base, body, way, sounds);
});
