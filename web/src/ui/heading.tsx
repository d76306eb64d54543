import { useEffect, useRef } from "react";
import type { ReactNode } from "react";

/** A step's heading takes the focus when the step appears, so that it is read out and Tab goes on from it. */
export function Heading({ children, focus = false }: { children: ReactNode; focus?: boolean }) {
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!focus) return;
    element.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [focus]);
  return (
    <h1 ref={element} tabIndex={-1}>
      {children}
    </h1>
  );
}
