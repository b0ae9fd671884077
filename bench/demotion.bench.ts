import WebSocket from "ws";
import type { EventView, PersonView } from "../src/wire/api.ts";
import type { RoomMessage } from "../src/wire/room.ts";
import { startHouse } from "../test/e2e/house.ts";
import type { Bench } from "./harness.ts";

/** Seats that are taken away, one after the other. */
const REMOVALS = 30;

/** A page in the room: what it was told last. */
interface RoomPage {
  readonly socket: WebSocket;
  /** Resolves when the room says something that fits; at once when it already did. */
  until(fits: (message: RoomMessage) => boolean): Promise<number>;
}

/** Opens the room with a seat token and waits for the welcome; a stage that is still starting is asked again. */
async function enterRoom(backstage: string, slug: string, token: string): Promise<RoomPage> {
  for (;;) {
    const socket = new WebSocket(`${backstage.replace("http", "ws")}/room/${slug}`);
    const waiting = new Set<(message: RoomMessage) => void>();
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as RoomMessage;
      for (const look of waiting) look(message);
    });
    const until = (fits: (message: RoomMessage) => boolean) =>
      new Promise<number>((resolve) => {
        const look = (message: RoomMessage) => {
          if (!fits(message)) return;
          waiting.delete(look);
          resolve(performance.now());
        };
        waiting.add(look);
      });
    const opened = await new Promise<boolean>((resolve) => {
      socket.once("open", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    if (!opened) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    const welcome = until(({ type }) => type === "welcome");
    socket.send(JSON.stringify({ type: "hello", token }));
    await welcome;
    return { socket, until };
  }
}

/** From the host's click to the moment the stage has taken a guest off: API, database with its flush, manifest, stage. */
export const bench: Bench = {
  name: "demotion",
  rounds: 1,
  figures: {
    removal_median_ms: { unit: "ms" },
    removal_max_ms: { unit: "ms", target: { limit: 200, direction: "at most" } },
    hand_over_median_ms: { unit: "ms" },
  },
  async measure() {
    const house = await startHouse();
    let cookie = "";
    const api = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
      const response = await fetch(`${house.backstage}${path}`, {
        method,
        headers: { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === "" ? undefined : JSON.parse(text)) as Body;
    };
    try {
      await api("POST", "/api/enter", { secret: new URL(house.hostLink).hash.slice(1) });
      const { slug } = await api<EventView>("POST", "/api/events", {
        title: "Demotion",
        startDate: new Date(Date.now() + 600_000).toISOString(),
        timeZone: "UTC",
      });
      const seat = async (person?: PersonView) => {
        // The operator takes the host's seat; a guest comes by the link, in a browser of their own.
        if (person === undefined) return (await api<{ token: string }>("POST", `/api/events/${slug}/seat`)).token;
        const response = await fetch(`${house.backstage}/api/enter`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ secret: person.link?.split("#")[1] }),
        });
        return ((await response.json()) as { seat: { token: string } }).seat.token;
      };
      const host = await enterRoom(house.backstage, slug, await seat());
      const removals: number[] = [];
      for (let index = 0; index < REMOVALS; index++) {
        const guest = await api<PersonView>("POST", `/api/events/${slug}/people`, { name: `Guest ${index}` });
        const here = host.until((message) => message.type === "room" && message.seats.some(({ id }) => id === guest.id));
        const page = await enterRoom(house.backstage, slug, await seat(guest));
        await here;
        const gone = host.until((message) => message.type === "room" && !message.seats.some(({ id }) => id === guest.id));
        const started = performance.now();
        const done = api("DELETE", `/api/events/${slug}/people/${guest.id}`);
        removals.push((await gone) - started);
        await done;
        page.socket.close();
      }
      const jean = await api<PersonView>("POST", `/api/events/${slug}/people`, { name: "Jean", role: "co-host" });
      const page = await enterRoom(house.backstage, slug, await seat(jean));
      const handOvers: number[] = [];
      const people = async () => (await api<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).people;
      for (let index = 0; index < 10; index++) {
        const next = (await people()).find(({ role }) => role === "co-host")?.id ?? "";
        const over = page.until((message) => message.type === "room" && message.seats.some(({ id, role }) => id === next && role === "host"));
        const started = performance.now();
        await api("POST", `/api/events/${slug}/hand-over`, { person: next });
        handOvers.push((await over) - started);
      }
      host.socket.close();
      page.socket.close();
      const sorted = removals.toSorted((one, other) => one - other);
      return {
        removal_median_ms: sorted[sorted.length >> 1] ?? 0,
        removal_max_ms: sorted.at(-1) ?? 0,
        hand_over_median_ms: handOvers.toSorted((one, other) => one - other)[5] ?? 0,
      };
    } finally {
      await house.stop();
    }
  },
};
