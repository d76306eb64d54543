// What LiveKit's starter front ends are made of: its hooks, in a page of their own. Shows nothing; tells the test what the
// hooks say. `?old` is voice-assistant-frontend's way (LiveKitRoom, useVoiceAssistant), otherwise agent-starter-react's
// (useSession, useAgent).
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { TokenSource } from "livekit-client";
import {
  LiveKitRoom,
  RoomAudioRenderer,
  SessionProvider,
  useAgent,
  useChat,
  useSession,
  useTranscriptions,
  useVoiceAssistant,
} from "@livekit/components-react";

const told = { states: [], transcripts: {}, attributes: {}, sound: false };
window.__told = told;

function note(state, track, attributes) {
  if (state !== told.states.at(-1)) told.states.push(state);
  if (track) told.sound = true;
  told.attributes = { ...attributes };
}

function useTold(state, track, attributes) {
  const transcriptions = useTranscriptions();
  const { send } = useChat();
  useEffect(() => note(state, track, attributes));
  useEffect(() => {
    for (const one of transcriptions) told.transcripts[one.streamInfo.attributes["lk.segment_id"]] = [one.participantInfo.identity, one.text];
  }, [transcriptions]);
  useEffect(() => void (window.__type = (text) => send(text)), [send]);
}

function Old() {
  const { state, audioTrack, agentAttributes } = useVoiceAssistant();
  useTold(state, audioTrack, agentAttributes);
  return <RoomAudioRenderer />;
}

function OldFrontEnd() {
  const [details, setDetails] = useState(null);
  useEffect(() => void fetch("/api/connection-details").then((answer) => answer.json()).then(setDetails), []);
  if (details === null) return null;
  return (
    <LiveKitRoom serverUrl={details.serverUrl} token={details.participantToken} connect audio onDisconnected={(reason) => (told.end = reason)}>
      <Old />
    </LiveKitRoom>
  );
}

function New() {
  const agent = useAgent();
  useTold(agent.state, agent.microphoneTrack, agent.attributes);
  return <RoomAudioRenderer />;
}

const tokens = TokenSource.endpoint("/api/token");

function NewFrontEnd() {
  const session = useSession(tokens, { agentName: "quick" });
  const { start, room } = session;
  useEffect(() => void room.on("disconnected", (reason) => (told.end = reason)), [room]);
  useEffect(() => void start({ tracks: { microphone: { enabled: true } } }).catch((error) => (told.failed = `${error}`)), []);
  return (
    <SessionProvider session={session}>
      <New />
    </SessionProvider>
  );
}

createRoot(document.body).render(location.search === "?old" ? <OldFrontEnd /> : <NewFrontEnd />);
