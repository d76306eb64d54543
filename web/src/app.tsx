import { Candidate } from "./candidate";
import { Landing } from "./landing";
import { Missing } from "./steps/missing";
import { Shell } from "./ui/shell";

const INTERVIEW_PATH = /^\/i\/([0-9A-Za-z_-]{1,100})\/?$/;

export function App({ path }: { path: string }) {
  if (path === "/" || path === "/index.html") return <Landing />;
  const id = INTERVIEW_PATH.exec(path)?.[1];
  if (id !== undefined) return <Candidate key={id} id={id} />;
  return (
    <Shell>
      <Missing notFound message="" />
    </Shell>
  );
}
