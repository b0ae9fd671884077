import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { EarshotError } from "../../core/errors.ts";
import { PushSender } from "./push-sender.ts";
import { TestPushService } from "./test-push-service.ts";
import { ensureVapidKeys } from "./vapid-keys.ts";

const folder = await mkdtemp(join(tmpdir(), "earshot-push-"));
test.after(() => rm(folder, { recursive: true, force: true }));
const keys = await ensureVapidKeys(folder);
const contact = "mailto:house@example.org";
const message = { payload: "Grüße", ttlSeconds: 60, urgency: "high", topic: "topic" } as const;

test("a browser's subscription names an https host on the public internet: nobody makes the house call its own network", async (t) => {
  const service = await TestPushService.open();
  t.after(() => service.close());
  const { p256dh, auth } = service.subscribe("/eve");
  const sender = new PushSender({ keys, contact, allowPrivate: false });
  t.after(() => sender.close());
  const good = ["https://fcm.googleapis.com/fcm/send/x", "https://updates.push.services.mozilla.com/wpush/v2/x", "https://web.push.apple.com/x"];
  for (const endpoint of good) assert.doesNotThrow(() => sender.check({ endpoint, p256dh, auth }), endpoint);
  const bad = [
    ...[
      "http://fcm.googleapis.com/x",
      "https://127.0.0.1/x",
      "https://[::1]/x",
      "https://169.254.169.254/latest",
      "https://localhost/x",
      "https://2130706433/x",
    ],
    ...[
      "https://router.local/x",
      "https://db.internal/x",
      "https://user:pass@fcm.googleapis.com/x",
      "https://fcm.googleapis.com:8443/x",
      "file:///etc/passwd",
      "x",
    ],
  ];
  for (const endpoint of bad) {
    const refused = (error: unknown) => error instanceof EarshotError && error.code === "push-address-refused";
    assert.throws(() => sender.check({ endpoint, p256dh, auth }), refused, endpoint);
    assert.equal((await sender.send({ endpoint, p256dh, auth }, message)).type, "failed", endpoint);
  }
});

test("a public name that leads to an address of our own network is never connected to", async (t) => {
  const service = await TestPushService.open();
  t.after(() => service.close());
  for (const address of ["127.0.0.1", "10.0.0.7", "192.168.1.1", "::1", "fd00::1", "::ffff:127.0.0.1"]) {
    const lookup = async () => [
      { address: "93.184.216.34", family: 4 },
      { address, family: address.includes(":") ? 6 : 4 },
    ];
    const sender = new PushSender({ keys, contact, allowPrivate: false, lookup });
    t.after(() => sender.close());
    const { p256dh, auth } = service.subscribe("/eve");
    assert.deepEqual(
      await sender.send({ endpoint: "https://push.example.org/x", p256dh, auth }, message),
      { type: "failed", failure: "address refused" },
      address,
    );
  }
});

test("answers of a push service are read as the standard has them", async (t) => {
  const service = await TestPushService.open();
  const sender = new PushSender({ keys, contact, allowPrivate: true });
  const close = () => {
    sender.close();
    service.close();
  };
  t.after(close);
  const subscription = service.subscribe("/eve");
  const answered = async (status: number, retryAfter?: number) => {
    service.answers.set("/eve", retryAfter === undefined ? { status } : { status, retryAfter });
    return await sender.send(subscription, message);
  };
  assert.deepEqual(await answered(201), { type: "sent" });
  assert.deepEqual([service.received[0]?.text, service.received[0]?.headers.ttl, service.received[0]?.claims.sub], ["Grüße", "60", contact]);
  for (const status of [404, 410]) assert.equal((await answered(status)).type, "gone");
  for (const status of [400, 401, 403, 413, 301]) assert.equal((await answered(status)).type, "failed");
  assert.deepEqual(await answered(429, 120), { type: "again", failure: "answered 429", afterMs: 120_000 });
  assert.deepEqual(await answered(503, 999_999), { type: "again", failure: "answered 503", afterMs: 3_600_000 });
  assert.deepEqual(await answered(500), { type: "again", failure: "answered 500" });
  assert.deepEqual(service.wrong, []);
  service.close();
  assert.equal((await sender.send(subscription, message)).type, "again");
});

test("the house keeps its key pair, readable by nobody else; a damaged one stops the start instead of losing every subscription in silence", async () => {
  assert.deepEqual(await ensureVapidKeys(folder), keys);
  const path = join(folder, "keys", "push.json");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const whole = await readFile(path, "utf8");
  for (const damaged of ["", "{}", whole.slice(0, 40), whole.replace("B", "C")]) {
    await writeFile(path, damaged);
    await assert.rejects(ensureVapidKeys(folder), (error) => error instanceof EarshotError && error.code === "config-invalid", damaged);
  }
});
