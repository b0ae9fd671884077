import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { type FrontProcess, startFront } from "../../bench/load/front-process.ts";
import { freePort, openFolder, type Peer, startPeer } from "../../bench/peers/peer.ts";
import { renditionHeaders } from "../../src/programme/mod.ts";
import { MemoryPartBus } from "../../src/server/adapters/part-bus-memory.ts";
import { ask, open, openStageDouble, partOf, type Reply, type StageDouble } from "../../src/server/front/test-front.ts";
import { type FaultyLine, openFaultyLine } from "./faulty-line.ts";

/** Listeners who ask for the same thing at once. */
const CROWD = 300;
/** Requests at most, of all of them, for what broke off once. Those who wait are let go on in waves, one request each; how many there are depends on when the break is seen: 1 to 4 were, never one per listener. */
const WAVES_AFTER_BREAK = 8;
const run = promisify(execFile);
const DEPLOY = join(import.meta.dirname, "../../deploy");

/** A cache in front of the front. */
interface Cache extends Peer {
  /** Throws away what it keeps at `path`, if need be with everything else. */
  forget(path: string): Promise<void>;
}

/** The shipped configuration with this test's ports and folders; whatever else it says is what operators get. */
async function startVarnish(originPort: number): Promise<Cache> {
  const folder = await openFolder("varnish-test");
  const port = await freePort();
  const vcl = (await readFile(join(DEPLOY, "varnish.vcl"), "utf8")).replace('.port = "8080"', `.port = "${originPort}"`);
  await writeFile(join(folder, "earshot.vcl"), vcl);
  const args = ["-F", "-n", join(folder, "work"), "-f", join(folder, "earshot.vcl"), "-a", `127.0.0.1:${port}`, "-s", "malloc,64m"];
  const peer = await startPeer({ name: "varnish", command: "varnishd", args: [...args, "-p", "thread_pool_min=200", "-p", "timeout_idle=25"], port, folder });
  return { ...peer, forget: async () => void (await run("varnishadm", ["-n", join(folder, "work"), "ban", "req.url ~ ."])) };
}

async function startNginx(originPort: number): Promise<Cache> {
  const folder = await openFolder("nginx-test");
  const port = await freePort();
  await mkdir(join(folder, "cache"), { mode: 0o777 });
  const site = (await readFile(join(DEPLOY, "nginx.conf"), "utf8"))
    .replace("/var/cache/nginx/earshot", join(folder, "cache"))
    .replace("server 127.0.0.1:8080", `server 127.0.0.1:${originPort}`)
    .replace("listen 80 ", `listen 127.0.0.1:${port} `);
  const main = `daemon off; worker_processes 1; user root; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 2000; }
http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
${site} }`;
  await writeFile(join(folder, "nginx.conf"), main);
  const peer = await startPeer({ name: "nginx", command: "nginx", args: ["-p", folder, "-c", join(folder, "nginx.conf")], port, folder });
  return {
    ...peer,
    async forget() {
      for (const entry of await readdir(join(folder, "cache"))) await rm(join(folder, "cache", entry), { recursive: true });
    },
  };
}

/** Traffic Server reads a folder of settings: Debian's, with ours laid over them. */
async function startTrafficServer(originPort: number): Promise<Cache> {
  const folder = await openFolder("trafficserver-test");
  const port = await freePort();
  const settings = join(folder, "etc");
  await cp("/etc/trafficserver", settings, { recursive: true });
  const ours = join(DEPLOY, "trafficserver");
  const folders = ["cache", "run", "log"].map((name) => join(folder, name));
  for (const each of folders) {
    await mkdir(each);
    await chmod(each, 0o777);
  }
  const [kept, run, log] = folders as [string, string, string];
  const records = (await readFile(join(ours, "records.config"), "utf8")).replace("server_ports STRING 80", `server_ports STRING ${port}`);
  await writeFile(
    join(settings, "records.config"),
    `${await readFile("/etc/trafficserver/records.config", "utf8")}\n${records}CONFIG proxy.config.local_state_dir STRING ${run}\nCONFIG proxy.config.log.logfile_dir STRING ${log}\n`,
  );
  for (const name of ["remap.config", "names.config"])
    await writeFile(join(settings, name), (await readFile(join(ours, name), "utf8")).replace("127.0.0.1:8080", `127.0.0.1:${originPort}`));
  await writeFile(join(settings, "storage.config"), `${kept} 64M\n`);
  const peer = await startPeer({
    name: "traffic server",
    command: "traffic_server",
    args: [],
    port,
    folder,
    environment: { PROXY_CONFIG_CONFIG_DIR: settings },
  });
  return { ...peer, forget: async (path) => void (await fetch(`http://127.0.0.1:${port}${path}`, { method: "PURGE" })) };
}

/** Caddy keeps nothing: what is tried is that everything comes through as it is made. */
async function startCaddy(originPort: number): Promise<Peer> {
  const folder = await openFolder("caddy-test");
  const port = await freePort();
  const site = (await readFile(join(DEPLOY, "Caddyfile"), "utf8"))
    .replace("live.example.org", `http://127.0.0.1:${port}`)
    .replace("127.0.0.1:8080", `127.0.0.1:${originPort}`);
  await writeFile(join(folder, "Caddyfile"), `{\n\tadmin off\n}\n${site.slice(0, site.indexOf("# Hosts and speakers"))}`);
  return await startPeer({
    name: "caddy",
    command: "caddy",
    args: ["run", "--config", join(folder, "Caddyfile")],
    port,
    folder,
    environment: { HOME: folder },
  });
}

let stage: StageDouble;
/** The same programme again, as what an interpreter says. */
const german = new MemoryPartBus();
let line: FaultyLine;
let front: FrontProcess;
let next = 20;
const CACHES = [
  { name: "varnish", start: startVarnish, follows: true, tellsAge: true, merges: { away: true, afterFailure: true } },
  // Its lock is for what it does not know: what it knows as a failure, and may no longer give out, is asked for by each who comes in that moment.
  { name: "nginx", start: startNginx, follows: false, tellsAge: false, merges: { away: true, afterFailure: false } },
  // It keeps no failure of its own: each listener's request is tried as often as its settings say.
  { name: "traffic server", start: startTrafficServer, follows: false, tellsAge: true, merges: { away: false, afterFailure: true } },
] as const;
let caches: readonly Cache[] = [];

before(async () => {
  stage = await openStageDouble();
  stage.endpoint.addLanguage("de", german, renditionHeaders(1));
  publish(0, next);
  front = await startFront(stage.url);
  line = await openFaultyLine(front.port);
  caches = await Promise.all(CACHES.map(({ start }) => start(line.port)));
});
after(async () => {
  for (const cache of caches) await cache.stop();
  line.close();
  await front.stop();
  stage.close();
});

const pause = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

/** Publishes these parts in both languages. */
function publish(from: number, to: number): void {
  stage.publish(from, to);
  for (let number = from; number < to; number++) for (const rendition of ["opus", "aac"] as const) german.publish(partOf(rendition, number));
}

/** Gives everybody time to have asked, then lets the stage publish. */
async function publishSoon(parts: number): Promise<void> {
  await pause(400);
  publish(next, next + parts);
  next += parts;
}

async function hearsTheStreamAsItIsMade(port: number): Promise<void> {
  const response = await open(`http://127.0.0.1:${port}/live/bench.mp3`);
  assert.equal(response.headers["content-type"], "audio/mpeg");
  let heard = Buffer.alloc(0);
  response.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
  });
  const number = next;
  await publishSoon(1);
  const patience = Date.now() + 5_000;
  while (!heard.includes(partOf("mp3", number).data) && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(heard.includes(partOf("mp3", number).data));
  response.destroy();
}

/** Requests the front gets while `act` runs. */
async function originRequests(act: () => Promise<void>): Promise<number> {
  const before = await front.requests();
  await act();
  return (await front.requests()) - before;
}

for (const [place, { name, follows, tellsAge, merges }] of CACHES.entries()) {
  describe(`behind ${name}, configured as shipped`, () => {
    let cache: Cache;
    const address = (path: string) => `http://127.0.0.1:${cache.port}/live/bench/${path}`;
    const crowd = (path: (index: number) => string) => Array.from({ length: CROWD }, async (_, index) => await ask(address(path(index))));
    before(() => {
      cache = caches[place] as Cache;
    });

    test("hundreds who wait for the next part are one request to the front, and each gets the part", async () => {
      const number = next;
      let replies: Reply[] = [];
      const requests = await originRequests(async () => {
        const asked = crowd((index) => `opus/part-${number}.m4s?s=listener-${index}`);
        await publishSoon(1);
        replies = await Promise.all(asked);
      });
      assert.equal(requests, 1);
      for (const { status, body } of replies) {
        assert.equal(status, 200);
        assert.deepEqual(body, Buffer.from(partOf("opus", number).data));
      }
      assert.equal(
        await originRequests(async () => void (await Promise.all(crowd(() => `opus/part-${number}.m4s`)))),
        0,
        "and whoever comes later asks only the cache",
      );
    });

    test("hundreds who wait for the next list are one request, whatever else their address says", async () => {
      const part = next;
      let replies: Reply[] = [];
      const requests = await originRequests(async () => {
        const asked = crowd((index) => `opus/index.m3u8?s=listener-${index}&_HLS_msn=${Math.floor(part / 8)}&_HLS_part=${part % 8}`);
        await publishSoon(1);
        replies = await Promise.all(asked);
      });
      assert.equal(requests, 1);
      for (const { body } of replies) assert.match(body.toString(), new RegExp(`part-${part}\\.m4s`));
    });

    test("what a cache had to throw away is asked for once, however many miss it at the same time", async () => {
      const number = next - 1;
      await ask(address(`opus/part-${number}.m4s`));
      await cache.forget(new URL(address(`opus/part-${number}.m4s`)).pathname);
      const requests = await originRequests(async () => {
        for (const { status, body } of await Promise.all(crowd(() => `opus/part-${number}.m4s`)))
          assert.deepEqual([status, body.length], [200, partOf("opus", number).data.length]);
      });
      assert.equal(requests, 1);
    });

    test("another part of the list is another thing: the parameters that matter are not thrown away with the others", async () => {
      const part = next - 2;
      const lists = [part, part + 1].map(async (each) => await ask(address(`aac/index.m3u8?_HLS_part=${each % 8}&_HLS_msn=${Math.floor(each / 8)}&x=1`)));
      assert.deepEqual(
        (await Promise.all(lists)).map(({ status }) => status),
        [200, 200],
      );
      assert.equal((await ask(address("aac/index.m3u8?_HLS_part=1"))).status, 400, "and a directive without its number is still refused by the front");
    });

    test("hundreds who ask for what is not there trouble the front once", async () => {
      let replies: Reply[] = [];
      const requests = await originRequests(async () => {
        replies = await Promise.all(crowd(() => "opus/part-99999.m4s"));
      });
      assert.ok(replies.every(({ status }) => status === 404));
      assert.ok(requests <= 3, `${requests} requests in the second a failure is kept`);
    });

    test("an endless stream comes through as it is made", async () => {
      await hearsTheStreamAsItIsMade(cache.port);
    });

    test("an interpretation is kept like the floor: one request for its next part, one for its next list", async () => {
      const part = next;
      let parts: Reply[] = [];
      let lists: Reply[] = [];
      const requests = await originRequests(async () => {
        const asked = [
          crowd((index) => `lang/de/opus/part-${part}.m4s?s=listener-${index}`),
          crowd((index) => `lang/de/aac/index.m3u8?s=listener-${index}&_HLS_msn=${Math.floor(part / 8)}&_HLS_part=${part % 8}`),
        ];
        await publishSoon(1);
        [parts = [], lists = []] = await Promise.all(asked.map(async (each) => await Promise.all(each)));
      });
      assert.equal(requests, 2);
      for (const { body } of parts) assert.deepEqual(body, Buffer.from(partOf("opus", part).data));
      for (const { body } of lists) assert.match(body.toString(), new RegExp(`part-${part}\\.m4s`));
    });

    test("browsers that unpack different things share one list, and those that unpack nothing can read it", async () => {
      const part = next - 1;
      const list = address(`opus/index.m3u8?_HLS_msn=${Math.floor(part / 8)}&_HLS_part=${part % 8}&_HLS_skip=YES`);
      const requests = await originRequests(async () => {
        for (const encodings of ["gzip, deflate, br", "gzip, deflate, br, zstd", "gzip"])
          assert.equal((await ask(list, { "accept-encoding": encodings })).headers["content-encoding"], "gzip");
      });
      assert.equal(requests, 1);
      assert.match((await ask(list)).body.toString(), /^#EXTM3U\n/);
    });

    test("nobody can put one thing in the place of another, whatever they write into address and head", async () => {
      const part = next;
      const hears = async (path: string) => (await ask(address(path))).body.equals(Buffer.from(partOf("opus", part).data));
      const directives = (name: (what: string) => string, number: number) => `${name("msn")}=${Math.floor(number / 8)}&${name("part")}=${number % 8}`;
      const rightly = directives((what) => `_HLS_${what}`, part);
      // What was not there a moment ago is no answer for those who ask in the same second with the right address.
      await ask(`http://127.0.0.1:${cache.port}/live//bench/opus/part-${part}.m4s`);
      await ask(`http://127.0.0.1:${cache.port}/%6cive/bench/opus/part-${part}.m4s`);
      // A list of now for those who wait for the next part: named twice, or in small letters.
      await ask(address(`opus/index.m3u8?${directives((what) => `_HLS_${what}`, part - 2)}&${rightly}`));
      await ask(address(`opus/index.m3u8?${directives((what) => `_hls_${what}`, part)}`));
      // A list that may be kept six times as long for those who ask what there is: named in another way of writing.
      const { headers } = await ask(address(`opus/index.m3u8?${directives((what) => `%5FHLS_${what}`, part - 1)}`));
      assert.equal(headers["cache-control"], "public, max-age=2");
      publish(next, ++next);
      await ask(`http://127.0.0.1:${cache.port}/live/bench/state.json`, { "x-name": `/live/bench/opus/part-${part}.m4s|||` });
      assert.ok(await hears(`opus/part-${part}.m4s`));
      assert.match((await ask(address(`opus/index.m3u8?${rightly}`))).body.toString(), new RegExp(`part-${part}\\.m4s`));
    });

    test(`how old a list is ${tellsAge ? "is told, so that players count it in" : "is not told: players ask for the next part at once"}`, async () => {
      const list = address("aac/plain.m3u8");
      await ask(list);
      await pause(1_050);
      const { headers } = await ask(list);
      assert.equal(headers.age === undefined ? undefined : Number(headers.age) >= 1, tellsAge ? true : undefined);
    });

    for (const [fault, told] of [
      ["fails", "fails without a word of explanation"],
      ["away", "is away"],
    ] as const)
      test(`while the front ${told}, hundreds are told so with a few requests, and have the part when that is over`, async () => {
        const number = next - 1;
        const part = address(`opus/part-${number}.m4s`);
        await cache.forget(new URL(part).pathname);
        line.spoil(fault);
        const before = line.requests;
        const refused = await Promise.all(crowd(() => `opus/part-${number}.m4s`));
        line.spoil(undefined);
        assert.deepEqual([...new Set(refused.map(({ status }) => Math.floor(status / 100)))], [5]);
        if (fault === "fails" || merges.away) assert.ok(line.requests - before <= 3, `${line.requests - before} requests`);
        await pause(2_100);
        const requests = await originRequests(async () => {
          for (const { status, body } of await Promise.all(crowd(() => `opus/part-${number}.m4s`)))
            assert.deepEqual([status, body.length], [200, partOf("opus", number).data.length]);
        });
        const most = merges.afterFailure ? 1 : fault === "away" ? 3 : CROWD;
        assert.ok(requests <= most, `${requests} requests`);
      });

    test("a transfer that breaks off midway is kept by nobody and taken for whole by nobody; who asks again has the part, with a few requests more", async () => {
      const number = next - 1;
      const { data } = partOf("opus", number);
      await cache.forget(new URL(address(`opus/part-${number}.m4s`)).pathname);
      const before = line.requests;
      line.spoil({ breaksAfterBytes: 300 }, "next");
      const heard = await Promise.allSettled(crowd(() => `opus/part-${number}.m4s`));
      for (const each of heard) if (each.status === "fulfilled" && each.value.status === 200) assert.ok(each.value.body.equals(Buffer.from(data)));
      await pause(1_100);
      for (const { body } of await Promise.all(crowd(() => `opus/part-${number}.m4s`))) assert.equal(body.length, data.length);
      assert.ok(line.requests - before <= WAVES_AFTER_BREAK, `${line.requests - before} requests`);
    });

    if (follows)
      test("a segment that is still being made reaches all who follow it part by part, with one request to the front", async () => {
        while (next % 8 !== 2) publish(next, ++next);
        const segment = Math.floor(next / 8);
        const first = segment * 8;
        const requests = await originRequests(async () => {
          const responses = await Promise.all(Array.from({ length: 50 }, async () => await open(address(`opus/stream-${segment}.m4s`))));
          const heard = responses.map(() => Buffer.alloc(0));
          for (const [index, response] of responses.entries())
            response.on("data", (bytes: Buffer) => {
              heard[index] = Buffer.concat([heard[index] as Buffer, bytes]);
            });
          await publishSoon(2);
          const early = partOf("opus", first + 3).data;
          const patience = Date.now() + 5_000;
          while (!heard.every((each) => each.includes(early)) && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
          assert.ok(
            heard.every((each) => each.includes(early)),
            "the fourth part is heard before the fifth is made",
          );
          const ended = responses.map((response) => new Promise((resolve) => response.once("end", resolve)));
          await publishSoon(4);
          await Promise.all(ended);
          const whole = Buffer.concat(Array.from({ length: 8 }, (_, index) => partOf("opus", first + index).data));
          for (const each of heard) assert.deepEqual(each, whole);
        });
        assert.equal(requests, 1);
        assert.equal(await originRequests(async () => void (await ask(address(`opus/stream-${segment}.m4s`)))), 0, "and it is kept");
      });
  });
}

// All caches at once, because the time of such a wait is a real one.
test("hundreds who wait in vain behind each cache are one request from each, and all are told so when its time is over", async () => {
  let replies: Reply[] = [];
  const path = `/live/bench/aac/index.m3u8?_HLS_msn=${Math.floor(next / 8)}&_HLS_part=${next % 8}`;
  const requests = await originRequests(async () => {
    replies = await Promise.all(caches.flatMap(({ port }) => Array.from({ length: CROWD }, async () => await ask(`http://127.0.0.1:${port}${path}`))));
  });
  assert.ok(replies.every(({ status }) => status === 503));
  assert.equal(requests, caches.length);
});

describe("behind caddy, configured as shipped", () => {
  let caddy: Peer;
  before(async () => {
    caddy = await startCaddy(front.port);
  });
  after(() => caddy.stop());

  test("who waits for the next part gets it when it is there", async () => {
    const number = next;
    const asked = ask(`http://127.0.0.1:${caddy.port}/live/bench/opus/part-${number}.m4s`);
    await publishSoon(1);
    const { status, body } = await asked;
    assert.deepEqual([status, body], [200, Buffer.from(partOf("opus", number).data)]);
  });

  test("an endless stream comes through as it is made", async () => {
    await hearsTheStreamAsItIsMade(caddy.port);
  });
});
