import { randomBytes } from "node:crypto";
import { Door, NetworkHash } from "../../src/audience/mod.ts";
import { SessionTable } from "../../src/audience/listener-count/session-table.ts";
import { openFront } from "../../src/server/front/test-front.ts";

/** What the bench asks of this process. */
export type Ask =
  | { readonly type: "tickets"; readonly tickets: number; readonly networks: number }
  | { readonly type: "sessions"; readonly sessions: number }
  | { readonly type: "silent" };

/** What this process tells. */
export type Told =
  | { readonly type: "ready"; readonly url: string }
  | { readonly type: "tickets"; readonly given: number; readonly refused: number }
  | { readonly type: "sessions"; readonly bytes: number }
  | { readonly type: "silent"; readonly open: number; readonly cutOff: number };

// A real front in a process of its own, so that its memory is only its own.
const house = await openFront({ trustedProxies: [], realTime: true });
const door = new Door({ eventId: "ev", secret: randomBytes(16), joinsPerSecond: 1_000, random: randomBytes });
const hash = new NetworkHash(1);
const tell = (message: Told) => process.send?.(message);
const breathe = () => new Promise((resolve) => setImmediate(resolve));

process.on("message", (ask: Ask) => {
  if (ask.type === "silent") tell({ type: "silent", open: house.front.door.gatekeeper.silent.open, cutOff: house.front.door.gatekeeper.cutOff });
  else void (ask.type === "tickets" ? giveTickets(ask.tickets, ask.networks) : holdSessions(ask.sessions));
});
process.on("disconnect", () => void house.close().then(() => process.exit(0)));
tell({ type: "ready", url: house.url });

/** Distinct newcomers from so many networks, half of them IPv6, ask until so many tickets are out. */
async function giveTickets(tickets: number, networks: number): Promise<void> {
  let [given, refused, nowMs] = [0, 0, Date.now()];
  for (let attempt = 0; given < tickets && attempt < tickets * 3; attempt++) {
    const network = attempt % networks;
    const address =
      network % 2 === 0
        ? `${11 + (network >> 16)}.${(network >> 8) & 255}.${network & 255}.${attempt % 250}`
        : `2001:${(network >> 8).toString(16)}:${((network & 255) << 8).toString(16)}::${(attempt % 65_536).toString(16)}`;
    // As fast as a line with two hours to give can take them.
    nowMs += 1;
    const verdict = door.decide({ networks: hash.of(address), ticket: undefined, canWait: true, known: false, queuedMs: 0 }, nowMs);
    if (verdict.kind === "refused") refused++;
    else given++;
    if (attempt % 20_000 === 0) await breathe();
  }
  tell({ type: "tickets", given, refused });
}

/** So many admitted sessions at once. */
async function holdSessions(sessions: number): Promise<void> {
  const table = new SessionTable();
  for (let index = 0; index < sessions; index++) {
    table.take(Math.imul(index + 1, 0x9e37_79b9) >>> 0, (Math.imul(index + 1, 0x85eb_ca6b) ^ (index >>> 7)) >>> 0, 0, 3_000, 0, false);
    if (index % 100_000 === 0) await breathe();
  }
  tell({ type: "sessions", bytes: table.bytes });
}
