import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { test } from "node:test";
import type { WorkDetails } from "../../wire/door.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { ask, EVENT, openFront, openStageDouble, until } from "./test-front.ts";

/** What an address has at once. */
const BURST = 60;
const PUSHER = "203.0.113.7";

/** What the page's worker does. */
function solve({ work, work_target, work_steps, work_iterations }: WorkDetails): string {
  const nonce = Buffer.from(work, "base64url").subarray(1, 13);
  const salt = Buffer.alloc(4);
  for (let step = 0; step < work_steps; step++) {
    salt.writeUInt32BE(step);
    if (pbkdf2Sync(nonce, salt, work_iterations, 8, "sha256").toString("hex") === work_target) return `${work}.${step}`;
  }
  throw new Error("no step solves the task");
}

test("whose network has asked too much is offered a task at the door, gets in by doing it, and is not turned back again; other requests wait and read why", async (t) => {
  const house = await openFront({});
  const stage = await openStageDouble();
  t.after(async () => {
    stage.close();
    await house.close();
  });
  const { door, desk } = house.front;
  // High on the ladder, as in a flood; not so high that nobody comes in.
  door.does = (what) => what === "tickets" || what === "waiting-page";
  house.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  stage.publish(0, 16);
  await until(() => desk.get(EVENT.slug)?.store.newest("mp3") === 15);
  await door.look();
  const from = { "x-forwarded-for": PUSHER };
  const get = async (path: string) => {
    const { status, headers, body } = await ask(`${house.url}${path}`, from);
    return { status, headers, text: body.toString() };
  };
  const at = `/live/${EVENT.slug}/door?s=honest-person-one`;
  await Promise.all(Array.from({ length: BURST }, () => get("/healthz")));
  const [page, offered, invented] = await Promise.all([get(`/e/${EVENT.slug}`), get(at), get(`${at}&work=${"A".repeat(47)}.7`)]);
  assert.equal(invented.status, 503, "made-up work opens nothing");
  assert.deepEqual([page.status, page.headers["retry-after"]], [429, page.headers.refresh]);
  assert.ok(Number(page.headers["retry-after"]) >= 10 && Number(page.headers["retry-after"]) <= 20, "each at another time");
  assert.match(page.text, /your network.*\n.*Ihrem Netz/);
  const { code, details } = JSON.parse(offered.text) as ProblemDetails;
  assert.deepEqual([offered.status, code, typeof details.work], [503, "busy", "string"]);
  const work = solve(details as unknown as WorkDetails);
  const done = await get(`${at}&work=${work}`);
  const ticket = done.status === 200 ? String(done.headers["earshot-pass"]) : String((JSON.parse(done.text) as ProblemDetails).details.ticket);
  assert.match(ticket, /^[\w-]{70}$/, `${done.status} ${done.text}`);
  const back = door.gatekeeper.turnedBack;
  // On a machine that is busy the ticket has a time.
  while ((await get(`${at}&ticket=${ticket}`)).status !== 200) house.passTime(1_000);
  assert.equal(door.gatekeeper.turnedBack, back, "with a ticket nobody is turned back");
});

test("a network that floods has its next connections kept unread instead of closed, so that it does not come again at once", async () => {
  const gatekeeper = new Gatekeeper({
    asking: () => assert.fail(),
    vouches: () => false,
    offer: () => undefined,
    isProxy: () => false,
    nowMs: () => 1_000,
    secure: false,
    onConnection: () => {},
  });
  const server: Server = createServer();
  server.removeAllListeners("connection");
  const taken: Socket[] = [];
  gatekeeper.guard(server);
  server.on("connection", (socket: Socket) => taken.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const come = async (localAddress: string) => {
    const before = taken.length;
    const socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => {});
    await until(() => taken.length > before);
    return { socket, kept: gatekeeper.keeps(taken.at(-1) as Socket) };
  };
  for (let request = 0; request < 400; request++) gatekeeper.caught("127.66.6.1");
  gatekeeper.follow(true, { loopBusy: 1, loopWaitMs: 10 });
  assert.equal(gatekeeper.shutOut, 1);
  const [hostile, honest] = [await come("127.66.6.9"), await come("127.67.6.9")];
  assert.deepEqual([hostile.kept, hostile.socket.destroyed, honest.kept, gatekeeper.cutOff], [true, false, false, 1]);
  for (const { socket } of [hostile, honest]) socket.destroy();
  for (const socket of taken) socket.destroy();
  server.close();
});
