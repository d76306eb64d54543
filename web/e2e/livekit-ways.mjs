// The ways into a call, with LiveKit's JavaScript client, unchanged, in a real browser: over TCP where no datagram leaves the
// machine, through a TURN server (coturn) where nothing else is allowed, by IPv6, and with a client that would rather send RED.
//
//   node e2e/livekit-ways.mjs [WAY…]        tcp, turn, ipv6 and red when none is named
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { hold } from "./conversation.mjs";
import { inRoom, log, pause } from "./rooms.mjs";

const CLIENT = "livekit-client";
const SECRET = "what the server and coturn know and nobody else";

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function tcp() {
  const settings = `tcp_port = ${await freePort()}`;
  const flags = ["--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--webrtc-ip-handling-policy=disable_non_proxied_udp"];
  await inRoom(async (room) => {
    for (const way of await hold(room, CLIENT, { what: "tcp" })) assert.equal(way.protocol, "tcp", JSON.stringify(way));
  }, { settings, flags });
}

/** coturn on a free port, or nothing where there is none. */
async function coturn() {
  try {
    execFileSync("turnserver", ["--version"], { stdio: "ignore" });
  } catch (error) {
    if (error.code === "ENOENT") return null;
  }
  const port = await freePort();
  const options = ["--use-auth-secret", `--static-auth-secret=${SECRET}`, "--realm=test", "--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers", "--log-file=stdout", "--simple-log", "--pidfile=/dev/null", "--no-software-attribute"];
  const child = spawn("turnserver", ["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${port}`, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const said = [];
  child.stdout.on("data", (data) => said.push(String(data)));
  return { port, said, stop: () => child.kill() };
}

async function turn() {
  const server = await coturn();
  if (server === null) return log("turn: skipped, there is no turnserver; the Debian package coturn has it (scripts/setup --tests)");
  const settings = `ice_servers = [{ urls = ["turn:127.0.0.1:${server.port}?transport=udp"], secret = "${SECRET}" }]`;
  const options = { rtcConfig: { iceTransportPolicy: "relay" } };
  try {
    await pause(500);
    await inRoom(async (room) => {
      for (const way of await hold(room, CLIENT, { what: "turn", options })) assert.equal(way.kind, "relay", JSON.stringify(way));
    }, { settings });
  } catch (error) {
    log(server.said.join("").slice(-4000));
    throw error;
  } finally {
    server.stop();
  }
}

async function ipv6() {
  const all = Object.values(networkInterfaces()).flat();
  if (!all.some((one) => one.family === "IPv6" && !one.internal)) return log("ipv6: skipped, this machine has no address of IPv6");
  const settings = 'listen = "::1"';
  await inRoom(async (room) => {
    for (const way of await hold(room, CLIENT, { what: "ipv6" })) assert.ok(way.to === "::1" && way.protocol === "udp", JSON.stringify(way));
  }, { settings });
}

async function red() {
  await inRoom(async (room) => {
    const ways = await hold(room, CLIENT, { what: "red", red: true });
    assert.deepEqual(ways.flatMap((way) => way.codecs), ["audio/opus"]);
  });
}

const WAYS = { tcp, turn, ipv6, red };
for (const way of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(WAYS)) await WAYS[way]();
