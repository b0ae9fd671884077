import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:http2";
import { test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { LiveCertificate } from "../adapters/certificate.ts";
import { makeCertificate } from "../adapters/test-certificate.ts";
import { ask, openFront, writeArchive } from "./test-front.ts";

test("listeners by HTTP/2 get what the house has, and an edge speaks TLS only with a house whose certificate it trusts", async () => {
  const files = await makeCertificate();
  const certificate = await LiveCertificate.open(files, { clock: systemClock, log: silentLog });
  const house = await openFront({ certificate });
  const edge = await openFront({ certificate, origin: house.url });
  const plain = await openFront({ origin: house.url });
  const client = connect(edge.url, { rejectUnauthorized: false });
  const hear = async (path: string, headers = {}) => {
    const stream = client.request({ ":path": path, ...headers });
    const status = new Promise((resolve) => stream.once("response", (fields) => resolve(fields[":status"])));
    const pieces = await Array.fromAsync(stream as AsyncIterable<Buffer>);
    return { status: await status, body: Buffer.concat(pieces) };
  };
  try {
    assert.equal((await hear("/")).status, 503, "a stranger's certificate");
    assert.equal((await ask(`${plain.url}/`)).status, 503);
    setDefaultCACertificates([...getCACertificates(), await readFile(files.cert, "utf8")]);
    edge.passTime(1_000);
    await writeArchive(house.dataFolder, 20);
    assert.deepEqual([(await hear("/")).status, (await hear("/e/evening")).status, (await hear("/e/nobody")).status], [200, 200, 404]);
    const whole = await hear("/e/evening/recording.mp3");
    const piece = await hear("/e/evening/recording.mp3", { range: "bytes=10-19" });
    assert.deepEqual([piece.status, piece.body], [206, whole.body.subarray(10, 20)]);
    assert.equal((await hear("/e/evening/recording.opus")).status, 200);
    // Not only what was ever trusted: who is reached by neither name is somebody else.
    const elsewhere = await openFront({ origin: house.url.replace("127.0.0.1", "127.0.0.2") });
    assert.equal((await ask(`${elsewhere.url}/`)).status, 503);
    await elsewhere.close();
  } finally {
    client.destroy();
    await plain.close();
    await edge.close();
    await house.close();
    certificate.close();
    await files.remove();
  }
});
