import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { createLog } from "../../core/log.ts";
import { type CertificatePair, LiveCertificate } from "./certificate.ts";
import { makeCertificate, type TestCertificate } from "./test-certificate.ts";

let files: TestCertificate;

before(async () => {
  files = await makeCertificate();
});
after(() => files.remove());

test("a pair that does not fit keeps the house from starting, and the setting is named", async () => {
  const other = await makeCertificate();
  await assert.rejects(LiveCertificate.open({ cert: files.cert, key: other.key }, tools()), (error) => {
    assert.ok(error instanceof EarshotError);
    assert.deepEqual([error.code, error.details.setting, error.details.value], ["config-invalid", "tls.key", other.key]);
    return true;
  });
  await other.remove();
});

test("a half-written renewal is left alone and complained of once; when it is whole it is taken over", async () => {
  const said: string[] = [];
  const live = await LiveCertificate.open(files, tools(said));
  const taken: CertificatePair[] = [];
  live.follow((pair) => taken.push(pair));
  const first = live.pair;
  await live.look();
  const renewed = await makeCertificate();
  await copyFile(renewed.cert, files.cert);
  await live.look();
  await live.look();
  assert.deepEqual([live.pair, taken.length], [first, 0], "the certificate is new, the key is still the old one");
  assert.equal(said.filter((line) => line.includes("are not taken")).length, 1);
  await writeFile(files.key, (await readFile(renewed.key)).subarray(0, 40));
  await live.look();
  assert.equal(taken.length, 0);
  await copyFile(renewed.key, files.key);
  await live.look();
  assert.deepEqual(taken, [live.pair]);
  assert.deepEqual(live.pair.cert, await readFile(join(renewed.folder, "cert.pem")));
  live.close();
  await renewed.remove();
});

function tools(said: string[] = []) {
  const log = createLog(
    (line) => void said.push(line),
    () => 0,
    {},
  );
  // Looks are taken by the test, never by time.
  const clock: Clock = { ...systemClock, sleep: () => new Promise<void>(() => {}) };
  return { log, clock };
}
