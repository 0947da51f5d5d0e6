/**
 * OpenAI's transcription API as the model server speaks it: a voice in a form comes in, words go out.
 * Source: platform.openai.com/docs/api-reference/audio/createTranscription.
 */

export interface TranscriptionRequest {
  /** The `authorization` header. */
  readonly authorization: string | undefined
  /** The form's text fields, e.g. `model` and `language`. */
  readonly fields: Readonly<Record<string, string>>
  readonly file: { readonly name: string; readonly type: string; readonly bytes: Uint8Array }
}

export const transcriptionPath = '/v1/audio/transcriptions'

/** @throws when the body is no form with a file */
export async function readTranscription(
  contentType: string | undefined,
  authorization: string | undefined,
  body: Uint8Array<ArrayBuffer>,
): Promise<TranscriptionRequest> {
  const headers = { 'content-type': contentType ?? '' }
  const form = await new Response(body, { headers }).formData()
  const file = form.get('file')
  if (!(file instanceof File)) throw new Error('the form has no file')
  const fields = [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
  const { name, type } = file
  return {
    authorization,
    fields: Object.fromEntries(fields),
    file: { name, type, bytes: await file.bytes() },
  }
}
