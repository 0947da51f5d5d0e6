// What the control API says when it cannot do what it was asked for.

/** `status` is the HTTP status; the message names the field or thing at fault. */
export class ControlRefusal extends Error {
  readonly status: 400 | 404 | 409

  constructor(status: 400 | 404 | 409, message: string) {
    super(message)
    this.status = status
  }
}
