// LiveKit's JavaScript client, unchanged, holds a whole interview of two questions in a real browser, with a spoken voice as
// its microphone: the newest version and two older ones.
//
//   node e2e/livekit.mjs [VERSION…]        2.23, 2.17 and 2.13 when none is named
//
// INTERVIEWER   the binary (default: ${CARGO_TARGET_DIR:-target}/release/interviewer)
// CHROMIUM      the browser (default: /usr/bin/chromium)
import { hold } from "./conversation.mjs";
import { inRoom } from "./rooms.mjs";

const CLIENTS = {
  "2.23": "livekit-client",
  "2.17": "livekit-client-2.17",
  "2.13": "livekit-client-2.13",
};

await inRoom(async (room) => {
  const versions = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CLIENTS);
  for (const version of versions) await hold(room, CLIENTS[version]);
});
