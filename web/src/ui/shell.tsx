import type { ReactNode } from "react";

/** The frame around every page: a skip link, the name, the content. */
export function Shell({
  children,
  aside = null,
  wide = false,
}: {
  children: ReactNode;
  aside?: ReactNode;
  wide?: boolean;
}) {
  return (
    <div className={wide ? "shell wide" : "shell"}>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <span className="brand">
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <circle cx="16" cy="16" r="16" fill="var(--accent)" />
            <path
              d="M8 14v4M12 10.5v11M16 7v18M20 10.5v11M24 14v4"
              stroke="var(--on-accent)"
              strokeWidth="2.6"
              strokeLinecap="round"
            />
          </svg>
          interviewer
        </span>
        {aside}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
