import assert from "node:assert/strict";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { after, afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProblemDetails } from "../../wire/problem.ts";
import { ask, type FrontDouble, open, openFront, until } from "./test-front.ts";

/** A house that answers as each test says. */
let house: Server;
let origin = "";
let edge: FrontDouble;
let asked: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => unknown = (_, response) => response.end();
/** What a page's answer says. */
const PAGE = { "content-type": "text/html; charset=utf-8", "cache-control": "public, max-age=2" };

async function openHouse(port = 0): Promise<void> {
  house = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => house.listen(port, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(house.address() as { port: number }).port}`;
}
async function closeHouse(): Promise<void> {
  const closed = new Promise((resolve) => house.close(resolve));
  house.closeAllConnections();
  await closed;
}
const address = (path: string) => `${edge.url}${path}`;
const get = async (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") => await ask(address(path), headers, method);
const codeOf = (body: Buffer) => (JSON.parse(body.toString()) as ProblemDetails).code;

await openHouse();
after(closeHouse);
beforeEach(async () => {
  asked = [];
  edge = await openFront({ origin });
});
afterEach(() => edge.close());

test("the house hears who asks and by which name, and nothing that is between two machines only; what it says comes back likewise", async () => {
  answer = (_, response) =>
    response
      .writeHead(200, {
        "set-cookie": ["a=1; Path=/", "b=2"],
        "x-robots-tag": "noindex",
        "keep-alive": "timeout=9",
        connection: "x-hop, keep-alive",
        "x-hop": "1",
      })
      .end("words");
  const reply = await get("/e/else?lang=de", {
    host: "wrong.test",
    cookie: "earshot_in_else=x",
    "x-forwarded-for": "198.51.100.1, 203.0.113.9",
    "x-forwarded-proto": "https",
    "x-hop": "1",
    connection: "x-hop",
    "user-agent": "test",
    te: "trailers",
    forwarded: "for=192.0.2.1",
  });
  const { headers, url } = asked[0] ?? assert.fail();
  assert.equal(url, "/e/else?lang=de");
  assert.deepEqual([headers.host, headers.cookie, headers["user-agent"]], ["listen.test", "earshot_in_else=x", "test"]);
  assert.deepEqual([headers["x-forwarded-for"], headers["x-forwarded-proto"], headers.via], ["203.0.113.9", "https", "1.1 earshot-edge"]);
  assert.deepEqual([headers["x-hop"], headers.te, headers.forwarded], [undefined, undefined, undefined]);
  assert.deepEqual([reply.status, reply.body.toString(), reply.headers["x-robots-tag"]], [200, "words", "noindex"]);
  assert.deepEqual([reply.headers["set-cookie"], reply.headers["x-hop"]], [["a=1; Path=/", "b=2"], undefined]);
});

test("what many want in the same moment is asked for once, and those who leave stop nobody", async () => {
  let go: () => void = () => {};
  answer = (_, response) => {
    go = () => response.writeHead(200, PAGE).end("page");
  };
  const first = request(address("/"), { agent: false }).on("error", () => {});
  first.end();
  await until(() => asked.length === 1);
  const crowd = Array.from({ length: 30 }, () => get("/"));
  await until(() => edge.front.requests === 31);
  first.destroy();
  go();
  for (const { status, body } of await Promise.all(crowd)) assert.deepEqual([status, body.toString()], [200, "page"]);
  assert.equal(asked.length, 1);
  assert.ok(edge.front.bytesOut >= 30 * 4, "and counted as sent");
});

test("an answer is given again for as long as the house says, with its age, and asked for anew afterwards", async () => {
  answer = (_, response) => response.writeHead(200, { ...PAGE, age: "1", "cache-control": "public, max-age=4, s-maxage=3" }).end(`${asked.length}`);
  assert.equal((await get("/")).headers.age, "1");
  edge.passTime(1_900);
  const kept = await get("/");
  assert.deepEqual([kept.body.toString(), kept.headers.age], ["1", "2"]);
  assert.deepEqual([(await get("/", {}, "HEAD")).headers["content-length"], asked.length], ["1", 1]);
  edge.passTime(200);
  assert.equal((await get("/")).body.toString(), "2");
});

test("what is for one alone, or was chosen by what everybody has differently, is never given to another", async () => {
  for (const [index, fields] of [
    { "cache-control": "private, max-age=9" },
    { "cache-control": "no-store" },
    { "cache-control": "public, max-age=9", "set-cookie": "a=1" },
    { "cache-control": "public, max-age=9", vary: "cookie" },
    { "cache-control": "public, max-age=9", vary: "*" },
    {},
  ].entries()) {
    answer = (request, response) => response.writeHead(200, fields).end(request.headers.cookie);
    const together = await Promise.all([1, 2, 3].map((who) => get(`/s/series-${index}`, { cookie: `who=${who}` })));
    assert.deepEqual(
      together.map(({ body }) => body.toString()),
      ["who=1", "who=2", "who=3"],
      JSON.stringify(fields),
    );
  }
  answer = (request, response) => response.writeHead(200, { "cache-control": "public, max-age=9" }).end(request.headers.authorization);
  assert.equal((await get("/s/one", { authorization: "a" })).body.toString(), "a");
  assert.equal((await get("/s/one", { authorization: "b" })).body.toString(), "b");
});

test("each language and each coding is an answer of its own, in as many forms as there are and no more", async () => {
  answer = ({ headers }, response) =>
    response.writeHead(200, { ...PAGE, vary: "Accept-Language, accept-encoding" }).end(`${headers["accept-language"]} ${headers["accept-encoding"]}`);
  const said = async (language: string, encoding: string) => (await get("/", { "accept-language": language, "accept-encoding": encoding })).body.toString();
  for (let round = 0; round < 2; round++) {
    assert.equal(await said("de-AT,de;q=0.9", "gzip, deflate, br, zstd"), "de br, gzip");
    assert.equal(await said("de", "br, gzip"), "de br, gzip");
    assert.equal(await said("en-US", "gzip;q=1.0"), "en gzip");
    assert.equal(await said("fr", "deflate"), "en identity");
  }
  assert.equal(asked.length, 3);
  // An answer that says nothing of it is one for all.
  answer = (_, response) => response.writeHead(200, PAGE).end("picture");
  await get("/pictures/a.png", { "accept-language": "de" });
  await get("/pictures/a.png", { "accept-encoding": "gzip" });
  assert.equal(asked.length, 4);
});

test("whoever has it already is told so, and a piece of what is kept is cut here", async () => {
  answer = (_, response) => response.writeHead(200, { ...PAGE, etag: '"v1"' }).end("0123456789");
  assert.equal((await get("/e/x/wall.json", { "if-none-match": '"v1"' })).status, 304);
  assert.equal(asked[0]?.headers["if-none-match"], undefined, "asked for whole, for all");
  const piece = await get("/e/x/wall.json", { range: "bytes=2-4" });
  assert.deepEqual([piece.status, piece.headers["content-range"], piece.body.toString()], [206, "bytes 2-4/10", "234"]);
  assert.equal((await get("/e/x/wall.json", { range: "bytes=2-4", "if-range": '"v0"' })).status, 200);
  assert.equal(asked.length, 1);
  // The music is asked for whole, also by those who want a piece; a recording is not.
  await Promise.all([get("/e/x/waiting.mp3", { range: "bytes=0-1" }), get("/e/x/waiting.mp3", { range: "bytes=5-" })]);
  assert.deepEqual([asked.length, asked[1]?.headers.range], [2, undefined]);
  await get("/e/x/recording.mp3", { range: "bytes=0-1" });
  assert.equal(asked[2]?.headers.range, "bytes=0-1");
});

test("a failure that is the same for all is asked for once a second, one that is somebody's own each time", async () => {
  const fail = (status: number, fields: Record<string, string>) => {
    answer = (_, response) => response.writeHead(status, { "content-type": "application/problem+json", ...fields }).end('{"code":"not-found"}');
  };
  fail(404, { "cache-control": "public, max-age=60" });
  await Promise.all(Array.from({ length: 10 }, () => get("/e/nobody")));
  edge.passTime(900);
  assert.equal((await get("/e/nobody")).status, 404);
  assert.equal(asked.length, 1);
  edge.passTime(100);
  await get("/e/nobody");
  assert.equal(asked.length, 2);
  fail(503, {});
  await Promise.all([get("/s/x"), get("/s/x")]);
  assert.equal(asked.length, 3);
  fail(503, { "cache-control": "no-store" });
  await Promise.all([get("/s/y"), get("/s/y")]);
  assert.equal(asked.length, 5);
});

test("while the house is away pictures and pages work on, the rest says so, and nobody asks it more than once a second; afterwards all is as before", async () => {
  const immutable = { "content-type": "image/png", "cache-control": "public, max-age=60, immutable" };
  answer = ({ url }, response) =>
    response.writeHead(200, url === "/pictures/a.png" ? immutable : url === "/" ? PAGE : { "cache-control": "public, max-age=2" }).end("kept");
  for (const path of ["/", "/pictures/a.png", "/feed.xml"]) await get(path);
  const { port } = house.address() as { port: number };
  await closeHouse();
  edge.passTime(100_000);
  assert.deepEqual([(await get("/")).body.toString(), (await get("/")).headers.age], ["kept", "100"]);
  assert.equal((await get("/pictures/a.png")).status, 200);
  const failures = edge.front.house?.passOn.line.failures;
  const replies = await Promise.all(Array.from({ length: 10 }, () => get("/feed.xml")));
  for (const { status, headers, body } of replies) {
    assert.deepEqual([status, codeOf(body), headers["cache-control"]], [503, "house-away", "public, max-age=1"]);
    assert.ok(Number(headers["retry-after"]) >= 1);
  }
  assert.deepEqual([failures, edge.front.house?.passOn.line.failures], [1, 1]);
  assert.equal((await get("/healthz")).status, 200);
  // A page is not told for ever.
  edge.passTime(700_000);
  assert.deepEqual([(await get("/")).status, (await get("/pictures/a.png")).status], [503, 200]);
  await openHouse(port);
  answer = (_, response) => response.writeHead(200, PAGE).end("back");
  edge.passTime(1_000);
  assert.equal((await get("/")).body.toString(), "back");
});

test("a house that is full or broken costs nobody a page that is there", async () => {
  answer = (_, response) => response.writeHead(200, PAGE).end("kept");
  await get("/");
  edge.passTime(3_000);
  answer = (_, response) => response.writeHead(502).end("bad gateway");
  assert.equal((await get("/")).body.toString(), "kept");
  assert.equal((await get("/")).body.toString(), "kept");
  assert.equal(asked.length, 2, "and is asked again a second later");
});

test("a body without end goes no faster than its reader, costs no memory, and ends with whoever leaves", async () => {
  let written = 0;
  let sending = 0;
  answer = (_, response) => {
    let gone = false;
    sending++;
    response.writeHead(200, { "content-type": "audio/mpeg", "cache-control": "no-store" });
    const piece = Buffer.alloc(64 * 1024);
    const more = () => {
      for (let takes = true; takes && !gone; written += piece.length) takes = response.write(piece);
    };
    response.on("drain", more).on("close", () => {
      gone = true;
      sending--;
    });
    more();
  };
  const reader = await open(address("/e/x/recording.mp3"));
  reader.pause();
  await until(() => sending === 1 && written > 0);
  let before = -1;
  // Until the sockets' own buffers are full.
  while (written !== before) {
    before = written;
    await sleep(300);
  }
  assert.ok(written < 32 * 1024 * 1024, `${written} bytes on their way to a reader who takes none`);
  let read = 0;
  reader.on("data", (piece: Buffer) => {
    read += piece.length;
  });
  reader.resume();
  await until(() => read > written / 2 && written > before);
  reader.destroy();
  await until(() => sending === 0);
});

test("what is too long to keep is sent on to each, also where its length is not told", async () => {
  const long = Buffer.alloc(7 * 1024 * 1024, 1);
  for (const length of [{ "content-length": long.length }, {}]) {
    asked = [];
    answer = (_, response) => response.writeHead(200, { ...PAGE, ...length }).end(long);
    const path = `/e/x/recording.${"content-length" in length ? "flac" : "opus"}`;
    const replies = await Promise.all([get(path), get(path)]);
    assert.deepEqual(
      replies.map(({ body }) => body.length),
      [long.length, long.length],
    );
  }
  assert.equal(edge.front.house?.passOn.bytesKept, 0);
});

test("an answer that breaks off in the house breaks off here, and is never taken for whole", async () => {
  answer = ({ headers }, response) => {
    response.writeHead(headers.range === undefined ? 200 : 206, { ...PAGE, "content-length": 1_000 });
    response.write("half", () => setTimeout(() => response.destroy(), 50));
  };
  // Sent on as it comes: the head is out.
  await assert.rejects(get("/e/x/recording.mp3", { range: "bytes=0-999" }));
  // Read whole first: told in words.
  const { status, body } = await get("/");
  assert.deepEqual([status, codeOf(body)], [503, "house-away"]);
});

test("an edge whose house is an edge says so instead of asking round in a circle", async () => {
  const { status, body } = await get("/", { via: "1.1 earshot-edge" });
  assert.deepEqual([status, codeOf(body), asked.length], [503, "house-away", 0]);
});

test("the memory of answers has an end, and what was not asked for the longest goes first", async () => {
  const big = Buffer.alloc(5 * 1024 * 1024);
  answer = (_, response) => response.writeHead(200, { ...PAGE, "cache-control": "public, max-age=99" }).end(big);
  for (let number = 0; number < 14; number++) {
    await get(`/pictures/${number}.png`);
    await get("/pictures/0.png");
  }
  assert.equal(asked.length, 14);
  assert.ok((edge.front.house?.passOn.bytesKept ?? 0) <= 64 * 1024 * 1024);
  await get("/pictures/1.png");
  assert.equal(asked.length, 15, "the second went");
  await get("/pictures/0.png");
  assert.equal(asked.length, 15, "the first was asked for again and again");
});
