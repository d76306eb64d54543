import { useEffect, useRef } from "react";
import type { Level } from "../audio/sound";

/** Writes a level into `--level` at the screen's pace, without rendering anything again. */
export function useLevel<E extends HTMLElement>(level: Level) {
  const element = useRef<E>(null);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      element.current?.style.setProperty("--level", level().toFixed(3));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [level]);
  return element;
}

export function Meter({ level, label }: { level: Level; label: string }) {
  const element = useLevel<HTMLDivElement>(level);
  return (
    <div ref={element} className="meter" role="img" aria-label={label}>
      <div className="meter-fill" />
    </div>
  );
}
