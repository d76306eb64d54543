// One interview of two questions with LiveKit's JavaScript client, unchanged, in a real browser, and what has to come of it.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fakeMicrophone } from "./page.mjs";
import { interviewer, log } from "./rooms.mjs";

/** An interview of two questions takes a minute; a machine that is busy, longer. */
const WHOLE_MS = 180_000;
/** Of the words that the client received, recognised again, so many may be wrong. */
const MOST_WER = 0.1;

/** Runs in the page: a candidate with LiveKit's client. Resolves with what happened. */
async function candidate({ url, token, sounds, wholeMs, options }) {
  const { Room, RoomEvent, DisconnectReason, Track } = window.LivekitClient;
  const room = new Room();
  const told = { states: [], transcripts: {}, older: {}, errors: [], kind: null, speakers: 0 };
  const said = {};
  const over = new Promise((done) => room.on(RoomEvent.Disconnected, (reason) => done(DisconnectReason[reason])));
  const recorded = [];
  let recorder = null;

  const answer = (about) => {
    const key = { consent: "consent", candidate_questions: "questions" }[about["interviewer.phase"]] ?? about["interviewer.question"];
    said[key] = (said[key] ?? 0) + 1;
    if (sounds[key] && said[key] <= 2) setTimeout(() => void window.__microphone.speak(sounds[key]), 400);
  };
  room.on(RoomEvent.ParticipantAttributesChanged, (changed, who) => {
    const state = changed["lk.agent.state"];
    if (state === undefined) return;
    told.states.push(state);
    if (state === "listening") {
      answer(who.attributes);
      void window.__ways().then((ways) => (told.ways = ways));
    }
  });
  room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => (told.speakers = Math.max(told.speakers, speakers.length)));
  room.on(RoomEvent.TranscriptionReceived, (segments, who) => {
    for (const segment of segments.filter((one) => one.final)) told.older[segment.id] = [who?.identity ?? "", segment.text];
  });
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind !== Track.Kind.Audio) return;
    const element = track.attach();
    document.body.append(element);
    recorder = new MediaRecorder(new MediaStream([track.mediaStreamTrack]), { mimeType: "audio/webm;codecs=opus", audioBitsPerSecond: 64000 });
    recorder.ondataavailable = (event) => recorded.push(event.data);
    recorder.start();
  });
  room.registerTextStreamHandler?.("lk.transcription", async (reader, who) => {
    const about = reader.info.attributes;
    const text = await reader.readAll();
    told.transcripts[about["lk.segment_id"]] = [who.identity, text];
  });
  try {
    await room.connect(url, token, options);
    told.kind = [...room.remoteParticipants.values()].map((who) => who.kind)[0];
    await room.localParticipant.setMicrophoneEnabled(true);
  } catch (error) {
    return { ...told, failed: `${error}` };
  }
  const late = new Promise((done) => setTimeout(() => done("it took too long"), wholeMs));
  told.end = await Promise.race([over, late]);
  if (recorder !== null && recorder.state !== "inactive") {
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.stop();
    await stopped;
  }
  // what was received, as WAV: 16 kHz mono
  const context = new OfflineAudioContext(1, 16000, 16000);
  const sound = await context.decodeAudioData(await new Blob(recorded).arrayBuffer());
  const samples = sound.getChannelData(0);
  const pcm = Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32767);
  let binary = "";
  const bytes = new Uint8Array(pcm.buffer);
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  told.heard = btoa(binary);
  return told;
}

/** Runs in the page before its own scripts: says by which ways its connections go, and in which codecs they send. */
function watchWays() {
  const all = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args) {
      super(...args);
      all.push(this);
    }
  };
  window.__ways = async () => {
    const ways = [];
    for (const connection of all.filter((one) => one.connectionState === "connected")) {
      const stats = await connection.getStats();
      const of = (type) => [...stats.values()].filter((one) => one.type === type);
      const selected = stats.get(of("transport")[0]?.selectedCandidatePairId);
      const [local, remote] = [stats.get(selected?.localCandidateId), stats.get(selected?.remoteCandidateId)];
      const codecs = of("outbound-rtp").map((one) => stats.get(one.codecId)?.mimeType);
      ways.push({ kind: local?.candidateType, protocol: local?.protocol, to: remote?.address, codecs });
    }
    return ways;
  };
}

/** Runs in the page before its own scripts: offers RED and Opus, in this order, and nothing else. */
function insistOnRed() {
  const createOffer = window.RTCPeerConnection.prototype.createOffer;
  window.RTCPeerConnection.prototype.createOffer = function (...args) {
    const { codecs } = RTCRtpReceiver.getCapabilities("audio");
    const [red, opus] = ["audio/red", "audio/opus"].map((type) => codecs.find((codec) => codec.mimeType === type));
    for (const one of this.getTransceivers()) {
      if (one.receiver.track.kind === "audio") one.setCodecPreferences([red, opus]);
    }
    return createOffer.apply(this, args);
  };
}

function wav(pcm) {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(16000, 24);
  head.writeUInt32LE(32000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([head, pcm]);
}

const words = (text) => text.toLowerCase().replace(/[^a-z' ]/g, " ").split(/\s+/).filter(Boolean);

/** Word error rate: the least number of changes (Levenshtein), for each word that was said. */
function wer(said, heard) {
  const [reference, hypothesis] = [words(said), words(heard)];
  let row = hypothesis.map((_, index) => index + 1);
  reference.forEach((word, i) => {
    let [corner, left] = [i, i + 1];
    row = row.map((above, j) => {
      const cost = Math.min(above + 1, left + 1, corner + (word === hypothesis[j] ? 0 : 1));
      corner = above;
      left = cost;
      return cost;
    });
  });
  return (row.at(-1) ?? reference.length) / reference.length;
}

/**
 * Holds an interview with the client `name` (a package); `what` it is called, `options` are given to the client when it
 * connects, `red` makes it offer RED before Opus. Returns by which ways the client was connected.
 */
export async function hold({ context, base, sounds, folder }, name, { what = name, options = {}, red = false } = {}) {
  const page = await context.newPage();
  await page.addInitScript(fakeMicrophone);
  await page.addInitScript(watchWays);
  if (red) await page.addInitScript(insistOnRed);
  await page.goto(`${base}/`);
  await page.addScriptTag({ path: fileURLToPath(new URL(`../node_modules/${name}/dist/livekit-client.umd.js`, import.meta.url)) });
  const asked = { method: "POST", headers: { "content-type": "application/json" } };
  const body = JSON.stringify({ room_config: { agents: [{ agent_name: "quick" }] } });
  const given = await fetch(`${base}/api/token`, { ...asked, body });
  const { serverUrl: url, participantToken: token } = await given.json();
  const told = await page.evaluate(candidate, { url, token, sounds, wholeMs: WHOLE_MS, options });
  await page.close();
  assert.equal(told.failed, undefined, told.failed);
  const { heard, ...shown } = told;
  assert.equal(told.end, "ROOM_DELETED", JSON.stringify(shown));
  assert.equal(told.kind, 4, "an agent");
  const turns = told.states.join(" ");
  assert.match(turns, /speaking listening (thinking )?speaking/, turns);
  assert.ok(turns.includes("thinking") && told.speakers > 0, turns);
  const of = (all, ours) => Object.values(all).filter(([who]) => (who === "interviewer") === ours).map(([, text]) => text.trim()).join(" ");
  for (const all of [told.transcripts, told.older]) {
    const [ours, theirs] = [of(all, true), of(all, false).toLowerCase()];
    for (const line of ["Let us begin.", "What did you build?", "Which fault was hard to find?", "Goodbye."]) assert.ok(ours.includes(line), `${line} in ${ours}`);
    for (const word of ["letters", "clock", "thank you"]) assert.ok(theirs.includes(word), `${word} in ${theirs}`);
  }
  const file = join(folder, `${what}.wav`);
  await writeFile(file, wav(Buffer.from(heard, "base64")));
  const heardAgain = JSON.parse((await interviewer("transcribe", "--json", file)).split("\n")[0]);
  const errors = wer(of(told.transcripts, true), heardAgain.text);
  assert.ok(errors <= MOST_WER, `WER ${errors}`);
  log(`${what}: ${told.states.length} states, ${Object.keys(told.transcripts).length} lines, WER of what was received ${(100 * errors).toFixed(1)} %`);
  return told.ways;
}
