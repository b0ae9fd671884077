import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { PICTURE_BYTES_MAX } from "../../wire/picture-limits.ts";
import { readPicture } from "./picture.ts";

/** A test picture as ffmpeg makes it. */
const made = (codec: string, size: string, ...more: string[]) =>
  execFileSync(
    "ffmpeg",
    ["-v", "error", "-f", "lavfi", "-i", `testsrc=size=${size}:rate=1`, "-frames:v", "1", ...more, "-c:v", codec, "-f", "image2pipe", "-"],
    { maxBuffer: 1e8 },
  );
const PNG = made("png", "300x200");
const JPEG = made("mjpeg", "300x200");
const WEBP = made("libwebp", "300x200");

const chunk = (type: string, content: Uint8Array) => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};
/** A PNG that says one size and unpacks to something else. */
const lying = (width: number, height: number, unpacked: number) => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([PNG.subarray(0, 8), chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.alloc(unpacked))), chunk("IEND", Buffer.alloc(0))]);
};
/** What a reader of its own sees in it. */
const decoded = (bytes: Uint8Array) =>
  execFileSync("ffmpeg", ["-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], { input: bytes, maxBuffer: 1e8 });

test("PNG, JPEG and WebP come out as they look, whatever their name was, and nothing is in them that is not seen", async () => {
  const text = chunk("tEXt", Buffer.from("Comment\0SECRET-PLACE", "latin1"));
  const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 20]), Buffer.from("Exif\0\0SECRET-PLACE", "latin1")]);
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 14]), Buffer.from("SECRET-PLACE", "latin1")]);
  const riff = Buffer.concat([WEBP, Buffer.from("EXIF\x0c\0\0\0SECRET-PLACE", "latin1")]);
  riff.writeUInt32LE(riff.length - 8, 4);
  const sent = {
    png: Buffer.concat([PNG.subarray(0, 33), text, PNG.subarray(33), Buffer.from("<script>SECRET-PLACE</script>")]),
    jpg: Buffer.concat([JPEG.subarray(0, 2), exif, comment, JPEG.subarray(2), Buffer.from("PK\x03\x04SECRET-PLACE")]),
    webp: Buffer.concat([riff, Buffer.from("%PDF SECRET-PLACE")]),
  };
  for (const [kind, bytes] of Object.entries(sent)) {
    const read = await readPicture(bytes);
    assert.ok(read.ok, kind);
    assert.deepEqual([read.kind, read.width, read.height], [kind, 300, 200]);
    assert.match(read.file, new RegExp(`^[0-9a-f]{32}-300x200\\.${kind}$`));
    assert.ok(!Buffer.from(read.bytes).includes("SECRET-PLACE"), kind);
    assert.deepEqual(decoded(read.bytes), decoded(bytes), `${kind} looks as before`);
    const again = await readPicture(read.bytes);
    assert.ok(again.ok && again.file === read.file, "what came out is taken and stays as it is");
  }
});

test("a photograph that the camera held upright stays upright, and says nothing else of the camera", async () => {
  const tiff = Buffer.from("II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x0f\x01\x02\0\x04\0\0\0CAM\0\0\0\0\0", "latin1");
  const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 8 + tiff.length]), Buffer.from("Exif\0\0", "latin1"), tiff]);
  const read = await readPicture(Buffer.concat([JPEG.subarray(0, 2), exif, JPEG.subarray(2)]));
  assert.ok(read.ok);
  const out = Buffer.from(read.bytes);
  assert.ok(out.includes(Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06", "latin1")));
  assert.ok(!out.includes("CAM"));
});

test("interlaced, grey, paletted, transparent and progressive pictures are taken", async () => {
  const taken = [
    made("png", "300x200", "-pix_fmt", "gray"),
    made("png", "300x200", "-pix_fmt", "rgba"),
    made("png", "300x200", "-pix_fmt", "pal8"),
    made("png", "300x200", "-pix_fmt", "monob"),
    made("mjpeg", "300x200", "-pix_fmt", "yuvj444p"),
    made("libwebp", "300x200", "-lossless", "1"),
    made("libwebp", "300x200", "-pix_fmt", "yuva420p"),
  ];
  for (const [index, bytes] of taken.entries()) {
    const read = await readPicture(bytes);
    assert.ok(read.ok, `${index}: ${read.ok ? "" : read.rule}`);
    assert.deepEqual(decoded(read.bytes), decoded(bytes), `${index}`);
  }
});

test("of everything that is no picture, or more than one, nothing is taken", async () => {
  const moving = execFileSync("ffmpeg", [
    "-v",
    "error",
    "-f",
    "lavfi",
    "-i",
    "testsrc=size=80x80:rate=4:duration=1",
    "-c:v",
    "libwebp_anim",
    "-f",
    "webp",
    "-",
  ]);
  const wrongSum = Buffer.from(PNG);
  wrongSum[20] = 99;
  const corpus: Readonly<Record<string, Uint8Array>> = {
    "an SVG with a script": Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "an SVG behind an XML line": Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "a page": Buffer.from("<!doctype html><script>alert(1)</script>"),
    "a page that begins like a GIF": Buffer.from("GIF89a=1;<script>alert(1)</script>"),
    "a PDF": Buffer.from("%PDF-1.7\n"),
    "an archive": Buffer.from("PK\x03\x04".padEnd(200, "\0"), "latin1"),
    "a program": Buffer.from("\x7fELF".padEnd(200, "\0"), "latin1"),
    "a page with the first bytes of a PNG": Buffer.concat([PNG.subarray(0, 8), Buffer.from("<script>alert(1)</script>".padEnd(100))]),
    "a page with the first bytes of a JPEG": Buffer.concat([JPEG.subarray(0, 4), Buffer.from("<script>alert(1)</script>".padEnd(100))]),
    "a page with the first bytes of a WebP": Buffer.concat([WEBP.subarray(0, 12), Buffer.from("<script>alert(1)</script>".padEnd(100))]),
    "a sound": Buffer.from("RIFF\0\0\0\0WAVEfmt ".padEnd(100, "\0"), "latin1"),
    nothing: new Uint8Array(0),
    "a moving WebP": moving,
    "a PNG of 30,000 pixels a side": lying(30_000, 30_000, 1_000),
    "a PNG that unpacks to a hundred times what it says": lying(64, 64, 64 * 193 * 100),
    "a PNG that unpacks to 400 MB": lying(100, 100, 400_000_000),
    "a PNG that unpacks to less than it says": lying(4_000, 4_000, 100),
    "a PNG with a false checksum": wrongSum,
    "a PNG of one pixel": lying(1, 1, 4),
    "a CMYK JPEG": Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 20, 8, 1, 0, 1, 0, 4]), Buffer.alloc(12), Buffer.from([0xff, 0xd9])]),
    "two JPEGs in one": Buffer.concat([JPEG.subarray(0, JPEG.length - 2), JPEG]),
    "something too large": Buffer.concat([PNG, Buffer.alloc(PICTURE_BYTES_MAX)]),
  };
  for (const [name, bytes] of Object.entries(corpus)) {
    const read = await readPicture(bytes);
    assert.equal(read.ok, false, name);
    assert.ok(!read.ok && read.offset >= 0 && read.rule !== "", name);
  }
});

test("a picture cut off or changed anywhere is refused or comes out whole; nothing breaks", async () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (const original of [PNG, JPEG, WEBP]) {
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(original.subarray(0, round % 2 === 0 ? original.length : random(original.length)));
      for (let flips = random(4); flips > 0 && bytes.length > 0; flips--) bytes[random(Math.min(bytes.length, 400))] = random(256);
      const read = await readPicture(bytes);
      if (!read.ok) continue;
      const again = await readPicture(read.bytes);
      assert.ok(again.ok && again.file === read.file);
    }
  }
});
