import { openHighFront } from "./high-front.ts";

// A front in a process of its own, its ladder held high.
const house = await openHighFront(Number(process.argv[2]));
process.on("message", () => {
  const { turnedBack, cutOff } = house.front.door.gatekeeper;
  process.send?.({ turnedBack, cutOff });
});
process.on("disconnect", () => void house.close().then(() => process.exit(0)));
process.send?.({ door: house.door, stream: house.stream });
