import assert from "node:assert/strict";
import type { RunningHouse } from "./house.ts";

/** What a house answers. */
export interface HostAnswer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/** Somebody who runs the house without a page: signed in by the one-time link. */
export interface HostCalls {
  call(method: string, path: string, body?: unknown): Promise<HostAnswer>;
  /** Makes an event and puts it on air; nobody is on stage. Resolves to its address and id once it is. */
  goOnAir(title: string): Promise<{ readonly slug: string; readonly id: string }>;
}

/** Signs in with the link that the house printed at its start. */
export async function openHostCalls(house: Pick<RunningHouse, "backstage" | "front" | "hostLink">): Promise<HostCalls> {
  let cookie = "";
  const call = async (method: string, path: string, body: unknown = {}): Promise<HostAnswer> => {
    const headers = { "content-type": "application/json", origin: house.backstage, cookie };
    const response = await fetch(`${house.backstage}${path}`, { method, headers, body: JSON.stringify(body) });
    cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  await call("POST", "/api/enter", { secret: house.hostLink.split("#")[1] });
  return {
    call,
    async goOnAir(title) {
      const { status, json } = await call("POST", "/api/events", {
        title,
        startDate: new Date(Date.now() + 60_000).toISOString(),
        timeZone: "Europe/Berlin",
        speakers: [{ name: "Ada", role: "speaker" }],
      });
      assert.equal(status, 201, JSON.stringify(json));
      const { slug } = json as { slug: string };
      await call("POST", `/api/events/${slug}/seat`);
      await until(async () => (await call("POST", `/api/events/${slug}/live`)).status === 200);
      const state = (await (await fetch(`${house.front}/live/${slug}/state.json`)).json()) as { event: { id: string } };
      await until(async () => (await fetch(`${house.front}/live/${slug}.mp3`, { method: "HEAD" })).ok);
      return { slug, id: state.event.id };
    },
  };
}

/** Asks again until an answer has come true; a house needs a moment for everything it starts. */
export async function until(done: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 90_000; !(await done().catch(() => false)); ) {
    assert.ok(Date.now() < end, "it did not come true in 90 s");
    await pause(200);
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Listens until told to stop; resolves to the bytes heard. */
export async function listen(url: string, signal: AbortSignal, onBytes: (count: number) => void = () => {}): Promise<number> {
  let bytes = 0;
  try {
    const headers = { "user-agent": "Mozilla/5.0 (a listener)" };
    for await (const chunk of (await fetch(url, { signal, headers })).body ?? []) {
      bytes += (chunk as Uint8Array).length;
      onBytes((chunk as Uint8Array).length);
    }
  } catch {
    // Told to stop, or cut off on a busy machine; what counts is what was heard.
  }
  return bytes;
}
