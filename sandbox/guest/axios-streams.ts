/** Bodies of axios as streams of Node, in both directions. Loaded by the first request that has one. */
import type { Readable as NodeReadable, Writable as NodeWritable } from 'node:stream'
import { CanceledError, type InternalAxiosRequestConfig } from 'axios'
import type { Piped } from './axios-body.ts'
import type { HttpResponse, HttpUpload } from './http.ts'
import { begin, IncomingMessage } from './node/http-incoming.ts'
import { fromWebReadable } from './node/stream-web-adapters.ts'
import { parts } from './parts.ts'

const { Writable } = parts.builtins().load('stream') as { Writable: new (options: object) => NodeWritable }

export function fromWeb (stream: ReadableStream): NodeReadable {
  return fromWebReadable(stream as never) // the same class, by another name in the types
}

/**
 * Sends a stream as fast as the network takes it. `onPiece` is told of each piece before it goes, and may throw to refuse it.
 * Rejects when the stream breaks or is closed before its end; resolves when it is sent, or nobody wants it any more.
 */
export function sendStream (source: Piped, upload: HttpUpload, config: InternalAxiosRequestConfig, onPiece: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = new Writable({
      write (chunk: Uint8Array, _encoding: unknown, done: (error?: Error) => void) {
        try {
          onPiece(chunk.length)
        } catch (error) {
          return done(error as Error) // an AxiosError
        }
        upload.write(chunk).then(() => { done() }, done)
      },
      final (done: () => void) {
        upload.end()
        done()
      }
    })
    let ended = false
    sink.on('finish', resolve)
    sink.on('error', reject)
    source.on('end', () => { ended = true })
    source.on('error', reject)
    source.on('close', () => { if (!ended) reject(new CanceledError('Request stream has been aborted', config)) })
    source.pipe(sink)
  })
}

/** A response as axios for Node gives it with `responseType: 'stream'`. `onClose`: it has been read to its end, or given up. */
export function responseStream (response: HttpResponse, onClose: () => void): NodeReadable & { responseUrl: string | undefined } {
  const message = new IncomingMessage()
  begin(message, response)
  message.responseUrl = response.url
  message.once('close', onClose)
  return message
}
