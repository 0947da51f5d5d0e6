import { expect, it } from 'vitest'
import { assertAccepted } from './outcome.ts'

it.each([{}, { ret: 0 }, { ret: 0, errcode: 0 }])('%j is a success', (outcome) => {
  expect(() => assertAccepted('call', outcome)).not.toThrow()
})

it.each([{ ret: -14 }, { errcode: -14 }, { ret: -1, errcode: -14 }, { ret: -14, errcode: 0 }])(
  '%j is the end of the session',
  (outcome) => {
    expect(() => assertAccepted('call', outcome)).toThrow(
      expect.objectContaining({ code: 'session-expired' }),
    )
  },
)

it('an errcode alone is a refusal', () => {
  const refusal = expect.objectContaining({ code: 'invalid-argument', errcode: -3, certain: true })
  expect(() => assertAccepted('call', { ret: 0, errcode: -3 })).toThrow(refusal)
})

it('quotes the text of the server shortened and without secrets', () => {
  const secret = 'b0f5860fdecb@im.bot:060000d2c7dd8'
  const errmsg = `bad token ${secret} ${'word '.repeat(100)}`
  const thrown = expect.objectContaining({
    message: expect.stringMatching(/^call: .*bad token \[masked\] word.{0,200}$/),
  })
  expect(() => assertAccepted('call', { ret: -99, errmsg })).toThrow(thrown)
})
