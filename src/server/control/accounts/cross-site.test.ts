import assert from "node:assert/strict";
import { test } from "node:test";
import { goodDraft, TestHouse } from "../test-house.ts";
import { type AskedOptions, TestAuthenticator } from "./test-authenticator.ts";
import { makePasskey, PASSKEY_HOUSE, signIn } from "./test-sign-in.ts";

/** Where a foreign page may say it comes from, with what browsers say beside it. */
const SOURCES: readonly Readonly<Record<string, string>>[] = [
  { origin: "https://evil.test", "sec-fetch-site": "cross-site" },
  { origin: "https://evil.test" },
  { origin: "null" },
  { origin: "null", "sec-fetch-site": "cross-site" },
  { origin: "" },
  { origin: "http://localhost:8081.evil.test", "sec-fetch-site": "cross-site" },
  { origin: "http://localhost:8081@evil.test", "sec-fetch-site": "cross-site" },
  { origin: "https://localhost:8081", "sec-fetch-site": "cross-site" },
  { origin: "http://localhost:9000", "sec-fetch-site": "same-site" },
  { origin: "http://other.localhost:8081", "sec-fetch-site": "cross-site" },
  // Of an old browser, or one in which the origin was taken out.
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "none" },
  // A name that was made to lead here, while the browser knows better.
  { origin: "http://rebound.test", host: "rebound.test", "sec-fetch-site": "cross-site" },
];
/** What a form or an image of a foreign page can send. */
const TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""];

test("of every act of the API, none is done for a page of another site, whatever it sends", async () => {
  await using house = await TestHouse.open(undefined, PASSKEY_HOUSE);
  const operator = await house.operator();
  await makePasskey(operator, "Olga");
  const { slug } = (await operator.call<{ slug: string }>("POST", "/api/events", goodDraft)).body;
  const { paths } = (await house.visitor().call<{ paths: Record<string, object> }>("GET", "/api/openapi.json")).body;
  const all = Object.entries(paths).flatMap(([path, acts]) => Object.keys(acts).map((act) => ({ path, method: act.toUpperCase() })));
  const unsafe = all.filter(({ method }) => method !== "GET");
  assert.ok(unsafe.length > 40 && unsafe.length < all.length);
  await house.control.round();
  const before = house.database.figures().transactions;
  let requests = 0;
  for (const [index, { method, path }] of unsafe.entries()) {
    const at = path.replace("{slug}", slug).replace(/\{\w+\}/g, "x");
    for (const [number, source] of SOURCES.entries()) {
      const type = TYPES[(index + number) % TYPES.length] ?? "";
      const cookie = [operator.cookie, operator.device].join("; ");
      const headers = { ...source, cookie, ...(type === "" ? {} : { "content-type": type }) };
      const answer = await fetch(`${house.control.url}${at}`, { method, headers: withoutHost(headers), ...(method === "DELETE" ? {} : { body: "{}" }) });
      requests++;
      assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(source)} ${type}`);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
      await answer.body?.cancel();
    }
  }
  assert.ok(requests > 500);
  assert.equal(house.database.figures().transactions, before);
  assert.equal((await operator.call("GET", "/api/account")).status, 200);
});

test("a page of the house and a program act as before", async () => {
  await using house = await TestHouse.open(undefined, PASSKEY_HOUSE);
  const operator = await house.operator();
  for (const headers of [
    { origin: "http://localhost:8081", "sec-fetch-site": "same-origin" },
    { origin: "http://localhost:8080", "sec-fetch-site": "same-site" },
    { origin: house.control.url, "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "same-origin" },
    {},
  ])
    assert.equal((await operator.call("POST", "/api/events", goodDraft, headers as Record<string, string>)).status, 201, JSON.stringify(headers));
});

test("a session somebody slipped into the browser is not the one that gets signed in", async () => {
  await using house = await TestHouse.open(undefined, PASSKEY_HOUSE);
  const { key } = await makePasskey(await house.operator(), "Olga");
  const planted = "planted-by-somebody-else-0000000";
  const victim = house.visitor();
  victim.cookie = `earshot_session=${planted}`;
  assert.equal((await signIn(victim, key)).status, 200);
  assert.notEqual(victim.cookie, `earshot_session=${planted}`);
  const attacker = house.visitor();
  attacker.cookie = `earshot_session=${planted}`;
  assert.equal((await attacker.call("GET", "/api/me")).status, 401);

  // One that was taken is of no use after its owner signed in anew.
  const second = house.visitor();
  await signIn(second, key);
  const stolen = house.visitor();
  stolen.cookie = second.cookie;
  await signIn(second, key);
  house.clock.advance(60_001);
  assert.equal((await stolen.call("GET", "/api/me")).status, 401);
});

test("cookies are for this host, this site and no script; over TLS they cannot be planted by a neighbour", async () => {
  for (const [config, prefix, secure] of [
    [PASSKEY_HOUSE, "", ""],
    [{ publicUrl: "https://live.test", backstageUrl: "https://live.test:8081" }, "__Host-", "; Secure"],
  ] as const) {
    await using house = await TestHouse.open(undefined, config);
    const entered = await fetch(`${house.control.url}/api/enter`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ secret: house.config.hostSecret }),
    });
    const session = entered.headers
      .getSetCookie()
      .map((set) => set.split(";")[0])
      .join("; ");
    const name = { name: "Olga" };
    const call = async (path: string, body: object, cookie: string) =>
      await fetch(`${house.control.url}${path}`, { method: "POST", headers: { "content-type": "application/json", cookie }, body: JSON.stringify(body) });
    const asked = (await (await call("/api/account/passkeys/options", name, session)).json()) as AskedOptions;
    const key = new TestAuthenticator(config.backstageUrl);
    const made = await call("/api/account/passkeys", { ...name, passkey: key.register(asked) }, session);
    assert.equal(made.status, 201);
    const cookies = made.headers.getSetCookie();
    assert.deepEqual(
      cookies.map((cookie) => cookie.split("=")[0]).sort(),
      ["device", "known", "session"].map((what) => `${prefix}earshot_${what}`),
    );
    for (const cookie of cookies)
      assert.match(cookie, new RegExp(`^${prefix}earshot_\\w+=[\\w-]{24,32}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Strict${secure}$`));
  }
});

/** fetch() sets Host itself; the rebound name is told apart by Sec-Fetch-Site alone. */
function withoutHost({ host: _, ...headers }: Readonly<Record<string, string>>): Record<string, string> {
  return headers;
}
