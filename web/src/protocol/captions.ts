import type { TextStreamReader } from "livekit-client";
import type { ServerMessage, Speaker } from "./messages";

/** Shows a text stream of LiveKit's transcription: the interviewer's as it grows, the candidate's when it is whole. */
export async function readCaption(
  reader: TextStreamReader,
  speaker: Speaker,
  show: (message: ServerMessage) => void,
): Promise<void> {
  const attributes = reader.info.attributes;
  const segment = attributes?.["lk.segment_id"] ?? reader.info.id;
  const caption = (text: string, final: boolean) => show({ type: "caption", speaker, segment, text, final });
  let text = "";
  try {
    for await (const piece of reader) {
      text += piece;
      if (speaker === "interviewer") caption(text, false);
    }
  } catch {
    return; // the line was lost in mid-word; what is durable is shown again
  }
  caption(text, attributes?.["lk.transcription_final"] === "true");
}
