import { useEffect, useRef, useState } from "react";
import type { Caption } from "../state/reducer";

const NEAR_END_PX = 80;
/** A burst of captions, as after coming back, is read out as its last one only. */
const SETTLE_MS = 400;

export function Captions({ captions }: { captions: Caption[] }) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);

  useEffect(() => {
    const element = box.current;
    if (element !== null && following.current) element.scrollTop = element.scrollHeight;
  }, [captions]);

  return (
    <section className="captions" aria-labelledby="captions-heading">
      <h2 id="captions-heading" className="hidden">
        Captions
      </h2>
      <div
        ref={box}
        className="captions-box"
        role="region"
        aria-label="What has been said"
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
        }}
      >
        {captions.length === 0 && <p className="quiet">What is said will appear here.</p>}
        {captions.map(({ key, speaker, text, final }) => (
          <p
            key={key}
            className={`caption ${speaker}${final ? "" : " interim"}`}
            data-speaker={speaker}
            data-final={final}
          >
            <span className="who">{speaker === "candidate" ? "You" : "Interviewer"}</span>
            <span className="said">
              {text}
              {!final && <span aria-hidden="true"> …</span>}
            </span>
          </p>
        ))}
      </div>
    </section>
  );
}

export function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p className="hidden" aria-live="polite">
      {said === "" ? "" : `Interviewer: ${said}`}
    </p>
  );
}
