import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { completeMail, mailSchema } from "../../core/mail-config.ts";
import { EarshotError } from "../../core/errors.ts";
import { openSmtpSender } from "./smtp-sender.ts";
import { TestSmtp } from "./test-smtp.ts";

const settings = (url: string) => completeMail(mailSchema.parse({ url, from: "Our evenings <events@example.org>" }));

/** A mail server and a sender that end with the test. */
async function line(t: TestContext) {
  const smtp = await TestSmtp.open();
  const sender = openSmtpSender(settings(smtp.url));
  const close = () => {
    sender.close();
    smtp.close();
  };
  t.after(close);
  return { smtp, sender, close };
}

test("a mail arrives whole, in the operator's name, with a way to end it by one tap", async (t) => {
  const { smtp, sender } = await line(t);
  const text = "Grüße von der Bühne.\n.\nA line that begins with a dot is no end.";
  await sender.send({ to: "eve@example.com", subject: "Verschoben: Ein Abend", text, unsubscribeUrl: "https://b.example/reminder/abc", id: "wave-1" });
  const [mail] = smtp.mails;
  assert.deepEqual([mail?.from, mail?.to, mail?.text.trim()], ["events@example.org", ["eve@example.com"], text]);
  assert.equal(mail?.headers.get("from"), "Our evenings <events@example.org>");
  assert.equal(mail?.headers.get("list-unsubscribe"), "<https://b.example/reminder/abc>");
  assert.equal(mail?.headers.get("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  assert.deepEqual([mail?.headers.get("message-id"), mail?.headers.get("auto-submitted")], ["<wave-1@example.org>", "auto-generated"]);
});

test("a subject cannot smuggle in a header, nor an address a second receiver", async (t) => {
  const { smtp, sender } = await line(t);
  await sender.send({ to: "eve@example.com", subject: "Hello\r\nBcc: all@example.com", text: "x" });
  assert.deepEqual([smtp.mails[0]?.to, smtp.mails[0]?.headers.has("bcc")], [["eve@example.com"], false]);
  await sender.send({ to: "eve@example.com, mallory@example.com", subject: "Hello", text: "x" }).catch(() => {});
  assert.equal(smtp.to("mallory@example.com").length, 0);
});

test("what may pass later and what never will are told apart, and neither names the address", async (t) => {
  const { smtp, sender, close } = await line(t);
  const failure = async () => {
    const error: unknown = await sender.send({ to: "eve@example.com", subject: "Hello", text: "x" }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    assert.ok(error instanceof EarshotError);
    assert.ok(!JSON.stringify([error.details, error.stack, String(error.cause)]).includes("eve@"));
    return [error.code, error.details.smtp];
  };
  smtp.refusals.set("eve@example.com", "550 no such box eve@example.com");
  assert.deepEqual(await failure(), ["mail-refused", 550]);
  smtp.refusals.set("eve@example.com", "451 eve@example.com: come back later");
  assert.deepEqual(await failure(), ["mail-away", 451]);
  close();
  assert.equal((await failure())[0], "mail-away");
});

test("settings name server, port, login and sender; a password never goes over an open line", () => {
  const whole = completeMail(mailSchema.parse({ url: "smtps://eve%40x:p%2Fw@mail.example.org", from: "events@example.org" }));
  assert.deepEqual([whole.host, whole.port, whole.secure, whole.login], ["mail.example.org", 465, true, { user: "eve@x", password: "p/w" }]);
  assert.deepEqual(whole.from, { name: "", address: "events@example.org" });
  assert.deepEqual([settings("smtp://mail.example.org").port, settings("smtp://mail.example.org").login], [587, undefined]);
  for (const wrong of [{ url: "http://x" }, { url: "smtp:" }, { from: "nobody" }, { from: "a@b\r\nBcc: c@d" }])
    assert.equal(mailSchema.safeParse({ url: "smtp://x", from: "a@example.org", ...wrong }).success, false, JSON.stringify(wrong));
});
