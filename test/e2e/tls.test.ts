import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { promisify } from "node:util";
import type { Browser, BrowserContext } from "playwright-core";
import { makeCertificate, type TestCertificate } from "../../src/server/adapters/test-certificate.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { makeEvent, onStage, takeSeat } from "./walk.ts";

const run = promisify(execFile);
let files: TestCertificate;
let house: RunningHouse;
let browser: Browser;

before(async () => {
  files = await makeCertificate();
  house = await startHouse({ EARSHOT_TLS_CERT: files.cert, EARSHOT_TLS_KEY: files.key, EARSHOT_FRONT_PROCESSES: "2", EARSHOT_SOUND_CHECK: "1" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  await files?.remove();
});

/** A profile that takes the test's own certificate. */
async function context(): Promise<BrowserContext> {
  return await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true, locale: "en-GB" });
}

/** What curl, which trusts the certificate, says of an address. */
async function curl(...more: readonly string[]): Promise<{ readonly version: string; readonly status: string; readonly bytes: number }> {
  // The time limit ends an endless stream; what came until then is told all the same.
  const args = ["-s", "--cacert", files.cert, "-o", "/dev/null", "-w", "%{http_version} %{http_code} %{size_download}", ...more];
  const { stdout } = await run("curl", args).catch((cause: unknown) => cause as { stdout: string });
  const [version = "", status = "", bytes = ""] = stdout.split(" ");
  return { version, status, bytes: Number(bytes) };
}

/** What the present certificate's fingerprint is to whoever connects now. */
async function fingerprint(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

describe("a house that speaks TLS itself", { timeout: 400_000 }, () => {
  test("curl is served over both versions of HTTP: pages, endless streams, a list that waits for its part", async () => {
    for (const [flag, version] of [
      ["--http2", "2"],
      ["--http1.1", "1.1"],
    ] as const) {
      assert.deepEqual({ ...(await curl(flag, `${house.front}/e/sound-check`)), bytes: 0 }, { version, status: "200", bytes: 0 });
      for (const path of ["sound-check.mp3", "sound-check/stream.mp4"]) {
        const stream = await curl(flag, "-m", "3", `${house.front}/live/${path}`);
        assert.deepEqual([stream.version, stream.status], [version, "200"]);
        assert.ok(stream.bytes > 10_000, `${stream.bytes} bytes of ${path}`);
      }
      const { stdout: list } = await run("curl", ["-s", flag, "--cacert", files.cert, `${house.front}/live/sound-check/opus/index.m3u8`]);
      const part = Number(/PRELOAD-HINT:TYPE=PART,URI="part-(\d+)/.exec(list)?.[1]);
      const ahead = `_HLS_msn=${Math.floor((part + 1) / 8)}&_HLS_part=${(part + 1) % 8}`;
      const waited = await run("curl", ["-s", flag, "--cacert", files.cert, `${house.front}/live/sound-check/opus/index.m3u8?${ahead}`]);
      assert.match(waited.stdout, new RegExp(`URI="part-${part + 1}\\.m4s"`));
    }
  });

  test("the listening page plays over HTTP/2, page and sound on one connection", async () => {
    const page = await (await context()).newPage();
    await page.goto(`${house.front}/e/sound-check`);
    await page.click("#play");
    await comeTrue(page, "document.querySelector('audio').currentTime > 1");
    const protocols = (await page.evaluate(
      "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((entry) => entry.nextHopProtocol)",
    )) as string[];
    assert.ok(protocols.length > 1 && protocols.every((protocol) => protocol === "h2" || protocol === ""), protocols.join());
    await page.context().close();
  });

  test("hls.js plays low-latency HLS over HTTP/2 without an error", async () => {
    const page = await (await context()).newPage();
    await page.goto(`${house.front}/e/sound-check`);
    await page.addScriptTag({ content: await readFile(join(import.meta.dirname, "../../node_modules/hls.js/dist/hls.min.js"), "utf8") });
    await page.evaluate(`
      window.errors = [];
      window.element = document.body.appendChild(new Audio());
      window.hls = new Hls({ lowLatencyMode: true });
      hls.on(Hls.Events.ERROR, (_, { details }) => errors.push(details));
      hls.loadSource("/live/sound-check/index.m3u8");
      hls.attachMedia(element);
      element.play();
    `);
    await comeTrue(page, "element.currentTime > 0 && (window.started ??= element.currentTime) && element.currentTime - started > 6", 60_000);
    assert.deepEqual(await page.evaluate("errors"), []);
    const hops = (await page.evaluate(
      "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/live/sound-check/')).map((entry) => entry.nextHopProtocol)",
    )) as string[];
    assert.ok(hops.length > 5 && hops.every((hop) => hop === "h2"), hops.join());
    await page.context().close();
  });

  test("the host signs in over TLS: cookies for this host alone, the room's WebSocket, and the voice on stage", async () => {
    const profile = await context();
    const page = await profile.newPage();
    await makeEvent(page, house, "Over TLS");
    const cookies = await profile.cookies(house.backstage);
    assert.deepEqual([...new Set(cookies.map(({ secure }) => secure))], [true]);
    assert.ok(cookies.every(({ name }) => name.startsWith("__Host-")));
    await takeSeat(page);
    await comeTrue(page, onStage(1));
    await profile.close();
  });

  test("a renewed certificate is in use within seconds on both ports, and a listener hears on", async () => {
    let bytes = 0;
    let gone = false;
    const ca = await readFile(files.cert);
    const request = get(`${house.front}/live/sound-check.mp3`, { ca, agent: false }, (response) => {
      response.on("data", (chunk: Buffer) => (bytes += chunk.length));
      response.on("close", () => (gone = true));
    });
    const ports = [house.front, house.backstage].map((url) => Number(new URL(url).port));
    const before = await Promise.all(ports.map(fingerprint));
    await files.renew();
    for (const [index, port] of ports.entries()) while ((await fingerprint(port)) === before[index]) await new Promise((resolve) => setTimeout(resolve, 200));
    const heard = bytes;
    while (bytes < heard + 20_000 && !gone) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(gone, false);
    request.destroy();
  });
});
