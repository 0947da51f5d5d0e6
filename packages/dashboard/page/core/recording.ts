/**
 * A voice message that is spoken into the browser.
 */

import { maxVoiceSeconds } from './files.ts'

/**
 * Records from now on, at most as long as a voice message may be.
 * @returns ends it, and gives what was spoken
 * @throws when the person does not let the page hear, or there is no microphone
 */
export async function record(): Promise<() => Promise<Blob>> {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true })
  const recorder = new MediaRecorder(microphone)
  const stop = () => {
    if (recorder.state === 'recording') recorder.stop()
    for (const track of microphone.getTracks()) track.stop()
  }
  const spoken = new Promise<Blob>((resolve) => {
    recorder.ondataavailable = ({ data }) => resolve(data)
  })
  recorder.start()
  setTimeout(stop, maxVoiceSeconds * 1_000)
  return () => {
    stop()
    return spoken
  }
}
