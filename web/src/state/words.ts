import type { Notice } from "./reducer";

/** A server's error in words that help the person who reads them. */
export function plainWords(notice: Notice): string {
  switch (notice.code) {
    case "no_audio":
      return "We cannot hear anything from your microphone. It may be muted or unplugged. You can also type your answer.";
    case "engine_unavailable":
      return "Speech is not working on our side just now. Captions, buttons and typing still work, or you can come back to this link later and go on where you were.";
    case "too_fast":
    case "frame_too_large":
    case "bad_audio_frame":
      return "Some sound from your microphone did not get through. If the interviewer seems to have missed something, please say it again.";
    case "message_too_large":
      return "That was too long to send at once. Please send it in shorter parts.";
    case "unsupported_version":
    case "unsupported_audio":
      return "This page is older than the server. Please reload it; you will go on where you were.";
    case "interview_ended":
      return "This interview has already ended.";
    case "microphone_lost":
      return "Your microphone has gone. Plug it in again and reconnect it, or type your answers.";
    case "not_sent":
      return "That was not sent, as the connection is down. Please try again in a moment.";
    default:
      return notice.message === ""
        ? "Something went wrong on our side. The interview goes on."
        : `Something did not work: ${notice.message}`;
  }
}

export function minutesWords(minutes: number): string {
  return minutes === 1 ? "about 1 minute" : `about ${minutes} minutes`;
}

export function questionsWords(questions: number): string {
  return questions === 1 ? "1 question" : `${questions} questions`;
}

/** Whether a role tells anything that the title does not. */
export function saysMore(role: string, title: string): boolean {
  return role !== "" && role.toLowerCase() !== title.toLowerCase();
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
