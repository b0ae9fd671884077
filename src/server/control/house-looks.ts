import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type HouseSettings } from "../../core/house-config.ts";
import type { Log } from "../../core/log.ts";
import type { HouseDesk } from "../../event/mod.ts";
import type { HouseEdit, HouseLook } from "../../wire/house.ts";
import { readPictureName } from "../../wire/picture.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { PLAIN_LOOK } from "../adapters/house-look.ts";
import type { Pictures } from "./pictures.ts";

/** How the house looks: what the settings file says, and over it what the operator chose on the page. */
export class HouseLooks {
  readonly #dataFolder: string;
  readonly #settings: HouseSettings;
  readonly #desk: HouseDesk;
  readonly #pictures: Pictures;
  readonly #log: Log;
  /** Name of the settings file's logo; null: none that can be used. */
  #settingsLogo: string | null = null;
  /** What holds now. */
  look: HouseLook = PLAIN_LOOK;

  constructor(options: {
    readonly dataFolder: string;
    readonly settings: HouseSettings;
    readonly desk: HouseDesk;
    readonly pictures: Pictures;
    readonly log: Log;
  }) {
    this.#dataFolder = options.dataFolder;
    this.#settings = options.settings;
    this.#desk = options.desk;
    this.#pictures = options.pictures;
    this.#log = options.log;
  }

  /** Reads what holds and writes `public/house.json` for the fronts. A logo that cannot be used is told in the log and left out. */
  async open(): Promise<void> {
    const { logo } = this.#settings;
    if (logo !== null)
      try {
        this.#settingsLogo = (await this.#pictures.add(fileOf(logo))).file;
      } catch (cause) {
        this.#log.warn("the logo of the settings file cannot be used", { path: logo, cause });
      }
    await this.#publish();
  }

  /** Takes over what the operator chose. */
  async edit(edit: HouseEdit): Promise<HouseLook> {
    await this.#desk.choose(edit);
    return await this.#publish();
  }

  /** Takes over a logo, or none. @throws `picture-unusable`, `body-too-large`, `disk-full` */
  async setLogo(sent: AsyncIterable<Uint8Array> | null): Promise<HouseLook> {
    await this.#desk.setLogo(sent === null ? null : (await this.#pictures.add(sent)).file);
    return await this.#publish();
  }

  async #publish(): Promise<HouseLook> {
    const { logo, ...chosen } = await this.#desk.choices();
    const { name, accent, accentDark, imprintUrl, privacyUrl, languages } = { ...this.#settings, ...chosen };
    const file = logo === undefined ? this.#settingsLogo : logo;
    this.look = {
      ...{ name, accent, accentDark, imprintUrl, privacyUrl, languages: [...languages] },
      logo: file === null ? null : (readPictureName(file) ?? null),
    };
    await mkdir(join(this.#dataFolder, "public"), { recursive: true });
    await writeDurably(join(this.#dataFolder, "public", "house.json"), `${JSON.stringify(this.look)}\n`);
    return this.look;
  }
}

async function* fileOf(path: string): AsyncGenerator<Uint8Array> {
  yield await readFile(path);
}
