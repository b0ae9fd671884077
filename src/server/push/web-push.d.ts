declare module "web-push" {
  /** What of the package we use: keys, and requests made ready; it never sends one here. */
  interface WebPush {
    generateVAPIDKeys(): { readonly publicKey: string; readonly privateKey: string };
    generateRequestDetails(
      subscription: { readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } },
      payload: string,
      options: {
        readonly vapidDetails: { readonly subject: string; readonly publicKey: string; readonly privateKey: string };
        readonly TTL: number;
        readonly urgency: "normal" | "high";
        readonly topic: string;
      },
    ): { readonly headers: Readonly<Record<string, string | number>>; readonly body: Buffer };
  }
  const webPush: WebPush;
  // biome-ignore lint/style/noDefaultExport: it is the package that does it.
  export { webPush as default };
}
