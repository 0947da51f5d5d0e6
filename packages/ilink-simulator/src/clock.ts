// Time that a test can move: QR codes, windows and timestamps follow it; long polls wait in real time.

export class Clock {
  #offsetMs = 0

  now(): number {
    return Date.now() + this.#offsetMs
  }

  advance(byMs: number): void {
    this.#offsetMs += byMs
  }
}
