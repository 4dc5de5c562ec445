/**
 * Which addresses of this machine a run of its author may reach. Plugins reach public addresses alone; an author's data-fair and test
 * servers are often at home. Pure.
 */

export interface Opened {
  /** `host:port`, as EGRESS_ALLOW takes it. */
  readonly address: string
  readonly why: string
}

const MOST = 50

/** Loopback addresses that the configuration names as URLs, and those that `allow` names, whatever they are. */
export function openedFor (config: Readonly<Record<string, unknown>>, allow: readonly string[]): Opened[] {
  const named = textsOf(config).map(loopbackOf).filter(address => address !== undefined)
  const all = [
    ...allow.map(address => ({ address, why: '--allow' })),
    ...named.map(address => ({ address, why: 'named in the configuration' }))
  ]
  return all.filter(({ address }, index) => all.findIndex(other => other.address === address) === index).slice(0, MOST)
}

function textsOf (value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

function loopbackOf (text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null
  if (url === null || !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)) return undefined
  return `${url.hostname}:${url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80'}`
}
