/**
 * Files of a browser as the control API carries them, and sounds as phones record them.
 */

/** @returns undefined where the person chooses none */
export function chooseFile(): Promise<File | undefined> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.onchange = () => resolve(input.files?.[0])
    input.oncancel = () => resolve(undefined)
    input.click()
  })
}

export function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^.*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

export const blobOf = (base64: string) =>
  new Blob([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))])

/** WeChat's own limit. */
export const maxVoiceSeconds = 60
/** As `phoneSay` takes them. */
const samplesPerSecond = 24_000

/** The samples of any sound that the browser can play, one channel of 16 bits. @throws for anything else */
export async function samplesOf(sound: Blob): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, samplesPerSecond)
  const decoded = await context.decodeAudioData(await sound.arrayBuffer())
  const samples = decoded.getChannelData(0).subarray(0, maxVoiceSeconds * samplesPerSecond)
  return new Blob([Int16Array.from(samples, (sample) => sample * 0x7fff)])
}

export async function play(sound: Blob): Promise<void> {
  const context = new AudioContext()
  const source = context.createBufferSource()
  source.buffer = await context.decodeAudioData(await sound.arrayBuffer())
  source.connect(context.destination)
  source.onended = () => void context.close()
  source.start()
}

export function save(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
