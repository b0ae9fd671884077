/**
 * A public key nobody holds the other half of (P-256, made once and the private half thrown away), as COSE writes it. An unknown passkey is
 * checked against it, so that its refusal takes the same way and the same time as that of a known one. @spec RFC 9052 §7, RFC 9053 §7.1.1
 */
export const DECOY_KEY: Uint8Array<ArrayBuffer> = new Uint8Array(
  Buffer.from("pQECAyYgASFYICZsXVekFzXkw1Gbe_PFDhBpJAyM70qzPFu3Gy60Tt8sIlggjf00WmwLtk6E-Tgf_hHVquylX_nvYquBGgbS5QhX-zw", "base64url"),
);
