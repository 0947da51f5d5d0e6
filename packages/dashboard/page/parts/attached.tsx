/**
 * The file of a message: a picture is loaded when it comes into view, everything else when a person asks for it.
 */

import { useEffect, useRef, useState } from 'preact/hooks'
import type { MessagesAnswer } from '../../../gateway/src/api/answers.ts'
import { ApiError, fetchFile } from '../core/api.ts'
import { useSpeech } from '../core/language.tsx'
import { Problem } from './problem.tsx'

type File = NonNullable<MessagesAnswer['messages'][number]['file']>

export function Attached(props: {
  readonly file: File | undefined
  readonly query: Readonly<Record<string, string>>
}) {
  const { say } = useSpeech()
  const { file, query } = props
  const [blob, setBlob] = useState<Blob>()
  const [problem, setProblem] = useState<string>()
  const place = useRef<HTMLDivElement>(null)
  const url = useUrlOf(blob)
  const load = () => {
    setProblem(undefined)
    fetchFile(query).then(setBlob, (error: unknown) =>
      setProblem(error instanceof ApiError ? error.message : String(error)),
    )
  }
  const isPicture = file?.kind === 'image'
  useEffect(() => {
    if (!isPicture || place.current === null) return undefined
    const watcher = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return
      watcher.disconnect()
      load()
    })
    watcher.observe(place.current)
    return () => watcher.disconnect()
  }, [isPicture])
  if (file === undefined) return <p class="dim">{say('The file is not stored, or not any more.')}</p>
  return (
    <div class="attached" ref={place}>
      <Problem text={problem} />
      {url === undefined || blob === undefined ? (
        <button type="button" onClick={load}>
          {file.kind === 'file' ? say('Get') : say('Show')}: <bdi>{file.name}</bdi> (
          {sizeText(file.sizeBytes)})
        </button>
      ) : (
        <Content url={url} type={blob.type} name={file.name} />
      )}
    </div>
  )
}

/** By the type that the gateway gave it. What it gave none is saved, never opened. */
function Content({
  url,
  type,
  name,
}: {
  readonly url: string
  readonly type: string
  readonly name: string
}) {
  const { say } = useSpeech()
  const [isLarge, setLarge] = useState(false)
  const [family] = type.split('/')
  return (
    <>
      {family === 'image' && (
        <button type="button" class="picture" aria-expanded={isLarge} onClick={() => setLarge(!isLarge)}>
          <img src={url} alt={name} class={isLarge ? 'large' : ''} />
        </button>
      )}
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has captioned what people send */}
      {family === 'audio' && <audio src={url} controls aria-label={name} />}
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has captioned what people send */}
      {family === 'video' && <video src={url} controls aria-label={name} />}
      <a href={url} download={name}>
        {say('Save')}: <bdi>{name}</bdi>
      </a>
    </>
  )
}

/** Of a blob, as long as it is shown. */
function useUrlOf(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (blob === undefined) return undefined
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
