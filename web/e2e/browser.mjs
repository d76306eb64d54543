// What the two tests share: the browser, and the look at a page from every side.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { fakeMicrophone, faults } from "./page.mjs";

export const out = fileURLToPath(new URL("./out/", import.meta.url));
export const STEP_MS = 90_000;
export const TURN_MS = 240_000;

export const wide = { width: 1280, height: 800 };
export const narrow = { width: 390, height: 844 };
export const smallest = { width: 320, height: 640 };

export const log = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function openBrowser(folder) {
  const browser = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: wide,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--disable-quic",
    ],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  await page.addInitScript(fakeMicrophone);
  return { browser, page };
}

/** Looks at a step as it is: all widths, light and dark, for the eye and for the checks. */
export async function look(page, name, problems) {
  for (const [width, size] of Object.entries({ wide, narrow, smallest })) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await pause(120);
      for (const fault of await page.evaluate(faults)) {
        problems.push(`${name}, ${width}, ${colorScheme}: ${fault}`);
      }
      if (width !== "smallest" || colorScheme === "light") {
        await page.screenshot({ path: join(out, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
    }
  }
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
}

/** What the page knows of the interview, or null when it has moved on to the end. */
export const glance = (page) =>
  page.evaluate(() => {
    const element = document.querySelector(".interview");
    if (element === null) return null;
    const { phase, activity, question, line } = element.dataset;
    const question_text = document.querySelector(".question-text")?.textContent ?? "";
    return { phase, activity, question: Number(question), line, question_text };
  });

export async function until(page, what, wanted, limitMs = TURN_MS) {
  const giveUp = Date.now() + limitMs;
  for (;;) {
    const now = await glance(page);
    if (wanted(now)) return now;
    if (Date.now() > giveUp) throw new Error(`waited in vain for ${what}: ${JSON.stringify(now)}`);
    await pause(100);
  }
}

export async function agree(page) {
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel(/recorded and written down/).check();
  await page.getByLabel(/speak with an AI/).check();
  await page.getByRole("button", { name: "I agree, continue" }).click();
}
