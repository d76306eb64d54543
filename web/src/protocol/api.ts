/** The few HTTP requests of docs/websocket.md, with their answers checked. */

export interface Plan {
  id: string;
  title: string;
  role: string;
  questions: number;
  minutes: number;
}

export const STATUSES = ["created", "live", "interrupted", "completed", "declined", "left"] as const;
export type Status = (typeof STATUSES)[number];

export interface InterviewInfo {
  id: string;
  title: string;
  role: string;
  questions: number;
  minutes: number;
  status: Status;
  /** A page holds it now. */
  connected: boolean;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function str(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function num(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : 0;
}

async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, cache: "no-store", credentials: "same-origin" });
  } catch {
    throw new ApiError(0, "unreachable", "The server cannot be reached.");
  }
  if (!response.ok) {
    let code = "http";
    let message = `The server answered ${response.status}.`;
    try {
      const body: unknown = await response.json();
      if (isObject(body)) {
        code = str(body["code"]) || code;
        message = str(body["message"]) || message;
      }
    } catch {
      // An answer without a JSON body keeps the general message.
    }
    throw new ApiError(response.status, code, message);
  }
  return response;
}

async function json(path: string, init?: RequestInit): Promise<unknown> {
  const response = await request(path, init);
  try {
    return await response.json();
  } catch {
    throw new ApiError(response.status, "bad_answer", "The server's answer could not be read.");
  }
}

export async function listPlans(): Promise<Plan[]> {
  const body = await json("/api/plans");
  if (!Array.isArray(body)) {
    throw new ApiError(200, "bad_answer", "The server's answer could not be read.");
  }
  return body.filter(isObject).map((plan) => ({
    id: str(plan["id"]),
    title: str(plan["title"]),
    role: str(plan["role"]),
    questions: num(plan["questions"]),
    minutes: num(plan["minutes"]),
  }));
}

/** Makes an interview and returns the address of the candidate's page. */
export async function createInterview(plan: string): Promise<string> {
  const body = await json("/api/interviews", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ plan }),
  });
  const link = isObject(body) ? str(body["link"]) : "";
  if (link === "") {
    throw new ApiError(201, "bad_answer", "The server's answer could not be read.");
  }
  return link;
}

export async function getInterview(id: string): Promise<InterviewInfo> {
  const body = await json(`/api/interviews/${encodeURIComponent(id)}`);
  const status = isObject(body) ? STATUSES.find((known) => known === body["status"]) : undefined;
  if (!isObject(body) || status === undefined) {
    throw new ApiError(200, "bad_answer", "The server's answer could not be read.");
  }
  return {
    id: str(body["id"]) || id,
    title: str(body["title"]),
    role: str(body["role"]),
    questions: num(body["questions"]),
    minutes: num(body["minutes"]),
    status,
    connected: body["connected"] === true,
  };
}

/** Where the room of an interview is, and what opens it. */
export interface Invitation {
  url: string;
  token: string;
}

/** A way into the interview's room, where it begins when the page asks for it. */
export async function getInvitation(id: string): Promise<Invitation> {
  const body = await json(`/api/interviews/${encodeURIComponent(id)}/livekit`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ begin: "on_request" }),
  });
  const url = isObject(body) ? str(body["serverUrl"]) : "";
  const token = isObject(body) ? str(body["participantToken"]) : "";
  if (url === "" || token === "") {
    throw new ApiError(200, "bad_answer", "The server's answer could not be read.");
  }
  return { url, token };
}

export function fileAddress(id: string, name: string): string {
  return `/api/interviews/${encodeURIComponent(id)}/files/${encodeURIComponent(name)}`;
}

export async function getFileJson(id: string, name: string): Promise<unknown> {
  return json(fileAddress(id, name));
}

export function socketAddress(id: string, page: Location): string {
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${page.host}/api/interviews/${encodeURIComponent(id)}/ws`;
}
