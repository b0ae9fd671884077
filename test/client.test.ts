import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EarshotClient, EarshotProblem, type PostEventsBody } from "../client/earshot-client.ts";
import { type Description, readDescription, renderClient } from "../scripts/api-client.ts";
import { goodDraft, TestHouse } from "../src/server/control/test-house.ts";
import { ApiMaterial, type Schema } from "./fuzz/api-material.ts";

/** A fetch that keeps cookies, as a browser does. */
function withCookies(): (address: string, request: RequestInit) => Promise<Response> {
  const cookies = new Map<string, string>();
  return async (address, request) => {
    const headers = new Headers(request.headers);
    if (cookies.size > 0) headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(address, { ...request, headers });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
}

const draft: PostEventsBody = { ...goodDraft, speakers: [{ name: "Ada", role: "speaker" }] };
const refusedWith = (code: string) => (error: unknown) => error instanceof EarshotProblem && error.code === code;

test("the client in the repository is the one that the API's description gives", async () => {
  assert.equal(readFileSync(join(import.meta.dirname, "../client/earshot-client.ts"), "utf8"), await renderClient(await readDescription()), "run npm run docs");
});

test("a program makes an event, moves it, invites, and takes a hand with the client alone; refusals come as what they are", async () => {
  await using house = await TestHouse.open();
  const address = house.control.url;
  const operator = new EarshotClient({ address, fetch: withCookies() });
  assert.equal((await operator.postEnter({ secret: house.config.hostSecret })).operator, true);
  const { token } = await operator.postTokens({ name: "robot", scopes: ["events:read", "events:write", "people:read", "people:write"] });
  const program = new EarshotClient({ address, token });
  const { slug, title } = await program.postEvents(draft);
  assert.equal(title, goodDraft.title);
  assert.equal((await program.postEventsSlugPostpone({ slug }, { reason: "Storm." })).status, "postponed");
  assert.equal((await program.postEventsSlugUndo({ slug }, {})).status, "scheduled");
  const { id } = await program.postEventsSlugPeople({ slug }, { name: "Jean", role: "co-host" });
  assert.equal(await program.deleteEventsSlugPeoplePerson({ slug, person: id }), undefined);
  await program.postEventsSlugHandQueue({ slug }, { open: true });
  const listener = new EarshotClient({ address, fetch: withCookies() });
  await listener.postEventsSlugHands({ slug }, { name: "Eve" });
  assert.equal((await listener.getEventsSlugHandsMine({ slug })).hand?.position, 1);
  assert.equal((await program.getEventsSlugHands({ slug })).hands[0]?.name, "Eve");
  await assert.rejects(program.postTokens({ name: "more", scopes: ["stage"] }), refusedWith("forbidden"));
  await assert.rejects(new EarshotClient({ address }).getEvents(), refusedWith("unauthorised"));
  await assert.rejects(operator.postEventsSlugSounds({ slug }, { name: "Jingle" }, new Blob(["no sound"])), refusedWith("sound-unplayable"));
  await assert.rejects(
    operator.postEventsSlugLive({ slug }),
    (error: unknown) => error instanceof EarshotProblem && error.code === "stage-starting" && [1, 2].includes(error.retryAfterSeconds ?? 0),
  );
});

test("every call of the client reaches its own route of a running house", async () => {
  await using house = await TestHouse.open();
  const material = new ApiMaterial(1);
  const fetchWithCookies = withCookies();
  let answered = "";
  const asked = async (address: string, request: RequestInit) => {
    const response = await fetchWithCookies(address, request);
    answered = `${request.method} ${new URL(address).pathname} ${response.status}`;
    return response;
  };
  const client = new EarshotClient({ address: house.control.url, fetch: asked });
  await client.postEnter({ secret: house.config.hostSecret });
  const { slug } = await client.postEvents(draft);
  const { paths } = (await house.visitor().call<Description>("GET", "/api/openapi.json")).body;
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { operationId, parameters = [], requestBody, responses }] of Object.entries(methods)) {
      // Signing out would leave nobody to ask.
      if (operationId === "postLeave") continue;
      const at = Object.fromEntries(parameters.filter((one) => one.in === "path").map(({ name }) => [name, name === "slug" ? slug : "none"]));
      const [[type, content] = []] = Object.entries(requestBody?.content ?? {});
      const body = type === "application/json" ? material.value((content?.schema ?? {}) as Schema, "", []) : new Blob(["none"]);
      const takes = [
        ...(Object.keys(at).length > 0 ? [at] : []),
        ...(parameters.some((one) => one.in === "query") ? [{}] : []),
        ...(type === undefined ? [] : [body]),
      ];
      const call = client[operationId as keyof EarshotClient] as unknown as (...takes: readonly unknown[]) => Promise<unknown>;
      const outcome = await call.apply(client, takes).catch((error: unknown) => error);
      if (outcome instanceof Error && !(outcome instanceof EarshotProblem)) throw new Error(`${operationId}: ${answered}`, { cause: outcome });
      const where = path.replace(/\{(\w+)\}/g, (_, name: string) => (name === "slug" ? slug : "none"));
      const status = Number(answered.split(" ").at(-1));
      assert.equal(answered, `${method.toUpperCase()} ${where} ${status}`);
      assert.ok(Object.hasOwn(responses, String(status)), answered);
      if (outcome instanceof EarshotProblem) assert.ok(outcome.code !== "method-not-allowed" && outcome.status === status, answered);
    }
  }
});
