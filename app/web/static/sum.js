// While many forms arrive: the number that makes SHA-256 of "token:number" begin with so many zero bits.
const zeros = (bytes, bits) => {
  const whole = bits >> 3;
  for (let place = 0; place < whole; place += 1) if (bytes[place]) return false;
  return bytes[whole] >> (8 - (bits & 7)) === 0;
};
const TOGETHER = 256;

export const solve = async (token, bits) => {
  const encoder = new TextEncoder();
  const fits = async (number) =>
    zeros(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(`${token}:${number}`))), bits);
  for (let first = 0; ; first += TOGETHER) {
    const tried = await Promise.all(Array.from({ length: TOGETHER }, (_, place) => fits(first + place)));
    const found = tried.indexOf(true);
    if (found >= 0) return String(first + found);
  }
};
