import { open } from "node:fs/promises";
import type { OpenFile } from "./archive-file.ts";
import type { ArchiveForm, KeptPart } from "./archive-form.ts";
import { ArchiveLane } from "./archive-lane.ts";
import { ArchiveTrack } from "./archive-track.ts";

/** Where a file beside the programme lies, and who is told when the disk refuses it. */
export interface KeptFileOptions {
  /** Folder of the archive; must be there. */
  readonly folder: string;
  /** Called at the first part the disk refuses, and again at the first after it took one; the event goes on. */
  readonly onFault: (error: unknown) => void;
  /** For tests with a failing disk. */
  readonly open?: OpenFile;
}

/** A file kept beside the programme's own, by the same crash-safe way: nobody waits for it, and what its disk refuses is told once. */
export class KeptLane {
  readonly #lane: ArchiveLane;
  readonly #onFault: (error: unknown) => void;
  #refused = false;

  private constructor(lane: ArchiveLane, onFault: (error: unknown) => void) {
    this.#lane = lane;
    this.#onFault = onFault;
  }

  /** Opens the file, mending what a crash left. Rejects with the file system's error. */
  static async open({ folder, onFault, open: openFile = open }: KeptFileOptions, form: ArchiveForm): Promise<KeptLane> {
    return new KeptLane(new ArchiveLane(await ArchiveTrack.open({ folder, form, open: openFile })), onFault);
  }

  /** Number of the next part the file lacks. */
  get next(): number {
    return this.#lane.track.next;
  }

  /** End of what the file holds. Samples at 48 kHz. */
  get recordedSamples(): number {
    return this.#lane.track.recordedSamples;
  }

  /** Parts waiting for the disk; bounded, what is older is given up. */
  get queueDepth(): number {
    return this.#lane.queueDepth;
  }

  /** Parts the disk never took; the file has silence in their place. */
  get partsLost(): number {
    return this.#lane.partsLost;
  }

  /** Hands a part over; returns at once. */
  keep(part: KeptPart): void {
    this.#lane.append(part).then(
      () => {
        this.#refused = false;
      },
      (error: unknown) => {
        if (!this.#refused) this.#onFault(error);
        this.#refused = true;
      },
    );
  }

  /** Completes file and index. May be called again after a failure. @throws disk-full, disk-failing */
  async finish(header?: Uint8Array): Promise<void> {
    await this.#lane.drain();
    await this.#lane.track.finish(header);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#lane.close();
  }
}
