import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { test } from "node:test";
import type { DeliveryView, TokenView, WebhookView } from "../../../wire/access.ts";
import type { ActList, EventView } from "../../../wire/api.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

interface Told {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A program that is told, and answers as it is asked to. */
class Receiver {
  readonly told: Told[] = [];
  readonly #server: Server;
  status = 200;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.told.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
        response.writeHead(this.status, this.status === 302 ? { location: "/elsewhere" } : {}).end();
      });
    });
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/hook`;
  }

  types(): string[] {
    return this.told.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const addHook = async (operator: Visitor, url: string, types?: readonly string[]) =>
  (await operator.call<WebhookView>("POST", "/api/webhooks", { url, ...(types === undefined ? {} : { types }) })).body;
const deliveriesOf = async (operator: Visitor, id: string) =>
  (await operator.call<{ deliveries: DeliveryView[] }>("GET", `/api/webhooks/${id}/deliveries`)).body.deliveries;

test("another program is told of every step of an event, signed, in order, with the event as it then was", async () => {
  await using house = await TestHouse.open();
  await using receiver = await Receiver.open();
  const operator = await house.operator();
  const { secret } = await addHook(operator, receiver.url);
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  await house.control.round();
  await operator.call("POST", `/api/events/${slug}/postpone`, { reason: "Storm." });
  await house.control.round();
  await operator.call("POST", `/api/events/${slug}/undo`, {});
  await house.control.round();
  assert.deepEqual(receiver.types(), ["event.made", "event.postponed", "event.restored"]);
  const [, postponed] = receiver.told;
  const { type, data } = JSON.parse(postponed?.body ?? "") as { type: string; data: { event: PublicEvent; reason: string; by: string } };
  assert.deepEqual([type, data.event.slug, data.event.status, data.reason, data.by], ["event.postponed", slug, "postponed", "Storm.", "operator"]);
  for (const { headers, body } of receiver.told) {
    // Checked by hand as Standard Webhooks describes it, not by the code that signed.
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const mac = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
    assert.equal(headers["webhook-signature"], `v1,${mac}`);
    assert.equal(Number(headers["webhook-timestamp"]), Math.floor(house.clock.wallMs() / 1000));
  }
  assert.equal(new Set(receiver.told.map(({ headers }) => headers["webhook-id"])).size, 3);
});

test("a message that is not taken comes again, later and later, under the same id; the eighth time it is given up, shown, and can be revived", async () => {
  await using house = await TestHouse.open();
  await using receiver = await Receiver.open();
  const operator = await house.operator();
  const { id } = await addHook(operator, receiver.url, ["event.made"]);
  receiver.status = 500;
  await operator.call("POST", "/api/events", goodDraft);
  const waits = [5, 30, 120, 600, 3_600, 21_600, 86_400];
  await house.control.round();
  for (const [index, seconds] of waits.entries()) {
    assert.equal(receiver.told.length, index + 1);
    house.clock.advance(seconds * 1_000 - 1);
    await house.control.round();
    assert.equal(receiver.told.length, index + 1, `not before ${seconds} s`);
    house.clock.advance(seconds * 200 + 1);
    await house.control.round();
  }
  assert.equal(receiver.told.length, 8);
  house.clock.advance(30 * 3_600_000);
  await house.control.round();
  assert.equal(receiver.told.length, 8);
  assert.equal(new Set(receiver.told.map(({ headers }) => headers["webhook-id"])).size, 1);
  const again = house.visitor();
  again.cookie = operator.cookie;
  const [dead] = await deliveriesOf(again, id);
  assert.deepEqual([dead?.state, dead?.attempts, dead?.status, dead?.failure, dead?.nextDate], ["dead", 8, 500, "answered 500", null]);
  assert.equal((await again.call<{ webhooks: WebhookView[] }>("GET", "/api/webhooks")).body.webhooks[0]?.dead, 1);
  receiver.status = 204;
  assert.equal((await again.call("POST", `/api/webhooks/${id}/deliveries/${dead?.id}/retry`)).status, 204);
  await house.control.round();
  assert.deepEqual(
    (await deliveriesOf(again, id)).map(({ state, status }) => [state, status]),
    [["delivered", 204]],
  );
});

test("also acts that are no step of the event are told, each by its kind, to whoever asked for them", async () => {
  await using house = await TestHouse.open();
  await using receiver = await Receiver.open();
  const operator = await house.operator();
  await addHook(operator, receiver.url, ["event.hands", "event.wall"]);
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  assert.equal((await operator.call("POST", `/api/events/${slug}/hand-queue`, { open: true })).status, 200);
  await house.control.round();
  assert.equal((await operator.call("PATCH", `/api/events/${slug}/wall`, { opening: "accounts" })).status, 200);
  await house.control.round();
  assert.deepEqual(
    receiver.told.map(({ body }) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { kind: string } };
      return [type, data.kind];
    }),
    [
      ["event.hands", "open-hands"],
      ["event.wall", "set-wall"],
    ],
  );
});

test("what happened while nobody listened over there, or while control was dead, is told afterwards and once", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const receiver = await Receiver.open();
  const { url } = receiver;
  const { id } = await addHook(operator, url);
  await receiver[Symbol.asyncDispose]();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  await house.control.round();
  const [waiting] = await deliveriesOf(operator, id);
  assert.deepEqual([waiting?.state, waiting?.status], ["pending", null]);
  assert.match(waiting?.failure ?? "", /ECONNREFUSED/);
  await operator.call("POST", `/api/events/${slug}/cancel`, {});
  await house.stop();
  await using later = await Receiver.open();
  await house.start();
  const again = house.visitor();
  again.cookie = operator.cookie;
  // The address cannot be moved: the message for the old one stays due, a new address is told from now on.
  await addHook(again, later.url);
  await again.call("POST", `/api/events/${slug}/undo`, {});
  await house.control.round();
  await house.control.round();
  assert.deepEqual(later.types(), ["event.restored"]);
  assert.deepEqual((await deliveriesOf(again, id)).map(({ type }) => type).sort(), ["event.cancelled", "event.made", "event.restored"]);
});

test("who answers that it is gone is told nothing more; a redirect is not followed; only web addresses are taken", async () => {
  await using house = await TestHouse.open();
  await using receiver = await Receiver.open();
  const operator = await house.operator();
  const { id } = await addHook(operator, receiver.url);
  receiver.status = 302;
  assert.equal((await operator.call("POST", `/api/webhooks/${id}/trial`)).status, 204);
  await house.control.round();
  assert.deepEqual(
    (await deliveriesOf(operator, id)).map(({ type, state, status }) => [type, state, status]),
    [["house.trial", "pending", 302]],
  );
  assert.equal(receiver.told.length, 1);
  receiver.status = 410;
  await operator.call("POST", "/api/events", goodDraft);
  await house.control.round();
  assert.deepEqual((await operator.call<{ webhooks: WebhookView[] }>("GET", "/api/webhooks")).body.webhooks, []);
  await operator.call("POST", "/api/events", goodDraft);
  house.clock.advance(3_600_000);
  await house.control.round();
  assert.equal(receiver.told.length, 2);
  for (const url of ["ftp://x.test/", "javascript:alert(1)", "http://user:secret@x.test/", "nowhere"])
    assert.equal((await operator.call("POST", "/api/webhooks", { url })).body.code, "invalid-field", url);
});

test("a token may what its scopes say, is shown once, and is named in the log of what it does", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const make = async (scopes: readonly string[], days?: number) =>
    (await operator.call<TokenView & { token: string }>("POST", "/api/tokens", { name: "calendar robot", scopes, ...(days === undefined ? {} : { days }) }))
      .body;
  const program = house.visitor();
  const as =
    (token: string) =>
    <Body>(method: string, path: string, body?: unknown) =>
      program.call<Body>(method, path, body, { authorization: `Bearer ${token}` });
  const reader = await make(["events:read"]);
  const writer = await make(["events:read", "events:write"], 7);
  assert.match(reader.token, /^eat1_[\w-]{24}$/);
  const { slug } = (await as(writer.token)<EventView>("POST", "/api/events", goodDraft)).body;
  const seen = await as(reader.token)<EventView>("GET", `/api/events/${slug}`);
  assert.deepEqual([seen.status, [...seen.body.may].sort()], [200, ["read-event", "see-history", "see-reminders"]]);
  const codes = async (token: string, calls: readonly (readonly [string, string, object?])[]) =>
    await Promise.all(calls.map(async ([method, path, body]) => (await as(token)<{ code?: string }>(method, path, body)).body?.code ?? "ok"));
  assert.deepEqual(
    await codes(reader.token, [
      ["POST", `/api/events/${slug}/cancel`, {}],
      ["GET", `/api/events/${slug}/people`],
      ["POST", "/api/events", goodDraft],
      ["POST", `/api/events/${slug}/seat`],
      ["GET", "/api/tokens"],
      ["POST", "/api/webhooks", { url: "http://x.test" }],
    ]),
    Array.from({ length: 6 }, () => "forbidden"),
  );
  assert.deepEqual(
    await codes(writer.token, [
      ["GET", "/api/webhooks"],
      ["POST", "/api/tokens", { name: "more", scopes: ["stage"] }],
      ["POST", `/api/events/${slug}/live`],
    ]),
    ["forbidden", "forbidden", "forbidden"],
  );
  await as(writer.token)("POST", `/api/events/${slug}/postpone`, { reason: "Robots." });
  const { acts } = (await operator.call<ActList>("GET", `/api/events/${slug}/acts`)).body;
  assert.deepEqual(
    acts.map(({ by }) => [by.role, by.name]),
    [
      ["token", "calendar robot"],
      ["token", "calendar robot"],
    ],
  );
  const { tokens } = (await operator.call<{ tokens: TokenView[] }>("GET", "/api/tokens")).body;
  assert.ok(!JSON.stringify(tokens).includes(reader.token.slice(5)));
  assert.equal(tokens.find(({ id }) => id === reader.id)?.usedDate, new Date(house.clock.wallMs()).toISOString());

  assert.equal((await operator.call("DELETE", `/api/tokens/${reader.id}`)).status, 204);
  assert.deepEqual(await codes(reader.token, [["GET", "/api/events"]]), ["unauthorised"]);
  house.clock.advance(7 * 86_400_000);
  assert.deepEqual(await codes(writer.token, [["GET", "/api/events"]]), ["unauthorised"]);
  assert.deepEqual(await codes("eat1_aaaaaaaaaaaaaaaaaaaaaaaa", [["GET", "/api/events"]]), ["unauthorised"]);
});

test("a wrong token beside a good cookie opens nothing: a program never acts as the browser it runs in", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { status } = await operator.call("GET", "/api/events", undefined, { authorization: "Bearer eat1_wrong" });
  assert.equal(status, 401);
});

test("hosts and speakers see neither tokens nor webhooks", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { people } = (await operator.call<{ people: { link: string; role: string }[] }>("GET", `/api/events/${slug}/people`)).body;
  const host = house.visitor();
  await host.call("POST", "/api/enter", { secret: people.find(({ role }) => role === "host")?.link.split("#")[1] });
  for (const [method, path, body] of [
    ["GET", "/api/tokens"],
    ["POST", "/api/tokens", { name: "mine", scopes: ["stage"] }],
    ["GET", "/api/webhooks"],
    ["POST", "/api/webhooks", { url: "http://x.test" }],
  ] as const) {
    assert.equal((await host.call(method, path, body)).body.code, "forbidden", path);
    assert.equal((await house.visitor().call(method, path, body)).body.code, "unauthorised", path);
  }
});
