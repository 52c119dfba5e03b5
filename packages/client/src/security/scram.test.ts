import { describe, expect, it } from "vitest";
import { ScramClient } from "./scram.js";

// RFC 7677, section 3.
const nonce = "rOprNGfwEbeRWgbNEkqO";
const challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const rfc = () => new ScramClient("SCRAM-SHA-256", "user", "pencil", nonce);

describe("SCRAM", () => {
  it("says what RFC 7677 says for SHA-256", () => {
    const client = rfc();
    expect(client.first).toBe("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    expect(client.answer(challenge)).toBe(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    client.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  });

  it("does not let a broker in that does not know the password", () => {
    const client = rfc();
    client.answer(challenge);
    for (const signature of ["v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "v=AAAA", "x=", ""]) {
      expect(() => client.verify(signature)).toThrow("[BROKER_NOT_AUTHENTIC]");
    }
    expect(() => client.verify("e=invalid-proof")).toThrow(
      "[SASL_AUTHENTICATION_FAILED] the broker says invalid-proof",
    );
    expect(() => rfc().verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")).toThrow("[BROKER_NOT_AUTHENTIC]");
  });

  it.each([
    { title: "another nonce", message: "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096" },
    { title: "our nonce alone", message: `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096` },
    { title: "too few iterations", message: `r=${nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095` },
    { title: "too many iterations", message: `r=${nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=500001` },
    { title: "iterations that are none", message: `r=${nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1e9` },
    { title: "a salt that is none", message: `r=${nonce}x,s=?,i=4096` },
    { title: "an extension that must be understood", message: `m=x,r=${nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096` },
    { title: "nothing", message: "" },
  ])("refuses a challenge with $title", ({ message }) => {
    expect(() => rfc().answer(message)).toThrow("[BROKER_NOT_AUTHENTIC] SCRAM: ");
  });

  it("writes a name with the two signs that mean something in its own way", () => {
    expect(new ScramClient("SCRAM-SHA-512", "a=b,c", "p", "n").first).toBe("n,,n=a=3Db=2Cc,r=n");
  });
});
