import { open } from "node:fs/promises";

/** What an MP3 says of its sound: everything before and behind it the encoder put there. Samples at the file's rate. */
export interface Mp3Edges {
  readonly first: number;
  readonly length: number;
}

/** Samples by which every decoder is late. @spec LAME tag revision 1, "encoder delays" */
const DECODER_DELAY = 529;
/** Bytes looked at behind the ID3 tag: the first frame's header, its side information and the tag. */
const LOOK_BYTES = 256;
const ID3_HEADER_BYTES = 10;
/** Places in the tag, from its name on: flags, number of frames (the first field that may be there), and in LAME's part the delays. Bytes. */
const FLAGS_AT = 4;
const FRAMES_AT = 8;
const FRAMES_FLAG = 1;
const LAME_AT = 120;
const DELAYS_AT = 141;
/** Side information of a frame: MPEG-1 and the others, two channels and one. Bytes. @spec ISO/IEC 11172-3 §2.4.1.7, ISO/IEC 13818-3 §2.4.1.7 */
const SIDE_BYTES = { one: { stereo: 32, mono: 17 }, two: { stereo: 17, mono: 9 } } as const;
const FRAME_SAMPLES = { one: 1_152, two: 576 } as const;

/** Reads where the sound in an MP3 begins and how long it is, so that one that goes round has no gap; undefined where the file does not say. Rejects with the file system's error. */
export async function readMp3Edges(path: string): Promise<Mp3Edges | undefined> {
  await using file = await open(path, "r");
  const read = async (at: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  };
  return parseEdges(await read(id3Bytes(await read(0, ID3_HEADER_BYTES)), LOOK_BYTES));
}

/** Length of the ID3v2 tag a file opens with; 0 when there is none. @spec ID3v2.4 §3.1 */
function id3Bytes(head: Buffer): number {
  if (head.length < ID3_HEADER_BYTES || head.toString("latin1", 0, 3) !== "ID3") return 0;
  let length = 0;
  for (let index = 6; index < ID3_HEADER_BYTES; index++) length = length * 128 + ((head[index] as number) & 127);
  const footer = ((head[5] as number) & 16) !== 0 ? ID3_HEADER_BYTES : 0;
  return ID3_HEADER_BYTES + length + footer;
}

/** Reads the tag in a file's first frame; undefined for whatever is none. Never throws. */
export function parseEdges(frame: Buffer): Mp3Edges | undefined {
  // Sync of eleven bits, then two of version (3: MPEG-1) and two of layer (1: III).
  if (frame.length < 4 || frame[0] !== 0xff || ((frame[1] as number) & 0xe6) !== 0xe2) return undefined;
  const version = ((frame[1] as number) & 0x18) === 0x18 ? "one" : "two";
  const mode = ((frame[3] as number) & 0xc0) === 0xc0 ? "mono" : "stereo";
  const at = 4 + SIDE_BYTES[version][mode];
  const name = frame.toString("latin1", at, at + 4);
  if ((name !== "Xing" && name !== "Info") || frame.length < at + DELAYS_AT + 3) return undefined;
  // Without LAME's part, or one in its form, what stands there means nothing.
  if (!/^L(?:AME|avc|avf)/.test(frame.toString("latin1", at + LAME_AT, at + LAME_AT + 4))) return undefined;
  if ((frame.readUInt32BE(at + FLAGS_AT) & FRAMES_FLAG) === 0) return undefined;
  const delays = frame.readUIntBE(at + DELAYS_AT, 3);
  const [before, behind] = [delays >> 12, delays & 0xfff];
  const length = frame.readUInt32BE(at + FRAMES_AT) * FRAME_SAMPLES[version] - before - behind;
  return length > 0 ? { first: before + DECODER_DELAY, length } : undefined;
}
