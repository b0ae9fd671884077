import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ACCESS_WORDS } from "./access.ts";
import { ACCOUNT_WORDS } from "./accounts.ts";
import { BACKSTAGE_WORDS } from "./backstage.ts";
import { BEFORE_WORDS } from "./before.ts";
import { INTERPRETATION_WORDS } from "./interpretation.ts";
import { AUDIENCE_WORDS } from "./audience.ts";
import { EXTRA_WORDS } from "./extras.ts";
import { HOUSE_WORDS } from "./house.ts";
import { LISTEN_WORDS } from "./listen.ts";
import { PEOPLE_WORDS } from "./people.ts";
import { PLANNING_WORDS } from "./planning.ts";
import { RECORD_WORDS } from "./record.ts";
import { RECORDING_WORDS } from "./recording.ts";
import { REMIND_WORDS } from "./remind-me.ts";
import { REMINDER_PAGE_WORDS } from "./reminders.ts";
import { REPLAY_WORDS } from "./replay.ts";
import { SOUND_WORDS } from "./sounds.ts";
import { VOICE_WORDS } from "./voices.ts";
import { WALL_WORDS } from "./wall.ts";
import { STUDIO_WORDS } from "./studio.ts";
import { WAITING_WORDS } from "./waiting.ts";

const WEB = join(import.meta.dirname, "..");

async function sources(folders: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(join(WEB, folder))).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
      return await Promise.all(names.map((name) => readFile(join(WEB, folder, name), "utf8")));
    }),
  );
  return texts.flat().join("\n");
}

const books = [
  ["listening and home pages", LISTEN_WORDS, ["listen", "home", "player"]],
  ["what comes after the first sound", EXTRA_WORDS, ["listen", "words"]],
  ["the event before its start", BEFORE_WORDS, ["listen", "home"]],
  ["the replay, clips and the player elsewhere", REPLAY_WORDS, ["listen", "clip", "embed"]],
  ["the recording backstage", RECORDING_WORDS, ["studio"]],
  ["how voices came in", VOICE_WORDS, ["studio"]],
  ["the soundboard", SOUND_WORDS, ["studio"]],
  ["planning an event", PLANNING_WORDS, ["studio"]],
  ["programs that act and are told", ACCESS_WORDS, ["studio"]],
  ["signing in and accounts", ACCOUNT_WORDS, ["account", "studio"]],
  ["programmes in other languages", INTERPRETATION_WORDS, ["listen", "studio"]],
  ["working together backstage", BACKSTAGE_WORDS, ["studio"]],
  ["being reminded", REMIND_WORDS, ["listen"]],
  ["reminders", REMINDER_PAGE_WORDS, ["reminder", "studio", "../src/wire"]],
  ["people", PEOPLE_WORDS, ["studio", "hand"]],
  ["posts and moderation", WALL_WORDS, ["wall", "moderate", "listen", "studio", "../src/wire"]],
  ["backstage pages", STUDIO_WORDS, ["studio", "operate"]],
  ["the operator's page", HOUSE_WORDS, ["operate"]],
  ["the audience", AUDIENCE_WORDS, ["studio"]],
  ["the record", RECORD_WORDS, ["listen", "../src/ledger/verify"]],
  ["the line at the door", WAITING_WORDS, ["listen", "embed", "player", "words"]],
] as const;

test("every book of words is among those that are looked at", async () => {
  const files = (await readdir(join(WEB, "words"))).filter((name) => name.endsWith(".ts") && !/test|language/.test(name));
  const looked = await readFile(join(WEB, "words/words.test.ts"), "utf8");
  for (const name of files) assert.ok(looked.includes(`"./${name}"`), name);
});

for (const [name, { en, de }, folders] of books) {
  test(`${name}: every text is there in both languages with the same values in it`, () => {
    assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
    const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [word, text] of Object.entries(en)) {
      const german = (de as Readonly<Record<string, string>>)[word] ?? "";
      assert.ok(text.trim() !== "" && german.trim() !== "", word);
      assert.deepEqual(values(german), values(text), word);
    }
  });

  test(`${name}: nobody translates a text that no page shows`, async () => {
    const source = await sources(folders);
    const shown = (word: string) => new RegExp(`["'\`]${word}["'\`]`).test(source);
    assert.deepEqual(
      Object.keys(en).filter((word) => !shown(word)),
      [],
    );
  });
}
