import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { appFile } from "./app-files.ts";

interface Manifest {
  readonly name: string;
  readonly start_url: string;
  readonly display: string;
  readonly icons: readonly { readonly src: string; readonly sizes: string; readonly purpose: string }[];
}

test("the house can be put on a home screen: a manifest whose every icon is there in the size it says", () => {
  const answer = appFile("/app.webmanifest");
  assert.equal(answer?.type, "application/manifest+json");
  const manifest = JSON.parse(String(answer?.body)) as Manifest;
  assert.deepEqual([manifest.name, manifest.start_url, manifest.display], ["Earshot", "/", "standalone"]);
  assert.deepEqual(new Set(manifest.icons.map(({ purpose }) => purpose)), new Set(["any", "maskable"]));
  for (const { src, sizes } of manifest.icons) {
    const png = Buffer.from(appFile(src)?.body ?? "");
    assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes);
    assert.equal(appFile(src)?.body, appFile(src)?.body, "drawn once");
  }
  assert.equal(appFile("/icon-7.png"), undefined);
});

test("the icon is a mark in the middle that no round mask cuts", () => {
  const png = Buffer.from(appFile("/icon-192.png")?.body ?? "");
  const data = png.indexOf("IDAT") + 4;
  const rows = inflateSync(png.subarray(data, data + png.readUInt32BE(data - 8)));
  let inked = 0;
  for (let row = 0; row < 192; row++)
    for (let column = 0; column < 192; column++) {
      if ((rows[row * 193 + 1 + column] ?? 0) === 0) continue;
      inked++;
      assert.ok(Math.hypot(row - 95.5, column - 95.5) < 0.4 * 192, `${row}, ${column}`);
    }
  assert.ok(inked > 1_000);
});
