import assert from "node:assert/strict";
import { test } from "node:test";
import { Levels, levelWord } from "./levels.ts";

/** An element of the page that shows a seat's level. */
function bar(seat: string) {
  const written: string[] = [];
  return { written, dataset: { level: seat }, style: { setProperty: (_: string, value: string) => void written.push(value) } };
}

test("rings and meters follow the levels, and a seat that stays silent costs the page nothing", () => {
  const [ada, ben] = [bar("ada"), bar("ben")];
  const levels = new Levels({ querySelectorAll: () => [ada, ben] } as unknown as HTMLElement);
  for (const level of [-60, -33, -33, -6]) levels.show({ ada: level, ben: -99 }, "ada");
  assert.deepEqual(ada.written, ["0.000", "0.500", "1.000"]);
  assert.deepEqual(ben.written, ["0.000"]);
});

test("one's own level is told in words by the loudest of the last seconds", () => {
  const levels = new Levels({ querySelectorAll: () => [] } as unknown as HTMLElement);
  const before = levels.inWords();
  levels.show({ ada: -20 }, "ada");
  levels.show({ ada: -99 }, "ada");
  assert.notEqual(levels.inWords(), before, "a pause between two words is no silence");
  assert.deepEqual([-99, -50, -20, -3].map(levelWord), ["ownSilent", "ownFaint", "ownGood", "ownLoud"]);
});
