/**
 * A sound file that browsers and phones can play.
 */

/** A WAV file with a tone of a second. */
export function tone(): Buffer {
  const samples = 24_000
  const wav = Buffer.alloc(44 + 2 * samples)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + 2 * samples, 4)
  wav.write('WAVEfmt ', 8)
  for (const [value, at] of [
    [16, 16],
    [samples, 24],
    [2 * samples, 28],
    [2 * samples, 40],
  ] as const)
    wav.writeUInt32LE(value, at)
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ] as const)
    wav.writeUInt16LE(value, at)
  wav.write('data', 36)
  for (let n = 0; n < samples; n++) wav.writeInt16LE(Math.round(8_000 * Math.sin(n / 10)), 44 + 2 * n)
  return wav
}
