/**
 * URL and URLSearchParams of core-js: whole and standard, in JavaScript. It installs what it makes as globals, and only when it finds none,
 * so the lazy properties that lead here are taken away first.
 */
import { parts } from '../parts.ts'
import { define, deleteProperty, getOwnPropertyDescriptor, hasOwn } from '../primordials.ts'
import { withCode } from '../turns.ts'

type WebUrl = Pick<typeof globalThis, 'URL' | 'URLSearchParams'>

function load (): WebUrl {
  const names = ['URL', 'URLSearchParams'] as const
  const before = names.map(name => getOwnPropertyDescriptor(globalThis, name))
  for (const name of names) deleteProperty(globalThis, name)
  require('core-js/web/url.js')
  deleteProperty(globalThis, '__core-js_shared__')
  const { URL, URLSearchParams } = globalThis as WebUrl // core-js has just put them there
  const made: WebUrl = { URL: withErrorsOfNode(URL), URLSearchParams }
  define(made.URL.prototype, 'constructor', made.URL)
  names.forEach((name, i) => {
    const was = before[i]
    // a plugin that has put its own in the place keeps it
    define(globalThis, name, was !== undefined && hasOwn(was, 'value') ? was.value : made[name])
  })
  return made
}

/** What core-js says of a text that is no URL. */
const INVALID = /^Invalid (?:URL|scheme|host|port|authority)$/

/** Programs look at the code of the error. */
function withErrorsOfNode (bare: WebUrl['URL']): WebUrl['URL'] {
  return new Proxy(bare, {
    construct (target, args: unknown[], newTarget) {
      try {
        return Reflect.construct(target, args, newTarget) as object
      } catch (error) {
        if (!(error instanceof TypeError) || !INVALID.test(error.message)) throw error
        const [input, base] = args
        throw Object.assign(withCode(new TypeError('Invalid URL'), 'ERR_INVALID_URL'), { input: `${input}` }, base === undefined ? {} : { base: `${base}` })
      }
    }
  })
}

const made = load()
define(made.URL, 'createObjectURL', (blob: unknown) => parts.blob().createObjectURL(blob))
define(made.URL, 'revokeObjectURL', (url: unknown) => { parts.blob().revokeObjectURL(url) })
export const URL = made.URL
type Url = InstanceType<WebUrl['URL']>
export const URLSearchParams = made.URLSearchParams

/** A path of the guest's file system as a URL. */
export function pathToFileURL (path: string): Url {
  const url = new URL('file:///')
  url.pathname = encodeURI(`${path}`).replaceAll('?', '%3F').replaceAll('#', '%23')
  return url
}

/** Throws ERR_INVALID_URL_SCHEME, ERR_INVALID_FILE_URL_HOST and ERR_INVALID_FILE_URL_PATH. */
export function fileURLToPath (url: string | Url): string {
  const parsed = typeof url === 'string' ? new URL(url) : url
  if (parsed.protocol !== 'file:') throw withCode(new TypeError('The URL must be of scheme file'), 'ERR_INVALID_URL_SCHEME')
  if (parsed.hostname !== '') throw withCode(new TypeError('File URL host must be "localhost" or empty on linux'), 'ERR_INVALID_FILE_URL_HOST')
  if (/%2f/i.test(parsed.pathname)) throw withCode(new TypeError('File URL path must not include encoded / characters'), 'ERR_INVALID_FILE_URL_PATH')
  return decodeURIComponent(parsed.pathname)
}

export function urlToHttpOptions (url: Url): Record<string, unknown> {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = url
  return {
    protocol,
    hostname,
    hash,
    search,
    pathname,
    path: `${pathname}${search}`,
    href,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' && password === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` })
  }
}
