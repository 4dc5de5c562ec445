/**
 * `net` and `tls` for the files of the package undici, which opens its own connections: what it writes to them is HTTP, which the platform
 * speaks (http-connection.ts). Everybody else is refused a connection, by name.
 */
import { load } from '../builtins.ts'
import { define } from '../primordials.ts'
import { connector } from './http-connection.ts'

function withConnect (name: 'net' | 'tls'): object {
  const connect = connector(name === 'tls')
  const module = Object.create(load(name) as object) as object // the other members are read from Node's
  define(module, 'connect', connect, true)
  if (name === 'net') define(module, 'createConnection', connect, true)
  return module
}

const net = withConnect('net')
const tls = withConnect('tls')

export function undiciBuiltin (name: 'net' | 'tls'): object {
  return name === 'net' ? net : tls
}
