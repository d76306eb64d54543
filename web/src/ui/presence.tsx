import type { Level } from "../audio/sound";
import { useLevel } from "./meter";

export type Mood = "speaking" | "listening" | "thinking" | "idle";

/** Who has the word, as one calm shape; its level follows the voice. */
export function Presence({ mood, level }: { mood: Mood; level: Level }) {
  const element = useLevel<HTMLDivElement>(level);
  return (
    <div ref={element} className={`presence ${mood}`} aria-hidden="true">
      <div className="halo far" />
      <div className="halo near" />
      <div className="core">
        <i />
        <i />
        <i />
        <i />
        <i />
      </div>
    </div>
  );
}
