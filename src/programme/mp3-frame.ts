import { SAMPLE_RATE } from "../core/units.ts";
import { GRIDS } from "./part.ts";

/** Bytes of one MPEG-1 Layer III frame at our rate: 144 * bitrate / sampleRate comes out whole, so no frame is ever padded. @spec ISO/IEC 11172-3 §2.4.3.1 */
export const MP3_FRAME_BYTES = (144 * GRIDS.mp3.bitrate) / SAMPLE_RATE;

/** A frame that decodes to silence whatever came before it: header, then all-zero side information and no main data. @spec ISO/IEC 11172-3 §2.4.1.7 */
export function silentMp3Frame(numberOfChannels: number): Uint8Array {
  const frame = new Uint8Array(MP3_FRAME_BYTES);
  // Sync, MPEG-1, Layer III, no CRC; 64 kbit/s at 48 kHz; mono or joint stereo, original.
  frame.set([0xff, 0xfb, 0x54, numberOfChannels === 1 ? 0xc4 : 0x44]);
  return frame;
}
