import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiTokens, Sessions } from "../../src/event/mod.ts";
import { ERRORS, type ErrorCode } from "../../src/core/errors.ts";
import { tries } from "../../src/core/test-length.ts";
import { goodDraft, TestHouse } from "../../src/server/control/test-house.ts";
import { type Scope, SCOPES } from "../../src/wire/access.ts";
import type { EventView } from "../../src/wire/api.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";
import { ApiMaterial, EVIL_TEXTS, type Schema } from "./api-material.ts";

/** Requests sent; `npm run fuzz` sends more. Each is a whole journey through a real house, so that they are a fiftieth of the parsers' cases. */
const CASES = Math.round(Number(process.env.FUZZ_CASES ?? 150_000) / 50);
/** The same requests in every run, others every night: what is found at night has its seed named. */
const SEED = Number(process.env.FUZZ_SEED ?? tries(7, Math.floor(Math.random() * 2 ** 32)));
/** Cases after which events, people and tokens are made anew: what was deleted or revoked is there again. */
const FRESH_AFTER = 300;
/** A request that is not answered by then hangs. Milliseconds. */
const HANG_MS = 60_000;
/** Time that passes between two requests, so that limits on attempts are met and left again. Milliseconds. */
const STEP_MS = 400;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly security: boolean;
  readonly responses: ReadonlySet<number>;
  readonly body: Schema | undefined;
  readonly upload: boolean;
}

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly security?: readonly unknown[];
            readonly responses: Readonly<Record<string, unknown>>;
            readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
          }
        >
      >
    >
  >;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

/** Who asks. `reads`: a program that may only read; `elsewhere`: the host of another event; `foreign-page`: a page of a stranger's in the operator's browser. */
const SENDERS = [
  "nobody",
  "device",
  "wrong-cookie",
  "wrong-token",
  "reads",
  "everything",
  "operator",
  "operator",
  "host",
  "elsewhere",
  "foreign-page",
] as const;
type Sender = (typeof SENDERS)[number];

/** What there is to be asked for, and who asks with what. */
interface Place {
  readonly slugs: readonly string[];
  readonly ids: readonly string[];
  readonly headers: Readonly<Record<Sender, Readonly<Record<string, string>>>>;
}

/** Makes two events with people, a raised hand, tokens and a webhook, and signs everybody in. */
async function furnish(house: TestHouse, material: ApiMaterial): Promise<Place> {
  const sessions = new Sessions(house.database, house.clock);
  const tokens = new ApiTokens(house.database, house.clock);
  const cookieOf = async (grant: Parameters<Sessions["enter"]>[0]) => ({ cookie: `earshot_session=${await sessions.enter(grant, undefined)}` });
  const operator = await cookieOf({ hostSecret: String(material.random()) });
  const ask = async <Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = operator) =>
    (await house.visitor().call<Body>(method, path, body, headers)).body;
  const startDate = new Date(house.clock.wallMs() + 86_400_000).toISOString();
  const [one, other] = [
    await ask<EventView>("POST", "/api/events", { ...goodDraft, startDate }),
    await ask<EventView>("POST", "/api/events", { ...goodDraft, startDate }),
  ];
  await ask("POST", `/api/events/${one.slug}/hand-queue`, { open: true });
  const device = { cookie: `earshot_device=${material.random()}` };
  await ask("POST", `/api/events/${one.slug}/hands`, { name: "Eve" }, device);
  const webhook = await ask<{ id: string }>("POST", "/api/webhooks", { url: "https://example.org/hook" });
  const { hands } = await ask<{ hands: { id: string }[] }>("GET", `/api/events/${one.slug}/hands`);
  const hostOf = ({ speakers }: EventView) => speakers.find(({ role }) => role === "host")?.id ?? "";
  const bearer = async (scopes: readonly Scope[]) => ({ authorization: `Bearer ${(await tokens.make({ name: "robot", scopes })).secret}` });
  const everything = await tokens.make({ name: "robot", scopes: SCOPES });
  return {
    slugs: [one.slug, one.slug, one.slug, other.slug, "sound-check", "no-such-event"],
    ids: [...one.speakers.map(({ id }) => id), ...hands.map(({ id }) => id), webhook.id, everything.id],
    headers: {
      nobody: {},
      device,
      "wrong-cookie": { cookie: "earshot_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
      "wrong-token": { authorization: "Bearer eat1_AAAAAAAAAAAAAAAAAAAAAAAA" },
      reads: await bearer(["events:read", "people:read"]),
      everything: { authorization: `Bearer ${everything.secret}` },
      operator,
      host: await cookieOf({ personId: hostOf(one) }),
      elsewhere: await cookieOf({ personId: hostOf(other) }),
      "foreign-page": { ...operator, origin: "https://evil.example" },
    },
  };
}

/** Everything in the tables, as figures: what a refused request must not move. */
async function countRows(house: TestHouse): Promise<string> {
  const counts = `select ${tables.map((table) => `(select count(*) from ${table}) as ${table}`).join(", ")}`;
  return JSON.stringify(await house.database.read({ compile: () => ({ sql: counts, parameters: [] }) } as never));
}
let tables: readonly string[] = [];

function address(operation: Operation, place: Place, material: ApiMaterial): { readonly path: string; readonly own: boolean } {
  let own = true;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (material.chance(0.12)) {
      own = false;
      return material.pick([...EVIL_TEXTS.map((text) => encodeURIComponent(text.toWellFormed())), "%E0%A4%A", "%", "..%2f..%2fearshot.sqlite", "%2e%2e"]);
    }
    const value = material.pick(name === "slug" ? place.slugs : place.ids);
    if (name === "slug" && value !== place.slugs[0]) own = false;
    return encodeURIComponent(value);
  });
  const query = material.chance(0.8) ? `?name=${encodeURIComponent(material.pick(["Jingle", "Jingle", ...EVIL_TEXTS]).toWellFormed())}` : "";
  return { path: `${path}${query}`, own };
}

test(`${CASES} requests made from the API's own description: none breaks it, none does what its sender may not, and a refused one changes nothing`, {
  timeout: 3_600_000,
}, async () => {
  process.stdout.write(`# ${CASES} requests, FUZZ_SEED=${SEED}\n`);
  const material = new ApiMaterial(SEED);
  await using house = await TestHouse.open();
  await house.control.round();
  tables = (
    await house.database.read({
      compile: () => ({ sql: "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'", parameters: [] }),
    } as never)
  ).map((row) => (row as { name: string }).name);
  const description = (await house.visitor().call<Description>("GET", "/api/openapi.json")).body;
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, responses, requestBody }]): Operation => {
      const [[type, content] = []] = Object.entries(requestBody?.content ?? {});
      return {
        method: method.toUpperCase(),
        path,
        security: security !== undefined,
        responses: new Set(Object.keys(responses).map(Number)),
        body: type === "application/json" ? content?.schema : undefined,
        upload: type === "application/octet-stream",
      };
    }),
  );
  assert.ok(operations.length > 40);
  let place = await furnish(house, material);
  let rows: string | undefined;
  let stale = false;
  const statuses = new Map<string, number>();
  const undescribed = new Map<string, string>();
  for (let index = 0; index < CASES; index++) {
    if (index % FRESH_AFTER === FRESH_AFTER - 1 || stale) {
      place = await furnish(house, material);
      rows = undefined;
    }
    house.clock.advance(STEP_MS);
    const operation = operations[index < operations.length * 4 ? index % operations.length : Math.floor(material.random() * operations.length)] as Operation;
    const method = material.chance(0.93) ? operation.method : material.pick(METHODS);
    const sender = material.pick(SENDERS);
    const { path, own } = address(operation, place, material);
    const contentType = material.chance(0.92)
      ? "application/json"
      : material.pick(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/json;charset=utf-7"]);
    const body = ["GET", "HEAD", "OPTIONS"].includes(method)
      ? undefined
      : operation.upload
        ? material.pick(["RIFF\x24\0\0\0WAVEfmt ", "ID3\x04\0\0\0\0\0\0", "fLaC", "OggS", "<html>", ""])
        : operation.body === undefined
          ? material.pick([undefined, undefined, "{}"])
          : material.body(operation.body, place.ids);
    const told = `case ${index} of FUZZ_SEED=${SEED}: ${sender} ${method} ${path.slice(0, 200)} ${contentType} ${(body ?? "").slice(0, 300)}`;
    rows ??= await countRows(house);
    const { transactions } = house.database.figures();
    const response = await fetch(`${house.control.url}${path}`, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(HANG_MS),
      headers: { ...(body === undefined || contentType === "" ? {} : { "content-type": contentType }), ...place.headers[sender] },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
    }).catch((cause: unknown) => assert.fail(`${told}: ${String(cause)}`));
    const text = await response.text();
    const { status } = response;
    const answer = `${told} -> ${status} ${text.slice(0, 400)}`;
    statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1);

    assert.ok(status < 500 || (status === 503 && response.headers.has("retry-after")), answer);
    if (status >= 400 && method !== "HEAD") {
      assert.equal(response.headers.get("content-type"), "application/problem+json", answer);
      const problem = JSON.parse(text) as ProblemDetails;
      assert.equal(ERRORS[problem.code as ErrorCode]?.status, status, answer);
      assert.equal(problem.status, status, answer);
    }
    const template = operations.filter((other) => other.path === operation.path);
    const wanted = method === "HEAD" ? "GET" : method;
    // `sessions/end-others` may also be read as the session of that name.
    const asked =
      template.find((other) => other.method === wanted) ??
      operations.find((other) => other.method === wanted && isAddressOf(new URL(`http://x${path}`).pathname, other.path));
    // An id that is empty or has a slash in it is another path.
    const same =
      new URL(`http://x${path}`).pathname.split("/").length === operation.path.split("/").length && !/\/(?:\/|$)/.test(new URL(`http://x${path}`).pathname);
    // What listeners' pages of the public port may ask is told to their browsers beforehand.
    if (method === "OPTIONS" && status === 204) assert.ok(response.headers.has("access-control-allow-methods"), answer);
    else if (same && asked === undefined) {
      if (status !== 403 || sender !== "foreign-page") {
        const allowed = new Set(response.headers.get("allow")?.split(", "));
        assert.ok(status === 405 && template.every((one) => allowed.has(one.method)), `${[...allowed].join(", ")}: ${answer}`);
      }
    } else if (same && asked !== undefined) {
      if (!asked.responses.has(status)) undescribed.set(`${asked.method} ${asked.path} ${status} ${/"code":"([\w-]+)"/.exec(text)?.[1] ?? ""}`, answer);
    }

    if (status < 400) {
      rows = undefined;
      const secured = asked?.security === true;
      assert.ok(!(secured && ["nobody", "device", "wrong-cookie", "wrong-token"].includes(sender)), `let in: ${answer}`);
      assert.ok(!(secured && sender === "reads" && !["GET", "HEAD"].includes(method)), `a program that may read wrote: ${answer}`);
      assert.ok(!(secured && sender === "elsewhere" && own && operation.path.includes("{slug}")), `the host of another event was let in: ${answer}`);
      assert.ok(!(sender === "foreign-page" && !["GET", "HEAD", "OPTIONS"].includes(method)), `another page acted: ${answer}`);
    } else {
      assert.equal(await countRows(house), rows, `changed by a refused request: ${answer}`);
      // A stage that is wanted is started (503), and a token notes once a minute that it was used.
      const noted = Number(status === 503) + Number("authorization" in place.headers[sender]);
      assert.ok(house.database.figures().transactions - transactions <= noted, `wrote before it refused: ${answer}`);
    }
    // Whoever signed out or took a token away is let in anew.
    stale = status < 400 && !["GET", "HEAD"].includes(method) && /^\/api\/(?:leave|tokens|account|people|accounts)\b/.test(operation.path);
  }
  process.stdout.write(
    `# ${[...statuses]
      .toSorted()
      .map(([status, count]) => `${status}: ${count}`)
      .join(", ")}\n`,
  );
  assert.deepEqual([...undescribed.keys()], [], [...undescribed.values()].join("\n"));
  // What is only ever refused is not tried.
  assert.ok((statuses.get("200") ?? 0) + (statuses.get("201") ?? 0) + (statuses.get("204") ?? 0) > CASES / 25);
});

/** Whether an address is one of a path with placeholders. */
function isAddressOf(pathname: string, path: string): boolean {
  const [here, there] = [pathname.split("/"), path.split("/")];
  return here.length === there.length && there.every((piece, index) => piece.startsWith("{") || piece === here[index]);
}
