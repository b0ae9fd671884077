import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { WebSocket } from "ws";
import { EarshotError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import { type StageManifest, verifySeatToken } from "../../event/mod.ts";
import type { BackstagePageState, EncoderAnswer, EventView, PersonView } from "../../wire/api.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { createControl } from "./control.ts";
import { StageDouble } from "./stage-double.ts";
import { goodDraft, TestHouse } from "./test-house.ts";

async function houseWithStage() {
  const house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  const close = async () => {
    await stage[Symbol.asyncDispose]();
    await house[Symbol.asyncDispose]();
  };
  return { house, operator, slug, id, stage, [Symbol.asyncDispose]: close };
}

test("a WHIP exchange passes through to the stage: offer, answer, Location, DELETE; cookies stay behind", async () => {
  await using set = await houseWithStage();
  const { house, slug, stage, operator } = set;
  const headers = { authorization: "Bearer es1.x.y", "content-type": "application/sdp", cookie: operator.cookie ?? "", origin: "https://encoder.test" };
  const response = await fetch(`${house.control.url}/whip/${slug}?x=1`, { method: "POST", headers, body: "v=0 offer" });
  assert.deepEqual([response.status, response.headers.get("location"), response.headers.get("etag")], [201, `/whip/${slug}?x=1/session-1`, '"1"']);
  assert.equal(await response.text(), "answer to v=0 offer");
  assert.deepEqual([response.headers.get("x-private"), response.headers.get("access-control-allow-origin")], [null, "*"]);
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /location/);
  const deleted = await fetch(`${house.control.url}/whip/${slug}/session-1`, { method: "DELETE", headers: { authorization: "Bearer es1.x.y" } });
  assert.equal(deleted.status, 200);
  const passed = stage.received.filter(({ url }) => url !== "/command");
  assert.deepEqual(
    passed.map(({ method, url, body }) => [method, url, body]),
    [
      ["POST", `/whip/${slug}?x=1`, "v=0 offer"],
      ["DELETE", `/whip/${slug}/session-1`, ""],
    ],
  );
  assert.equal(passed[0]?.headers.authorization, "Bearer es1.x.y");
  assert.equal(passed[0]?.headers.cookie, undefined);
});

test("an encoder's page of another origin may ask what WHIP allows, with the stage away too", async () => {
  await using house = await TestHouse.open();
  const response = await fetch(`${house.control.url}/whip/anything`, {
    method: "OPTIONS",
    headers: { origin: "https://encoder.test", "access-control-request-method": "POST" },
  });
  assert.deepEqual([response.status, response.headers.get("access-control-allow-origin"), response.headers.get("accept-post")], [204, "*", "application/sdp"]);
  assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/);
});

test("an offer without end is cut off, and one for no event is told so", async () => {
  await using set = await houseWithStage();
  const long = await fetch(`${set.house.control.url}/whip/${set.slug}`, { method: "POST", body: "x".repeat(70_000) });
  assert.deepEqual([long.status, ((await long.json()) as ProblemDetails).code], [413, "body-too-large"]);
  const unknown = await fetch(`${set.house.control.url}/whip/nobody-knows`, { method: "POST", body: "x" });
  assert.deepEqual([unknown.status, ((await unknown.json()) as ProblemDetails).code], [404, "event-unknown"]);
});

test("while the stage is away WHIP and room say stage-starting and when to try again", async () => {
  await using set = await houseWithStage();
  const { house, slug, stage, id } = set;
  const statusOf = async () => {
    const response = await fetch(`${house.control.url}/whip/${slug}`, { method: "POST", body: "x" });
    // Not all at the same moment: one second or two, by lot.
    assert.match(response.headers.get("retry-after") ?? "", /^[12]$/);
    return [response.status, ((await response.json()) as ProblemDetails).code];
  };
  await stage.close();
  assert.deepEqual(await statusOf(), [503, "stage-starting"]);
  assert.deepEqual(await refusedUpgrade(house.control.url, `/room/${slug}`), [503, "stage-starting"]);
  house.control.setStages([]);
  house.clock.advance(11_000);
  assert.deepEqual(await statusOf(), [503, "stage-starting"]);
  assert.deepEqual(await refusedUpgrade(house.control.url, `/room/${slug}`), [503, "stage-starting"]);
  await using again = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: again.url }]);
  assert.equal((await fetch(`${house.control.url}/whip/${slug}`, { method: "POST", body: "x" })).status, 201);
});

test("who knocks while a killed stage comes back is let in the moment it is there, without knocking again", async () => {
  await using set = await houseWithStage();
  const { house, slug, stage, id } = set;
  const publish = async () => (await fetch(`${house.control.url}/whip/${slug}`, { method: "POST", body: "v=0 offer" })).status;
  await stage.close();
  house.control.setStages([]);
  const room = new WebSocket(`${house.control.url.replace("http", "ws")}/room/${slug}`);
  const welcome = once(room, "message");
  const published = publish();
  const left = new WebSocket(`${house.control.url.replace("http", "ws")}/room/${slug}`);
  left.on("error", () => {});
  // What came on later connections is answered: those who knocked were heard.
  for (let count = 0; count < 3; count++) await fetch(`${house.control.url}/healthz`, { headers: { connection: "close" } }).then((response) => response.text());
  left.terminate();
  await using again = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: again.url }]);
  assert.equal(await published, 201);
  assert.equal(String((await welcome)[0]), "welcome");
  room.terminate();
});

test("who knocks for a stage that does not come back is told so within seconds", async () => {
  await using set = await houseWithStage();
  const { house, slug, stage } = set;
  await stage.close();
  house.control.setStages([]);
  const refused = refusedUpgrade(house.control.url, `/room/${slug}`);
  let settled = false;
  void refused.then(() => (settled = true));
  // Whenever it arrives: three seconds after that it is let go.
  while (!settled) {
    house.clock.advance(1_000);
    await house.control.round();
  }
  assert.deepEqual(await refused, [503, "stage-starting"]);
});

test("an encoder with a good token makes the stage come", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, startDate: "2026-10-09T18:00:00Z" })).body;
  const seatFor = async (use: string) => (await operator.call<{ token: string }>("POST", `/api/events/${slug}/${use}`)).body.token;
  const [token, pageToken] = [await seatFor("encoder"), await seatFor("seat")];
  house.clock.advance(20 * 3_600_000);
  await house.control.round();
  assert.deepEqual(
    house.wanted.at(-1)?.map((stage) => stage.slug),
    ["sound-check"],
  );
  const knock = (bearer: string) => fetch(`${house.control.url}/whip/${slug}`, { method: "POST", body: "x", headers: { authorization: `Bearer ${bearer}` } });
  await knock(`${token}x`);
  // A page's token is good for a minute only.
  await knock(pageToken);
  assert.deepEqual(
    house.wanted.at(-1)?.map((stage) => stage.slug),
    ["sound-check"],
  );
  assert.equal((await knock(token)).status, 503);
  assert.ok(house.wanted.at(-1)?.some((stage) => stage.slug === slug));
});

test("a host gives an encoder a speaker's seat: the token is for that seat and good for a day, it is told in the history, and a new link ends it", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body;
  const ada = people.find(({ name }) => name === "Ada") as PersonView;
  const give = (person: string) => operator.call<EncoderAnswer & { code: string }>("POST", `/api/events/${slug}/people/${person}/encoder`);
  const { status, body } = await give(ada.id);
  assert.deepEqual([status, body.seat, body.name, body.whipUrl], [201, ada.id, "Ada", `http://backstage.test/whip/${slug}`]);
  const claims = (token: string) => verifySeatToken(token, house.houseKey, house.clock.wallMs());
  const read = claims(body.token);
  assert.deepEqual(read.ok ? [read.claims.seatId, read.claims.role] : read.code, [ada.id, "speaker"]);
  house.clock.advance(24 * 3_600_000 - 1_000);
  assert.ok(claims(body.token).ok);
  house.clock.advance(2_000);
  assert.ok(!claims(body.token).ok);
  await operator.call("POST", `/api/events/${slug}/people/${ada.id}/link`);
  assert.equal((await house.readJson<StageManifest>("events", id, "event.json")).generations?.[ada.id], 2, "the stage refuses older tokens");
  const moderator = (await operator.call<PersonView>("POST", `/api/events/${slug}/people`, { name: "Mo", role: "moderator" })).body.id;
  assert.deepEqual(
    [await give(moderator), await give("nobody")].map((answer) => [answer.status, answer.body.code]),
    [
      [403, "forbidden"],
      [404, "not-found"],
    ],
  );
  const { acts } = (await operator.call<{ acts: { act: string }[] }>("GET", `/api/events/${slug}/acts`)).body;
  assert.equal(acts.filter(({ act }) => act === "give-encoder").length, 1);
  await operator.call("POST", `/api/events/${slug}/cancel`, {});
  assert.equal((await give(ada.id)).body.code, "event-ended");
});

test("the room's WebSocket passes both ways, text and binary, and closes with the stage", async () => {
  await using set = await houseWithStage();
  const { house, slug, stage } = set;
  const room = new WebSocket(`${house.control.url.replace("http", "ws")}/room/${slug}`, {
    origin: "http://backstage.test",
    headers: { cookie: "earshot_session=secret" },
  });
  const messages: string[] = [];
  room.on("message", (data) => messages.push(String(data)));
  await once(room, "open");
  room.send("hello");
  room.send(Buffer.alloc(9_000, 7));
  while (messages.length < 3) await once(room, "message");
  assert.deepEqual([messages[0], messages[1], messages[2]?.length], ["welcome", "hello", 9_000]);
  assert.equal(stage.rooms[0]?.headers.cookie, undefined);
  const closed = once(room, "close");
  await stage.close();
  await closed;
});

test("a page that leaves takes its connection to the stage along", async () => {
  await using set = await houseWithStage();
  const room = new WebSocket(`${set.house.control.url.replace("http", "ws")}/room/${set.slug}`);
  await once(room, "message");
  const webSocket = set.stage.rooms[0]?.webSocket;
  assert.ok(webSocket);
  const left = once(webSocket, "close");
  room.terminate();
  await left;
});

test("a page of another origin cannot enter the room, and no other address is upgraded", async () => {
  await using set = await houseWithStage();
  assert.deepEqual(await refusedUpgrade(set.house.control.url, `/room/${set.slug}`, "https://evil.test"), [403, "forbidden"]);
  assert.deepEqual(await refusedUpgrade(set.house.control.url, "/room/nobody-knows"), [404, "event-unknown"]);
  assert.deepEqual(await refusedUpgrade(set.house.control.url, "/api/events"), [404, "not-found"]);
  assert.equal(set.stage.rooms.length, 0);
});

test("the studio page carries its state without letting a title end the script, and a strict policy", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const title = '</script><script>alert("1")</script> $& <!--';
  const { slug } = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, title })).body;
  const page = await house.visitor().call<string>("GET", `/studio/${slug}`);
  assert.equal(page.status, 200);
  const state = /<script type="application\/json" id="state">(.*?)<\/script>/.exec(page.body)?.[1] ?? "";
  assert.equal((JSON.parse(state) as BackstagePageState).event?.title, title);
  assert.equal(page.body.match(/<script/g)?.length, 1);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.ok(policy.includes("default-src 'none'") && policy.includes("script-src 'self';") && policy.includes("frame-ancestors 'none'"), policy);
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal((await house.visitor().call("GET", "/studio/nobody-knows")).status, 404);
  assert.equal((await house.visitor().call("GET", "/studio")).status, 200);
  assert.equal((await house.visitor().call("GET", "/enter")).status, 200);
  assert.equal((await house.visitor().call("GET", "/")).headers.get("location"), "/studio");
});

test("assets are served for good, and nothing outside their folder is", async () => {
  await using house = await TestHouse.open();
  await writeFile(join(house.config.webFolder, "secret.js"), "secret");
  const asset = await house.visitor().call<string>("GET", "/assets/studio-abc123.js");
  assert.deepEqual([asset.status, asset.headers.get("content-type"), asset.body], [200, "text/javascript; charset=utf-8", "export {};\n"]);
  assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
  for (const path of [
    "/assets/%2e%2e/secret.js",
    "/assets/..%2fsecret.js",
    "/assets/.hidden.js",
    "/assets/a%00.js",
    "/assets/missing.js",
    "/assets/studio-abc123.ts",
  ]) {
    assert.equal((await house.visitor().call("GET", path)).status, 404, path);
  }
});

test("the description of the API names every route with its problems, and the page for people too", async () => {
  await using house = await TestHouse.open();
  const { body } = await house
    .visitor()
    .call<{ openapi: string; paths: Record<string, Record<string, { responses: object; requestBody?: object }>> }>("GET", "/api/openapi.json");
  assert.match(body.openapi, /^3\.1\./);
  const routes = Object.entries(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  for (const route of [
    "POST /api/enter",
    "GET /api/me",
    "POST /api/events",
    "PATCH /api/events/{slug}",
    "DELETE /api/events/{slug}/people/{person}",
    "POST /api/events/{slug}/live",
  ]) {
    assert.ok(routes.includes(route), route);
  }
  const create = body.paths["/api/events"]?.post;
  assert.deepEqual(Object.keys(create?.responses ?? {}), ["201", "400", "401", "403", "409", "413", "422", "503", "507"]);
  assert.match(JSON.stringify(create?.requestBody), /"maxLength":120/);
  const page = await house.visitor().call<string>("GET", "/api");
  for (const route of routes) assert.ok(page.body.includes(route.replace(/\{(\w+)\}/g, ":$1")), route);
});

test("health is plain, metrics count what was asked", async () => {
  await using house = await TestHouse.open();
  assert.deepEqual((await house.visitor().call("GET", "/healthz")).body, { ok: true });
  await house.visitor().call("GET", "/api/me");
  await house.control.round();
  const text = await house.registry.metrics();
  assert.match(text, /earshot_backstage_request_seconds_count\{kind="api",method="GET",status="401"\} 1/);
  assert.match(text, /earshot_database_commits_total [1-9]/);
});

test("a port that is taken is named with its setting", async () => {
  await using house = await TestHouse.open();
  const backstagePort = Number(new URL(house.control.url).port);
  const { clock, houseKey, database, registry } = house;
  registry.clear();
  const second = createControl({ config: { ...house.config, backstagePort }, houseKey, database, clock, registry, log: silentLog, wantStages: () => {} });
  await assert.rejects(second, (error) => error instanceof EarshotError && error.code === "port-in-use" && error.details.port === backstagePort);
});

test("who sends headers without end is cut off and disturbs nobody", async () => {
  await using house = await TestHouse.open();
  const socket = connect(Number(new URL(house.control.url).port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  socket.write(`GET / HTTP/1.1\r\nx: ${"x".repeat(100_000)}`);
  await closed;
  assert.equal((await house.visitor().call("GET", "/healthz")).status, 200);
});

/** Status and code of an upgrade that was refused. */
async function refusedUpgrade(url: string, path: string, origin?: string): Promise<[number, string]> {
  const room = new WebSocket(`${url.replace("http", "ws")}${path}`, origin === undefined ? {} : { origin });
  const [, response] = (await once(room, "unexpected-response")) as [unknown, IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const { code } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as ProblemDetails;
  return [response.statusCode ?? 0, code];
}
