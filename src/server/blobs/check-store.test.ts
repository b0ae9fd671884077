import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import type { StorageSettings } from "../../core/storage-config.ts";
import { unixMilliseconds } from "../../core/units.ts";
import { checkStore } from "./check-store.ts";
import { GOOD_KEYS, openS3Double, type S3Double } from "./s3-double.ts";

let double: S3Double;
before(async () => {
  double = await openS3Double();
});
after(() => double.close());

const settings = (changes: object = {}): StorageSettings => ({
  recordingDays: null,
  localDays: null,
  place: { kind: "bucket", bucket: { ...double.bucket, ...changes } },
});
async function check(changes: object = {}, secret = GOOD_KEYS.secret, skewMs = 0) {
  const clock = { ...systemClock, wallMs: () => unixMilliseconds(Date.now() + skewMs) };
  const findings = await checkStore(settings(changes), { environment: { EARSHOT_BUCKET_KEY: GOOD_KEYS.id, EARSHOT_BUCKET_SECRET: secret }, clock });
  for (const { verdict, action } of findings) assert.equal(action !== undefined, verdict !== "ok", "whoever is warned is told what to do");
  return findings;
}

test("a bucket that does everything is said to, and nothing is left in it", async () => {
  const findings = await check();
  assert.deepEqual(
    findings.map(({ check: name, verdict }) => [name, verdict]),
    [
      ["Store's clock", "ok"],
      ["Store", "ok"],
    ],
  );
  assert.match(findings[1]?.found ?? "", /^127\.0\.0\.1:\d+\/recordings\/house: writing, reading, listing, sending in parts and deleting work$/);
  assert.ok(double.asked.filter((line) => line.startsWith("DELETE")).length >= 2);
});

test("without a store nothing is checked", async () => {
  assert.deepEqual(await checkStore({ recordingDays: null, localDays: null, place: undefined }, { environment: {}, clock: systemClock }), []);
});

test("a wrong secret, an unknown bucket, missing keys and a wrong clock are each told with what to do", async () => {
  const [, wrong] = await check({}, "no such s3cret");
  assert.match(`${wrong?.found} ${wrong?.action}`, /the secret does not belong to the key .*EARSHOT_BUCKET_SECRET/);
  assert.doesNotMatch(JSON.stringify(wrong), /s3cret/);
  const [, unknown] = await check({ name: "other-bucket" });
  assert.match(`${unknown?.found} ${unknown?.action}`, /no bucket of this name .*storage\.bucket\.name/);
  const [keyless] = await checkStore(settings(), { environment: {}, clock: systemClock });
  assert.match(`${keyless?.found} ${keyless?.action}`, /secret_file is missing .*EARSHOT_BUCKET_KEY/);
  const [clock, refused] = await check({}, GOOD_KEYS.secret, -3_600_000);
  assert.deepEqual([clock?.verdict, refused?.verdict], ["problem", "problem"]);
  assert.match(clock?.found ?? "", /^(3599|3600|3601) s ahead of this machine's$/);
  assert.match(`${refused?.found} ${refused?.action}`, /clock .*NTP/);
  const [drifting, fine] = await check({}, GOOD_KEYS.secret, 60_000);
  assert.deepEqual([drifting?.verdict, fine?.verdict], ["warning", "ok"]);
  assert.match(drifting?.found ?? "", /^(59|60|61|62) s behind this machine's$/);
});

test("a key that may not do something is told what", async () => {
  for (const [method, part, act] of [
    ["PUT", "/doctor-", "write a file"],
    ["GET", "prefix=", "list files"],
    ["DELETE", "/doctor-", "delete a file|give up"],
  ] as const) {
    double.refuse = (request: IncomingMessage, response: ServerResponse) => {
      if (request.method !== method || !request.url?.includes(part)) return false;
      response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
      return true;
    };
    const [, finding] = await check();
    assert.match(`${finding?.found} ${finding?.action}`, new RegExp(`may not do that: (${act}).* s3:PutObject`));
  }
  double.refuse = () => false;
});
