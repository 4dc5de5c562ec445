/**
 * How an HTTP failure is told, as data-fair/processings tells it. Pure; runs in the guest and in Node alike.
 * It reads what a plugin threw: the caller expects it to throw for hostile values.
 */

/** What is read of a response, or of an error that looks like one. Every field may be absent or of another type. */
interface HttpShaped {
  request?: { res?: unknown }
  response?: unknown
  res?: unknown
  headers?: Record<string, unknown>
  config?: Record<string, unknown>
  data?: unknown
  message?: unknown
  stack?: unknown
  status?: unknown
  statusCode?: unknown
  statusText?: unknown
  statusMessage?: unknown
}

const MAX_MESSAGE = 4_000

/**
 * The response of an HTTP error, reduced in place to what may be shown: status, data, the `location` header, `config` as method, url, params
 * and data, and the error's message and stack. An error without a response is answered unchanged.
 */
export function prepareAxiosError (error: unknown): unknown {
  const source = asShaped(error)
  const response = asShaped(source?.response) ?? asShaped(source?.request?.res) ?? asShaped(source?.res)
  if (source === undefined || response === undefined) return error
  delete response.request
  response.headers = pick(response.headers, ['location'])
  response.config = pick(response.config ?? source.config, ['method', 'url', 'params', 'data'])
  if (isStream(response.config.data)) delete response.config.data
  if (isStream(response.data)) delete response.data
  if (source.message !== undefined && source.message !== '') response.message = source.message
  if (source.stack !== undefined && source.stack !== '') response.stack = source.stack
  return response
}

/**
 * `<status>[ - statusText][ - data or message][ (<url without the known base urls>)]`; undefined when there is no HTTP status.
 */
export function getHttpErrorMessage (error: unknown, baseUrls: readonly string[] = []): string | undefined {
  const shaped = asShaped(error)
  const status = httpStatus(shaped?.status) ?? httpStatus(shaped?.statusCode)
  if (shaped === undefined || status === undefined) return undefined
  const parts = [String(status)]
  const statusText = shaped.statusText ?? shaped.statusMessage
  if (isText(statusText)) parts.push(statusText)
  const body = bodyText(shaped.data) ?? (isText(shaped.message) ? shaped.message : undefined)
  if (body !== undefined) parts.push(body)
  const message = parts.join(' - ')
  const url = shaped.config?.url
  const shown = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message
  return isText(url) ? `${shown} (${withoutBase(url, baseUrls)})` : shown
}

function asShaped (value: unknown): HttpShaped | undefined {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? value : undefined
}

/** Some errors have another kind of `status`: the exit code of a command, a word. */
function httpStatus (value: unknown): number | undefined {
  return typeof value === 'number' && value >= 100 && value <= 599 ? value : undefined
}

function isText (value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function bodyText (data: unknown): string | undefined {
  if (isText(data)) return data
  if (typeof data !== 'object' || data === null) return undefined
  if (ArrayBuffer.isView(data)) return `${data.byteLength} bytes`
  return JSON.stringify(data)
}

function isStream (value: unknown): boolean {
  return typeof value === 'object' && value !== null && (('pipe' in value && typeof value.pipe === 'function') || '_readableState' in value || '_writableState' in value)
}

function pick (source: Record<string, unknown> | undefined, keys: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {}
  for (const key of keys) {
    if (source?.[key] !== undefined) picked[key] = source[key]
  }
  return picked
}

function withoutBase (url: string, baseUrls: readonly string[]): string {
  for (const base of baseUrls) {
    if (base !== '' && url.startsWith(base)) return url.slice(base.length)
  }
  return url
}
