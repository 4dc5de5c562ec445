/** `url`: the classes of the standard (globals/url.ts), and Node's older parser as unenv keeps it. */
import { parse as parseLegacy, format as formatLegacy, resolve, resolveObject, Url } from 'unenv/node/url'
import { parts } from '../parts.ts'
import { invalidArgType, nodeError } from './invalid-argument.ts'

const { URL, URLSearchParams, fileURLToPath, pathToFileURL, urlToHttpOptions } = parts.url()

/** Text of a URL of either kind. The options hold for the standard's class. */
function format (value: unknown, options: { fragment?: boolean, unicode?: boolean, search?: boolean, auth?: boolean } = {}): string {
  if (!(value instanceof URL)) return formatLegacy(value as string, {}) // its options hold for the class of the standard
  const copy = new URL(value.href)
  if (options.fragment === false) copy.hash = ''
  if (options.search === false) copy.search = ''
  if (options.auth === false) copy.username = copy.password = ''
  return copy.href
}

/** Throws ERR_INVALID_ARG_TYPE as Node does; unenv's says it otherwise. */
function parse (url: unknown, parseQueryString?: boolean, slashesDenoteHost?: boolean): object {
  if (typeof url !== 'string' && !(url instanceof Url)) throw invalidArgType('url', 'of type string', url)
  return parseLegacy(url as string, parseQueryString, slashesDenoteHost)
}

/** The host name of the standard's parser; empty when there is none. */
function domainToASCII (domain: string): string {
  try {
    return new URL(`ws://${domain}`).hostname
  } catch {
    return ''
  }
}

function domainToUnicode (domain: string): string {
  const punycode = parts.builtins().load('punycode') as { toUnicode: (domain: string) => string }
  return punycode.toUnicode(domainToASCII(domain))
}

function fileURLToPathBuffer (url: string | InstanceType<typeof URL>): Buffer {
  if (typeof url !== 'string' && !(url instanceof URL)) throw nodeError(invalidArgType('path', 'of type string or an instance of URL', url), 'ERR_INVALID_ARG_TYPE')
  return parts.buffer().Buffer.from(fileURLToPath(url)) as unknown as Buffer // the guest's Buffer stands for Node's
}

export default { Url, parse, resolve, resolveObject, format, URL, URLSearchParams, domainToASCII, domainToUnicode, pathToFileURL, fileURLToPath, fileURLToPathBuffer, urlToHttpOptions }
